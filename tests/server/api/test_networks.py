"""One stranger is one address, or one /64."""

from __future__ import annotations

import pytest

from server.api.networks import is_in, network_of
from server.config.sections import Web


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::7", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix", "unknown"),
        ("", "unknown"),
        ("203.0.113.5, 10.0.0.1", "unknown"),
    ],
)
def test_hosts_of_one_site_count_together(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.2.3", "172.31.0.1", "192.168.7.7", "fd00::7", "::ffff:10.1.2.3"])
def test_metrics_are_for_this_machine_and_private_networks(address: str) -> None:
    assert is_in(address, Web().metrics_from)


@pytest.mark.parametrize("address", ["203.0.113.5", "172.32.0.1", "2001:db8::1", "::ffff:203.0.113.5", "", "unix"])
def test_and_for_nobody_else_unless_it_is_said(address: str) -> None:
    assert not is_in(address, Web().metrics_from)
    assert not is_in(address, ())
    assert is_in(address, ("any",))
