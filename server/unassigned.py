"""Numbers that were called and that nothing answers: who called them lately is written down, and listed until a rule answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

from core.events import AnyEvent, CallUnassigned
from core.model import Value
from server.business.number_plan import NumberRule, winner
from server.storage.sql.unassigned import SqlUnassignedCalls, UnassignedCall

CALLERS_TOLD = 5


class UnassignedCaller(Value, frozen=True, kw_only=True):
    caller: str
    """Empty: withheld."""
    at: float


class UnassignedNumber(Value, frozen=True, kw_only=True):
    number: str
    """E.164 where it is a telephone number, else as dialled."""
    trunk: str
    calls: int
    first_at: float
    last_at: float
    callers: tuple[UnassignedCaller, ...]
    """The last ones, newest first."""


class Unassigned:
    """The mailbox of the dispatcher that keeps them."""

    def __init__(self, table: SqlUnassignedCalls) -> None:
        self._table = table

    @property
    def wanted(self) -> frozenset[type]:
        return frozenset({CallUnassigned})

    async def handle(self, event: AnyEvent) -> None:
        if isinstance(event, CallUnassigned):
            await self._table.add(event)


def unassigned_numbers(
    calls: Iterable[UnassignedCall], rules: Iterable[NumberRule], forms: Callable[[str, str], tuple[str, ...]]
) -> tuple[UnassignedNumber, ...]:
    """Those that still nothing answers, the last called first. `calls` are newest first; `forms` names what was dialled.

    Each number is looked at once; of thousands it takes a while, and belongs into a thread.
    """
    rules = tuple(rules)
    found: dict[tuple[str, str], list[UnassignedCall]] = {}

    @cache
    def unanswered(called: str, trunk: str) -> str | None:
        names = forms(called, trunk)
        return (names[-1] if names else called) if winner(rules, names, trunk) is None else None

    for call in calls:
        if (number := unanswered(call.called, call.trunk)) is not None:
            found.setdefault((number, call.trunk), []).append(call)
    return tuple(_number(number, trunk, its) for (number, trunk), its in found.items())


def _number(number: str, trunk: str, calls: list[UnassignedCall]) -> UnassignedNumber:
    return UnassignedNumber(
        number=number,
        trunk=trunk,
        calls=len(calls),
        first_at=calls[-1].at,
        last_at=calls[0].at,
        callers=tuple(UnassignedCaller(caller=call.caller, at=call.at) for call in calls[:CALLERS_TOLD]),
    )
