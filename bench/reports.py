"""Reports on 500,000 conversations: how long one takes, and how long the event loop stands still meanwhile.

Two centers with ten queues, each conversation with the four changes of its agent's state: one that had 500,000 in 400 days (30
agents), and one that had them in a single month (250 agents). On SQLite, and on PostgreSQL where it is installed. How long the
loop waited is the longest time beyond the 5 ms after which it wanted its next turn.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, text

from acd.numbers.intervals import Interval, edges
from acd.numbers.reports import BY_QUEUE, Times, service_rows
from core.counting import Scope
from server.storage.sql.counting import SqlCounting
from server.storage.sql.database import Database, sqlite_url
from server.storage.sql.migrate import upgrade
from server.storage.sql.schema import AcdAgentStateRow, AcdWorkRow
from tests.server.storage.sql.postgres import temporary_cluster

CONVERSATIONS, QUEUES = 500_000, 10
DAY_S = 86_400.0
FIRST = 1_760_572_800.0
"""2025-10-16, midnight UTC."""
AT_ONCE = 2_000
PATIENT_S = 600.0
TURN_S = 0.005


class Center(NamedTuple):
    name: str
    days: int
    agents: int


CENTERS = (Center("over 400 days", 400, 30), Center("in one month", 30, 250))
QUESTIONS = (
    ("a month by day", 30, Interval.DAY),
    ("a month by half hours", 30, Interval.HALF_HOUR),
    ("400 days by day", 400, Interval.DAY),
)


def records(center: Center, seed: int = 14) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Each conversation with the states that its agent went through; by day, from eight to eight."""
    draw = random.Random(seed)
    for number in range(CONVERSATIONS):
        day = number * center.days // CONVERSATIONS
        at = FIRST + day * DAY_S + 8 * 3600 + draw.random() * 12 * 3600
        queue, agent = draw.randrange(QUEUES), f"agent_{draw.randrange(center.agents):032x}"
        answered = draw.random() < 0.93
        waited_s = draw.expovariate(1 / 25)
        met_at = at + waited_s
        over_at = met_at + (draw.expovariate(1 / 240) + 30 if answered else 0)
        talked = {
            "answered_at": met_at,
            "connected_at": met_at,
            "talked_until": over_at - 30,
            "agent_id": agent,
            "cause": "served",
        }
        left = dict.fromkeys(talked) | {"cause": "abandoned"}
        came = {"enqueued_at": at, "entered_at": at, "offers": 1, "offered_at": at, "ended_at": over_at, "waited_s": waited_s}
        ids = {"work_id": f"work_{draw.getrandbits(128):032x}", "call_id": f"call_{draw.getrandbits(128):032x}", "stay": 0}
        asked = {"channel": "call", "queue_id": f"queue_{queue:032x}", "skills": f" skill_{queue} skill_english ", "transfers": 0}
        told = {"service_level_s": 20.0, "short_abandon_s": 5.0, "expected_p50_s": 20.0, "expected_p90_s": 60.0}
        row = ids | asked | came | told | (talked if answered else left)
        times = (met_at - 5, met_at, over_at - 30, over_at) if answered else ()
        states = zip(("offered", "busy", "wrap_up", "available"), times, strict=False)
        yield row, [{"agent_id": agent, "at": at, "state": state, "reason": "", "queue_id": None} for state, at in states]


def fill(connection: Connection, center: Center) -> None:
    works: list[dict[str, Any]] = []
    states: dict[tuple[str, float], dict[str, Any]] = {}

    def write() -> None:
        connection.execute(insert(AcdWorkRow), works)
        connection.execute(insert(AcdAgentStateRow), list(states.values()))
        works.clear()
        states.clear()

    for row, of_agent in records(center):
        works.append(row)
        states.update({(each["agent_id"], each["at"]): each for each in of_agent})
        if len(works) >= AT_ONCE:
            write()
    connection.execute(text("ANALYZE"))


async def report(database: Database, days: int, interval: Interval, ends_at: float) -> int:
    """As the API makes it: counted in the database, made into rows in a thread."""
    between = edges(ends_at - days * DAY_S, ends_at, interval, UTC)
    counting = SqlCounting(database, PATIENT_S)
    cells = await counting.cells(between, Scope(), ends_at)
    spent = await counting.time_cells(between, ends_at)

    def rows() -> int:
        times = Times(spent)
        queues = sorted({cell.queue_id for cell in cells})
        each = service_rows(BY_QUEUE, cells, times, between, queues, whole=True)
        together = service_rows(BY_QUEUE, cells, times, between, queues, together=True)
        return len(each) + len(together)

    return await asyncio.to_thread(rows)


async def measured(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds that it took, and the longest time for which the loop had no turn."""
    worst_s, done = 0.0, asyncio.Event()

    async def turns() -> None:
        nonlocal worst_s
        while not done.is_set():
            began = time.monotonic()
            await asyncio.sleep(TURN_S)
            worst_s = max(worst_s, time.monotonic() - began - TURN_S)

    watching = asyncio.create_task(turns())
    began = time.monotonic()
    await work()
    took_s = time.monotonic() - began
    done.set()
    await watching
    return took_s, worst_s


async def _measure(url: str, center: Center) -> list[tuple[str, float, float]]:
    """Of each question the better of two."""
    await upgrade(url)
    database = Database(url)
    await database.write(lambda connection: fill(connection, center))
    end = FIRST + center.days * DAY_S
    found = []
    for name, days, interval in QUESTIONS:
        if days <= center.days:
            asked = partial(report, database, days, interval, end)
            found.append((name, *min([await measured(asked) for _ in range(2)])))
    await database.close()
    return found


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory() as folder, temporary_cluster() as cluster:
        urls = {"SQLite": sqlite_url(Path(folder) / "patchbay.db")}
        yield urls if cluster is None else urls | {"PostgreSQL": cluster.emptied_database()}


def rows() -> Iterator[dict[str, Any]]:
    for center in CENTERS:
        with databases() as urls:
            for kind, url in urls.items():
                for name, took_s, worst_s in asyncio.run(_measure(url, center)):
                    common = {"method": f"{center.agents} agents, {kind}; the better of two"}
                    row = f"report, {name}, {kind}, 500,000 conversations {center.name}"
                    yield {"row": row, "value": round(took_s, 2), "unit": "s", **common}
                    yield {"row": f"{row}: the loop waited", "value": round(worst_s * 1000), "unit": "ms", **common}
