"""Reports from records and states as they are, counted by the definition; databases are compared with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, tzinfo
from types import MappingProxyType
from typing import Any

from acd.numbers import reports
from acd.numbers.agent_time import StateChange
from acd.numbers.cells import cells_of, served_of, time_cells_of
from acd.numbers.report_rows import AgentInterval
from acd.numbers.reports import BY_QUEUE, Plans, Times, service_rows
from core.ids import AgentId, QueueId
from core.model import Shift, WorkRecord

Changes = Mapping[AgentId, Sequence[StateChange]]


def queue_rows(
    records: Iterable[WorkRecord],
    changes: Changes,
    between: Sequence[float],
    queue_ids: Iterable[QueueId],
    now: float,
    *,
    together: bool = False,
) -> list[Any]:
    times = Times(time_cells_of(changes, between, now))
    return service_rows(BY_QUEUE, cells_of(records, between), times, between, list(queue_ids), together=together)


def agent_rows(
    records: Iterable[WorkRecord],
    changes: Changes,
    between: Sequence[float],
    agent_ids: Iterable[AgentId],
    now: float,
    *,
    shifts: Mapping[AgentId, tuple[Shift, ...]] = MappingProxyType({}),
    zone: tzinfo = UTC,
    together: bool = False,
) -> list[AgentInterval]:
    times = Times(time_cells_of(changes, between, now))
    plans = Plans(shifts, served_of(changes, between[0], min(between[-1], now)), between, now, zone)
    return reports.agent_rows(cells_of(records, between), times, between, agent_ids, plans, together=together)
