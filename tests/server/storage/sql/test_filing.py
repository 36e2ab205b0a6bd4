"""Whose a conversation is, on both databases: a person decides, all that came of it moves along, and nothing undoes it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, text

from core.ids import CustomerId, UserId
from core.model import Certainty, Channel
from customers.filed_how import FiledHow
from customers.filing import Filed, FilingDesk, UnknownCustomer
from customers.identity import interaction_of_call
from customers.model import Interaction
from server.storage.sql.database import Database
from server.storage.sql.filing import SqlFiling
from server.storage.sql.history import SqlHistory
from server.storage.sql.migrate import config_for, upgrade
from tests.customers.front_office import FrontOffice, PhoneCall

SWITCHBOARD = "+442079460300"
MEI = UserId("user_mei")
TOMASZ, PRIYA, HELEN = [
    {"type": "customer", "id": name, "name": name, "phones": [SWITCHBOARD]} for name in ("Tomasz Z", "Priya R", "Helen M")
]


class Desk:
    """Mei, who asks who is calling."""

    def __init__(self, database: Database) -> None:
        self.office = FrontOffice(database)
        self._desk = FilingDesk(SqlFiling(database), self.office.bus, self.office.clock)
        self._history = SqlHistory(database)

    async def decides(self, call: PhoneCall, whose: str | None = None, new: str = "") -> Filed:
        customer_id = None if whose is None else CustomerId(whose)
        filed = await self._desk.decide(interaction_of_call(call.call_id), MEI, "Mei Lin", customer_id, new)
        assert filed is not None
        return filed

    async def row(self, call: PhoneCall) -> Interaction:
        row = await self._history.get(interaction_of_call(call.call_id))
        assert row is not None
        return row

    async def finished(self, call: PhoneCall, next_step: str) -> None:
        await call.is_answered()
        await call.ends()
        await call.is_wrapped_up("Delivery", "Third floor.", next_step=next_step)


@pytest.fixture
async def desk(database: Database) -> Desk:
    desk = Desk(database)
    await desk.office.staff()
    await desk.office.knows(TOMASZ, PRIYA, HELEN)
    return desk


async def test_a_call_from_a_switchboard_is_nobodys_until_somebody_says_whose(desk: Desk) -> None:
    call = await desk.office.calls(SWITCHBOARD)
    pop = await call.pop()
    assert (pop.customer.customer_id, pop.customer.certainty, len(pop.candidates)) == (None, Certainty.SHARED, 3)
    assert (await desk.row(call)).filed_how == FiledHow.SEVERAL
    chosen = next(each for each in pop.candidates if each.name == "Tomasz Z")
    await desk.decides(call, chosen.customer_id)
    row, pop = await desk.row(call), await call.pop()
    assert (row.customer_id, row.filed_by, row.filed_at, row.filed_how) == (
        chosen.customer_id, MEI, desk.office.clock.now(), FiledHow.PERSON,
    )  # fmt: skip
    assert (pop.customer.name, pop.customer.certainty, pop.customer.certainty_by) == (
        "Tomasz Z", Certainty.LIKELY, "chosen by Mei Lin",
    )  # fmt: skip


@pytest.mark.parametrize("next_step", ["ticket", "callback"])
async def test_the_ticket_and_the_callback_move_along_and_events_that_come_again_undo_nothing(desk: Desk, next_step: str) -> None:
    call = await desk.office.calls(SWITCHBOARD)
    await desk.finished(call, next_step)
    priya = next(each for each in (await call.pop()).candidates if each.name == "Priya R")
    filed = await desk.decides(call, priya.customer_id)
    assert {row.channel for row in filed.moved} == {Channel.CALL, Channel.TICKET if next_step == "ticket" else Channel.CALLBACK}
    assert {row.customer_id for row in filed.moved} == {priya.customer_id}
    for event in list(desk.office.heard):
        await desk.office.service.handle(event)
    assert {item.channel for item in await desk.office.timeline(priya.customer_id)} == {row.channel for row in filed.moved}
    assert (await call.record()).customer_id == priya.customer_id


async def test_the_wrong_choice_is_taken_back_and_the_next_one_takes_all(desk: Desk) -> None:
    call = await desk.office.calls(SWITCHBOARD)
    await desk.finished(call, "ticket")
    first, second = (await call.pop()).candidates[:2]
    await desk.decides(call, first.customer_id)
    await desk.decides(call)
    pop = await call.pop()
    assert (pop.customer.customer_id, pop.customer.certainty_by, len(pop.candidates)) == (None, "not decided yet", 3)
    await desk.decides(call, second.customer_id)
    assert await desk.office.timeline(first.customer_id) == ()
    assert len(await desk.office.timeline(second.customer_id)) == 2


async def test_somebody_new_gets_a_record_and_is_asked_about_next_time(desk: Desk) -> None:
    call = await desk.office.calls(SWITCHBOARD)
    await desk.decides(call, new="Kim Novak")
    assert (await call.pop()).customer.name == "Kim Novak"
    again = await desk.office.calls(SWITCHBOARD)
    assert "Kim Novak" in {each.name for each in (await again.pop()).candidates}
    assert [found.name for found in await desk.office.service.search("novak")] == ["Kim Novak"]


async def test_a_new_number_becomes_the_person_that_is_named(desk: Desk) -> None:
    call = await desk.office.calls("02079460999")
    before = (await desk.row(call)).customer_id
    await desk.decides(call, new="Kim Novak")
    again = await desk.office.calls("02079460999")
    assert (again.customer_id, (await again.customer()).name) == (before, "Kim Novak")


async def test_a_new_number_of_somebody_known_is_learned_and_forgotten_with_the_mistake(desk: Desk) -> None:
    tomasz = await desk.office.finds("Tomasz")
    call = await desk.office.calls("02079460999")
    await desk.decides(call, tomasz)
    assert (await desk.office.calls("02079460999")).customer_id == tomasz
    other = await desk.office.calls("02079460998")
    await desk.decides(other, tomasz)
    await desk.decides(other, new="Kim Novak")
    customer = await desk.office.service.customer(tomasz)
    assert customer is not None
    assert set(customer.phones) == {SWITCHBOARD, "+442079460999"}


async def test_who_is_not_known_cannot_be_chosen(desk: Desk) -> None:
    call = await desk.office.calls(SWITCHBOARD)
    with pytest.raises(UnknownCustomer):
        await desk.decides(call, "cust_none")
    assert (await desk.row(call)).filed_how == FiledHow.SEVERAL


async def test_no_import_undoes_what_a_person_has_said(desk: Desk, database: Database) -> None:
    chat: dict[str, Any] = {"type": "chat", "id": "c", "customer": {"id": "Priya R"}, "started_at": 5, "messages": []}
    await desk.office.knows(chat)
    priya, helen = await desk.office.finds("Priya"), await desk.office.finds("Helen")
    (item,) = await desk.office.timeline(priya)
    filing = FilingDesk(SqlFiling(database), desk.office.bus, desk.office.clock)
    await filing.decide(item.interaction_id, MEI, "Mei Lin", helen)
    await desk.office.knows(chat)
    assert await desk.office.timeline(priya) == ()
    assert [row.interaction_id for row in await desk.office.timeline(helen)] == [item.interaction_id]


OLD_PLACEHOLDERS = (
    "INSERT INTO customers (customer_id, name, name_key, tags, vip, language) VALUES"
    " ('alone', '', '', '[]', false, 'en'), ('anonymous', 'Anonymous', 'anonymous', '[]', false, 'en'),"
    " ('twice', '', '', '[]', false, 'en'), ('named', 'Dana', 'dana', '[]', false, 'en')",
    "INSERT INTO identifiers (kind, value, customer_id, provenance, confidence) VALUES"
    " ('phone', '+442079460001', 'alone', 'call', 0.5), ('external', 'sip:x', 'anonymous', 'call', 0.5),"
    " ('phone', '+442079460002', 'twice', 'call', 0.5), ('phone', '+442079460003', 'named', 'call', 0.5)",
    "INSERT INTO interactions (interaction_id, customer_id, channel, at, title, text, status, has_recording, has_transcript)"
    " VALUES ('i1', 'alone', 'call', 1, '', '', 'missed', false, false),"
    " ('i2', 'anonymous', 'call', 2, '', '', '', false, false),"
    " ('i3', 'twice', 'call', 3, '', '', '', false, false), ('i4', 'twice', 'call', 4, '', '', '', false, false),"
    " ('i5', 'named', 'call', 5, '', '', '', false, false)",
)


async def test_records_that_stood_for_a_number_alone_become_nobodys_and_keep_what_was_shown(empty_url: str) -> None:
    database = Database(empty_url)
    await database.write(partial(_forward, to="search"))

    def fill(connection: Connection) -> None:
        for statement in OLD_PLACEHOLDERS:
            connection.execute(text(statement.replace(":", r"\:")))

    await database.write(fill)
    await upgrade(empty_url)

    def told(connection: Connection) -> list[tuple[object, ...]]:
        query = "SELECT interaction_id, customer_id, identifier_value, filed_how FROM interactions ORDER BY interaction_id"
        return [tuple(row) for row in connection.execute(text(query))]

    assert await database.read(told) == [
        ("i1", None, "+442079460001", "placeholder"),
        ("i2", None, "sip:x", "placeholder"),
        ("i3", "twice", None, ""),
        ("i4", "twice", None, ""),
        ("i5", "named", None, ""),
    ]
    office = FrontOffice(database)
    await office.staff()
    call = await office.calls("02079460001")
    assert [item.interaction_id for item in await office.timeline(call.customer_id)][-1] == "i1"
    await database.close()


def _forward(connection: Connection, to: str) -> None:
    command.upgrade(config_for(connection), to)
