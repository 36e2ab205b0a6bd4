"""`customers.search.Search` in SQL: the same statements on both databases, but for how words are matched (`matching.py`).

Searches have readers of their own and a time that they may take, so that nothing waits for them. What few rows have is ranked;
what many have is shown newest first, which an index gives without looking at all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, String, bindparam, text

from customers.search import FURTHEST, Asked, HitGroup, Reach, SearchKind, cursor
from server.storage.sql.database import Database
from server.storage.sql.search.entries import span
from server.storage.sql.search.hits import READ
from server.storage.sql.search.matching import ADAPTERS
from server.storage.sql.search.people import having_inside, having_number

RANKED_UP_TO = 200
_COUNT_UP_TO = FURTHEST + 1
Parameters = dict[str, Any]


class SqlSearch:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(
        self, kinds: Iterable[SearchKind], asked: Asked, reach: Reach, *, limit: int, skip: int, timeout_s: float
    ) -> tuple[HitGroup, ...]:
        pages = [_Page(kind, asked, reach, limit, skip) for kind in kinds]
        return await self._database.search(lambda connection: tuple(_group(connection, page) for page in pages), timeout_s)


class _Page(NamedTuple):
    """What is asked for of one kind."""

    kind: SearchKind
    asked: Asked
    reach: Reach
    limit: int
    skip: int


def _group(connection: Connection, page: _Page) -> HitGroup:
    ids, count = _people(connection, page) if page.kind is SearchKind.PEOPLE else _by_words(connection, page)
    items = tuple(READ[page.kind](connection, ids, page.asked)) if ids else ()
    end, count = page.skip + page.limit, min(count, FURTHEST)
    return HitGroup(kind=page.kind, items=items, count=count, next=cursor(end) if end < count else None)


def _people(connection: Connection, page: _Page) -> tuple[list[str], int]:
    """By number or by name, and last by the middle of one."""
    query = having_number(page.asked, page.reach)
    if query is None:
        ids, count = _by_words(connection, page)
        if count:
            return ids, count
    found = list(connection.scalars(query)) if query is not None else []
    inside = None if found else having_inside(page.asked, page.reach)
    if inside is not None:
        found = list(connection.scalars(inside))
    return found[page.skip : page.skip + page.limit], len(found)


def _by_words(connection: Connection, page: _Page) -> tuple[list[str], int]:
    condition, given = _within(page.kind, page.reach)
    if condition is None or not page.asked.alternatives:
        return [], 0
    matching = ADAPTERS[connection.dialect.name](page.asked, page.reach.whole_numbers)
    first, last = span(page.kind)
    parameters: Parameters = {"match": matching.match, "first": first, "last": last, **given}
    where = f"FROM {matching.source} {_JOIN[page.kind]} WHERE {matching.condition} {condition}"
    counted = _run(connection, f"SELECT count(*) FROM (SELECT 1 {where} LIMIT {_COUNT_UP_TO}) AS found", parameters)
    count = int(counted[0][0])
    if not count:
        return [], 0
    order = matching.ranked if count <= RANKED_UP_TO else matching.newest
    statement = f"SELECT e.subject_id {where} ORDER BY {order} LIMIT :at_most OFFSET :skipped"
    rows = _run(connection, statement, {**parameters, "at_most": page.limit, "skipped": page.skip})
    return [row[0] for row in rows], count


_JOIN = {
    SearchKind.PEOPLE: "",
    SearchKind.TICKETS: "JOIN interactions AS i ON i.interaction_id = e.interaction_id",
    SearchKind.MESSAGES: "JOIN interactions AS i ON i.interaction_id = e.interaction_id",
    SearchKind.TRANSCRIPTS: (
        "JOIN interactions AS i ON i.interaction_id = e.interaction_id JOIN calls AS c ON c.call_id = i.call_id"
    ),
}


def _within(kind: SearchKind, reach: Reach) -> tuple[str | None, Parameters]:
    """What of this kind the person may find, as a condition; None: nothing."""
    if kind is SearchKind.TRANSCRIPTS:
        if reach.calls is None:
            return "", {}
        calls = reach.calls
        given = {"agent": calls.agent_id, "customers": sorted(calls.customers), "queues": sorted(calls.queues)}
        had = "SELECT 1 FROM engagements AS g WHERE g.call_id = c.call_id AND (g.agent_id = :agent OR g.queue_id IN :queues)"
        return f"AND (EXISTS ({had}) OR c.customer_id IN :customers OR c.queue_id IN :queues)", given
    if reach.customers is None:
        return "", {}
    if not reach.customers:
        return None, {}
    column = "e.subject_id" if kind is SearchKind.PEOPLE else "i.customer_id"
    return f"AND {column} IN :customers", {"customers": sorted(reach.customers)}


def _run(connection: Connection, statement: str, parameters: Parameters) -> Sequence[Any]:
    many = [bindparam(name, expanding=True, type_=String()) for name, value in parameters.items() if isinstance(value, list)]
    return connection.execute(text(statement).bindparams(*many), parameters).all()
