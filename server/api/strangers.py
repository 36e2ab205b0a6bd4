"""The widget's calls that are open now, and those that are over but may still be asked about. Pure.

Invariant: a call counts from the request that begins it until its leg ends; one that never came to be counts for `CONNECTING_S`.
"""

from __future__ import annotations

from collections.abc import Callable, Container

from core.events import AnyEvent, LegEnded
from core.ids import CallId
from core.model import LegPurpose, Value

CONNECTING_S = 40.0
"""A call that control does not know after so long never came to be."""
FORGET_S = 24 * 3600.0
"""How long the page of a call may ask how it ended."""


class Begun(Value, frozen=True):
    network: str
    at: float


class Strangers:
    """Owns the counts of this process. `living` gives the calls that call control has. A service of the dispatcher."""

    wanted: frozenset[type] = frozenset({LegEnded})

    def __init__(self, living: Callable[[], Container[CallId]]) -> None:
        self._living = living
        self._open: dict[CallId, Begun] = {}
        self._all: dict[CallId, float] = {}

    def begun(self, call_id: CallId, network: str, at: float) -> None:
        self._open[call_id] = Begun(network, at)
        self._all[call_id] = at

    def ended(self, call_id: CallId) -> None:
        self._open.pop(call_id, None)

    async def handle(self, event: AnyEvent) -> None:
        """The leg tells first, also of a call that call control never knew."""
        if isinstance(event, LegEnded) and event.purpose is LegPurpose.CALLER and event.call_id is not None:
            self.ended(event.call_id)

    def may_begin(self, network: str, per_network: int, in_all: int, now: float) -> bool:
        living = self._living()
        self._open = {call_id: call for call_id, call in self._open.items() if call_id in living or now - call.at < CONNECTING_S}
        here = sum(call.network == network for call in self._open.values())
        return here < per_network and len(self._open) < in_all

    def to_forget(self, now: float) -> list[CallId]:
        """Calls that are over for so long that nobody asks; each is named once."""
        old = []
        for call_id, at in self._all.items():  # in the order in which they began
            if now - at < FORGET_S:
                break
            old.append(call_id)
        for call_id in old:
            del self._all[call_id]
        return old
