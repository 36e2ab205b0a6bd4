"""Offers of real browsers are understood, everything else is refused in words, and answers are what browsers accept."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.engine_settings import Codec
from telephony.webrtc.sdp import (
    MAX_OFFER_CHARS,
    Candidate,
    ChosenCodec,
    Fingerprint,
    LocalTransport,
    SdpError,
    choose_codec,
    dtls_role,
    parse_offer,
    write_answer,
)

OFFERS = Path(__file__).parent / "offers"
CHROMIUM = (OFFERS / "chromium.sdp").read_bytes().decode()
FIREFOX = (OFFERS / "firefox.sdp").read_text()
"""In Firefox's layout: ICE and fingerprint at different levels, no candidates, lines in alphabetical order."""
LOCAL = LocalTransport(
    ice_ufrag="abcd",
    ice_pwd="p" * 22,
    fingerprint=Fingerprint("sha-256", "AA:BB"),
    candidates=(Candidate("1", 2130706431, "192.0.2.1", 30000, "host"), Candidate("2", 2130706175, "2001:db8::1", 30002, "host")),
)


def without(line: str, offer: str = CHROMIUM) -> str:
    """The offer without the lines that begin so."""
    return "\r\n".join(found for found in offer.splitlines() if not found.startswith(line))


# ── offers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_chromiums_offer() -> None:
    offer = parse_offer(CHROMIUM)

    assert (offer.ice_ufrag, offer.setup, len(offer.fingerprints)) == ("YqYK", "actpass", 1)
    assert [(c.host, c.kind) for c in offer.candidates] == [("192.0.2.10", "host"), ("2001:db8::10", "host")]
    assert choose_codec(offer, (Codec.PCMU, Codec.OPUS)) == ChosenCodec(Codec.PCMU, 0, 126)
    assert choose_codec(offer, (Codec.OPUS,)) == ChosenCodec(Codec.OPUS, 111, 110)
    assert choose_codec(offer, (Codec.G722,)) == ChosenCodec(Codec.G722, 9, 126)


def test_firefoxs_offer() -> None:
    offer = parse_offer(FIREFOX)

    assert (offer.ice_ufrag, offer.candidates) == ("5f0e1d2c", ())
    assert offer.fingerprints[0].value.startswith("C1:2A")
    assert choose_codec(offer, (Codec.PCMU,)) == ChosenCodec(Codec.PCMU, 0, 101)


def test_hidden_addresses_are_left_to_the_checks() -> None:
    hidden = CHROMIUM.replace("192.0.2.10 42058 typ", "0d5e2b1c-0000-4000-8000-123456789abc.local 42058 typ")

    assert [c.host for c in parse_offer(hidden).candidates] == ["2001:db8::10"]


def with_candidates(*candidates: str) -> str:
    lines = [line for line in CHROMIUM.splitlines() if not line.startswith("a=candidate:")]
    return "\r\n".join([*lines, *(f"a=candidate:{candidate}" for candidate in candidates)]) + "\r\n"


def host_candidate(host: str, port: int = 50000, priority: int = 2122260223, kind: str = "host") -> str:
    return f"1 1 udp {priority} {host} {port} typ {kind}"


@pytest.mark.parametrize(
    "candidate",
    [
        *(host_candidate(host) for host in ("127.0.0.1", "::1", "0.0.0.0", "::", "0.1.2.3", "169.254.169.254", "fe80::1")),
        *(host_candidate(host) for host in ("224.0.0.1", "ff02::1", "255.255.255.255", "240.0.0.1", "::ffff:127.0.0.1")),
        *(host_candidate("203.0.113.7", port) for port in (0, 53, 123, 1023, 65536)),
        host_candidate("203.0.113.7", kind="prflx"),
        host_candidate("example.com"),
        host_candidate("203.0.113.7").replace("udp", "tcp"),
        host_candidate("203.0.113.7", priority=2**32),
    ],
)
def test_nobody_chooses_whom_we_send_to_but_where_browsers_are(candidate: str) -> None:
    """The leg goes on: a browser is learnt from its own first check."""
    assert parse_offer(with_candidates(candidate)).candidates == ()


@pytest.mark.parametrize(
    "host", ["192.168.1.5", "10.0.0.5", "172.20.0.5", "100.70.0.5", "198.51.100.5", "fd12::5", "2001:db8::5"]
)
def test_browsers_in_private_networks_and_on_the_internet_are_asked(host: str) -> None:
    assert [c.host for c in parse_offer(with_candidates(host_candidate(host))).candidates] == [host]


def test_of_many_candidates_the_best_are_asked_and_each_once() -> None:
    many = [host_candidate(f"203.0.113.{n}", priority=1000 + n) for n in range(1, 50)]
    found = parse_offer(with_candidates(*many, *many)).candidates
    assert [c.host for c in found] == [f"203.0.113.{n}" for n in range(42, 50)]


def test_codecs_without_rtpmap_are_the_static_ones() -> None:
    bare = without("a=rtpmap:0 ")

    assert choose_codec(parse_offer(bare), (Codec.PCMU,)).payload_type == 0


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("", "does not begin with v=0"),
        ("hello", "does not begin with v=0"),
        (without("m=audio"), "no audio section"),
        (CHROMIUM.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"), "must be UDP/TLS/RTP/SAVPF"),
        (CHROMIUM.replace("m=audio 42058 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126", "m=audio"), "media line is broken"),
        (without("a=rtcp-mux"), "rtcp-mux"),
        (CHROMIUM.replace("a=sendrecv", "a=recvonly"), "microphone"),
        (without("a=ice-ufrag"), "ice-ufrag"),
        (CHROMIUM.replace("a=ice-pwd:", "a=ice-pwd:short "), "ice-pwd"),
        (without("a=fingerprint"), "fingerprint"),
        (CHROMIUM.replace("sha-256", "md5"), "fingerprint"),
        (CHROMIUM.replace("a=setup:actpass", "a=setup:holdconn"), "setup"),
        (CHROMIUM + "a=x\r\n" * MAX_OFFER_CHARS, "characters"),
    ],
)
def test_what_cannot_be_served_is_refused_in_words(broken: str, words: str) -> None:
    with pytest.raises(SdpError, match=words):
        parse_offer(broken)


def test_no_common_codec_names_what_is_served() -> None:
    with pytest.raises(SdpError, match="PCMU, PCMA"):
        choose_codec(parse_offer(CHROMIUM.replace("63 9 0 8 13", "63")), (Codec.PCMU, Codec.PCMA))


@given(st.data())
def test_damage_is_understood_or_refused_and_never_an_accident(data: st.DataObject) -> None:
    """Cuts, doubles, swaps and overwrites pieces of a real offer."""
    text = CHROMIUM
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 200)))
        text = (
            text[:start]
            + data.draw(st.sampled_from(["", "\r\n", ":", " ", "m=audio ", "a=candidate:", text[start:end] * 2]))
            + text[end:]
        )
    with suppress(SdpError):
        offer = parse_offer(text)
        write_answer(offer, choose_codec(offer, tuple(Codec)), LOCAL, 1)


# ── answers ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_answer() -> None:
    offer = parse_offer(CHROMIUM)
    answer = write_answer(offer, ChosenCodec(Codec.PCMU, 0, 126), LOCAL, session_id=7)

    assert answer.split("\r\n") == [
        "v=0",
        "o=- 7 1 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        "m=audio 30000 UDP/TLS/RTP/SAVPF 0 126",
        "c=IN IP4 192.0.2.1",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:126 telephone-event/8000",
        "a=fmtp:126 0-16",
        "a=ptime:20",
        "a=sendrecv",
        "a=rtcp-mux",
        "a=mid:0",
        "a=ice-ufrag:abcd",
        "a=ice-pwd:" + "p" * 22,
        "a=fingerprint:sha-256 AA:BB",
        "a=setup:passive",
        "a=candidate:1 1 udp 2130706431 192.0.2.1 30000 typ host",
        "a=candidate:2 1 udp 2130706175 2001:db8::1 30002 typ host",
        "a=end-of-candidates",
        "",
    ]


def test_other_sections_are_rejected_in_their_order() -> None:
    video = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:v\r\n"
    data = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:d\r\n"
    start = CHROMIUM.index("m=audio")
    offer = parse_offer(CHROMIUM[:start] + video + CHROMIUM[start:] + data)
    answer = write_answer(offer, ChosenCodec(Codec.PCMU, 0, None), LOCAL, 1)

    assert [line for line in answer.split("\r\n") if line.startswith("m=")] == [
        "m=video 0 UDP/TLS/RTP/SAVPF 96",
        "m=audio 30000 UDP/TLS/RTP/SAVPF 0",
        "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
    ]
    assert "a=group:BUNDLE 0\r\n" in answer


@pytest.mark.parametrize(
    ("setup", "role", "answered"),
    [("actpass", "server", "passive"), ("active", "server", "passive"), ("passive", "client", "active")],
)
def test_who_begins_dtls(setup: str, role: str, answered: str) -> None:
    offer = parse_offer(CHROMIUM.replace("a=setup:actpass", f"a=setup:{setup}"))

    assert dtls_role(offer) == role
    assert f"a=setup:{answered}\r\n" in write_answer(offer, ChosenCodec(Codec.PCMU, 0, None), LOCAL, 1)
