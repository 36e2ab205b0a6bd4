"""Under which names a browser may open this machine."""

from __future__ import annotations

import pytest

from server.https.names import is_loopback, names, names_of_this_machine


def test_a_machine_is_known_by_its_name_its_addresses_and_what_the_administrator_adds() -> None:
    hosts, addresses = names(
        "Switchboard", ["192.168.1.5", "fe80::1", "2001:db8::5", "169.254.3.3"], ["pbx.example.com", "203.0.113.9", "no name"]
    ).sorted()
    assert hosts == ("localhost", "pbx.example.com", "switchboard", "switchboard.local")
    assert [str(address) for address in addresses] == ["127.0.0.1", "192.168.1.5", "2001:db8::5", "203.0.113.9", "::1"]


@pytest.mark.parametrize("hostname", ["", "-bad-", "under_score", "a" * 64, "x." * 200])
def test_a_hostname_that_is_none_is_left_out(hostname: str) -> None:
    assert names(hostname, []).hosts == {"localhost"}


def test_this_machine_has_names() -> None:
    found = names_of_this_machine(())
    assert {"127.0.0.1", "::1"} <= found.addresses
    assert "localhost" in found.hosts


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "desk.localhost", "127.0.0.1", "127.9.9.9", "[::1]", "localhost."])
def test_this_machine_itself_is_secure_without_https(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["192.168.1.5", "pbx.local", "localhost.example.com", "127.0.0.1.example.com", "", "[2001:db8::5]"],
)
def test_every_other_address_is_not(host: str) -> None:
    assert not is_loopback(host)
