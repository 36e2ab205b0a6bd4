"""The customers' ports behave alike on both databases: the life of a call's rows from the first number to the follow-up."""

from __future__ import annotations

import pytest

from core.ids import CallId, CustomerId
from core.model import Certainty
from customers.model import CallChanges, Status
from customers.ports import ChangedSince
from server.storage.sql.calls import SqlCalls
from server.storage.sql.database import Database
from tests.customers.front_office import FrontOffice

DANA = {"type": "customer", "id": "crm:1", "name": "Dana Whitfield", "phones": ["+442079460180"], "emails": ["dana@example.com"]}
OWNER = {"id": "crm:1"}
CHAT = {
    "type": "chat", "id": "c1", "customer": OWNER, "started_at": "-1d", "ended_at": "-1d",
    "messages": [{"at": "-1d", "from": "customer", "text": "Hello? 你好 🙂"}],
}  # fmt: skip


async def test_a_whole_call_is_kept_and_replayed_without_a_trace(database: Database) -> None:
    office = FrontOffice(database)
    await office.staff()
    await office.knows(DANA, CHAT, {"type": "ticket", "id": "t1", "customer": OWNER, "subject": "Twice", "opened_at": "-19h"})
    call = await office.calls("02079460180")
    await call.presses("2 (billing)")
    await call.waits()
    await call.is_answered()
    await call.says("I was charged twice", 1, 200)
    await call.is_recorded()
    await call.ends()
    await call.is_wrapped_up("Refund", "Released.", next_step="ticket", ticket_subject="Check the refund")
    await call.is_wrapped_up("Refund", "Released.", next_step="callback", callback_at=office.clock.now() + 60)
    before = (await office.timeline(call.customer_id), await call.record(), await call.pop())
    for event in list(office.heard):
        await office.service.handle(event)
    assert (await office.timeline(call.customer_id), await call.record(), await call.pop()) == before
    assert [item.ticket_number for item in before[0] if item.ticket_number] == [20002, 20001]
    assert before[2].customer.certainty is Certainty.LIKELY
    assert {item.status for item in before[0]} == {Status.OPEN, Status.CLOSED, Status.UNANSWERED}


async def test_an_import_renews_and_adds_nothing(database: Database) -> None:
    office = FrontOffice(database)
    email = {"type": "email", "id": "m", "customer": OWNER, "at": 5, "from": "agent", "subject": "Re", "text": "t"}
    past = {"type": "call", "id": "k", "customer": OWNER, "started_at": 5, "ended_at": 9, "agent": "Mei", "queue": "Billing"}
    for expected in ("new", "renewed"):
        report = await office.knows(DANA, CHAT, email, past)
        assert getattr(report, expected) == {"customer": 1, "chat": 1, "email": 1, "call": 1}


async def test_search_and_pages_work(database: Database) -> None:
    office = FrontOffice(database)
    await office.knows(DANA, CHAT)
    assert [found.name for found in await office.service.search("whit")] == ["Dana Whitfield"]
    assert [found.name for found in await office.service.search("7946 01")] == ["Dana Whitfield"]
    customer_id = await office.finds("dana@")
    page = await office.service.timeline(customer_id, limit=1)
    assert page.items[0].text == "Hello? 你好 🙂"
    changed = await office.service.change_customer(customer_id, name="Dana W.", tags=("a",))
    assert changed is not None
    assert (changed.name, changed.tags) == ("Dana W.", ("a",))


async def test_nobody_overwrites_what_nobody_has_shown(database: Database) -> None:
    """Somebody else, or an import, was faster: refused with the record as it is now."""
    office = FrontOffice(database)
    await office.knows(DANA)
    customer_id = await office.finds("dana@")
    seen = await office.service.customer(customer_id)
    assert seen is not None
    first = await office.service.change_customer(customer_id, name="Dana W.", expected=seen.version)
    assert first is not None
    with pytest.raises(ChangedSince) as late:
        await office.service.change_customer(customer_id, name="D. Whitfield", expected=seen.version)
    assert late.value.profile is not None
    assert (late.value.profile.name, late.value.profile.version) == ("Dana W.", first.version)
    await office.knows(DANA | {"vip": True})  # an import is a change, too
    with pytest.raises(ChangedSince):
        await office.service.change_customer(customer_id, tags=("b",), expected=first.version)
    assert await office.service.change_customer(CustomerId("cust_nobody"), name="x", expected=1) is None


async def test_a_mischievous_display_name_is_stored_harmless(database: Database) -> None:
    office = FrontOffice(database)
    call = await office.calls("x" * 4000, display_name="Robert'); DROP TABLE customers;--\x00" + "y" * 4000)
    assert call.identified.name.startswith("Robert'); DROP TABLE customers;--y")
    assert len(call.identified.name) <= 320
    await call.is_answered()
    await call.says("nul\x00 said", 1, 200)
    await call.ends()
    await call.is_wrapped_up("Re\x00fund", "first line\x00\nsecond", next_step="ticket", ticket_subject="\x00")
    record = await call.record()
    assert (record.disposition, record.summary) == ("Refund", "first line\nsecond")


async def test_a_change_to_a_call_that_is_not_there_changes_nothing(database: Database) -> None:
    assert await SqlCalls(database).change(CallId("call_none"), CallChanges(cause="x")) is None
