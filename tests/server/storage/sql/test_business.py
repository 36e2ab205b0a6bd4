"""What people change while it runs: numbers, flows, users, settings, the audit log."""

from __future__ import annotations

import pytest

from core.ids import FlowId, UserId
from core.ports import NumberEntry
from server.storage.sql.audit_log import AuditEntry, SqlAuditLog
from server.storage.sql.database import Database
from server.storage.sql.flow_source import SqlFlowSource
from server.storage.sql.flows import NoSuchVersion, SqlFlows
from server.storage.sql.number_plan import SqlNumberPlan
from server.storage.sql.settings import SqlSettings
from server.storage.sql.users import SqlUsers, User

MAIN = FlowId("flow_main")
HANGS_UP = "flow: flow_main\nname: Main\nstart: bye\nsteps:\n  bye:\n    verb: hang_up\n    say: {}\n"


async def plan_with(database: Database, *numbers: str) -> SqlNumberPlan:
    await SqlFlows(database).save(MAIN, "Main", HANGS_UP.format("Bye"), "ada", 1.0)
    plan = SqlNumberPlan(database)
    for number in numbers:
        await plan.add_missing(NumberEntry(number=number, flow_id=MAIN))
    return plan


@pytest.mark.parametrize("called", ["+442071838750", "442071838750", "02071838750", "00442071838750"])
async def test_a_number_is_found_in_every_form_that_trunks_send(database: Database, called: str) -> None:
    found = await (await plan_with(database, "+442071838750")).find(called)
    assert found is not None
    assert found.flow_id == MAIN


async def test_an_extension_is_found_as_dialled_and_strangers_are_not(database: Database) -> None:
    plan = await plan_with(database, "1000")
    assert (await plan.find("1000")) is not None
    assert [await plan.find(called) for called in ("1001", "", "sip:1000", "+441000", "'; DROP TABLE numbers")] == [None] * 5
    assert [entry.number for entry in await plan.all()] == ["1000"]


async def test_only_the_published_version_is_run_and_an_older_one_can_come_back(database: Database) -> None:
    flows, source = SqlFlows(database), SqlFlowSource(database)
    first = await flows.save(MAIN, "Main", HANGS_UP.format("Hello"), "ada", 1.0)
    assert await source.get(MAIN) is None
    assert await source.published() == ()
    await flows.publish(MAIN, first)
    second = await flows.save(MAIN, "Main", HANGS_UP.format("Good day"), "ada", 2.0)
    running = await source.get(MAIN)
    assert running is not None
    assert running.version == first
    await flows.publish(MAIN, second)
    assert await flows.get(MAIN) == HANGS_UP.format("Good day")
    begun_before = await source.get(MAIN, first)
    assert begun_before is not None
    assert begun_before.version == first
    await flows.publish(MAIN, first)
    assert await flows.get(MAIN) == HANGS_UP.format("Hello")
    assert list(await source.published()) == [MAIN]


async def test_a_version_that_is_not_there_cannot_be_published(database: Database) -> None:
    with pytest.raises(NoSuchVersion):
        await SqlFlows(database).publish(MAIN, 7)


async def test_a_text_that_is_no_flow_any_more_is_no_flow(database: Database) -> None:
    flows = SqlFlows(database)
    await flows.publish(MAIN, await flows.save(MAIN, "Main", "steps: [", "ada", 1.0))
    assert await SqlFlowSource(database).get(MAIN) is None


async def test_users_are_found_by_name_whatever_its_case_and_only_once(database: Database) -> None:
    users = SqlUsers(database)
    ada = User(user_id=UserId("user_ada"), username="Ada", name="Ada Kowalska", role="admin", password_hash="x")
    assert await users.add(ada)
    assert not await users.add(User(user_id=UserId("user_2"), username="ADA", name="Other", role="agent", password_hash="y"))
    found = await users.by_username(" aDa ")
    assert found is not None
    assert (found.user_id, found.username, await users.count()) == ("user_ada", "ada", 1)
    await users.set_password_hash(found.user_id, "z")
    renewed = await users.by_id(found.user_id)
    assert renewed is not None
    assert renewed.password_hash == "z"
    assert await users.by_username("nobody") is None


async def test_settings_are_json_of_any_shape(database: Database) -> None:
    settings = SqlSettings(database)
    assert await settings.get("zone") is None
    for value in ("Europe/London", {"a": [1, 2]}, 5, False):
        await settings.put("zone", value)
        assert await settings.get("zone") == value


async def test_the_audit_log_tells_the_latest_first(database: Database) -> None:
    audit = SqlAuditLog(database)
    for at, action in ((1.0, "listened"), (2.0, "changed")):
        await audit.record(AuditEntry(at=at, user_id=UserId("user_sam"), action=action, subject="call_1", details={"n": at}))
    told = [(entry.action, entry.details) for entry in await audit.latest(10)]
    assert told == [("changed", {"n": 2.0}), ("listened", {"n": 1.0})]
