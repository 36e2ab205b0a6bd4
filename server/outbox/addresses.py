"""Where webhooks may go. Pure.

Whoever may set up a webhook must not be able to reach what only this machine can: loopback, private networks, the cloud's own
addresses (169.254.169.254). So an address is allowed when it is global, or within a network that `sip.conf` names. Addresses that
carry another one inside (IPv4 in IPv6, RFC 4291 §2.5.5; NAT64, RFC 6052; 6to4, RFC 3056; Teredo, RFC 4380) are judged by it, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
_UNICAST = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")
LONGEST_URL = 2_000


class Forbidden(Exception):
    """No webhook goes there; the message says why, without the address."""


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Raises ValueError."""
    return tuple(ip_network(text, strict=False) for text in texts)


def allowed(address: Address, besides: Sequence[Network] = ()) -> bool:
    return all(_global(each) or any(each in network for network in besides) for each in (address, *_inside(address)))


def _global(address: Address) -> bool:
    """What carries an IPv4 address is judged by that one; of all others in IPv6 only global unicast is (RFC 4291 §2.4, IANA)."""
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return address.ipv4_mapped is not None or address in _NAT64
    return address.is_global and not address.is_multicast


def _inside(address: Address) -> tuple[Address, ...]:
    if isinstance(address, IPv4Address):
        return ()
    carried = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        carried.append(IPv4Address(int(address) & 0xFFFF_FFFF))
    return tuple(each for each in carried if each is not None)


def check_url(url: str, *, http: bool) -> None:
    """What can be said of a URL before its name is looked up. Raises `Forbidden`."""
    if len(url) > LONGEST_URL or not url.isascii() or any(character <= " " for character in url):
        raise Forbidden("this is no URL")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        (host or "").encode("idna")  # a label that is empty or too long (RFC 1035 §2.3.4), which a resolver would trip over
    except ValueError:
        raise Forbidden("this is no URL") from None
    if parts.scheme != "https" and not (http and parts.scheme == "http"):
        raise Forbidden("the URL must begin with https://" + (" or http://" if http else ""))
    if not host or port == 0 or parts.username is not None or parts.password is not None:
        raise Forbidden("the URL must name a host, and no user")


def literal(host: str) -> Address | None:
    """The address that a host's name is already."""
    try:
        return ip_address(host)
    except ValueError:
        return None
