"""Who had a call, from the events to what the record says, on a real database."""

from __future__ import annotations

import random
from typing import Any

import pytest
from sqlalchemy import Connection, text

from core.causes import EndCause
from core.commands import EnqueueWork
from core.events import PartyJoined
from core.ids import AgentId, PartyId, QueueId, UserId
from core.model import Channel, Purpose
from core.parties import Mode, Role
from customers.engagements import Engagement, EngagementEnd, EngagementStart
from customers.filing import FilingDesk
from customers.model import Whose
from server.storage.sql.calls import SqlCalls
from server.storage.sql.filing import SqlFiling
from tests.customers.front_office import BILLING, DAY, HOUR, MEI, NOON, OMAR, TECH, FrontOffice, PhoneCall

NUMBER = "+442079460180"


async def handed_over(office: FrontOffice) -> PhoneCall:
    """Mei takes it, asks Omar after a minute, hands it over after two; it ends after five."""
    call = await office.calls(NUMBER)
    await call.waits()
    await call.is_answered()
    office.clock.jump(60)
    await call.mei_asks_omar("The kettle trips the fuse")
    await call.omar_joins()
    office.clock.jump(60)
    await call.mei_hands_over()
    office.clock.jump(180)
    await call.ends()
    return call


def told(each: Engagement) -> tuple[str, Role, float, float | None]:
    return each.agent_name, each.role, each.from_at - NOON, None if each.to_at is None else each.to_at - NOON


async def test_a_call_of_one_agent_has_one_engagement(office: FrontOffice) -> None:
    call = await office.calls(NUMBER)
    await call.waits()
    assert (await call.record()).engagements == ()
    await call.is_answered()
    (mei,) = (await call.record()).engagements
    assert (mei.agent_name, mei.queue_name, mei.work_id, mei.began, mei.to_at) == (
        "Mei Lin", "Billing", call.work_id, EngagementStart.TAKEN, None,
    )  # fmt: skip
    office.clock.jump(60)
    await call.ends()
    await call.is_wrapped_up("Refund", "Money back")
    (mei,) = (await call.record()).engagements
    assert (mei.to_at, mei.ended, mei.disposition, mei.summary) == (NOON + 60, EngagementEnd.CALL_ENDED, "Refund", "Money back")


async def test_a_call_that_was_handed_over_says_who_had_it_and_how(office: FrontOffice) -> None:
    call = await handed_over(office)
    record = await call.record()
    mei, omar = record.engagements
    assert told(mei) == ("Mei Lin", Role.AGENT, 0, 120)
    assert told(omar) == ("Omar Haddad", Role.AGENT, 60, 300)
    assert (mei.ended, omar.began, omar.took_over_at) == (EngagementEnd.TRANSFERRED, EngagementStart.CONSULTED, NOON + 120)
    assert (omar.asked_by, omar.asked_by_name, omar.note) == (MEI, "Mei Lin", "The kettle trips the fuse")
    assert (omar.queue_name, mei.queue_name) == ("Technical", "Billing")
    assert (record.agent_id, record.agent_name, record.queue_id, record.connected_at) == (OMAR, "Omar Haddad", TECH, NOON)
    (row,) = await office.timeline(call.customer_id)
    assert (row.by, row.by_before, row.duration_s) == ("Omar Haddad", ("Mei Lin",), 300)


async def test_each_writes_up_their_own_and_the_title_is_the_last_ones(office: FrontOffice) -> None:
    call = await handed_over(office)
    await call.is_wrapped_up("Passed on", "To Omar")
    assert ((await call.record()).disposition, (await office.timeline(call.customer_id))[0].title) == ("Passed on", "Passed on")
    await call.is_wrapped_up("Repaired", "New fuse", by=OMAR)
    record = await call.record()
    assert [(each.disposition, each.summary) for each in record.engagements] == [
        ("Passed on", "To Omar"),
        ("Repaired", "New fuse"),
    ]
    assert (record.disposition, record.summary) == ("Repaired", "New fuse")
    await call.is_wrapped_up("Passed on", "To Omar, who knows fuses")
    record = await call.record()
    assert (record.disposition, record.engagements[0].summary) == ("Repaired", "To Omar, who knows fuses")


async def test_a_wrap_up_may_be_written_while_the_call_goes_on_with_somebody_else(office: FrontOffice) -> None:
    call = await office.calls(NUMBER)
    await call.is_answered()
    await call.mei_asks_omar()
    await call.omar_joins()
    await call.mei_hands_over()
    await call.is_wrapped_up("Passed on")
    record = await call.record()
    assert (record.ended_at, record.agent_id) == (None, OMAR)
    assert [each.disposition for each in record.engagements] == ["Passed on", ""]


async def test_each_may_open_a_ticket_and_promise_to_call_back_in_their_own_line(office: FrontOffice) -> None:
    call = await handed_over(office)
    await call.is_wrapped_up("Passed on", "The invoice is wrong", next_step="ticket")
    await call.is_wrapped_up("Repaired", "Order a fuse", by=OMAR, next_step="ticket")
    tickets = [item for item in await office.timeline(call.customer_id) if item.channel is Channel.TICKET]
    assert {(item.title, item.text) for item in tickets} == {
        ("Passed on", "The invoice is wrong"),
        ("Repaired", "Order a fuse"),
    }
    await call.is_wrapped_up("Passed on", next_step="callback")
    (asked,) = office.bus.asked
    assert isinstance(asked, EnqueueWork)
    assert (asked.queue_id, asked.preferred_agent) == (BILLING, MEI)
    (row, *_) = [item for item in await office.timeline(call.customer_id) if item.channel is Channel.CALL]
    filing = FilingDesk(SqlFiling(office.database), office.bus, office.clock)
    await office.knows({"type": "customer", "id": "crm:9", "name": "Helen"})
    helen = await office.finds("Helen")
    await filing.decide(row.interaction_id, UserId("user_mei"), "Mei Lin", helen)
    assert len([item for item in await office.timeline(helen) if item.channel is Channel.TICKET]) == 2


async def test_a_consultation_changes_nothing_of_the_call_itself(office: FrontOffice) -> None:
    call = await office.calls(NUMBER)
    await call.waits()
    await call.is_answered()
    await call.mei_asks_omar("May I?")
    office.clock.jump(5)
    await call.omar_joins()
    await call.omar_leaves()
    record = await call.record()
    assert (record.queue_id, record.agent_id) == (BILLING, MEI)
    _, omar = record.engagements
    assert (omar.role, omar.ended, omar.note) == (Role.CONSULTANT, EngagementEnd.CONSULTED, "May I?")
    await call.ends()
    (row,) = await office.timeline(call.customer_id)
    assert (row.by, row.by_before) == ("Mei Lin", ())


async def test_a_call_that_went_to_a_queue_is_the_next_ones_from_there(office: FrontOffice) -> None:
    call = await office.calls(NUMBER)
    await call.is_answered()
    await call.mei_asks_omar("No sound", Purpose.TRANSFER)
    await call.mei_hands_over(to=None)
    office.clock.jump(30)
    await call.is_answered(waited_s=78.0, by=OMAR, work_id=call.second_work, queue_id=TECH)
    mei, omar = (await call.record()).engagements
    assert (mei.ended, omar.began, omar.note, omar.queue_id) == (
        EngagementEnd.TRANSFERRED,
        EngagementStart.TRANSFERRED,
        "No sound",
        TECH,
    )
    assert (await call.record()).connected_at == NOON


async def test_the_same_agent_may_have_it_twice(office: FrontOffice) -> None:
    call = await office.calls(NUMBER)
    await call.is_answered()
    office.clock.jump(10)
    await call.is_handed_back()
    office.clock.jump(10)
    await call.is_answered(by=OMAR)
    office.clock.jump(10)
    await call.is_handed_back()
    office.clock.jump(10)
    await call.is_answered()
    await call.ends()
    assert [told(each)[::2] for each in (await call.record()).engagements] == [
        ("Mei Lin", 0), ("Omar Haddad", 20), ("Mei Lin", 40),
    ]  # fmt: skip
    (row,) = await office.timeline(call.customer_id)
    assert (row.by, row.by_before) == ("Mei Lin", ("Mei Lin", "Omar Haddad"))


async def test_a_supervisor_who_joins_has_no_engagement(office: FrontOffice) -> None:
    call = await office.calls(NUMBER)
    await call.is_answered()
    await office.hears(PartyJoined(
        at=NOON, call_id=call.call_id, party_id=PartyId("party_sam"), role=Role.SUPERVISOR, mode=Mode.TALK, user_id=UserId("sam"),
    ))  # fmt: skip
    assert len((await call.record()).engagements) == 1


@pytest.mark.parametrize("seed", range(6))
async def test_events_that_come_again_in_any_order_change_nothing(office: FrontOffice, seed: int) -> None:
    call = await handed_over(office)
    await call.is_wrapped_up("Passed on")
    await call.is_wrapped_up("Repaired", by=OMAR)
    record = await call.record()
    again = list(office.heard)
    random.Random(seed).shuffle(again)
    for event in [*again, *office.heard]:
        await office.service.handle(event)
    assert await call.record() == record


async def test_what_other_systems_told_has_its_agent_too(office: FrontOffice) -> None:
    call = {
        "type": "call", "id": "c1", "customer": {"id": "crm:1"}, "caller": NUMBER, "called": "1000", "started_at": "-2d",
        "answered_at": "-2d", "ended_at": "-2d", "queue": "Billing", "agent": "Aisha", "reason": "Refund",
    }  # fmt: skip
    await office.knows({"type": "customer", "id": "crm:1", "name": "Dana", "phones": [NUMBER]}, call)
    ((stored, *_),) = await SqlCalls(office.database).latest(None, 5)
    (aisha,) = stored.engagements
    assert (aisha.agent_name, aisha.agent_id, aisha.queue_name, aisha.disposition) == ("Aisha", None, "Billing", "Refund")
    await office.knows({**call, "agent": None})
    ((stored, *_),) = await SqlCalls(office.database).latest(None, 5)
    assert stored.engagements == ()


async def test_what_other_systems_told_of_a_transfer_is_told_the_same(office: FrontOffice) -> None:
    call: dict[str, Any] = {
        "type": "call", "id": "c1", "customer": {"phone": NUMBER}, "started_at": NOON - 600, "answered_at": NOON - 580,
        "ended_at": NOON - 100, "queue": "Technical", "agent": "Omar", "reason": "Repaired", "summary": "New fuse",
        "before": [{"agent": "Aisha", "until": NOON - 400, "queue": "Billing", "reason": "Passed on", "note": "Trips the fuse"}],
    }  # fmt: skip
    await office.knows(call)
    await office.knows(call)
    ((stored, *_),) = await SqlCalls(office.database).latest(None, 5)
    aisha, omar = stored.engagements
    assert (aisha.agent_name, aisha.from_at, aisha.to_at, aisha.disposition, aisha.ended) == (
        "Aisha", NOON - 580, NOON - 400, "Passed on", EngagementEnd.TRANSFERRED,
    )  # fmt: skip
    assert (omar.agent_name, omar.began, omar.asked_by_name, omar.note) == (
        "Omar", EngagementStart.TRANSFERRED, "Aisha", "Trips the fuse",
    )  # fmt: skip
    assert stored.customer_id is not None
    (row,) = await office.timeline(stored.customer_id)
    assert (row.by, row.by_before, row.title) == ("Omar", ("Aisha",), "Repaired")
    wrong = {**call, "id": "c2", "before": [{"agent": "Aisha", "until": NOON - 50}]}
    (problem,) = (await office.imports(wrong)).problems
    assert problem.code == "order"


# ── whose it is ───────────────────────────────────────────────────────────────────────────────────────────────


async def calls_of(office: FrontOffice, agent_id: AgentId | None, *queues: QueueId) -> list[str]:
    found = await SqlCalls(office.database).latest(None, 20, Whose(agent_id=agent_id, queues=frozenset(queues)))
    return [call.call_id for call, *_ in found]


async def test_own_calls_are_those_in_which_one_took_part(office: FrontOffice) -> None:
    call = await handed_over(office)
    office.clock.jump(HOUR)
    other = await office.calls("+442079460181")
    await other.is_answered(by=OMAR)
    assert await calls_of(office, MEI) == [call.call_id]
    assert await calls_of(office, OMAR) == [other.call_id, call.call_id]
    assert await calls_of(office, AgentId("agent_ada")) == []
    assert await calls_of(office, None) == []
    assert await calls_of(office, None, TECH) == [call.call_id]
    assert await calls_of(office, None, BILLING) == [other.call_id, call.call_id]
    assert await calls_of(office, MEI, BILLING) == [other.call_id, call.call_id]


async def test_own_calls_come_in_pages(office: FrontOffice) -> None:
    made = []
    for _ in range(5):
        call = await handed_over(office)
        made.append(call.call_id)
        office.clock.jump(60)
    found: list[str] = []
    before: str | None = None
    while True:
        page = await office.service.call_records(before, 2, Whose(agent_id=MEI))
        found += [item.call_id for item in page.items]
        assert [each.agent_name for each in page.items[0].engagements] == ["Mei Lin", "Omar Haddad"]
        before = page.next
        if before is None:
            break
    assert found == made[::-1]


async def test_a_customer_was_served_by_each_until_that_one_left(office: FrontOffice) -> None:
    call = await handed_over(office)
    served = SqlCalls(office.database).served
    for agent_id, until in ((MEI, 120), (OMAR, 300)):
        assert await served(agent_id, [call.customer_id], NOON + until) == {call.customer_id}
        assert await served(agent_id, [call.customer_id], NOON + until + 1) == set()
    assert await SqlCalls(office.database).served_lately(OMAR, NOON - DAY) == {call.customer_id}
    assert await SqlCalls(office.database).served_lately(AgentId("agent_ada"), NOON - DAY) == set()


async def test_whom_an_agent_called_in_vain_is_that_agents_call(office: FrontOffice) -> None:
    call = await office.is_called_back("+442079460185")
    await call.ends(EndCause.PEER_NO_ANSWER)
    (mei,) = (await call.record()).engagements
    assert (mei.began, mei.agent_name, mei.ended) == (EngagementStart.CALLED, "Mei Lin", EngagementEnd.CALL_ENDED)
    assert await calls_of(office, MEI) == [call.call_id]


async def test_pieces_of_work_lead_to_their_call_whoever_had_it_last(office: FrontOffice) -> None:
    call = await handed_over(office)
    for work_id in (call.work_id, call.second_work):
        ((found, _),) = await SqlCalls(office.database).of_work([], [work_id])
        assert found.call_id == call.call_id


async def test_what_came_before_moments_were_kept_goes_on(office: FrontOffice) -> None:
    """After an upgrade: the row is there, what it follows from is not."""
    call = await office.calls(NUMBER)
    await call.is_answered()

    def forget(connection: Connection) -> None:
        connection.execute(text("DELETE FROM engagement_moments"))

    await office.database.write(forget)
    office.clock.jump(60)
    await call.ends()
    await call.is_wrapped_up("Refund")
    (mei,) = (await call.record()).engagements
    assert (mei.from_at, mei.to_at, mei.disposition, mei.agent_name) == (NOON, NOON + 60, "Refund", "Mei Lin")
