"""One stranger is one address, or one /64."""

from __future__ import annotations

import pytest

from server.api.networks import network_of


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
