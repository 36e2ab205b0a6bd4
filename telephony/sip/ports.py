"""Everything with sound on the owner thread: RTP ports, players, recorders, and the bridge between them and the legs.

Invariant: a port id is in the bridge graph exactly as long as its leg or RTP port exists; players and recorder sides are
nodes of the same graph under names of their own, so a renegotiated leg gets its prompt and its recorder back.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from pathlib import Path

from core.agreeing import SrtpKeys
from telephony.engine_settings import Codec
from telephony.media_engine import EngineError, LegStatistics, PortLevels, RtpAddress, RtpDirection
from telephony.sip.bridge import BridgeGraph, SlotLink
from telephony.sip.native_events import Handles
from telephony.sip.sdk import destroy, native

PAYLOAD_TYPES = {Codec.PCMU: 0, Codec.PCMA: 8, Codec.G722: 9, Codec.OPUS: 96}
RECORDING_RATE_HZ = 8000


class RtpPortRequest:
    """The arguments of `open_rtp_port` and `open_linked_port`, as the native port wants them."""

    def __init__(
        self,
        *,
        codec: Codec,
        remote: RtpAddress | None = None,
        direction: RtpDirection = RtpDirection.BOTH,
        local: RtpAddress | None = None,
        link: native.MediaLink | None = None,
        payload_type: int | None = None,
        event_payload_type: int | None = None,
        ptime_ms: int = 20,
        ssrc: int | None = None,
        keys: SrtpKeys | None = None,
    ) -> None:
        """Either `local`, perhaps with `keys`, or `link`."""
        self.options = options = native.RtpOptions()
        options.codec = str(codec)
        options.payload_type = PAYLOAD_TYPES[codec] if payload_type is None else payload_type
        options.event_payload_type = -1 if event_payload_type is None else event_payload_type
        options.ptime_ms = ptime_ms
        options.send_only = direction is RtpDirection.SEND_ONLY
        if local is not None:
            options.local_host, options.local_port = local.host, local.port
        if link is not None:
            options.link = link
        options.remote_host, options.remote_port = (remote.host, remote.port) if remote else ("", 0)
        options.ssrc = ssrc or 0
        if keys is not None:
            options.srtp_profile, options.rx_key, options.tx_key = keys.profile, keys.rx.hex(), keys.tx.hex()


def statistics_of(raw: native.RtpStatistics) -> LegStatistics:
    return LegStatistics(
        codec=raw.codec,
        packets_sent=raw.packets_sent,
        packets_received=raw.packets_received,
        packets_lost=raw.packets_lost,
        packets_lost_remote=raw.packets_lost_remote,
        jitter_ms=raw.jitter_ms,
        rtt_ms=None if raw.rtt_ms < 0 else raw.rtt_ms,
        sound_expected=raw.sound_expected,
        signs_of_life=raw.arrivals,
        strangers=raw.strangers,
    )


def player_of(port_id: str) -> str:
    return f"player/{port_id}"


class Ports:
    def __init__(self, clock_rate_hz: int, handles: Handles) -> None:
        self._clock_rate_hz = clock_rate_hz
        self._handles = handles
        self._graph = BridgeGraph()
        self._known: set[str] = set()
        self._have_had_sound: set[str] = set()
        self._rtp: dict[str, tuple[native.RtpMedia, int]] = {}
        self._players: dict[str, tuple[native.PromptPlayer, int]] = {}
        """port → its player and the handle of what it plays; only while it plays"""
        self._recorders: dict[str, tuple[native.StereoRecorder, dict[str, set[str]]]] = {}
        """recording → its recorder, and the ports that each side (`left`, `right`) hears"""

    @property
    def rtp_count(self) -> int:
        return len(self._rtp)

    # legs

    def place_leg(self, leg_id: str, slot: int | None) -> None:
        """A leg got its sound, lost it for a while (hold), or got it at another slot."""
        self._known.add(leg_id)
        if slot is not None:
            self._have_had_sound.add(leg_id)
        self._apply(self._graph.place(leg_id, slot))

    def remove(self, port_id: str) -> None:
        """A leg or RTP port is going away: nobody hears it any more, its playback finishes as stopped."""
        self._apply(self._graph.remove(port_id))
        self._known.discard(port_id)
        self._have_had_sound.discard(port_id)
        self._end_player(port_id)
        for _, sides in self._recorders.values():
            for heard in sides.values():
                heard.discard(port_id)

    # RTP ports

    def open_rtp(self, port_id: str, request: RtpPortRequest) -> RtpAddress:
        if port_id in self._known:
            raise EngineError("port_exists", f"port {port_id} exists already")
        handle = self._handles.for_port(port_id)
        request.options.handle = handle
        try:
            port = native.RtpMedia(request.options)
        except RuntimeError:
            self._handles.forget(handle)
            raise
        self._rtp[port_id] = (port, handle)
        self._known.add(port_id)
        self._have_had_sound.add(port_id)
        self._apply(self._graph.place(port_id, port.slot()))
        return RtpAddress(request.options.local_host, port.local_port())

    def close_rtp(self, port_id: str) -> None:
        if port_id not in self._rtp:
            return
        self.remove(port_id)
        port, handle = self._rtp.pop(port_id)
        destroy(port)
        self._handles.forget(handle)

    def rtp_statistics(self, port_id: str) -> LegStatistics | None:
        entry = self._rtp.get(port_id)
        return statistics_of(entry[0].statistics()) if entry else None

    # prompts

    def play(self, port_id: str, playback_id: str, files: Sequence[Path], loop: bool) -> None:
        self._require_sound(port_id)
        handle = self._handles.for_playback(port_id, playback_id)
        player = self._players[port_id][0] if port_id in self._players else None
        fresh = None
        try:
            if player is None:
                player = fresh = native.PromptPlayer(self._clock_rate_hz)
            player.play(handle, [str(path) for path in files], loop)
        except RuntimeError as problem:
            self._handles.forget(handle)
            if fresh is not None:
                destroy(fresh)
            raise EngineError("bad_prompt", str(problem)) from problem
        self._players[port_id] = (player, handle)
        self._apply(self._graph.place(player_of(port_id), player.slot()))
        self._apply(self._graph.link(player_of(port_id), port_id))

    def stop_playback(self, port_id: str) -> None:
        self._require(port_id)
        self._end_player(port_id)

    def tidy(self) -> None:
        """Players whose playback is over leave the bridge, unless they play something else by now."""
        for port_id, handle in self._handles.playbacks_over():
            if port_id in self._players and self._players[port_id][1] == handle:
                self._end_player(port_id)

    def _end_player(self, port_id: str) -> None:
        """What it plays, if anything, finishes as stopped."""
        if port_id in self._players:
            player, _ = self._players.pop(port_id)
            self._apply(self._graph.remove(player_of(port_id)))
            destroy(player)

    # bridge

    def listen(self, source: str, listener: str) -> None:
        self._require(source)
        self._require(listener)
        self._apply(self._graph.link(source, listener))

    def rewire(self, part: Sequence[tuple[str, str]], join: Sequence[tuple[str, str]]) -> None:
        for source, listener in part:
            self._apply(self._graph.unlink(source, listener))
        for source, listener in join:
            if {source, listener} <= self._known:
                self._apply(self._graph.link(source, listener))

    # recordings

    def start_recording(self, recording_id: str, path: Path, left: Set[str], right: Set[str]) -> None:
        if recording_id in self._recorders:
            raise EngineError("port_exists", f"recording {recording_id} runs already")
        for port_id in (*left, *right):
            self._require(port_id)
        handle = self._handles.for_recording(recording_id, path)
        try:
            recorder = native.StereoRecorder(handle, str(path), RECORDING_RATE_HZ)
        except RuntimeError as problem:
            self._handles.forget(handle)
            raise EngineError("io_error", str(problem)) from problem
        self._recorders[recording_id] = (recorder, {"left": set(), "right": set()})
        for side, slot in (("left", recorder.left_slot()), ("right", recorder.right_slot())):
            self._apply(self._graph.place(f"{recording_id}/{side}", slot))
        self.record_sides(recording_id, left, right)

    def record_sides(self, recording_id: str, left: Set[str], right: Set[str]) -> None:
        entry = self._recorders.get(recording_id)
        if entry is None:
            raise EngineError("no_such_port", f"no recording {recording_id}")
        for side, wanted in (("left", left & self._known), ("right", right & self._known)):
            sink, heard = f"{recording_id}/{side}", entry[1][side]
            for port_id in heard - wanted:
                self._apply(self._graph.unlink(port_id, sink))
            for port_id in wanted - heard:
                self._apply(self._graph.link(port_id, sink))
            entry[1][side] = set(wanted)

    def stop_recording(self, recording_id: str) -> None:
        entry = self._recorders.pop(recording_id, None)
        if entry is None:
            return
        for side in ("left", "right"):
            self._apply(self._graph.remove(f"{recording_id}/{side}"))
        entry[0].stop()
        destroy(entry[0])

    # measurements

    def levels(self, port_ids: Sequence[str]) -> dict[str, PortLevels]:
        out: dict[str, PortLevels] = {}
        for port_id in port_ids:
            slot = self._graph.slot(port_id)
            raw = native.slot_levels(slot) if slot is not None else None
            if raw is not None and raw.known:
                out[port_id] = PortLevels(heard=raw.heard, sent=raw.sent)
        return out

    def close(self) -> None:
        for recording_id in list(self._recorders):
            self.stop_recording(recording_id)
        for port_id in list(self._rtp):
            self.close_rtp(port_id)
        for port_id in list(self._known):
            self.remove(port_id)

    def _require(self, port_id: str) -> None:
        if port_id not in self._known:
            raise EngineError("no_such_port", f"no leg or RTP port {port_id}")

    def _require_sound(self, port_id: str) -> None:
        self._require(port_id)
        if port_id not in self._have_had_sound:
            raise EngineError("not_answered", f"leg {port_id} has no sound yet")

    def _apply(self, links: Sequence[SlotLink]) -> None:
        for link in links:
            if link.join:
                native.connect_slots(link.source, link.sink)
            else:
                native.disconnect_slots(link.source, link.sink)
