"""Who had a call, on both databases: written from events in any order, listed by page, found by queue and by words."""

from __future__ import annotations

import random

import pytest

from core.ids import AgentId, CallId, CustomerId
from core.model import Speaker
from customers.model import Whose
from customers.search import CallReach, Reach, SearchKind, ask
from server.storage.sql.database import Database
from server.storage.sql.search.reader import SqlSearch
from tests.customers.front_office import BILLING, MEI, OMAR, TECH, FrontOffice, PhoneCall

ADA = AgentId("agent_ada")


@pytest.fixture
async def office(database: Database) -> FrontOffice:
    office = FrontOffice(database)
    await office.staff()
    return office


async def handed_over(office: FrontOffice, number: str) -> PhoneCall:
    call = await office.calls(number)
    await call.is_answered()
    await call.says("the kettle trips the fuse", 1, 100, by=Speaker.CUSTOMER)
    await call.mei_asks_omar("The kettle")
    office.clock.jump(5)
    await call.omar_joins()
    office.clock.jump(5)
    await call.mei_hands_over()
    office.clock.jump(5)
    await call.ends()
    await call.is_wrapped_up("Passed on")
    await call.is_wrapped_up("Repaired", by=OMAR)
    return call


async def listed(office: FrontOffice, whose: Whose) -> list[CallId]:
    """Two a page."""
    found: list[CallId] = []
    before = None
    while True:
        page = await office.service.call_records(before, 2, whose)
        found += [item.call_id for item in page.items]
        before = page.next
        if before is None:
            return found


async def test_events_in_any_order_write_the_same_and_pages_lose_nothing(office: FrontOffice) -> None:
    made = [(await handed_over(office, f"+44207946018{number}")).call_id for number in range(5)][::-1]
    before = [await office.service.call_record(call_id) for call_id in made]
    again = list(office.heard)
    random.Random(7).shuffle(again)
    for event in [*again, *office.heard]:
        await office.service.handle(event)
    assert [await office.service.call_record(call_id) for call_id in made] == before
    for whose in (
        Whose(agent_id=MEI),
        Whose(agent_id=OMAR),
        Whose(agent_id=None, queues=frozenset({BILLING})),
        Whose(agent_id=ADA, queues=frozenset({TECH})),
    ):
        assert await listed(office, whose) == made
    assert await listed(office, Whose(agent_id=ADA)) == []


async def test_words_are_found_by_all_who_had_the_call_and_in_all_its_queues(office: FrontOffice) -> None:
    await handed_over(office, "+442079460180")
    search = SqlSearch(office.database)

    async def finds(calls: CallReach) -> int:
        reach = Reach(customers=frozenset({CustomerId("cust_x")}), calls=calls)
        (group,) = await search.find(
            (SearchKind.TRANSCRIPTS,), ask("kettle", ["GB"], reach), reach, limit=5, skip=0, timeout_s=20
        )
        return group.count

    assert await finds(CallReach(agent_id=MEI)) == await finds(CallReach(agent_id=OMAR)) == 1
    assert await finds(CallReach(agent_id=None, queues=frozenset({BILLING}))) == 1
    assert await finds(CallReach(agent_id=None, queues=frozenset({TECH}))) == 1
    assert await finds(CallReach(agent_id=ADA)) == 0
