"""Which region a browser belongs to: that of the most particular network it comes from. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network

from server.api.networks import is_in
from server.config.sections import Region
from server.origins import ANY


def region_of(address: str, regions: Iterable[Region]) -> str:
    """Its name; empty for a browser that belongs to none."""
    found = [(_length(network), region.name) for region in regions for network in region.networks if is_in(address, (network,))]
    return max(found, key=lambda each: each[0])[1] if found else ""


def _length(network: str) -> int:
    return -1 if network == ANY else ip_network(network).prefixlen
