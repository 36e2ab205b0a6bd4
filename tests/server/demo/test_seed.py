"""The demo company is whole, consistent with its flow, and stays as people change it."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.ids import FlowId
from core.model import Channel
from server.demo.company import load_company
from server.demo.seed import AUTHOR, demo_sign_ins, seed_demo
from server.passwords import verify_password
from server.storage.sql.configuration import SqlConfiguration
from server.storage.sql.flow_source import SqlFlowSource
from server.storage.sql.flows import SqlFlows
from server.storage.sql.number_plan import SqlNumberPlan
from server.storage.sql.users import SqlUsers
from tests.customers.front_office import LONDON, NOON, FrontOffice, open_front_office

DEMO = FlowId("flow_demo")
FICTITIOUS = re.compile(r"\+442079460\d{3}|\+1\d*55501\d\d")
"""Ofcom's numbers for drama (London 020 7946 0000–0999) and North America's 555-0100 to 555-0199."""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as the first start leaves it. Made once: a history is imported."""
    folder = tmp_path_factory.mktemp("seeded")

    async def seed() -> None:
        office = await open_front_office(folder)
        report = await seed_demo(office.database, now=NOON, zone=LONDON)
        assert report is not None
        assert report.problems == ()
        await office.database.close()

    asyncio.run(seed())
    return folder


@pytest.fixture
async def company(seeded: Path, tmp_path: Path) -> AsyncIterator[FrontOffice]:
    shutil.copytree(seeded, tmp_path, dirs_exist_ok=True)
    office = await open_front_office(tmp_path)
    yield office
    await office.database.close()


async def test_dana_is_shown_with_her_ticket_and_yesterdays_chat_before_the_ring(company: FrontOffice) -> None:
    call = await company.calls("+442079460180")
    pop = await call.pop()
    assert (pop.customer.name, pop.customer.vip) == ("Dana Whitfield", True)
    assert pop.customer.certainty_by == "phone"
    assert [reason.text for reason in pop.why][:3] == [
        "Ticket #20391 “Charged twice” open for 19 h, not answered yet",
        "Chat yesterday 16:02, abandoned after waiting 6 min",
        "Two captures of £84.90 on order 77-1204",
    ]
    assert {item.channel for item in pop.timeline} == {Channel.CALL, Channel.CHAT, Channel.EMAIL, Channel.TICKET}


async def test_everybody_can_sign_in_with_the_printed_password(company: FrontOffice) -> None:
    users = SqlUsers(company.database)
    for printed in demo_sign_ins():
        user = await users.by_username(printed.username)
        assert user is not None
        assert user.demo
        assert await asyncio.to_thread(verify_password, user.password_hash, printed.password)


async def test_the_published_flow_leads_only_to_queues_that_agents_serve(company: FrontOffice) -> None:
    flow = await SqlFlowSource(company.database).get(DEMO)
    text = await SqlFlows(company.database).get(DEMO)
    assert flow is not None
    assert text is not None
    configured = await SqlConfiguration(company.database).current()
    assert set(re.findall(r"queue: (\w+)", text)) <= configured.document.queues.keys()


async def test_the_demo_numbers_lead_to_the_flow(company: FrontOffice) -> None:
    plan = SqlNumberPlan(company.database)
    for number in ("1000", "+442071838750"):
        entry = await plan.find(number)
        assert entry is not None
        assert entry.flow_id == DEMO


async def test_every_customer_has_a_number_nobody_owns(company: FrontOffice) -> None:
    shop = await company.service.search("example")
    assert len(shop) >= 5
    for customer in shop:
        assert customer.phones
        assert all(FICTITIOUS.fullmatch(phone) for phone in customer.phones)


async def test_seeding_again_changes_nothing_that_people_changed(company: FrontOffice) -> None:
    await company.service.change_customer(await company.finds("dana"), name="Dana Field")
    assert await seed_demo(company.database, now=NOON + 86400, zone=LONDON) is None
    assert [found.name for found in await company.service.search("dana")] == ["Dana Field"]
    assert len(await SqlUsers(company.database).all()) == len(load_company().users)


async def test_a_newer_demo_flow_replaces_only_the_demos_own(company: FrontOffice) -> None:
    flows = SqlFlows(company.database)
    await flows.save(DEMO, "Demo", "an older text of the demo", AUTHOR, NOON)
    await seed_demo(company.database, now=NOON, zone=LONDON)
    renewed = await flows.newest(DEMO)
    assert renewed is not None
    assert renewed.version == 3
    await flows.publish(DEMO, await flows.save(DEMO, "Demo", "what ada wrote", "ada", NOON))
    await seed_demo(company.database, now=NOON, zone=LONDON)
    assert await flows.get(DEMO) == "what ada wrote"
