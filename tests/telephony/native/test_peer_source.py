"""Whose sound is the peer's (`telephony/native/peer_source`): who is learnt, who not; a thief at every moment of a call."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from patchbay_media import SourceOfPeer

PEER, PEER_RTCP = "203.0.113.10:4000", "203.0.113.10:4001"
ELSEWHERE = "203.0.113.10:5000"
"""The same host, another port: as behind a translator."""
SIGNALS = "203.0.113.20:5060"
INSIDE, INSIDE_RTCP = "192.168.1.5:4000", "192.168.1.5:4001"
"""What somebody behind a translator announces."""
THIEF = "198.51.100.66:4000"
NEIGHBOUR = "203.0.113.10:6666"
"""A thief on the peer's own host."""
DROPPED, TAKEN, FOLLOWED = 0, 1, 2
SSRC, OTHER_SSRC = 7, 99
PTIME_MS = 20


def of_peer(announced: str = PEER, rtcp: str = PEER_RTCP, signals: str = SIGNALS) -> SourceOfPeer:
    source = SourceOfPeer()
    source.announce(announced, rtcp, 0)
    source.vouch_for(signals)
    return source


def test_the_announced_address_is_heard_and_keeps_the_leg() -> None:
    source = of_peer()
    assert source.on_rtp(PEER, SSRC, 1, 0) == FOLLOWED
    assert source.on_rtp(PEER, SSRC, 2, 20) == TAKEN
    for rival in (THIEF, ELSEWHERE, SIGNALS):
        assert [source.on_rtp(rival, OTHER_SSRC, n, 100_000 + 20 * n) for n in range(100)] == [DROPPED] * 100
    assert source.on_rtp(PEER, SSRC, 3, 200_000) == TAKEN


@pytest.mark.parametrize("first", [ELSEWHERE, "203.0.113.20:7000"])
def test_a_peer_behind_a_translator_is_learnt_by_its_first_packet_and_keeps_the_leg(first: str) -> None:
    source = of_peer()
    assert source.on_rtp(first, SSRC, 1, 0) == FOLLOWED
    for rival in (NEIGHBOUR, THIEF):
        assert [source.on_rtp(rival, OTHER_SSRC, n, 20 * n) for n in range(5000)] == [DROPPED] * 5000
    assert source.on_rtp(first, SSRC, 2, 200_000) == TAKEN


def test_the_announced_address_takes_back_what_somebody_else_was_first_to_take() -> None:
    source = of_peer()
    assert source.on_rtp(NEIGHBOUR, OTHER_SSRC, 1, 0) == FOLLOWED
    assert source.on_rtp(PEER, SSRC, 1, 20) == FOLLOWED
    assert source.on_rtp(NEIGHBOUR, OTHER_SSRC, 2, 40) == DROPPED


def test_a_public_address_is_a_translators_only_when_the_announced_one_is_private() -> None:
    assert of_peer().on_rtp(THIEF, SSRC, 1, 0) == DROPPED
    source = of_peer(INSIDE, INSIDE_RTCP)
    assert source.on_rtp("192.168.1.66:4000", SSRC, 1, 0) == DROPPED, "no translator stands between two private addresses"
    assert source.on_rtp(THIEF, SSRC, 1, 0) == FOLLOWED
    assert source.on_rtp("203.0.113.20:4000", SSRC, 1, 20) == FOLLOWED, "who signals stands nearer"
    assert source.on_rtp(THIEF, SSRC, 2, 40) == DROPPED
    assert source.on_rtp(INSIDE, SSRC, 2, 60) == FOLLOWED, "the announced address stands nearest"


@pytest.mark.parametrize("private", ["10.9.8.7:4000", "172.31.0.1:4000", "100.127.0.1:4000", "[fd00::1]:4000", "[fe80::1]:4000"])
def test_private_addresses(private: str) -> None:
    public = "[2001:db8::1]:4000" if private.startswith("[") else "198.51.100.1:4000"
    assert of_peer(private, private).on_rtp(public, SSRC, 1, 0) == FOLLOWED


def test_where_nobody_is_announced_the_first_is_the_peer() -> None:
    source = SourceOfPeer()
    source.announce("127.0.0.1:9", "127.0.0.1:10", 0)
    assert source.on_rtp(THIEF, SSRC, 1, 0) == FOLLOWED
    assert source.on_rtp("192.168.1.66:4000", SSRC, 2, 20) == DROPPED


@pytest.mark.parametrize(
    ("announced", "here"), [(INSIDE, "127.0.0.1:4000"), (PEER, "127.0.0.1:4000"), ("[fd00::1]:4000", "[::1]:4000")]
)
def test_a_peer_on_this_machine_sends_from_its_loopback_address_whichever_it_announces(announced: str, here: str) -> None:
    assert of_peer(announced, announced).on_rtp(here.replace("4000", "4002"), SSRC, 1, 0) == DROPPED
    assert of_peer(announced, announced).on_rtp(here, SSRC, 1, 0) == FOLLOWED


def test_on_a_socket_for_both_versions_ipv4_is_still_itself() -> None:
    assert of_peer().on_rtp("[::ffff:203.0.113.10]:4000", SSRC, 1, 0) == FOLLOWED
    assert of_peer().on_rtp("[::ffff:198.51.100.66]:4000", SSRC, 1, 0) == DROPPED


def test_a_translator_may_give_the_peer_another_port_in_the_midst_of_a_call() -> None:
    source = of_peer()
    source.on_rtp(ELSEWHERE, SSRC, 65_530, 0)
    moved = "203.0.113.10:5001"
    assert source.on_rtp(moved, SSRC, 2, 999) == DROPPED, "the old port may still speak"
    assert source.on_rtp(moved, OTHER_SSRC, 2, 1000) == DROPPED, "another stream"
    assert source.on_rtp(moved, SSRC, 65_530, 1000) == DROPPED, "a packet that has been"
    assert source.on_rtp(moved, SSRC, 30_000, 1000) == DROPPED, "it does not go on where that stream stopped"
    assert source.on_rtp(THIEF, SSRC, 2, 1000) == DROPPED, "another host"
    assert source.on_rtp(moved, SSRC, 2, 1000) == FOLLOWED


def test_what_the_dialog_says_counts_at_once() -> None:
    source = of_peer()
    source.on_rtp(PEER, SSRC, 1, 0)
    source.announce("203.0.113.30:4000", "203.0.113.30:4001", 1000)
    assert source.on_rtp(PEER, SSRC, 2, 1020) == TAKEN, "on its way when the peer moved"
    assert source.on_rtp("203.0.113.30:4000", SSRC, 3, 1040) == FOLLOWED
    assert source.on_rtp(PEER, SSRC, 4, 1060) == DROPPED


def test_a_peer_behind_a_translator_that_announces_anew_is_learnt_anew() -> None:
    source = of_peer(INSIDE, INSIDE_RTCP)
    source.on_rtp("203.0.113.20:4000", SSRC, 1, 0)
    source.announce("192.168.1.5:4002", "192.168.1.5:4003", 1000)
    assert source.on_rtp("203.0.113.20:4000", SSRC, 2, 1010) == TAKEN
    assert source.on_rtp("203.0.113.20:4002", SSRC, 3, 1020) == FOLLOWED
    source.announce("192.168.1.5:4004", "192.168.1.5:4005", 2000)
    assert source.on_rtp("203.0.113.20:4002", SSRC, 4, 3999) == TAKEN
    assert source.on_rtp("203.0.113.20:4002", SSRC, 5, 4000) == FOLLOWED, "it sends from there still: it has not moved"


@pytest.mark.parametrize("on_hold", ["0.0.0.0:4000", PEER])
def test_hold_and_repeated_offers_change_nothing(on_hold: str) -> None:
    source = of_peer()
    source.on_rtp(ELSEWHERE, SSRC, 1, 0)
    source.announce(on_hold, on_hold, 1000)
    assert source.on_rtp(NEIGHBOUR, OTHER_SSRC, 1, 60_000) == DROPPED
    source.announce(PEER, PEER_RTCP, 120_000)
    assert source.on_rtp(NEIGHBOUR, OTHER_SSRC, 2, 120_020) == DROPPED
    assert source.on_rtp(ELSEWHERE, SSRC, 2, 120_040) == TAKEN


def test_reports_come_from_where_they_were_announced_or_from_the_host_of_the_sound_with_its_name() -> None:
    source = of_peer()
    assert source.on_rtcp("203.0.113.10:5001", SSRC) == DROPPED, "nothing has been heard that it could belong to"
    source.on_rtp(ELSEWHERE, SSRC, 1, 0)
    assert source.on_rtcp("203.0.113.10:5001", OTHER_SSRC) == DROPPED
    assert source.on_rtcp(THIEF, SSRC) == DROPPED
    assert source.on_rtcp("203.0.113.10:5001", SSRC) == FOLLOWED
    assert source.on_rtcp(PEER_RTCP, 12345) == FOLLOWED
    assert source.on_rtcp("203.0.113.10:5001", SSRC) == TAKEN, "heard, but not answered: the announced one is there"


def test_a_fixed_destination_stays() -> None:
    source = of_peer()
    source.fix()
    for other in (ELSEWHERE, THIEF, SIGNALS):
        assert source.on_rtp(other, SSRC, 1, 0) == DROPPED
    assert source.on_rtcp(ELSEWHERE, SSRC) == DROPPED
    assert source.on_rtp(PEER, SSRC, 1, 0) == FOLLOWED


# ── a thief at every moment ─────────────────────────────────────────────────────────────────────────────────────────


class Moment(NamedTuple):
    """20 ms of a call: what the dialog announces, and where the peer sends a packet from; empty: nothing."""

    announces: str
    sends_from: str


def a_call(direct: bool) -> list[Moment]:
    """Sound, silence, hold, resumption, hold as of old, a change of address, silence again, sound."""
    announced, moved = (PEER, "203.0.113.10:4010") if direct else (INSIDE, "192.168.1.5:4010")
    out, out_moved = (announced, moved) if direct else ("203.0.113.20:30000", "203.0.113.20:30010")
    silence = [Moment("", "")] * (1200 // PTIME_MS)

    def speaks(source: str) -> list[Moment]:
        return [Moment("", source)] * (160 // PTIME_MS)

    call = [Moment(announced, out), *speaks(out), *silence, *speaks(out)]
    call += [Moment(announced, ""), *silence, Moment(announced, ""), *silence[:5], *speaks(out)]  # hold: another direction only
    call += [Moment("0.0.0.0:4000", ""), *silence, Moment(announced, out), *speaks(out)]
    # It announces another address; one that no translator hides takes its time to send from there.
    call += [Moment(moved, ""), *silence[:10]] if direct else [Moment(moved, out_moved)]
    return [*call, *speaks(out_moved), *silence, *speaks(out_moved)]


class Line:
    """A leg at its address, and a thief who sends to it; what each of them hears and says."""

    def __init__(self) -> None:
        self.source = SourceOfPeer()
        self.source.vouch_for(SIGNALS)
        self.goes_to = ""
        self.lost = 0
        self.stolen: list[int] = []
        """Milliseconds at which the thief was heard, or heard us."""
        self._now_ms = 0
        self._sequence = {SSRC: 0, OTHER_SSRC: 0}

    def lives_through(self, moment: Moment, thief: str) -> None:
        if moment.announces:
            host, port = moment.announces.rsplit(":", 1)
            self.source.announce(moment.announces, f"{host}:{int(port) + 1}", self._now_ms)
        if moment.sends_from and not self._heard(moment.sends_from, SSRC):
            self.lost += 1
        if thief and (self._heard(thief, OTHER_SSRC) or self.source.on_rtcp(thief, OTHER_SSRC) or self.goes_to == thief):
            self.stolen.append(self._now_ms)
        self._now_ms += PTIME_MS

    def _heard(self, source: str, ssrc: int) -> bool:
        self._sequence[ssrc] += 1
        verdict = self.source.on_rtp(source, ssrc, self._sequence[ssrc], self._now_ms)
        if verdict == FOLLOWED:
            self.goes_to = source
        return verdict != DROPPED


@pytest.mark.parametrize("direct", [True, False], ids=["announced address", "behind a translator"])
@pytest.mark.parametrize(
    "thief", [THIEF, NEIGHBOUR, "203.0.113.20:6666"], ids=["anywhere", "at the peer's host", "at the proxy's"]
)
def test_a_thief_at_every_20_ms_of_a_call_is_not_heard_and_hears_nothing(direct: bool, thief: str) -> None:
    call = a_call(direct)
    for begins in range(len(call)):  # and goes on to the end
        line = Line()
        for n, moment in enumerate(call):
            line.lives_through(moment, thief if n >= begins else "")
        assert line.stolen == [], f"he began at {begins * PTIME_MS} ms"
        assert line.lost == 0, f"the peer itself was not heard: the thief began at {begins * PTIME_MS} ms"
