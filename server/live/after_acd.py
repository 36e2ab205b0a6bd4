"""The live view where the ACD is led by another process: nothing is shown of a step before this process has taken it, too.

Invariant: when the view handles an event of the ACD, the ACD's views here are at least as new. The ledger writes a step and its
events at once, so catching up after reading the event is enough.
"""

from __future__ import annotations

from typing import Protocol

from core.events import AnyEvent

OF_THE_ACD = ("work_id", "offer_id", "queue_id", "agent_id")
"""Every event of the ACD names one of these, and few others do."""


class Acd(Protocol):
    async def fresh(self) -> None: ...


class Live(Protocol):
    async def handle(self, event: AnyEvent) -> None: ...


class AfterAcd:
    """A service of the dispatcher, in front of the live view."""

    def __init__(self, acd: Acd, live: Live) -> None:
        self._acd = acd
        self._live = live

    async def handle(self, event: AnyEvent) -> None:
        """Raises `Unavailable`: tried again by the dispatcher."""
        if any(hasattr(event, name) for name in OF_THE_ACD):
            await self._acd.fresh()
        await self._live.handle(event)
