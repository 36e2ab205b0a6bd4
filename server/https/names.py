"""Under which names and addresses browsers open this machine: what its certificate must say.

Pure, but for `names_of_this_machine`.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

import ifaddr

from core.model import Value

Address = IPv4Address | IPv6Address

_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_LOOPBACK_NAMES = ("localhost",)


class Names(Value, frozen=True, kw_only=True):
    """Subject alternative names (RFC 5280 §4.2.1.6)."""

    hosts: frozenset[str]
    addresses: frozenset[str]

    def sorted(self) -> tuple[tuple[str, ...], tuple[Address, ...]]:
        return tuple(sorted(self.hosts)), tuple(ip_address(each) for each in sorted(self.addresses))


def names(hostname: str, addresses: Iterable[str], configured: Iterable[str] = ()) -> Names:
    """Of a machine with this name and these addresses, and of what the administrator says it is also called.

    What is no name or address is left out. Link-local addresses change with the interface and are in no browser's address bar.
    """
    hosts = {*_LOOPBACK_NAMES, *_names_of_host(hostname)}
    found = {"127.0.0.1", "::1"}
    for each in (*addresses, *configured):
        address = _address(each)
        if address is None:
            hosts |= {each.lower()} if is_host_name(each) else set()
        elif not (address.is_link_local or address.is_multicast or address.is_unspecified):
            found.add(str(address))
    return Names(hosts=frozenset(hosts), addresses=frozenset(found))


def is_host_name(text: str) -> bool:
    """RFC 1123 §2.1."""
    return len(text) <= 253 and _HOST.fullmatch(text.lower()) is not None


def is_loopback(host: str) -> bool:
    """Whether a browser that asked for `host` (of a Host header, without its port) takes the page as secure without HTTPS.
    Source: W3C Secure Contexts §3.1."""
    bare = host.strip("[]").lower().rstrip(".")
    address = _address(bare)
    return address.is_loopback if address is not None else bare == "localhost" or bare.endswith(".localhost")


def names_of_this_machine(configured: Iterable[str]) -> Names:
    """As its interfaces are now."""
    addresses = [ip.ip if ip.is_IPv4 else ip.ip[0] for adapter in ifaddr.get_adapters() for ip in adapter.ips]
    return names(socket.gethostname(), [str(each) for each in addresses], configured)


def _names_of_host(hostname: str) -> set[str]:
    """A name without a dot is also found as .local (multicast DNS, RFC 6762 §3)."""
    name = hostname.lower()
    if not is_host_name(name):
        return set()
    return {name} if "." in name else {name, f"{name}.local"}


def _address(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
