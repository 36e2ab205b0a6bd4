"""A media engine without sound, for the node's decisions: keeps what it was asked, says what a test wants it to say.

The node with the real engine is tested in `test_node_with_phones.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from pathlib import Path

from patchbay_media import MediaLink

from core.agreeing import SrtpKeys
from telephony.engine_settings import Codec
from telephony.media_engine import (
    DigitMethod,
    EngineHealth,
    LegStatistics,
    OnEngineEvent,
    PlaybackFinished,
    PlaybackOutcome,
    PortLevels,
    RecordingFinished,
    RtpAddress,
    RtpDirection,
    SipLegAnswered,
    SipLegEnded,
    SipLegOffered,
)


class EngineDouble:
    """Implements `MediaEngine`."""

    def __init__(self, on_event: OnEngineEvent) -> None:
        self.say = on_event
        self.asked: list[tuple[object, ...]] = []
        """Every request, in order: the method's name and its arguments."""
        self.refusing: str | None = None
        self.refuses_questions = False
        self.fails: dict[str, Exception] = {}
        """What the named method raises."""
        self.loop_age_s = 0.0
        self.packets_received = 0
        self.other_signs = 0
        """Reports, and messages of the dialog."""
        self.sound_expected = True
        self.ports: dict[str, RtpAddress | None] = {}
        self.keys: dict[str, SrtpKeys | None] = {}
        self.hears: set[tuple[str, str]] = set()
        """Source and listener, of `rewire`."""
        self.legs: set[str] = set()
        self.stopped = False

    # ── what phones do ──────────────────────────────────────────────────────────────────────────────────────────

    def phone_calls(self, leg_id: str, call_id: str, at: float, called: str = "100") -> None:
        self.legs.add(leg_id)
        self.say(
            SipLegOffered(
                leg_id=leg_id,
                call_id=call_id,
                trunk="test",
                caller_uri="sip:200@127.0.0.1",
                caller_number="200",
                caller_name="",
                called_uri=f"sip:{called}@127.0.0.1",
                called_number=called,
                sip_call_id="x",
                remote_host="127.0.0.1",
                remote_port=5062,
                transport="udp",
                user_agent="",
                at=at,
            )
        )

    def phone_answers(self, leg_id: str, at: float) -> None:
        self.say(SipLegAnswered(leg_id=leg_id, codec="PCMU", at=at))

    def phone_refuses(self, leg_id: str, sip_status: int, at: float) -> None:
        """A dialled phone's final answer that is no 200."""
        self.legs.discard(leg_id)
        self.say(SipLegEnded(leg_id=leg_id, sip_status=sip_status, reason="", by_remote=True, statistics=None, at=at))

    def phone_hangs_up(self, leg_id: str, at: float) -> None:
        self._leg_ends(leg_id, by_remote=True, at=at)

    def _leg_ends(self, leg_id: str, *, by_remote: bool, at: float) -> None:
        self.legs.discard(leg_id)
        self.say(SipLegEnded(leg_id=leg_id, sip_status=200, reason="", by_remote=by_remote, statistics=None, at=at))

    # ── MediaEngine ─────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def sip_port(self) -> int:
        return 5060

    async def start(self) -> None:
        self._ask("start")

    async def stop(self) -> None:
        self.stopped = True

    def health(self) -> EngineHealth:
        return EngineHealth(
            running=True,
            legs=len(self.legs),
            rtp_ports=len(self.ports),
            loop_age_s=self.loop_age_s,
            max_loop_lag_ms=0.0,
            refused={},
            native_events_dropped=0,
        )

    async def refuse_new_legs(self, reason: str | None, *, questions: bool = False) -> None:
        self._ask("refuse_new_legs", reason)
        self.refusing, self.refuses_questions = reason, questions

    async def ring(self, leg_id: str) -> None:
        self._ask("ring", leg_id)

    async def answer(self, leg_id: str) -> None:
        self._ask("answer", leg_id)
        self.say(SipLegAnswered(leg_id=leg_id, codec="PCMU", at=1.0))

    async def reject(self, leg_id: str, sip_status: int, reason: str = "", headers: Mapping[str, str] | None = None) -> None:
        self._ask("reject", leg_id, sip_status, dict(headers or {}))
        self._leg_ends(leg_id, by_remote=False, at=2.0)

    async def hang_up(self, leg_id: str) -> None:
        self._ask("hang_up", leg_id)
        if leg_id in self.legs:
            self._leg_ends(leg_id, by_remote=False, at=2.0)

    async def dial(self, leg_id: str, uri: str, *, caller_uri: str | None = None, trunk: str = "") -> None:
        self._ask("dial", leg_id, uri, caller_uri, trunk)
        self.legs.add(leg_id)

    async def ask(self, leg_id: str) -> None:
        self._ask("ask", leg_id)

    async def ask_peer(self, peer: str, uri: str, *, from_uri: str | None = None) -> None:
        self._ask("ask_peer", peer, uri, from_uri)

    async def send_digits(self, leg_id: str, digits: str, *, method: DigitMethod = DigitMethod.RFC4733) -> None:
        self._ask("send_digits", leg_id, digits)

    async def open_rtp_port(
        self,
        port_id: str,
        *,
        codec: Codec,
        remote: RtpAddress | None = None,
        direction: RtpDirection = RtpDirection.BOTH,
        local_port: int = 0,
        payload_type: int | None = None,
        event_payload_type: int | None = None,
        ssrc: int | None = None,
        ptime_ms: int = 20,
        keys: SrtpKeys | None = None,
    ) -> RtpAddress:
        self._ask("open_rtp_port", port_id, codec, direction, ssrc)
        self.keys[port_id] = keys
        self.ports[port_id] = remote
        return RtpAddress("127.0.0.1", 9)

    async def open_linked_port(
        self,
        port_id: str,
        *,
        link: MediaLink,
        codec: Codec,
        payload_type: int,
        event_payload_type: int | None = None,
    ) -> None:
        self._ask("open_linked_port", port_id, codec)
        self.ports[port_id] = None

    async def close_rtp_port(self, port_id: str) -> None:
        self.ports.pop(port_id, None)

    async def play(self, port_id: str, playback_id: str, files: Sequence[Path], *, loop: bool = False) -> None:
        self._ask("play", port_id, playback_id, tuple(files), loop)

    async def stop_playback(self, port_id: str) -> None:
        self._ask("stop_playback", port_id)

    async def listen(self, source: str, listener: str) -> None:
        self._ask("listen", source, listener)

    async def rewire(self, *, part: Sequence[tuple[str, str]], join: Sequence[tuple[str, str]]) -> None:
        self._ask("rewire", tuple(part), tuple(join))
        self.hears -= set(part)
        self.hears |= set(join)

    async def start_recording(self, recording_id: str, path: Path, *, left: Set[str], right: Set[str]) -> None:
        self._ask("start_recording", recording_id, path, left, right)

    async def record_sides(self, recording_id: str, *, left: Set[str], right: Set[str]) -> None:
        self._ask("record_sides", recording_id, left, right)

    async def stop_recording(self, recording_id: str) -> None:
        self._ask("stop_recording", recording_id)
        self.say(
            RecordingFinished(
                recording_id=recording_id,
                path=Path("x.wav"),
                duration_ms=1500,
                size_bytes=48_000,
                peak_left=1,
                peak_right=1,
                dropped_ms=0,
                at=3.0,
            )
        )

    async def levels(self, port_ids: Sequence[str]) -> Mapping[str, PortLevels]:
        return {port_id: PortLevels(127, 0) for port_id in port_ids}

    async def statistics(self, port_id: str) -> LegStatistics:
        self._ask("statistics", port_id)
        return LegStatistics(
            codec="PCMU",
            packets_sent=50,
            packets_received=self.packets_received,
            packets_lost=0,
            packets_lost_remote=0,
            jitter_ms=1.0,
            rtt_ms=4.0,
            sound_expected=self.sound_expected,
            signs_of_life=self.packets_received + self.other_signs,
        )

    def playback_ends(self, port_id: str, playback_id: str, outcome: PlaybackOutcome = PlaybackOutcome.COMPLETED) -> None:
        self.say(PlaybackFinished(port_id=port_id, playback_id=playback_id, outcome=outcome, played_ms=900, at=2.5))

    def requests(self, name: str) -> list[tuple[object, ...]]:
        """What the named method was asked, in order."""
        return [request[1:] for request in self.asked if request[0] == name]

    def _ask(self, name: str, *arguments: object) -> None:
        self.asked.append((name, *arguments))
        if name in self.fails:
            raise self.fails[name]
