"""Our own addresses: which sockets are bound, of which kinds, and what stands in for a name that somebody configured."""

from __future__ import annotations

import socket

import msgspec

from telephony.engine_settings import SipEngineConfig
from telephony.media_engine import EngineError
from telephony.sip.invite import literal_host
from telephony.sip.sdk import pj

EVERY_ADDRESS = "::"
"""IPv4 and IPv6, by sockets of their own: each peer is answered from an address of its kind."""


def numbered(config: SipEngineConfig) -> SipEngineConfig:
    """Our own addresses as numbers, asked for before any call: later nothing may wait for a name server. Raises EngineError."""
    return msgspec.structs.replace(
        config,
        bind_host=_number_of("bind", config.bind_host),
        public_host=_number_of("public_address", config.public_host) if config.public_host else None,
    )


def _number_of(key: str, host: str) -> str:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
        return str(min(found, key=lambda one: one[0] is not socket.AF_INET)[4][0])
    except (OSError, UnicodeError) as problem:
        raise EngineError("bad_argument", f"{key} = {host} is no address, and no name that can be resolved") from problem


def is_ipv6(host: str) -> bool:
    """Of a numeric address."""
    return ":" in host


def families(config: SipEngineConfig) -> dict[str, bool]:
    """The addresses that SIP sockets bind to, and whether each is of IPv6."""
    if config.bind_host == EVERY_ADDRESS:
        return {"0.0.0.0": False, EVERY_ADDRESS: True}
    return {config.bind_host: is_ipv6(config.bind_host)}


def leads_to_ipv6(uri: str) -> bool:
    """Whether a URI's host is an address of IPv6."""
    return is_ipv6(literal_host(uri))


def ipv6_use(config: SipEngineConfig) -> int:
    """Of calls that we make; a call that comes is answered with the kind of address that it offers."""
    if config.bind_host == EVERY_ADDRESS:
        return int(pj.PJSUA_IPV6_ENABLED_PREFER_IPV4)
    return int(pj.PJSUA_IPV6_ENABLED_USE_IPV6_ONLY if is_ipv6(config.bind_host) else pj.PJSUA_IPV6_DISABLED)
