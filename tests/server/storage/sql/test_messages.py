"""Conversations in writing on both databases: messages are only ever added, and open whole, a page at a time."""

from __future__ import annotations

from typing import Any

from core.ids import InteractionId, MessageId
from core.model import Channel
from customers.conversations import Conversations, InteractionRecord
from customers.messages import MessageKind, Party
from customers.model import Status, TimelineItem
from server.storage.sql.database import Database
from server.storage.sql.history import SqlHistory
from server.storage.sql.messages import SqlMessages
from tests.customers.front_office import FrontOffice

DANA = {"type": "customer", "id": "crm:1", "name": "Dana Whitfield", "phones": ["+442079460180"], "emails": ["dana@example.com"]}
OWNER = {"id": "crm:1"}


def ticket(*comments: dict[str, Any], **details: Any) -> dict[str, Any]:
    return {
        "type": "ticket", "id": "t1", "number": 7, "customer": OWNER, "subject": "Twice", "opened_at": 1000.0,
        "comments": list(comments), **details,
    }  # fmt: skip


def comment(at: float, text: str, who: str = "customer", **details: Any) -> dict[str, Any]:
    return {"at": at, "from": who, "text": text, **details}


class Reading:
    """Somebody who opens what stands in a customer's history."""

    def __init__(self, database: Database) -> None:
        self.office = FrontOffice(database)
        self.conversations = Conversations(SqlHistory(database), SqlMessages(database))

    async def items(self) -> tuple[TimelineItem, ...]:
        return await self.office.timeline(await self.office.finds("Dana"))

    async def opens(self, interaction_id: InteractionId) -> InteractionRecord:
        interaction = await self.conversations.get(interaction_id)
        assert interaction is not None
        return await self.conversations.opened(interaction)

    async def texts(self, interaction_id: InteractionId, **which: Any) -> list[str]:
        return [message.text for message in (await self.conversations.messages(interaction_id, **which)).items]


async def test_a_ticket_that_is_imported_again_keeps_its_messages_and_takes_the_new_ones(database: Database) -> None:
    reading = Reading(database)
    await reading.office.knows(DANA, ticket(comment(1000, "Charged twice"), comment(1100, "Released", "agent", author="Mei")))
    (before,) = await reading.items()
    assert await reading.texts(before.interaction_id) == ["Charged twice", "Released"]

    await reading.office.knows(ticket(comment(1000, "Charged twice"), comment(1200, "It did NOT help")))
    (item,) = await reading.items()
    assert await reading.texts(item.interaction_id) == ["Charged twice", "Released", "It did NOT help"]
    opened = await reading.opens(item.interaction_id)
    assert (opened.last_from, opened.waiting_since, opened.last_activity_at) == ("customer", 1200.0, 1200.0)
    assert (opened.answered_at, opened.by, opened.priority, opened.messages) == (1100.0, "Mei", "normal", 3)


async def test_a_message_with_an_id_is_kept_as_it_came_first(database: Database) -> None:
    reading = Reading(database)
    await reading.office.knows(DANA, ticket(comment(1000, "Charged twice", id="m1")))
    await reading.office.knows(ticket(comment(1000, "Charged twice, please help", id="m1")))
    (item,) = await reading.items()
    assert await reading.texts(item.interaction_id) == ["Charged twice"]


async def test_a_long_conversation_opens_at_its_end_and_is_read_upwards_and_around_a_message(database: Database) -> None:
    reading = Reading(database)
    await reading.office.knows(DANA, ticket(*(comment(1000 + number, f"no {number}") for number in range(9))))
    (item,) = await reading.items()
    one = item.interaction_id
    newest = await reading.conversations.messages(one, limit=4)
    assert [message.text for message in newest.items] == ["no 5", "no 6", "no 7", "no 8"]
    assert newest.newer is None
    older = await reading.conversations.messages(one, before=newest.older, limit=4)
    assert [message.text for message in older.items] == ["no 1", "no 2", "no 3", "no 4"]
    last = await reading.conversations.messages(one, before=older.older, limit=4)
    assert ([message.text for message in last.items], last.older) == (["no 0"], None)
    assert await reading.texts(one, after=older.newer, limit=4) == ["no 5", "no 6", "no 7", "no 8"]
    clicked = older.items[1].message_id
    around = await reading.conversations.messages(one, around=clicked, limit=4)
    assert [message.text for message in around.items] == ["no 0", "no 1", "no 2", "no 3"]
    assert await reading.texts(one, around=MessageId("msg_none"), limit=4) == ["no 5", "no 6", "no 7", "no 8"]


async def test_the_next_and_the_previous_conversation_are_reached_without_leaving(database: Database) -> None:
    reading = Reading(database)
    mail = {"type": "email", "customer": OWNER, "from": "customer", "subject": "Invoice", "text": "Please send it"}
    await reading.office.knows(DANA, ticket(comment(1000, "Charged twice")), {**mail, "id": "m1", "at": 500.0})
    newer, older = await reading.items()
    assert (newer.channel, older.channel) == (Channel.TICKET, Channel.EMAIL)
    first, second = await reading.opens(older.interaction_id), await reading.opens(newer.interaction_id)
    assert (first.earlier, first.later) == (None, newer.interaction_id)
    assert (second.earlier, second.later) == (older.interaction_id, None)
    assert await reading.texts(older.interaction_id) == ["Please send it"]


async def test_an_email_waits_until_one_of_ours_answers_it_in_whatever_order_they_come(database: Database) -> None:
    reading = Reading(database)
    mail = {"type": "email", "customer": OWNER, "subject": "Invoice", "text": "x"}
    question = {**mail, "id": "m1", "at": 500.0, "from": "customer"}
    answer = {**mail, "id": "m2", "at": 900.0, "from": "agent", "subject": "Re: Invoice"}
    await reading.office.knows(DANA, question)
    (item,) = await reading.items()
    assert (item.status, (await reading.opens(item.interaction_id)).waiting_since) == (Status.UNANSWERED, 500.0)
    for lines in ([answer], [question]):
        await reading.office.knows(*lines)
        opened = await reading.opens(item.interaction_id)
        assert (opened.status, opened.waiting_since, opened.answered_at) == (Status.NONE, None, 900.0)


async def test_what_an_agent_writes_down_for_a_ticket_is_a_note_among_us(database: Database) -> None:
    office = FrontOffice(database)
    await office.staff()
    call = await office.calls("02079460180", display_name="Kim")
    await call.waits()
    await call.is_answered()
    await call.ends()
    await call.is_wrapped_up("Refund", "Asked for the second capture.", next_step="ticket")
    (item,) = [item for item in await office.timeline(call.customer_id) if item.channel is Channel.TICKET]
    conversations = Conversations(SqlHistory(database), SqlMessages(database))
    (note,) = (await conversations.messages(item.interaction_id)).items
    assert (note.kind, note.party, note.author, note.text) == (
        MessageKind.NOTE, Party.AGENT, "Mei Lin", "Asked for the second capture.",
    )  # fmt: skip
    for event in list(office.heard):
        await office.service.handle(event)
    assert len((await conversations.messages(item.interaction_id)).items) == 1
