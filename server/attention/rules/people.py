"""What may be off with agents and with calls that are over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from core.attention import Action, Figures, Next, Severity, Subject
from server.attention.happened import Cut, Happened, Missed
from server.attention.signs import Sign
from server.attention.thresholds import Thresholds


def people_signs(happened: Happened, limits: Thresholds) -> Iterator[Sign]:
    if limits.missed_rings:
        yield from _in_a_row("missed_rings", happened.missed, limits.missed_rings, limits)
    if limits.declines:
        yield from _in_a_row("declined", happened.declined, limits.declines, limits)
    if limits.cut_calls:
        yield from _cut(happened.cut, limits)


def _in_a_row(code: str, rows: Mapping[str, Mapping[str, Missed]], least: int, limits: Thresholds) -> Iterator[Sign]:
    for agent_id, rings in rows.items():
        if len(rings) < least:
            continue
        newest = max(rings.values(), key=lambda ring: ring.at)
        figures: Figures = {"times": len(rings), "last_at": newest.at, "queue_id": newest.queue_id}
        yield Sign(
            code=code,
            subject=Subject(kind="agent", id=agent_id),
            raises=Severity.AMBER,
            since=min(ring.at for ring in rings.values()),
            figures=figures if not newest.reason else {**figures, "reason": newest.reason},
            next=Next(code="forgotten", at=newest.at + limits.remember_s),
            action=Action(code="open_agent", id=agent_id),
        )


def _cut(cut: Mapping[str, Cut], limits: Thresholds) -> Iterator[Sign]:
    """One entry for each cause: a lost node cuts hundreds."""
    for cause in sorted({each.cause for each in cut.values()}):
        calls = {call_id: each.at for call_id, each in cut.items() if each.cause == cause}
        if len(calls) < limits.cut_calls:
            continue
        newest = max(calls, key=lambda call_id: calls[call_id])
        yield Sign(
            code="calls_cut",
            subject=Subject(kind="call", id=cause),
            raises=Severity.AMBER,
            since=min(calls.values()),
            figures={"times": len(calls), "last_at": calls[newest], "cause": cause, "call_id": newest},
            next=Next(code="forgotten", at=calls[newest] + limits.remember_s),
            action=Action(code="open_call", id=newest),
        )
