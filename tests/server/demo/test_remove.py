"""The demo goes as it came; what real calls refer to and what people made their own stays, and is named."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from core.ids import AgentId, CallId, CustomerId, FlowId, InteractionId, QueueId, UserId, WorkId
from core.model import LegKind
from core.ports import NumberEntry
from customers.model import Call
from server.accounts import Actor
from server.business.document import AgentRules
from server.cli.app import app
from server.config import Config
from server.config.sections import Storage
from server.demo.remove import Removed, remove_demo
from server.demo.seed import seed_demo
from server.demo.whether import why_no_demo
from server.people.opening import Opened, open_people
from server.storage.sql.calls import SqlCalls
from server.storage.sql.configuration import Author
from server.storage.sql.flows import SqlFlows
from server.storage.sql.number_plan import SqlNumberPlan
from server.storage.sql.schema import CustomerRow, EngagementRow
from server.storage.sql.users import User
from tests.customers.front_office import LONDON, NOON

BY, AUTHOR = Actor(), Author(name="ada")
ADA = User(user_id=UserId("user_own"), username="root", name="Own Administrator", role="admin", password_hash="hash")


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as the first start leaves it, made once."""
    return tmp_path_factory.mktemp("seeded")


@pytest.fixture
async def company(seeded: Path, tmp_path: Path) -> AsyncIterator[Opened]:
    if (seeded / "patchbay.db").exists():
        shutil.copytree(seeded, tmp_path, dirs_exist_ok=True)
    config = Config(storage=Storage(data_dir=tmp_path))
    async with open_people(config) as opened:
        assert not opened.running
        await seed_demo(opened.database, now=NOON, zone=LONDON)
        yield opened
    if not (seeded / "patchbay.db").exists():
        shutil.copytree(tmp_path, seeded, dirs_exist_ok=True)


async def names(company: Opened) -> dict[str, CustomerId]:
    """Ids of everybody whom the installation knows."""
    query = select(CustomerRow.name, CustomerRow.customer_id)
    rows = await company.database.read(lambda connection: connection.execute(query).all())
    return {row.name: CustomerId(row.customer_id) for row in rows}


async def remove(company: Opened) -> Removed:
    removed = await remove_demo(company, now=NOON, zone=LONDON, region="GB")
    assert removed is not None
    return removed


async def test_nothing_of_the_demo_is_left_and_it_does_not_come_back(company: Opened) -> None:
    had = select(func.count()).select_from(EngagementRow)
    assert await company.database.read(lambda connection: connection.scalar(had))
    removed = await remove(company)
    assert await company.database.read(lambda connection: connection.scalar(had)) == 0
    assert removed.counts == {"people": 5, "agents": 3, "queues": 2, "numbers": 2, "flows": 1, "customers": 8}
    assert (removed.kept, removed.to_mend, removed.administrator_left) == ({}, (), False)
    document = (await company.configuration.store.current()).document
    assert (document.agents, document.queues, document.skills, document.hours, document.attributes) == ({}, {}, {}, {}, {})
    assert await company.users.all() == ()
    assert await names(company) == {}
    assert await company.configuration.store.agent_ids() == frozenset()
    assert await remove_demo(company, now=NOON, zone=LONDON, region="GB") is None
    assert await seed_demo(company.database, now=NOON, zone=LONDON) is None
    assert await company.users.all() == ()
    assert await company.people.first_link() is not None
    assert await seed_demo(company.database, now=NOON, zone=LONDON, again=True) is not None


async def test_what_would_go_is_told_before_and_is_what_goes(company: Opened) -> None:
    """Also of what real calls and other numbers hold on to."""
    call = Call(
        call_id=CallId("call_real"),
        customer_id=(await names(company))["Dana Whitfield"],
        interaction_id=InteractionId("int_real"),
        kind=LegKind.SIP,
        caller="+442079460180",
        called="1000",
        started_at=NOON,
        agent_id=AgentId("agent_mei"),
        work_id=WorkId("work_real"),
    )
    await SqlCalls(company.database).open(call)
    await SqlNumberPlan(company.database).add_missing(NumberEntry(number="2000", flow_id=FlowId("flow_demo")), "Own")
    before = (await names(company), await company.users.all(), (await company.configuration.store.current()).version)
    planned = await remove_demo(company, now=NOON, zone=LONDON, region="GB", rehearse=True)
    assert (await names(company), await company.users.all(), (await company.configuration.store.current()).version) == before
    assert planned == await remove(company)


def run(folder: Path, *words: str) -> tuple[int, str, str]:
    environment = {"PATCHBAY_STORAGE_DATA_DIR": str(folder), "PATCHBAY_STORAGE_REDIS_URL": "redis://127.0.0.1:1/0"}
    result = CliRunner(env=environment).invoke(app, ["demo", "remove", *words], catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


def test_nobody_is_asked_in_a_script_so_nothing_goes_unless_it_is_said(seeded: Path, tmp_path: Path) -> None:
    shutil.copytree(seeded, tmp_path, dirs_exist_ok=True)
    status, shown, told = run(tmp_path)
    assert (status, told) == (2, "Nothing was removed: nobody can be asked here. Give --yes to remove it all the same.\n")
    assert shown.splitlines()[:2] == ["what\twill go\twill stay", "people\t5\t"], "it says what would be removed"
    status, shown, told = run(tmp_path, "--yes")
    assert (status, told) == (0, ""), "a pipe stays clean"
    assert "customers\t8\t" in shown.splitlines()
    assert run(tmp_path, "--yes") == (0, "There is no demo company here.\n", "")


async def test_who_really_called_stays_with_the_names_of_whom_they_spoke_to(company: Opened) -> None:
    dana = (await names(company))["Dana Whitfield"]
    call = Call(
        call_id=CallId("call_real"),
        customer_id=dana,
        interaction_id=InteractionId("int_real"),
        kind=LegKind.SIP,
        caller="+442079460180",
        called="1000",
        started_at=NOON,
        queue_id=QueueId("queue_billing"),
        work_id=WorkId("work_real"),
    )
    await SqlCalls(company.database).open(call)
    removed = await remove(company)
    assert [kept.what for kept in removed.kept["customer"]] == ["Dana Whitfield"]
    assert [kept.what for kept in removed.kept["name"]] == ["Billing"]
    assert removed.counts["customers"] == 7
    assert set(await names(company)) == {"Dana Whitfield"}


async def test_what_somebody_has_made_their_own_stays_and_is_named(company: Opened) -> None:
    """An account with another password and its agent, a queue with other rules, a flow that another number leads to."""
    mei = next(user for user in await company.users.all() if user.username == "mei")
    await company.accounts.change_password(mei.user_id, "correct horse battery", BY)
    version = await company.configuration.store.current()
    orders = msgspec.structs.replace(version.document.queues["queue_orders"], service_level_s=10.0)
    queues = {**version.document.queues, "queue_orders": orders}
    agents = {**version.document.agents, "agent_new": AgentRules(name="New", skills={"skill_orders": 3})}
    await company.configuration.save(msgspec.structs.replace(version.document, queues=queues, agents=agents), AUTHOR)
    removed = await remove(company)
    assert [kept.what for kept in removed.kept["person"]] == ["Mei Lin"]
    assert [kept.what for kept in removed.kept["queue"]] == ["Orders"]
    document = (await company.configuration.store.current()).document
    assert set(document.agents) == {"agent_mei", "agent_new"}
    assert set(document.queues) == {"queue_orders"}
    assert "skill_orders" in document.skills
    assert removed.to_mend == ()


async def test_a_flow_of_the_companys_numbers_keeps_its_queues(company: Opened) -> None:
    await SqlNumberPlan(company.database).add_missing(NumberEntry(number="2000", flow_id=FlowId("flow_demo")), "Own")
    removed = await remove(company)
    assert removed.counts["flows"] == 0
    assert [kept.why for kept in removed.kept["flow"]] == ["2000 leads to it"]
    assert {kept.what for kept in removed.kept["queue"]} == {"Billing", "Orders"}
    assert await SqlFlows(company.database).get(FlowId("flow_demo")) is not None
    assert removed.to_mend  # nobody serves them any more, and that is said


async def test_the_demo_is_never_written_beside_an_administrator_of_ones_own(tmp_path: Path) -> None:
    async with open_people(Config(storage=Storage(data_dir=tmp_path))) as opened:
        await opened.users.add(ADA)
        assert await why_no_demo(opened.database) == "own_administrator"
        assert await seed_demo(opened.database, now=NOON, zone=LONDON) is None
        assert [user.name for user in await opened.users.all()] == ["Own Administrator"]
