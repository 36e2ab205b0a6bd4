"""Keys that are pressed before their call's flow has begun: a phone that dials digits after the number sends them at once.

The media node tells of a key the moment it hears it; that the call has begun is told by call control, a little later.
"""

from __future__ import annotations

from collections import deque

from core.events import DigitPressed
from core.ids import CallId
from ivr.inbox import MOST_INPUTS

MOST_CALLS = 200
"""Beyond this the oldest are forgotten: keys may also come from calls that never get a flow."""


class EarlyKeys:
    """Owns the keys of calls that no flow has been begun for."""

    def __init__(self) -> None:
        self._pressed: dict[CallId, deque[DigitPressed]] = {}

    def keep(self, call_id: CallId, event: DigitPressed) -> None:
        self._pressed.setdefault(call_id, deque(maxlen=MOST_INPUTS)).append(event)
        if len(self._pressed) > MOST_CALLS:
            del self._pressed[next(iter(self._pressed))]

    def take(self, call_id: CallId) -> tuple[DigitPressed, ...]:
        """In their order; they are not kept any longer."""
        return tuple(self._pressed.pop(call_id, ()))
