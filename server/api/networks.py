"""Who is one stranger: an IPv4 address, or an IPv6 /64, of which every host may use any address. Pure.

Source: RFC 4291 §2.5.1 and RFC 6177 (a site is given a /64 or more), RFC 4291 §2.5.5.2 (IPv4-mapped addresses).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

from server.origins import ANY

_SITE = 64


def network_of(address: str) -> str:
    """``203.0.113.5`` → itself, ``2001:db8:1:2::7`` → ``2001:db8:1:2::/64``; what is no address → ``unknown``."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _SITE), strict=False))


def is_in(address: str, networks: Collection[str]) -> bool:
    """Whether it belongs to one of them, or they are ``any``; what is no address belongs to none."""
    if ANY in networks:
        return True
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return any(parsed in ipaddress.ip_network(each) for each in networks)
