"""Whose a conversation is: decided by what was shown or proved when it came, and by people afterwards.

Invariant: a person's decision stays until a person changes it: no event that comes again, no import and no record that is made
later undoes it. All that came of a conversation (its call, the ticket and the callback promised in it) moves along, in one
transaction.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from core.events import InteractionSaved
from core.ids import CallId, CustomerId, InteractionId, UserId, new_id
from core.model import Value
from core.ports import Bus, Clock
from customers.identity import storable
from customers.model import Interaction


class Decision(NamedTuple):
    """What a person says about whose a conversation is."""

    interaction_id: InteractionId
    customer_id: CustomerId | None
    """None: nobody's, until somebody says whose."""
    new_name: str
    """Of the record that is made for it; empty: none is made."""
    user_id: UserId
    name: str
    """Of the person, as others read it."""
    at: float


class Filed(Value, frozen=True, kw_only=True):
    """What became of it."""

    interaction: Interaction
    moved: tuple[Interaction, ...]
    """With what came of it."""
    before: CustomerId | None
    call_id: CallId | None


class UnknownCustomer(Exception):
    """There is no such record."""


class Filing(Protocol):
    async def file(self, decision: Decision) -> Filed | None:
        """None: there is no such conversation. Raises `UnknownCustomer` and `core.ports.Unavailable`."""
        ...


class FilingDesk:
    """Owns nothing: hands decisions to storage and tells who shows these customers."""

    def __init__(self, filing: Filing, bus: Bus, clock: Clock) -> None:
        self._filing = filing
        self._bus = bus
        self._clock = clock

    async def decide(
        self, interaction_id: InteractionId, user_id: UserId, name: str, customer_id: CustomerId | None, new_name: str = ""
    ) -> Filed | None:
        """`new_name`: a record of this name is made for it. Raises `UnknownCustomer` and `Unavailable`."""
        new = storable(new_name)
        made = CustomerId(new_id("cust")) if new else customer_id
        decision = Decision(interaction_id, made, new, user_id, name, self._clock.now())
        filed = await self._filing.file(decision)
        if filed is None:
            return None
        for row in filed.moved:
            await self._bus.publish(
                InteractionSaved(
                    at=decision.at, interaction_id=row.interaction_id, customer_id=row.customer_id, channel=row.channel
                )
            )
        return filed
