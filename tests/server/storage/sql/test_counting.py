"""What the database counts is what the definition counts in memory: on random records, to the unit and to the second.

Times lie on a grid of 1/64 s, so that sums are exact whatever their order, and nothing is compared approximately.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection

from acd.numbers.agent_time import StateChange
from acd.numbers.behind import Behind, Counted, behind
from acd.numbers.cells import cells_of, served_of, time_cells_of
from acd.numbers.intervals import Beside, Interval, earlier, edges
from core.causes import WorkEnd
from core.counting import NO_SKILL, NOT_RECORDED, Cell, Scope, TimeCell, TooMuchToCount
from core.events import AgentStateChanged, AnyEvent, WorkEnded
from core.ids import AgentId, QueueId, SkillId, WorkId
from core.model import AgentState, Channel, WorkRecord
from server.storage.sql.acd_records import LOOK_BACK_S, SqlAcdRecords
from server.storage.sql.counted_work import SqlCountedWork
from server.storage.sql.counting import SqlCounting
from server.storage.sql.database import Database

LONDON = ZoneInfo("Europe/London")
OCTOBER = datetime(2026, 10, 20, tzinfo=LONDON).timestamp()
"""Clocks go back on the 25th."""
DAYS = 9
QUEUES = tuple(QueueId(f"queue_{name}") for name in ("billing", "orders", "returns"))
AGENTS = tuple(AgentId(f"agent_{name}") for name in ("mei", "jon", "ada", "femi"))
SKILLS = (None, (), ("billing",), ("billing", "english"), ("bill",), ("Billing",))
PATIENT_S = 60.0


def moment(draw: Random, start: float, end: float) -> float:
    """Half of them exactly on an interval's end, where mistakes are made."""
    at = start + draw.randrange(int((end - start) * 64)) / 64
    return at - at % 900 if draw.random() < 0.2 else at


def record(draw: Random, number: int) -> WorkRecord:
    def seconds(most: float) -> float:
        return draw.randrange(int(most * 64)) / 64

    entered_at = moment(draw, OCTOBER - 86_400, OCTOBER + (DAYS + 1) * 86_400)
    waited_s = draw.choice((0.0, 5.0, 20.0, seconds(60)))
    answered_at = None if draw.random() < 0.3 else entered_at + waited_s
    connected_at = None if answered_at is None or draw.random() < 0.1 else answered_at + seconds(2)
    talked_until = None if connected_at is None or draw.random() < 0.2 else connected_at + seconds(900)
    skills = draw.choice(SKILLS)
    return WorkRecord(
        work_id=WorkId(f"work_{number // 2}"),
        stay=number % 2,
        call_id=None,
        channel=draw.choice(tuple(Channel)),
        queue_id=draw.choice(QUEUES),
        enqueued_at=entered_at,
        entered_at=entered_at,
        answered_at=answered_at,
        connected_at=connected_at,
        talked_until=talked_until,
        ended_at=(talked_until or connected_at or entered_at + waited_s) + seconds(90),
        waited_s=waited_s,
        agent_id=None if answered_at is None else draw.choice(AGENTS),
        cause=draw.choice(tuple(WorkEnd)),
        transfers=draw.choice((0, 0, 1, 2)),
        skills=None if skills is None else tuple(map(SkillId, skills)),
        service_level_s=20.0,
        short_abandon_s=5.0,
        expected_p50_s=draw.choice((None, 10.0)),
        expected_p90_s=draw.choice((None, 20.0, 30.0)),
    )


def changes_of(draw: Random, agent_id: AgentId) -> list[StateChange]:
    """Some agents were last heard of long before, some never."""
    begin = OCTOBER - draw.choice((20, 13, 1, -2)) * 86_400
    times = sorted({moment(draw, begin, OCTOBER + (DAYS + 1) * 86_400) for _ in range(draw.choice((0, 1, 40, 300)))})
    return [
        StateChange(agent_id=agent_id, at=at, state=draw.choice(tuple(AgentState)), reason=draw.choice(("", "lunch", "training")))
        for at in times
    ]


def ended(of: WorkRecord) -> WorkEnded:
    assert of.ended_at is not None
    assert of.cause is not None
    return WorkEnded(
        at=of.ended_at,
        work_id=of.work_id,
        call_id=None,
        queue_id=of.queue_id,
        agent_id=of.agent_id,
        cause=of.cause,
        waited_s=of.waited_s,
        record=of,
    )


def changed(change: StateChange) -> AgentStateChanged:
    return AgentStateChanged(at=change.at, agent_id=change.agent_id, state=change.state, reason=change.reason, since=change.at)


def known(changes: Iterable[StateChange], start: float) -> list[StateChange]:
    """As the definition wants them: from the state at the start on, unless that is too old."""
    before = [change for change in changes if start - LOOK_BACK_S < change.at <= start]
    return before[-1:] + [change for change in changes if change.at > start]


def summed(cells: Iterable[Cell]) -> Counter[tuple[object, ...]]:
    found: Counter[tuple[object, ...]] = Counter()
    for cell in cells:
        for name, value in cell.counts.items():
            found[cell.interval, cell.queue_id, cell.channel, cell.skills, cell.agent_id, name] += value  # type: ignore[assignment]
    return Counter({key: value for key, value in found.items() if value})


def spent(cells: Iterable[TimeCell]) -> Counter[tuple[object, ...]]:
    found: Counter[tuple[object, ...]] = Counter()
    for cell in cells:
        found[cell.interval, cell.agent_id, cell.state, cell.reason] += cell.seconds  # type: ignore[assignment]
    return found


def questions() -> list[tuple[list[float], float]]:
    """Intervals, and until when: of all lengths, with the day of 25 hours, and the same days a week earlier and later."""
    end = OCTOBER + DAYS * 86_400 + 3600
    asked = [(edges(OCTOBER, end, interval, LONDON), end) for interval in Interval]
    asked += [(edges(OCTOBER + 86_400, OCTOBER + 5 * 86_400, Interval.HOUR, UTC), OCTOBER + 3 * 86_400 + 1234.5)]
    later = edges(OCTOBER + 7 * 86_400, end, Interval.HOUR, LONDON)
    return [*asked, earlier(later, Beside.WEEKDAYS, LONDON, end - 1800), ([OCTOBER, end], end)]


SCOPES = (
    Scope(),
    Scope(queues=frozenset(QUEUES[:2])),
    Scope(queues=frozenset()),
    Scope(channels=frozenset({Channel.CALL, Channel.EMAIL}), agents=frozenset(AGENTS[:2])),
    Scope(skills=frozenset({"billing"})),
    Scope(skills=frozenset({NO_SKILL, "english"})),
    Scope(skills=frozenset({NOT_RECORDED}), queues=frozenset(QUEUES[1:])),
)


@pytest.mark.parametrize("seed", [1, 2])
async def test_cells_are_those_of_the_definition(database: Database, seed: int) -> None:
    draw = Random(seed)
    records = [record(draw, number) for number in range(400)]
    await SqlAcdRecords(database).write([ended(each) for each in records])
    counting = SqlCounting(database, PATIENT_S)
    found = 0
    for between, until in questions():
        for scope in SCOPES:
            told = summed(await counting.cells(between, scope, until))
            assert told == summed(cells_of(records, between, scope, until))
            found += len(told)
    assert found > 1000


@pytest.mark.parametrize("seed", range(4))
async def test_agents_time_is_that_of_the_definition(database: Database, seed: int) -> None:
    draw = Random(seed)
    changes = {agent_id: changes_of(draw, agent_id) for agent_id in AGENTS}
    events: list[AnyEvent] = [changed(change) for of_agent in changes.values() for change in of_agent]
    await SqlAcdRecords(database).write(events)
    counting = SqlCounting(database, PATIENT_S)
    for between, until in questions():
        since = {agent_id: known(of_agent, between[0]) for agent_id, of_agent in changes.items()}
        assert spent(await counting.time_cells(between, until)) == spent(time_cells_of(since, between, until))
        end = min(between[-1], until)
        served = await counting.served(between[0], end, AGENTS[:3])
        of_three = {agent_id: since[agent_id] for agent_id in AGENTS[:3]}
        key = lambda each: (each.agent_id, each.start)  # noqa: E731
        assert sorted(served, key=key) == sorted(served_of(of_three, between[0], end), key=key)


@pytest.mark.parametrize("zone", [UTC, LONDON], ids=["UTC", "London"])
def test_the_same_days_of_the_week_before_have_as_many_intervals(zone: tzinfo) -> None:
    between = edges(OCTOBER, OCTOBER + 7 * 86_400, Interval.HALF_HOUR, zone)
    found, until = earlier(between, Beside.WEEKDAYS, zone, OCTOBER + 86_400.5)
    assert len(found) == len(between)
    assert found == sorted(found)
    assert until == OCTOBER - 6 * 86_400 + 0.5


async def test_behind_a_number_are_the_conversations_of_the_definition(database: Database) -> None:
    draw = Random(5)
    records = [record(draw, number) for number in range(300)]
    await SqlAcdRecords(database).write([ended(each) for each in records])
    listed = SqlCountedWork(database, PATIENT_S)
    start, end = OCTOBER + 3600.25, OCTOBER + 4 * 86_400
    for counted in (*((each,) for each in Counted), (Counted.SHORT_ABANDONED, Counted.MOVED, Counted.UNSERVED), tuple(Counted)):
        for scope in SCOPES:
            every = behind(records, counted, start, end, scope)
            first, count = await listed.behind(counted, start, end, scope, limit=20)
            assert (count, [_key(each) for each in first]) == (len(every), [_key(each) for each in every[:20]])
            assert [each.record for each in first] == [each.record for each in every[:20]]


def _key(each: Behind) -> tuple[float, str, int]:
    return each.at, each.record.work_id, each.record.stay


async def test_what_takes_too_long_is_ended_and_nothing_else_waits(database: Database) -> None:
    await SqlAcdRecords(database).write([ended(record(Random(1), 1))])

    def slow(connection: Connection) -> None:
        endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT count(*) FROM n"
        connection.exec_driver_sql(endless)

    with pytest.raises(TooMuchToCount):
        await database.count(slow, 0.2)
    assert await SqlCounting(database, PATIENT_S).cells([OCTOBER, OCTOBER + 9 * 86_400], Scope())
