"""How long the screen-pop takes with a full database: 1 M customers, 10 M interactions, SQLite, real code from event to pop.

Measured is the time from handing `CallStarted` to the customer service until the finished `Pop` is in hand: finding the customer
by number, opening the call, writing the history row, publishing who is calling, and reading and wording the pop. The bus is a
list in memory (Redis is measured elsewhere); everything else is the product.

The database is generated once and kept in the cache directory: interactions in order of time, a skewed number for each customer
(a few have thousands, most a handful), ids as long as real ones. Callers are drawn by their activity: who calls often, calls.

    python -m bench.screen_pop [--customers 1000000] [--interactions 10000000] [--calls 500]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from statistics import quantiles
from typing import Any

from sqlalchemy import Connection

from core.events import AnyEvent, CallStarted
from core.ids import CallId, FlowId, LegId, NodeId, new_id
from core.model import LegKind
from customers.service import CustomerService
from server.clock import SystemClock
from server.storage.sql.calls import SqlCalls
from server.storage.sql.customers import SqlCustomers
from server.storage.sql.database import Database, sqlite_url
from server.storage.sql.follow_ups import SqlFollowUps
from server.storage.sql.history import SqlHistory
from server.storage.sql.migrate import upgrade
from server.storage.sql.search.reader import SqlSearch

CUSTOMERS, INTERACTIONS, CALLS = 1_000_000, 10_000_000, 500
_FORMAT = 3
"""Counts up when the generated data or the tables change."""
_SPAN_S = 3 * 365 * 86400
_PHONE = "'+4420' || printf('%08d', n)"
_CUSTOMER = "'cust_' || printf('%032x', (n * 2654435761) % 4294967296)"
"""Scattered over the key's range as random ids are; the factor is odd, so no two are alike."""

Row = dict[str, Any]


class _NoBus:
    """Takes what is published and forgets it."""

    async def publish(self, event: AnyEvent) -> None:
        assert event.at > 0


def database_path(customers: int, interactions: int) -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "patchbay" / "bench"
    return cache / f"screen-pop-{_FORMAT}-{customers}-{interactions}.db"


def build(path: Path, customers: int, interactions: int, say: Callable[[str], None] = print) -> None:
    """Generates the database beside its place and moves it there when it is whole."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        unfinished = Path(folder) / "unfinished.db"
        asyncio.run(upgrade(sqlite_url(unfinished)))
        connection = sqlite3.connect(unfinished, isolation_level=None)
        try:
            _fill(connection, customers, interactions, say)
        finally:
            connection.close()
        unfinished.rename(path)
    say(f"generated {path.name}, {path.stat().st_size / 1e9:.1f} GB, in {time.monotonic() - began:.0f} s")


def _fill(connection: sqlite3.Connection, customers: int, interactions: int, say: Callable[[str], None]) -> None:
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-1000000", "threads=2", "foreign_keys=OFF"):
        connection.execute(f"PRAGMA {pragma}")
    indices = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type='index' AND sql IS NOT NULL"
        " AND tbl_name IN ('customers', 'identifiers', 'interactions')"
    ).fetchall()
    for name, _sql in indices:
        connection.execute(f"DROP INDEX {name}")
    say(f"generating {customers:,} customers")
    connection.execute(_CUSTOMERS_SQL, (customers,))
    connection.execute(_IDENTIFIERS_SQL, (customers,))
    say(f"generating {interactions:,} interactions")
    connection.execute(_INTERACTIONS_SQL, {"rows": interactions, "customers": customers, "first": time.time() - _SPAN_S})
    for name, sql in indices:
        say(f"indexing {name}")
        connection.execute(sql)
    connection.execute("ANALYZE")
    connection.execute("PRAGMA journal_mode=WAL")


_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {limit})"
_CUSTOMERS_SQL = f"""
{_NUMBERS.format(limit="?")}
INSERT INTO customers (customer_id, name, name_key, tags, vip, location, local_time_zone, since, language)
SELECT {_CUSTOMER}, 'Customer ' || n, 'customer ' || n, '["invoice by e-mail"]', n % 50 = 0, 'Leeds, UK', 'Europe/London',
       1600000000.0 + n, 'en' FROM numbers"""
_IDENTIFIERS_SQL = f"""
{_NUMBERS.format(limit="?")}
INSERT INTO identifiers (kind, value, customer_id, provenance, confidence)
SELECT 'phone', {_PHONE}, {_CUSTOMER}, 'import', 1.0 FROM numbers"""
# u is spread evenly over 0…1; the square of it crowds towards the first customers, who thus have the most history.
_INTERACTIONS_SQL = f"""
{_NUMBERS.format(limit=":rows")},
shares(i, u) AS (SELECT n, ((n * 2654435761) % 4294967296) / 4294967296.0 FROM numbers),
owners(i, n) AS (SELECT i, CAST(u * u * :customers AS INTEGER) FROM shares)
INSERT INTO interactions (interaction_id, customer_id, channel, at, title, text, status, "by", ticket_number,
                          duration_s, waited_s, answered_at, last_activity_at, last_from, waiting_since, priority,
                          has_recording, has_transcript)
SELECT 'int_' || printf('%032x', i), {_CUSTOMER},
       CASE i % 5 WHEN 0 THEN 'chat' WHEN 1 THEN 'email' WHEN 2 THEN 'ticket' ELSE 'call' END,
       :first + i * {float(_SPAN_S)} / :rows,
       'About order 77-' || (i % 9000),
       'The customer asked when the parcel comes; the courier had the old address and has the new one now.',
       CASE WHEN i % 41 = 0 THEN 'open' WHEN i % 37 = 0 THEN 'unanswered' WHEN i % 31 = 0 THEN 'missed' ELSE 'closed' END,
       'Mei Lin', CASE i % 5 WHEN 2 THEN i END, 300.0, 40.0, :first + i * {float(_SPAN_S)} / :rows + 60,
       :first + i * {float(_SPAN_S)} / :rows + 300, CASE WHEN i % 3 = 0 THEN 'customer' ELSE 'us' END,
       CASE WHEN i % 37 = 0 THEN :first + i * {float(_SPAN_S)} / :rows END,
       CASE WHEN i % 5 = 2 THEN 'normal' ELSE '' END, i % 5 > 2, i % 5 > 2
FROM owners"""


async def measure(path: Path, customers: int, calls: int, cold: bool = False) -> list[float]:
    """Milliseconds from `CallStarted` to the pop, for each of `calls` callers, one after the other."""
    if cold:
        _forget_file_cache(path)
    database = Database(sqlite_url(path))
    service = CustomerService(
        people=SqlCustomers(database),
        history=SqlHistory(database),
        calls=SqlCalls(database),
        follow_ups=SqlFollowUps(database),
        bus=_NoBus(),  # type: ignore[arg-type]  # publishing is all that the service does with it
        clock=SystemClock(),
        zone=UTC,
        search=SqlSearch(database),
    )
    draw = random.Random(1 if cold else 2)
    try:
        if not cold:
            for _warm_up in range(20):
                await _one_call(service, draw, customers)
        return [await _one_call(service, draw, customers) for _call in range(calls)]
    finally:
        await database.write(_remove_calls)
        await database.close()


def _remove_calls(connection: Connection) -> None:
    connection.exec_driver_sql("DELETE FROM interactions WHERE interaction_id IN (SELECT interaction_id FROM calls)")
    connection.exec_driver_sql("DELETE FROM calls")


async def _one_call(service: CustomerService, draw: random.Random, customers: int) -> float:
    caller = int(draw.random() ** 2 * customers)
    event = CallStarted(
        at=time.time(),
        call_id=CallId(new_id("call_bench")),
        leg_id=LegId("leg_bench"),
        node_id=NodeId("node_bench"),
        kind=LegKind.SIP,
        caller=f"+4420{caller:08d}",
        called="1000",
        flow_id=FlowId("flow_demo"),
    )
    began = time.perf_counter()
    await service.handle(event)
    pop = await service.pop(event.call_id)
    elapsed_ms = (time.perf_counter() - began) * 1000
    if pop is None or pop.customer.name != f"Customer {caller}" or pop.customer.certainty != "likely":
        raise RuntimeError("the pop shows the wrong customer: the measurement means nothing")
    return elapsed_ms


def _forget_file_cache(path: Path) -> None:
    """Asks the kernel to drop its copy of the file, so that the disk is in the measurement."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def rows(
    customers: int = CUSTOMERS, interactions: int = INTERACTIONS, calls: int = CALLS, say: Callable[[str], None] = print
) -> list[Row]:
    path = database_path(customers, interactions)
    build(path, customers, interactions, say)
    method = (
        f"SQLite WAL, {customers:,} customers, {interactions:,} interactions, {path.stat().st_size / 1e9:.1f} GB;"
        f" CallStarted handed to the customer service until the pop is in hand; {calls} callers drawn by activity, one by one; "
    )
    result: list[Row] = []
    for cold in (True, False):
        times = asyncio.run(measure(path, customers, calls, cold))
        cuts = quantiles(times, n=100, method="inclusive")
        state = "file cache dropped before" if cold else "warm file cache"
        for share in (50, 95, 99):
            name = f"screen-pop, {'cold' if cold else 'warm'} disk, p{share}"
            result.append(
                {"row": name, "value": round(cuts[share - 1], 1), "unit": "ms", "peer_value": None, "method": method + state}
            )
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--interactions", type=int, default=INTERACTIONS)
    parser.add_argument("--calls", type=int, default=CALLS)
    given = parser.parse_args()
    for row in rows(given.customers, given.interactions, given.calls):
        print(f"{row['row']:<32}{row['value']:>8} {row['unit']}   {row['method']}")


if __name__ == "__main__":
    main()
