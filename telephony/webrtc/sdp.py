"""What a browser offers and what we answer: the session descriptions of a browser leg, written by hand. Pure.

Invariant: an `Offer` names exactly one audio section that we can serve (SRTP over DTLS, RTCP multiplexed, microphone
offered); everything else is an `SdpError` whose text tells the sender what is wrong. The answer accepts that section with
one codec and telephone events, and rejects every other section, in the order of the offer.

Source: RFC 8866 (SDP), RFC 8829 §5.3 (answers), RFC 8839 (ICE), RFC 8842 (DTLS), RFC 9143 (BUNDLE), RFC 5761 §5.1.3
(rtcp-mux), RFC 4733 (telephone-event).
"""

from __future__ import annotations

import ipaddress
import itertools
import re
from collections.abc import Iterator, Sequence

import msgspec

from telephony.engine_settings import Codec

MAX_OFFER_CHARS = 64_000
"""Chromium's largest offers are about 8,000."""
MAX_CANDIDATE_LINES = 50
"""More are not even read."""
MAX_CANDIDATES = 8
"""So many addresses are asked whether the browser is there (RFC 8445 §7.2.4); it asks us from all it has, whatever it named."""
LOWEST_PORT = 1024
"""Browsers send from ports that the system chose; below are servers that answer anybody."""
_THIS_NETWORK = ipaddress.ip_network("0.0.0.0/8")
"""RFC 791 §3.2: nobody's address, but systems take it for their own."""
_SECURE_PROFILES = ("UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP")
_HASHES = ("sha-256", "sha-384", "sha-512")
_STATIC_RTPMAPS = {0: ("PCMU", 8000), 8: ("PCMA", 8000), 9: ("G722", 8000)}
"""RFC 3551 §6: these need no rtpmap. G.722's RTP clock is 8 kHz although it samples at 16 kHz (§4.5.2)."""
_RTP_CLOCK_HZ = {Codec.PCMU: 8000, Codec.PCMA: 8000, Codec.G722: 8000, Codec.OPUS: 48000}
_RTPMAP_NAME = {Codec.PCMU: "PCMU/8000", Codec.PCMA: "PCMA/8000", Codec.G722: "G722/8000", Codec.OPUS: "opus/48000/2"}


class SdpError(ValueError):
    """The description cannot be served; the text is for whoever sent it."""

    code = "bad_sdp"
    """For programs."""


class Fingerprint(msgspec.Struct, frozen=True):
    """Hash of a certificate (RFC 8122 §5)."""

    algorithm: str
    value: str


class Candidate(msgspec.Struct, frozen=True):
    """One transport address of a peer (RFC 8839 §5.1); only UDP, component 1."""

    foundation: str
    priority: int
    host: str
    port: int
    kind: str
    """`host`, `srflx`, `prflx` or `relay`."""


class OfferedCodec(msgspec.Struct, frozen=True):
    payload_type: int
    name: str
    """Lower case."""
    clock_hz: int


class Section(msgspec.Struct, frozen=True):
    """One `m=` section, as far as the answer must repeat it."""

    media: str
    profile: str
    formats: str
    mid: str | None


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """The audio section that we serve, and what is needed to reject the others."""

    sections: tuple[Section, ...]
    audio_index: int
    ice_ufrag: str
    ice_pwd: str
    fingerprints: tuple[Fingerprint, ...]
    setup: str
    """`actpass`, `active` or `passive` (RFC 4145 §4)."""
    codecs: tuple[OfferedCodec, ...]
    candidates: tuple[Candidate, ...]
    """Without names that end in .local: those peers are learnt from their first check (peer-reflexive)."""


class ChosenCodec(msgspec.Struct, frozen=True):
    codec: Codec
    payload_type: int
    event_payload_type: int | None
    """Telephone events at the codec's own clock rate, when offered (RFC 4733 §2.1)."""


class LocalTransport(msgspec.Struct, frozen=True, kw_only=True):
    """Our side of ICE and DTLS."""

    ice_ufrag: str
    ice_pwd: str
    fingerprint: Fingerprint
    candidates: tuple[Candidate, ...]


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────


def parse_offer(text: str) -> Offer:
    """The one audio section of a browser's offer. Raises `SdpError`."""
    if len(text) > MAX_OFFER_CHARS:
        raise SdpError(f"the offer has {len(text)} characters, more than {MAX_OFFER_CHARS}")
    session, media = _split(text)
    sections = tuple(_section(lines) for lines in media)
    index = next((i for i, s in enumerate(sections) if s.media == "audio"), None)
    if index is None:
        raise SdpError("the offer has no audio section")
    if sections[index].profile not in _SECURE_PROFILES:
        raise SdpError(f"audio must be {_SECURE_PROFILES[0]}, not {sections[index].profile}")
    lines = media[index]
    _check_served(lines)
    # ICE and DTLS attributes may stand at session level for all sections (RFC 8839 §5.4, RFC 8122 §5).
    both = lines + session
    return Offer(
        sections=sections,
        audio_index=index,
        ice_ufrag=_token(both, "ice-ufrag", r"[A-Za-z0-9+/]{4,256}"),
        ice_pwd=_token(both, "ice-pwd", r"[A-Za-z0-9+/]{22,256}"),
        fingerprints=_fingerprints(lines) or _fingerprints(session) or _missing("fingerprint"),
        setup=_token(both, "setup", "actpass|active|passive"),
        codecs=_codecs(sections[index].formats, lines),
        candidates=_candidates(lines),
    )


def _split(text: str) -> tuple[list[str], list[list[str]]]:
    """Session lines, and the lines of each `m=` section beginning with it (RFC 8866 §5)."""
    lines = re.split(r"\r\n|\n|\r", text.strip())
    if lines[0] != "v=0":
        raise SdpError("the offer is no session description: it does not begin with v=0")
    session: list[str] = []
    media: list[list[str]] = []
    for line in lines:
        if line.startswith("m="):
            media.append([])
        (media[-1] if media else session).append(line)
    return session, media


def _section(lines: Sequence[str]) -> Section:
    parts = lines[0][2:].split(" ", 3)
    if len(parts) < 4 or not re.fullmatch(r"[a-z0-9.+-]{1,32}", parts[0]):
        raise SdpError("a media line is broken: m=<media> <port> <profile> <formats> expected")
    mids = list(_values(lines, "mid"))
    if mids and not re.fullmatch(r"[!-~]{1,32}", mids[0]):
        raise SdpError("a=mid is no token of at most 32 characters")
    return Section(media=parts[0], profile=parts[2], formats=parts[3], mid=mids[0] if mids else None)


def _check_served(lines: Sequence[str]) -> None:
    if "a=rtcp-mux" not in lines:
        raise SdpError("audio must offer a=rtcp-mux (RFC 5761)")
    if any(line in lines for line in ("a=recvonly", "a=sendonly", "a=inactive")):
        raise SdpError("audio must be offered in both directions: the microphone is missing, or nothing can be heard")


def _values(lines: Sequence[str], name: str) -> Iterator[str]:
    prefix = f"a={name}:"
    return (line[len(prefix) :].strip() for line in lines if line.startswith(prefix))


def _token(lines: Sequence[str], name: str, pattern: str) -> str:
    value = next(_values(lines, name), None)
    if value is None or not re.fullmatch(pattern, value):
        raise SdpError(f"a={name} is missing or malformed")
    return value


def _missing(name: str) -> tuple[Fingerprint, ...]:
    raise SdpError(f"a={name} is missing or malformed")


def _fingerprints(lines: Sequence[str]) -> tuple[Fingerprint, ...]:
    found = (value.split() for value in _values(lines, "fingerprint"))
    return tuple(
        Fingerprint(parts[0].lower(), parts[1].upper())
        for parts in found
        if len(parts) == 2 and parts[0].lower() in _HASHES and re.fullmatch(r"(?i:[0-9a-f]{2}(:[0-9a-f]{2}){15,63})", parts[1])
    )


def _codecs(formats: str, lines: Sequence[str]) -> tuple[OfferedCodec, ...]:
    """In the offerer's order of preference (RFC 3264 §5.1)."""
    rtpmaps = dict(_STATIC_RTPMAPS)
    for value in _values(lines, "rtpmap"):
        match = re.fullmatch(r"(\d{1,3}) ([\w.+-]+)/(\d{4,6})(?:/\d{1,2})?", value, re.ASCII)
        if match:
            rtpmaps[int(match[1])] = (match[2], int(match[3]))
    known = (int(f) for f in formats.split() if re.fullmatch(r"\d{1,3}", f, re.ASCII))
    return tuple(OfferedCodec(pt, rtpmaps[pt][0].lower(), rtpmaps[pt][1]) for pt in known if pt < 128 and pt in rtpmaps)


def _candidates(lines: Sequence[str]) -> tuple[Candidate, ...]:
    """Where we ask whether the browser is there: at most `MAX_CANDIDATES` places, the best ones, each once.

    Anybody may write addresses into an offer, and we send to them. So only such as a browser can have are believed: UDP, a port
    that a system gives, the address of one host, on the internet or in a private network; not this machine, a link (where
    clouds keep their secrets), everybody or nobody. A browser elsewhere (on this machine, behind a .local name) is learnt from
    its own first check (RFC 8445 §7.3.1.3). A broken line is passed over, as RFC 8839 §5.1 asks for unknown ones.
    """
    pattern = r"(\S{1,32}) 1 (?i:udp) (\d{1,10}) (\S{1,253}) (\d{1,5}) typ (host|srflx|relay)(?: .*)?"
    values = itertools.islice(_values(lines, "candidate"), MAX_CANDIDATE_LINES)
    matches = (re.fullmatch(pattern, value, re.ASCII) for value in values)
    found = (Candidate(m[1], int(m[2]), m[3], int(m[4]), m[5]) for m in matches if m)
    usable = [c for c in found if _may_be_a_browsers(c.host) and LOWEST_PORT <= c.port < 65536 and c.priority < 2**32]
    places = {(c.host, c.port): c for c in reversed(usable)}.values()
    best = sorted(places, key=lambda c: c.priority, reverse=True)[:MAX_CANDIDATES]
    return tuple(c for c in usable if any(c is one for one in best))


def _may_be_a_browsers(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    if address.is_multicast or address.is_unspecified or address.is_loopback or address.is_link_local or address.is_reserved:
        return False
    return address not in _THIS_NETWORK and getattr(address, "ipv4_mapped", None) is None


# ── choosing and writing ────────────────────────────────────────────────────────────────────────────────────────


def choose_codec(offer: Offer, wanted: Sequence[Codec]) -> ChosenCodec:
    """The first of `wanted` that was offered. Raises `SdpError`."""
    for codec in wanted:
        clock_hz = _RTP_CLOCK_HZ[codec]
        payload_type = _find(offer, codec.value.lower(), clock_hz)
        if payload_type is not None:
            return ChosenCodec(codec, payload_type, _find(offer, "telephone-event", clock_hz))
    raise SdpError(f"no common codec: the offer has none of {', '.join(wanted)}")


def _find(offer: Offer, name: str, clock_hz: int) -> int | None:
    return next((c.payload_type for c in offer.codecs if c.name == name and c.clock_hz == clock_hz), None)


def dtls_role(offer: Offer) -> str:
    """We wait for the browser's ClientHello unless it insists on waiting itself (RFC 8842 §5.3)."""
    return "client" if offer.setup == "passive" else "server"


def write_answer(offer: Offer, chosen: ChosenCodec, local: LocalTransport, session_id: int) -> str:
    """Our answer (RFC 8829 §5.3.1): one accepted audio section, all others with port 0."""
    audio = offer.sections[offer.audio_index]
    lines = ["v=0", f"o=- {session_id} 1 IN IP4 127.0.0.1", "s=-", "t=0 0"]
    if audio.mid is not None:
        lines.append(f"a=group:BUNDLE {audio.mid}")
    for index, section in enumerate(offer.sections):
        lines += _accepted(offer, chosen, local) if index == offer.audio_index else _rejected(section)
    return "\r\n".join(lines) + "\r\n"


def _accepted(offer: Offer, chosen: ChosenCodec, local: LocalTransport) -> list[str]:
    audio = offer.sections[offer.audio_index]
    event = chosen.event_payload_type
    first = local.candidates[0]
    lines = [
        f"m=audio {first.port} {audio.profile} {chosen.payload_type}" + (f" {event}" if event is not None else ""),
        f"c=IN {'IP6' if ':' in first.host else 'IP4'} {first.host}",
        f"a=rtpmap:{chosen.payload_type} {_RTPMAP_NAME[chosen.codec]}",
    ]
    if event is not None:
        lines += [f"a=rtpmap:{event} telephone-event/{_RTP_CLOCK_HZ[chosen.codec]}", f"a=fmtp:{event} 0-16"]
    lines += [
        "a=ptime:20",
        "a=sendrecv",
        "a=rtcp-mux",
        *([f"a=mid:{audio.mid}"] if audio.mid is not None else []),
        f"a=ice-ufrag:{local.ice_ufrag}",
        f"a=ice-pwd:{local.ice_pwd}",
        f"a=fingerprint:{local.fingerprint.algorithm} {local.fingerprint.value}",
        f"a=setup:{'active' if dtls_role(offer) == 'client' else 'passive'}",
        *(f"a=candidate:{c.foundation} 1 udp {c.priority} {c.host} {c.port} typ {c.kind}" for c in local.candidates),
        "a=end-of-candidates",
    ]
    return lines


def _rejected(section: Section) -> list[str]:
    """A section that we do not serve (RFC 3264 §6): port 0, and a format because the syntax wants one."""
    lines = [f"m={section.media} 0 {section.profile} {section.formats}", "c=IN IP4 0.0.0.0"]
    return [*lines, f"a=mid:{section.mid}"] if section.mid is not None else lines
