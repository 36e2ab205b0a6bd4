"""Taps: what a leg says, sent on to a recognizer as RTP. A command repeated with the same id changes nothing.

Invariant: keys that were agreed upon with a recognizer serve one tap alone (RFC 3711 §9.1).
"""

from __future__ import annotations

from collections import deque

from core.agreeing import TAP, BadKey, SrtpKeys
from core.commands import Answer, StartTap, StopTap
from core.ids import LegId, TapId
from core.ports import ok, refused
from telephony.engine_settings import Codec
from telephony.media_engine import EngineError, RtpAddress, RtpDirection
from telephony.node.legs import LegState
from telephony.node.shared import Shared

TAP_PTIME_MS = 100
"""What a recognizer takes at a time: five packets of 20 ms would cost both sides five times as much and bring no word sooner."""
USED_KEYS = 1_000
"""That are remembered: a command that comes late is one of the last few."""


class Taps:
    """Owns this node's taps; commands may raise `IllegalTransition` or `EngineError`."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._taps: dict[TapId, LegId] = {}
        self._used: deque[bytes] = deque(maxlen=USED_KEYS)

    async def start(self, command: StartTap) -> Answer:
        if command.tap_id in self._taps:
            return ok()
        engine = self._shared.engine
        self._shared.legs.require_up(command.leg_id)
        try:
            keys = self._agreed(command.public_key)
        except BadKey as error:
            return refused(str(error))
        await engine.open_rtp_port(
            command.tap_id,
            codec=Codec.PCMU,
            remote=RtpAddress(command.host, command.port),
            direction=RtpDirection.SEND_ONLY,
            ptime_ms=TAP_PTIME_MS,
            ssrc=command.ssrc,
            keys=keys,
        )
        self._taps[command.tap_id] = command.leg_id
        try:
            await engine.listen(command.leg_id, command.tap_id)
        except EngineError:
            await self._close(command.tap_id)
            raise
        return ok()

    def _agreed(self, theirs: bytes) -> SrtpKeys | None:
        """None: in the clear."""
        if not theirs:
            return None
        if theirs in self._used:
            raise BadKey("this recognizer's key has been used for another tap")
        keys = self._shared.tap_key.agreed(TAP, theirs)
        self._used.append(theirs)
        return keys

    async def stop(self, command: StopTap) -> Answer:
        if command.tap_id in self._taps:
            await self._close(command.tap_id)
        return ok()

    async def close_orphaned(self) -> None:
        """A tap ends with its leg, also when nobody says so."""
        for tap_id, leg_id in list(self._taps.items()):
            leg = self._shared.legs.find(leg_id)
            if leg is None or leg.state is LegState.ENDING:
                await self._close(tap_id)

    async def _close(self, tap_id: TapId) -> None:
        self._taps.pop(tap_id, None)
        await self._shared.engine.close_rtp_port(tap_id)
