"""The widget's calls that are open now, and those that are over but may still be asked about.

Invariant: a call counts from the request that begins it until its leg ends, at whichever desk process it began; one that never
came to be counts for `CONNECTING_S`.
"""

from __future__ import annotations

from collections.abc import Callable, Container

import msgspec

from core.events import AnyEvent, LegEnded
from core.ids import CallId
from core.model import LegPurpose, Value
from core.ports import StateStore
from core.saved import sorted_out

OPEN_KIND = "widget_open"
"""Of what is kept in the store: `Begun` by call."""
CONNECTING_S = 40.0
"""A call that nobody knows after so long never came to be."""
FORGET_S = 24 * 3600.0
"""How long the page of a call may ask how it ended."""


class Begun(Value, frozen=True):
    network: str
    at: float


class Strangers:
    """Owns what this process knows of the counts, which stand in the store. A service of the dispatcher."""

    wanted: frozenset[type] = frozenset({LegEnded})

    def __init__(self, living: Callable[[], Container[CallId]], store: StateStore) -> None:
        """`living` gives the calls that have begun and not ended."""
        self._living = living
        self._store = store
        self._open: dict[CallId, Begun] = {}
        self._all: dict[CallId, float] = {}

    def remember(self, call_id: CallId, at: float) -> None:
        """Its page may ask about it."""
        self._all[call_id] = at

    async def begun(self, call_id: CallId, network: str, at: float) -> None:
        """Raises `Unavailable`."""
        begun = Begun(network, at)
        await self._store.save(OPEN_KIND, call_id, msgspec.msgpack.encode(begun))
        self._open[call_id] = begun
        self.remember(call_id, at)

    async def ended(self, call_id: CallId) -> None:
        """Raises `Unavailable`."""
        if call_id in self._open:
            await self._store.delete(OPEN_KIND, call_id)
            self._open.pop(call_id, None)

    async def handle(self, event: AnyEvent) -> None:
        """The leg tells first, also of a call that call control never knew. Raises `Unavailable`."""
        if isinstance(event, LegEnded) and event.purpose is LegPurpose.CALLER and event.call_id is not None:
            await self.ended(event.call_id)

    async def may_begin(self, network: str, per_network: int, in_all: int, now: float) -> bool:
        """Counts the calls of all desk processes. Raises `Unavailable`."""
        found, unreadable = sorted_out(await self._store.load_all(OPEN_KIND), Begun)
        self._open = {CallId(call_id): begun for call_id, begun in found.items()}
        living = self._living()
        over = [call_id for call_id, call in self._open.items() if call_id not in living and now - call.at >= CONNECTING_S]
        for call_id in [*over, *map(CallId, unreadable)]:
            await self._store.delete(OPEN_KIND, call_id)
            self._open.pop(call_id, None)
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
