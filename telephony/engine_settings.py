"""What the SIP and media engine is told before it starts: addresses, trunks, codecs, limits. Nothing in it changes later."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec


class Codec(StrEnum):
    """Audio codecs of a leg or an RTP port, by their RTP encoding names (RFC 3551 §6, RFC 7587)."""

    PCMU = "PCMU"
    PCMA = "PCMA"
    G722 = "G722"
    OPUS = "opus"


IdentityField = Literal["pai", "rpid", "from"]
"""P-Asserted-Identity, Remote-Party-ID, From."""
NumberForm = Literal["e164", "e164_without_plus", "national"]


class Trunk(msgspec.Struct, frozen=True, kw_only=True):
    """A peer that may send us calls, recognised by its source address, or takes calls from us, or both."""

    name: str
    networks: tuple[str, ...]
    """Addresses or networks (`192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`), or `any`."""
    username: str = ""
    """For the digest that the peer may ask for when we call (RFC 8760, RFC 3261 §22); empty: none."""
    password: str = ""
    caller: str = ""
    """The number that our own calls show."""
    identity: tuple[IdentityField, ...] = ("from",)
    """Fields that are believed about who calls, the most trusted first."""
    numbers: NumberForm = "national"
    """How it writes numbers."""
    country: str = ""
    """Region (ISO 3166) of its national numbers; empty: the installation's."""


class ConnectionLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How many connections (TCP) others may have open to us, and how long (`telephony/native/connection_book.hpp`)."""

    in_all: int = 1024
    of_strangers: int = 128
    """Of addresses that belong to no trunk, all together: the other places are kept for trunks."""
    per_address: int = 512
    """Of one address of a trunk; an address of IPv6 is its /64."""
    per_stranger: int = 8
    message_within_s: float = 10.0
    """A message, the first one too, must be here whole so soon after it was begun."""
    idle_s: float = 600.0
    """A trunk's connection on which nothing comes for so long is closed; a stranger's after three times `message_within_s`."""


class SipEngineConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine needs to know before it starts; nothing in it changes while it runs."""

    bind_host: str = "0.0.0.0"
    """Address that SIP and RTP sockets of SIP legs bind to; `::` means every address of IPv4 and of IPv6."""
    public_host: str | None = None
    """Address written into Contact and SDP, when it differs from the bound one (NAT)."""
    sip_port: int = 5060
    """UDP and TCP port; 0 lets the system choose (see `SipMediaEngine.sip_port`)."""
    udp: bool = True
    tcp: bool = True
    first_rtp_port: int = 10000
    last_rtp_port: int = 20000
    internal_host: str = "127.0.0.1"
    """Address that ports opened by `open_rtp_port` bind to."""
    trunks: tuple[Trunk, ...] = ()
    """An INVITE from an address in none of them is answered 403 and counted."""
    codecs: tuple[Codec, ...] = (Codec.PCMU, Codec.PCMA, Codec.G722)
    """Codecs offered and accepted on SIP legs, best first."""
    clock_rate_hz: int = 8000
    """Sample rate of the conference bridge: 8000 or 16000."""
    max_legs: int = 400
    """One INVITE more is answered 503 with Retry-After and counted."""
    retry_after_s: int = 5
    connections: ConnectionLimits = ConnectionLimits()
    strangers_per_s: int = 100
    """Requests of all who belong to no trunk that are looked at in a second, and ten times as many of their answers."""
    resolve_within_s: float = 3.0
    """How long anything waits for a name server: a peer's name in SDP or Contact, a trunk's proxy. Nothing else waits with it."""
    user_agent: str = "Patchbay"
    log_level: int = 2
    """pjproject's own log: 0 nothing, 1 errors, 2 warnings, 3 information, 4 debug."""
