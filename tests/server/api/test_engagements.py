"""A call that two agents had, through the API: who may read and hear it, and each writes up their own part."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from core.ids import AgentId, WorkId, new_id
from customers.engagements import EngagementEnd, EngagementStart
from customers.model import Call, CallChanges
from customers.moments import Asked, Came, TookOver, Went
from server.clock import SystemClock
from server.storage.sql.calls import SqlCalls
from server.storage.sql.database import Database, sqlite_url
from tests.peers.waiting import until_told
from tests.server.api.conftest import ControlProcess
from tests.server.api.test_rights import customer_named, recorded

MEI, JONAS = AgentId("agent_mei"), AgentId("agent_jonas")
clock = SystemClock()


@pytest.fixture
async def call(control: ControlProcess) -> AsyncIterator[Call]:
    """Jonas took it, asked Mei, and handed it over to her; it goes on."""
    database = Database(sqlite_url(control.folder / "data" / "patchbay.db"))
    async with control.signed_in("sam") as sam:
        customer_id = await customer_named(sam, "Solheim")
    call = recorded(control.folder / "data", customer_id, JONAS)
    first, second, at = call.work_id, WorkId(new_id("work")), clock.now() - 600
    story = (
        Came(at=at, work_id=first, agent_id=JONAS, queue_id=call.queue_id),
        Asked(at=at + 5, work_id=second, by=JONAS, queue_id=call.queue_id, note="He asks about the kettle"),
        Came(at=at + 9, work_id=second, agent_id=MEI, began=EngagementStart.CONSULTED),
        Went(at=at + 60, work_id=first, agent_id=JONAS, ended=EngagementEnd.TRANSFERRED),
        TookOver(at=at + 60, work_id=second, agent_id=MEI, queue_id=call.queue_id),
    )
    calls = SqlCalls(database)
    await calls.open(call)
    kept = await calls.change(call.call_id, CallChanges(), story)
    assert kept is not None
    yield kept
    await database.close()


async def record(reader: httpx.AsyncClient, call: Call) -> dict[str, Any]:
    found: dict[str, Any] = (await reader.get(f"/calls/{call.call_id}")).raise_for_status().json()
    return found


async def test_both_read_and_hear_it_and_each_writes_up_their_own(control: ControlProcess, call: Call) -> None:
    jonas_work, mei_work = (each.work_id for each in call.engagements)
    async with control.signed_in("mei") as mei, control.signed_in("jonas") as jonas:
        for agent in (mei, jonas):
            told = (await record(agent, call))["engagements"]
            assert [(each["agent_name"], each["role"], each["began"]) for each in told] == [
                ("Jonas Weber", "agent", "taken"),
                ("Mei Lin", "agent", "consulted"),
            ]
            assert (told[1]["asked_by_name"], told[1]["note"]) == ("Jonas Weber", "He asks about the kettle")
            assert (await agent.get(f"/calls/{call.call_id}/recording")).is_success
            listed = (await agent.get("/calls", params={"limit": 20})).json()["items"]
            assert call.call_id in {each["call_id"] for each in listed}

        form = {"disposition": "Passed on", "summary": "", "next_step": "none"}
        assert (await jonas.post(f"/work/{jonas_work}/wrap-up", json=form)).status_code == 204, "the call goes on with Mei"
        form = form | {"disposition": "Repaired"}
        assert (await mei.post(f"/work/{mei_work}/wrap-up", json=form)).status_code == 204
        for work_id in (jonas_work, new_id("work")):
            refused = await mei.post(f"/work/{work_id}/wrap-up", json=form)
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_your_call")

        async def both() -> bool:
            return [each["disposition"] for each in (await record(mei, call))["engagements"]] == ["Passed on", "Repaired"]

        await until_told(both)
        assert (await record(mei, call))["disposition"] == "Repaired"


async def test_nobody_else_reads_it(control: ControlProcess, call: Call) -> None:
    async with control.signed_in("aisha") as aisha:
        assert (await aisha.get(f"/calls/{call.call_id}")).status_code == 403
        for each in call.engagements:
            assert (await aisha.post(f"/work/{each.work_id}/wrap-up", json={"disposition": "x"})).status_code == 403
