"""What a call center does all day looks rows up by an index: with ten million of them no statement reads a whole table."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import Engine

from core.ids import CallId, InteractionId, UserId
from core.model import Speaker
from customers.filing import FilingDesk
from customers.search import Reach, SearchKind, ask
from server.storage.sql.calls import SqlCalls
from server.storage.sql.database import Database
from server.storage.sql.filing import SqlFiling
from server.storage.sql.messages import SqlMessages
from server.storage.sql.search.reader import SqlSearch
from tests.customers.front_office import MEI, FrontOffice
from tests.peers.current_database import new_sqlite

GROWING = frozenset(
    {
        "calls", "call_steps", "transcript_segments", "customers", "identifiers", "customer_facts", "interactions", "messages",
        "chats", "tickets", "callbacks", "search_entries",
    }
)  # fmt: skip
"""Tables that grow with every call."""
DANA = "+442079460180"


class Recorder:
    """Statements as they were run, with the plan that SQLite made for each."""

    def __init__(self) -> None:
        self.plans: dict[str, list[str]] = {}

    def __call__(self, _: Any, cursor: Any, statement: str, values: Any, __: Any, many: bool) -> None:
        if statement in self.plans or not statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE")):
            return
        first = values[0] if many else values
        rows = cursor.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", first).fetchall()
        self.plans[statement] = [str(row[3]) for row in rows]

    @property
    def whole_tables(self) -> dict[str, list[str]]:
        """Statements that read all of a table that grows, and not along an index that ends early."""
        return {
            statement: bad
            for statement, plan in self.plans.items()
            if (bad := [step for step in plan if step.startswith("SCAN") and step.split()[1] in GROWING and "USING" not in step])
        }


@contextmanager
def recorded() -> Iterator[Recorder]:
    recorder = Recorder()
    event.listen(Engine, "before_cursor_execute", recorder)
    try:
        yield recorder
    finally:
        event.remove(Engine, "before_cursor_execute", recorder)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[FrontOffice]:
    url = new_sqlite(tmp_path)
    database = Database(url)
    made = FrontOffice(database)
    await made.staff()
    yield made
    await database.close()


def people(*names: str) -> list[dict[str, Any]]:
    return [{"type": "customer", "id": name, "name": name, "phones": [DANA]} for name in names]


def ticket(said: str) -> dict[str, Any]:
    comments = [{"at": "-19h", "from": "customer", "text": said}, {"at": "-18h", "from": "agent", "text": f"{said}, again"}]
    return {
        "type": "ticket",
        "id": "t",
        "number": 7,
        "customer": {"id": "Dana"},
        "subject": said,
        "opened_at": "-19h",
        "comments": comments,
    }


async def test_no_statement_of_a_day_reads_a_table_whole(office: FrontOffice) -> None:
    with recorded() as recorder:
        await office.knows(*people("Dana", "Helen"), ticket("Charged twice"))
        await office.knows(*people("Dana", "Helen"), ticket("Charged twice and again"))
        await a_call_of_nobody_known(office.database)
        call = await office.calls("02079460555")
        await call.presses("2 (billing)")
        await call.waits()
        await call.is_answered()
        await call.says("I was charged twice", 1, 100)
        await call.says("The second one is released", 2, 1200, by=Speaker.AGENT)
        await call.is_recorded()
        await call.ends()
        await call.pop()
        (item, *_) = await office.timeline(call.customer_id)
        dana = await office.finds("Dana")
        filing = FilingDesk(SqlFiling(office.database), office.bus, office.clock)
        await filing.decide(item.interaction_id, UserId("user_mei"), "Mei Lin", dana)
        await SqlCalls(office.database).served_lately(MEI, 0.0)
        messages = SqlMessages(office.database)
        for each in await office.timeline(dana):
            await messages.page(InteractionId(each.interaction_id), before=None, after=None, around=None, limit=5)
        for query in ("charged twice", "02079460180", "0180"):
            asked = ask(query, ["GB"], Reach())
            await SqlSearch(office.database).find(tuple(SearchKind), asked, Reach(), limit=5, skip=0, timeout_s=20.0)
    assert len(recorder.plans) > 60
    assert recorder.whole_tables == {}


async def a_call_of_nobody_known(database: Database) -> None:
    """As 0.1 left it: the number comes again, and its record takes it along."""
    call_id = CallId("call_of_old")

    def fill(connection: Connection) -> None:
        connection.execute(
            text(
                "INSERT INTO calls (call_id, interaction_id, kind, caller, withheld, diverted_from, called, display_name,"
                " language, started_at, recording_ms, disposition, summary) VALUES"
                " (:call, 'i1', 'sip', '', false, '', '', '', 'en', 1, 0, '', '')"
            ),
            {"call": call_id},
        )
        connection.execute(
            text(
                "INSERT INTO interactions (interaction_id, channel, at, title, text, status, call_id, identifier_kind,"
                " identifier_value, filed_how, has_recording, has_transcript) VALUES"
                " ('i1', 'call', 1, '', '', 'missed', :call, 'phone', '+442079460555', 'placeholder', false, false)"
            ),
            {"call": call_id},
        )

    await database.write(fill)
