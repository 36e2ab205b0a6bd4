"""Webhooks reach what everybody can reach, and nothing else."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from server.outbox.addresses import Forbidden, allowed, check_url, networks


@pytest.mark.parametrize("text", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"])
def test_public_addresses_are_allowed(text: str) -> None:
    assert allowed(ip_address(text))


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "127.9.9.9",
        "0.0.0.0", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
        "239.255.255.250", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:c0a8:101::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2", "fec0::1", "::7f00:1", "64:ff9b:1::7f00:1", "::ffff:0:7f00:1", "5f00::1",
    ],
)  # fmt: skip
def test_what_only_this_machine_or_network_reaches_is_not(text: str) -> None:
    assert not allowed(ip_address(text))


def test_a_network_that_the_installation_names_is_allowed() -> None:
    assert allowed(ip_address("10.1.2.3"), networks(["10.1.0.0/16"]))
    assert not allowed(ip_address("10.2.2.3"), networks(["10.1.0.0/16"]))


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "ftp://example.com/", "https://", "https:///x", "https://user@example.com/", "https://example.com:0/",
     "https://example.com:99999/", "https://exa mple.com/", "https://example.com/\n", "javascript:alert(1)", "https://[::1",
     "https://example.com/" + 3000 * "x", "https://" + 64 * "a" + ".example.com/", "https://example..com/", ""],
)  # fmt: skip
def test_what_is_no_url_for_a_webhook_is_refused_with_words(url: str) -> None:
    with pytest.raises(Forbidden) as refused:
        check_url(url, http=False)
    assert str(refused.value)


def test_without_tls_only_where_the_installation_says_so() -> None:
    check_url("http://example.com/hook", http=True)
    check_url("https://example.com:8443/hook?token=x", http=False)
