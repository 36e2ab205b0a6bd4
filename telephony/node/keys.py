"""A key that a phone tells twice, as a telephone event (RFC 4733) and in an INFO, is one key. Pure.

Some phones and gateways send both. Which comes first is chance, so each digit waits for a twin of the other method; the oldest of
the same leg and digit is it. Two presses by one method are always two.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from core.ids import LegId
from telephony.media_engine import DigitMethod

TWINS_WITHIN_S = 4.0
"""An INFO that was lost is sent again after half a second, 1.5 and 3.5 s (RFC 3261 §17.1.2.2)."""
_MOST_WAITING = 2000


class _Key(NamedTuple):
    leg_id: LegId
    digit: str
    method: DigitMethod
    at: float


class Keys:
    """Remembers what was pressed in the last moments, of all legs of a node."""

    def __init__(self) -> None:
        self._waiting: deque[_Key] = deque(maxlen=_MOST_WAITING)

    def counts(self, leg_id: LegId, digit: str, method: DigitMethod, at: float) -> bool:
        """False: this key has been told already, in the other way."""
        while self._waiting and at - self._waiting[0].at > TWINS_WITHIN_S:
            self._waiting.popleft()
        for key in self._waiting:
            if key.leg_id == leg_id and key.digit == digit and key.method is not method:
                self._waiting.remove(key)
                return False
        self._waiting.append(_Key(leg_id, digit, method, at))
        return True
