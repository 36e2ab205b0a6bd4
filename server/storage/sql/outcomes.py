"""How a piece of finished work counts, as conditions on its row: `acd/numbers/tally.py` in SQL.

A property test compares the two (`tests/server/storage/sql/test_counting.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, false, func, or_, true

from core.causes import WorkEnd
from core.counting import NO_SKILL, NOT_RECORDED, Scope
from server.storage.sql.schema import AcdWorkRow
from server.storage.sql.skills import asks_for

WORK = AcdWorkRow.__table__.c
_TALKED_S = func.coalesce(WORK.talked_until, WORK.ended_at) - WORK.connected_at
_ESTIMATED = and_(WORK.expected_p50_s.is_not(None), WORK.expected_p90_s.is_not(None))
_ANSWERED = WORK.answered_at.is_not(None)
_SHORT = and_(WORK.cause == str(WorkEnd.ABANDONED), WORK.waited_s < WORK.short_abandon_s)
_ABANDONED = and_(WORK.cause == str(WorkEnd.ABANDONED), WORK.waited_s >= WORK.short_abandon_s)
_UNSERVED = WORK.cause.not_in((str(WorkEnd.ABANDONED), str(WorkEnd.OVERFLOWED)))


class Moment(NamedTuple):
    """When something of a stay counts, and what."""

    at: ColumnElement[Any]
    counts: Mapping[str, ColumnElement[bool]]
    """Once for each stay that meets the condition."""
    graded: ColumnElement[bool] | None = None
    """Whose wait is compared with what was estimated at arrival."""
    sums: Mapping[str, tuple[ColumnElement[bool], ColumnElement[Any]]] = {}


MOMENTS = (
    Moment(WORK.entered_at, {"offered": true()}),
    Moment(
        WORK.answered_at,
        {"answered": true(), "answered_in_time": WORK.waited_s <= WORK.service_level_s},
        graded=_ESTIMATED,
        sums={"wait_sum_s": (true(), WORK.waited_s)},
    ),
    Moment(
        WORK.ended_at,
        {
            "handled": _ANSWERED,
            "transferred": and_(_ANSWERED, WORK.transfers > 0),
            "moved": and_(~_ANSWERED, WORK.cause == str(WorkEnd.OVERFLOWED)),
            "short_abandoned": and_(~_ANSWERED, _SHORT),
            "abandoned": and_(~_ANSWERED, _ABANDONED),
            "unserved": and_(~_ANSWERED, _UNSERVED),
        },
        graded=and_(~_ANSWERED, _ABANDONED, _ESTIMATED, WORK.waited_s > WORK.expected_p90_s),
        sums={
            "handle_sum_s": (and_(_ANSWERED, WORK.connected_at.is_not(None)), WORK.ended_at - WORK.connected_at),
            "talk_sum_s": (and_(_ANSWERED, WORK.connected_at.is_not(None)), _TALKED_S),
        },
    ),
)


def sums_of(moment: Moment) -> dict[str, ColumnElement[Any]]:
    """By the names of a `Tally`: what the rows of a group add up to."""
    counted = {name: _number(met) for name, met in moment.counts.items()}
    for name, (met, value) in moment.sums.items():
        counted[name] = func.coalesce(func.sum(case((met, value), else_=0.0)), 0.0)
    if (graded := moment.graded) is not None:
        counted["graded"] = _number(graded)
        counted["within_p50"] = _number(and_(graded, WORK.waited_s <= WORK.expected_p50_s))
        counted["within_p90"] = _number(and_(graded, WORK.waited_s <= WORK.expected_p90_s))
        distance = func.abs(WORK.waited_s - WORK.expected_p50_s)
        counted["error_sum_s"] = func.coalesce(func.sum(case((graded, distance), else_=0.0)), 0.0)
    return counted


def _number(met: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.count() if met is true() else func.count(case((met, 1)))


def within(scope: Scope) -> ColumnElement[bool]:
    """Sets are sorted: the same question is the same statement."""
    wanted: list[ColumnElement[bool]] = []
    if scope.queues is not None:
        wanted.append(WORK.queue_id.in_(sorted(scope.queues)))
    if scope.channels is not None:
        wanted.append(WORK.channel.in_(sorted(map(str, scope.channels))))
    if scope.agents is not None:
        wanted.append(WORK.agent_id.in_(sorted(scope.agents)))
    if scope.skills is not None:
        wanted.append(_asking_for(sorted(scope.skills)))
    return and_(true(), *wanted)


def _asking_for(skills: list[str]) -> ColumnElement[bool]:
    special = {NO_SKILL: WORK.skills == "", NOT_RECORDED: WORK.skills.is_(None)}
    found = [special[skill] if skill in special else func.coalesce(asks_for(WORK.skills, skill), False) for skill in skills]
    return or_(false(), *found)
