"""One key, told twice: exchanges send it as telephone events (RFC 4733) and once more in SIP INFO, in either order.

Invariant: of two reports of the same key by the two ways within `SAME_KEY_WITHIN_S`, in the order in which the keys were pressed,
one counts. A key pressed twice is reported twice by each way, and counts twice. Pure.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from telephony.media_engine import DigitMethod, DigitPressed

SAME_KEY_WITHIN_S = 4.0
"""An INFO that was lost is sent again after half a second, 1.5 and 3.5 s (RFC 3261 §17.1.2.2), and the next one waits for its
answer (RFC 6086 §4.2.3)."""
MOST_KEPT = 32


class _Heard(NamedTuple):
    digit: str
    method: DigitMethod
    at: float


class Keys:
    """What each port has heard lately and only by one way."""

    def __init__(self) -> None:
        self._once: dict[str, deque[_Heard]] = {}

    def is_new(self, press: DigitPressed) -> bool:
        heard = self._once.setdefault(press.port_id, deque(maxlen=MOST_KEPT))
        while heard and press.at - heard[0].at > SAME_KEY_WITHIN_S:
            heard.popleft()
        for one in heard:
            if one.digit == press.digit and one.method is not press.method:
                heard.remove(one)
                return False
        heard.append(_Heard(press.digit, press.method, press.at))
        return True

    def forget(self, port_id: str) -> None:
        self._once.pop(port_id, None)
