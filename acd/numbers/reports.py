"""Reports on the past: cells of what counted (`core/counting.py`) made into rows, with the formulas of the board.

Invariant: intervals are whole and follow each other without a gap; an outcome counts in the interval in which it happened.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, tzinfo
from itertools import groupby, pairwise
from types import MappingProxyType
from typing import Any, NamedTuple

from acd.numbers.adherence import Adherence, Period, kept_by_interval, total
from acd.numbers.agent_time import AgentTime
from acd.numbers.report_rows import AgentInterval, ChannelInterval, QueueInterval, ServiceInterval, SkillInterval
from acd.numbers.service_level import (
    abandonment,
    average_handle_time,
    average_speed_of_answer,
    calibration,
    estimate_error,
    occupancy,
    service_level,
    transfer_rate,
)
from acd.numbers.tally import Tally
from core.counting import Cell, Served, TimeCell, skill_keys
from core.ids import AgentId
from core.model import AgentState, Shift


class Grouping(NamedTuple):
    """By what the rows of a report differ."""

    kind: type[ServiceInterval]
    field: str
    """Of `kind`: the row's key."""
    keys: Callable[[Cell], tuple[str, ...]]
    """Under which the cell counts."""


BY_QUEUE = Grouping(QueueInterval, "queue_id", lambda cell: (cell.queue_id,))
BY_SKILL = Grouping(SkillInterval, "skill", lambda cell: skill_keys(cell.skills))
BY_CHANNEL = Grouping(ChannelInterval, "channel", lambda cell: (str(cell.channel),))
Key = tuple[str, int]
"""Of a row: what it is about, and which interval."""


def service_rows(
    by: Grouping,
    cells: Iterable[Cell],
    times: Times,
    between: Sequence[float],
    keys: Collection[str],
    *,
    together: bool = False,
    whole: bool = False,
) -> list[ServiceInterval]:
    """A row for each key, or for all of them `together`, and interval, or for the `whole` time; by key, then by time.

    Also where nothing happened. Together each piece of work counts once, whatever it has to do with.
    """
    intervals = _intervals(between, whole)
    wanted = frozenset(keys)
    names = [""] if together and wanted else sorted(wanted)
    tallies = {(name, index): Tally() for name in names for index in range(len(intervals))}
    servers: dict[Key, set[AgentId]] = {}
    for cell in cells:
        index = 0 if whole else cell.interval
        found = [name for name in by.keys(cell) if name in wanted]
        for name in found[:1] if together else found:
            key = ("" if together else name, index)
            tallies[key].count(cell.counts)
            if cell.agent_id is not None:
                servers.setdefault(key, set()).add(cell.agent_id)
    spent = times.whole if whole else times.parts
    return [
        by.kind(**{by.field: name} | _figures(intervals[index], tally, _busy(spent, servers.get((name, index), ()), index)))
        for (name, index), tally in tallies.items()
    ]


class Times:
    """How agents' time was spent, by interval and over all of them."""

    def __init__(self, cells: Iterable[TimeCell]) -> None:
        self.parts: dict[Key, AgentTime] = {}
        self.whole: dict[Key, AgentTime] = {}
        for cell in cells:
            for times, index in ((self.parts, cell.interval), (self.whole, 0)):
                times.setdefault((cell.agent_id, index), AgentTime()).take(cell.state, cell.reason, cell.seconds)

    @property
    def agents(self) -> frozenset[AgentId]:
        return frozenset(AgentId(agent_id) for agent_id, _ in self.whole)


class Plans:
    """Planned and served time of agents, by interval and over all of them; of those who have shifts."""

    def __init__(
        self,
        shifts: Mapping[AgentId, tuple[Shift, ...]],
        served: Iterable[Served],
        between: Sequence[float],
        now: float,
        zone: tzinfo,
    ) -> None:
        ordered = sorted(served, key=lambda each: (each.agent_id, each.start))
        serving = {
            agent_id: [Period(each.start, each.end) for each in of_agent]
            for agent_id, of_agent in groupby(ordered, lambda each: each.agent_id)
        }
        self.parts = {
            agent_id: kept_by_interval(of_agent, serving.get(agent_id, ()), between, now, zone)
            for agent_id, of_agent in shifts.items()
            if of_agent
        }


NO_PLANS = Plans(MappingProxyType({}), (), (0.0, 0.0), 0.0, UTC)


def agent_rows(
    cells: Iterable[Cell],
    times: Times,
    between: Sequence[float],
    agent_ids: Iterable[AgentId],
    plans: Plans = NO_PLANS,
    *,
    together: bool = False,
    whole: bool = False,
) -> list[AgentInterval]:
    """A row for each agent, or for all of them `together`, and interval, or for the `whole` time; by agent, then by time."""
    intervals = _intervals(between, whole)
    wanted = sorted(set(agent_ids))
    name_of = {agent_id: AgentId("") if together else agent_id for agent_id in wanted}
    counted = {(name, index): _AgentCounts() for name in sorted(set(name_of.values())) for index in range(len(intervals))}
    for cell in cells:
        if cell.agent_id in name_of and "handled" in cell.counts:
            counted[name_of[cell.agent_id], 0 if whole else cell.interval].tally.count(cell.counts)
    spent = times.whole if whole else times.parts
    for (agent_id, index), seconds in spent.items():
        if (name := name_of.get(AgentId(agent_id))) is not None:
            counted[name, index].spent.add(seconds)
    for agent_id, name in name_of.items():
        for index, plan in enumerate(plans.parts.get(agent_id, ())):
            counted[name, 0 if whole else index].plans.append(plan)
    return [_agent_row(name, intervals[index], found) for (name, index), found in counted.items()]


class _AgentCounts:
    """Of one row, while it is counted."""

    def __init__(self) -> None:
        self.tally, self.spent = Tally(), AgentTime()
        self.plans: list[Adherence] = []


def _intervals(between: Sequence[float], whole: bool) -> list[tuple[float, float]]:
    return [(between[0], between[-1])] if whole else list(pairwise(between))


def _busy(times: Mapping[Key, AgentTime], agents: Iterable[AgentId], index: int) -> float | None:
    spent = [found for agent_id in sorted(agents) if (found := times.get((agent_id, index))) is not None]
    return occupancy(sum(each.handling_s for each in spent), sum(each.available_s for each in spent))


def _figures(interval: tuple[float, float], tally: Tally, busy: float | None) -> dict[str, Any]:
    return {
        "start": interval[0],
        "end": interval[1],
        **{name: getattr(tally, name) for name in _SHOWN},
        "service_level": service_level(tally.answered_in_time, tally.answered, tally.abandoned),
        "average_speed_of_answer_s": average_speed_of_answer(tally.wait_sum_s, tally.answered),
        "average_handle_time_s": average_handle_time(tally.handle_sum_s, tally.handled),
        "average_talk_s": average_handle_time(tally.talk_sum_s, tally.handled),
        "average_wrap_up_s": average_handle_time(tally.handle_sum_s - tally.talk_sum_s, tally.handled),
        "abandonment": abandonment(tally.abandoned, tally.answered),
        "transfer_rate": transfer_rate(tally.transferred, tally.handled),
        "occupancy": busy,
        "calibration": calibration(tally.within_p90, tally.graded),
        "estimate_error_s": estimate_error(tally.error_sum_s, tally.graded),
    }


_SHOWN = (
    "offered",
    "answered",
    "answered_in_time",
    "abandoned",
    "short_abandoned",
    "moved",
    "unserved",
    "handled",
    "transferred",
)


def _agent_row(agent_id: AgentId, interval: tuple[float, float], counted: _AgentCounts) -> AgentInterval:
    tally, spent, plan = counted.tally, counted.spent, total(counted.plans)
    seconds = spent.seconds
    return AgentInterval(
        agent_id=agent_id,
        start=interval[0],
        end=interval[1],
        handled=tally.handled,
        average_handle_time_s=average_handle_time(tally.handle_sum_s, tally.handled),
        average_talk_s=average_handle_time(tally.talk_sum_s, tally.handled),
        average_wrap_up_s=average_handle_time(tally.handle_sum_s - tally.talk_sum_s, tally.handled),
        available_s=seconds.get(AgentState.AVAILABLE, 0.0),
        offered_s=seconds.get(AgentState.OFFERED, 0.0),
        busy_s=seconds.get(AgentState.BUSY, 0.0),
        wrap_up_s=seconds.get(AgentState.WRAP_UP, 0.0),
        away_s=seconds.get(AgentState.AWAY, 0.0),
        unreachable_s=seconds.get(AgentState.UNREACHABLE, 0.0),
        signed_out_s=seconds.get(AgentState.SIGNED_OUT, 0.0),
        away=spent.away,
        occupancy=occupancy(spent.handling_s, spent.available_s),
        planned_s=plan.planned_s,
        planned_served_s=plan.served_s,
        adherence=plan.share,
    )
