"""Keys that people press, on their way in and out: sealed to whoever may know them (`core/sealing.py`), never in the clear."""

from __future__ import annotations

from collections import deque

from core.commands import Answer, SealDigits, SendDigits
from core.events import DigitPressed
from core.ids import LegId
from core.model import LegKind
from core.ports import ok, refused
from core.sealing import Opener, seal
from telephony import media_engine
from telephony.node.shared import Shared

UNSEALED_DIGITS = 200
"""Kept until it is known to whom they are sealed; beyond this the oldest go."""


class Digits:
    """Owns the key that opens what is sent to this node, and knows to whom what is pressed here is sealed."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._opener = Opener.new()
        self._seal_to: bytes | None = None
        self._unsealed: deque[media_engine.DigitPressed] = deque(maxlen=UNSEALED_DIGITS)

    async def send(self, command: SendDigits) -> Answer:
        """The one command that is heard again when it comes again: a digit has no id at the phone."""
        leg = self._shared.legs.require_up(command.leg_id)
        if leg.kind is not LegKind.SIP:
            return refused("digits reach phones only")
        digits = self._opener.open(command.sealed, leg.leg_id)
        if digits is None:
            return refused("these digits are sealed to somebody else")
        await self._shared.engine.send_digits(leg.leg_id, digits)
        return ok()

    async def seal_to(self, command: SealDigits) -> Answer:
        try:
            seal(command.public_key, "", "")
        except ValueError:
            return refused("this is no public key")
        self._seal_to = command.public_key
        while self._unsealed:
            self.pressed(self._unsealed.popleft())
        return ok(public_key=self._opener.public)

    def pressed(self, event: media_engine.DigitPressed) -> None:
        leg = self._shared.legs.find(LegId(event.port_id))
        if leg is None:
            return
        if self._seal_to is None:
            self._unsealed.append(event)
            return
        method = "info" if event.method is media_engine.DigitMethod.SIP_INFO else "rfc4733"
        sealed = seal(self._seal_to, event.digit, leg.leg_id)
        self._shared.outbox.put(
            DigitPressed(at=event.at, leg_id=leg.leg_id, call_id=leg.call_id, sealed=sealed, duration_ms=0, method=method)
        )
