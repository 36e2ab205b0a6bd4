"""Numbers that were called and that nothing answers: who called them lately is written down, and listed until a rule answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable

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
    """Those that still nothing answers, the last called first. `calls` are newest first; `forms` names what was dialled."""
    rules = tuple(rules)
    found: dict[tuple[str, str], list[UnassignedCall]] = {}
    known: dict[tuple[str, str], tuple[str, ...]] = {}
    for call in calls:
        names = known.setdefault((call.called, call.trunk), forms(call.called, call.trunk))
        if winner(rules, names, call.trunk) is None:
            found.setdefault((names[-1] if names else call.called, call.trunk), []).append(call)
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
