"""Callbacks through a running control process: promised or refused, withdrawn, given another time; also by command line."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import select

from core.commands import EnqueueWork
from core.ids import AgentId, CallId, CustomerId, InteractionId, QueueId, WorkId, new_id
from core.model import Channel, LegKind
from customers.callbacks import promise_of, work_of
from customers.model import Call
from server.clock import SystemClock
from server.storage.redis_bus import RedisBus
from server.storage.sql.database import Database, sqlite_url
from server.storage.sql.schema import CallbackRow, InteractionRow
from tests.peers.past_calls import keep_call
from tests.peers.waiting import until_told
from tests.server.api.conftest import PROJECT, ControlProcess
from tests.server.api.test_live_socket import receive, socket
from tests.server.api.test_supervise import actions, work_told

DANA = "+442079460180"
MEI, JONAS = AgentId("agent_mei"), AgentId("agent_jonas")
BILLING = QueueId("queue_billing")
HOUR_S = 3600.0
clock = SystemClock()


@pytest.fixture
async def database(control: ControlProcess) -> AsyncIterator[Database]:
    made = Database(sqlite_url(control.folder / "data" / "patchbay.db"))
    yield made
    await made.close()


async def served(database: Database, control: ControlProcess, caller: str, kind: LegKind = LegKind.SIP) -> Call:
    """A call that Mei had a minute ago."""
    async with control.signed_in("sam") as sam:
        customer_id = (await sam.get("/customers", params={"query": "Whitfield"})).json()["items"][0]["customer_id"]
    now = clock.now()
    call = Call(
        call_id=CallId(new_id("call")),
        customer_id=CustomerId(customer_id),
        interaction_id=InteractionId(new_id("int")),
        kind=kind,
        caller=caller,
        called="1000",
        started_at=now - 100,
        connected_at=now - 90,
        ended_at=now - 60,
        queue_id=BILLING,
        work_id=WorkId(new_id("work")),
        agent_id=MEI,
    )
    await keep_call(database, call)
    return call


async def promises(mei: httpx.AsyncClient, call: Call, at: float) -> httpx.Response:
    form = {"disposition": "follow_up", "next_step": "callback", "callback_at": at}
    return await mei.post(f"/work/{call.work_id}/wrap-up", json=form)


async def promised(bus: RedisBus, agent_id: AgentId = MEI, at: float | None = None) -> WorkId:
    """A callback that waits for its time."""
    work_id = WorkId(new_id("work"))
    callback = EnqueueWork(
        work_id=work_id,
        call_id=None,
        channel=Channel.CALLBACK,
        queue_id=BILLING,
        preferred_agent=agent_id,
        not_before=clock.now() + HOUR_S if at is None else at,
        origin_call_id=CallId(new_id("call")),
    )
    assert (await bus.send("acd", callback)).ok
    return work_id


@pytest.mark.parametrize(("caller", "kind", "refusal"), [
    ("+449098790000", LegKind.SIP, ("number_not_callable", "costly")),
    ("+33142685300", LegKind.SIP, ("number_not_callable", "foreign")),
    ("anonymous", LegKind.SIP, ("no_number_to_call", "not_a_number")),
    ("201", LegKind.SIP, ("no_number_to_call", "not_a_number")),
    ("", LegKind.BROWSER, ("no_number_to_call", "not_a_number")),
])  # fmt: skip
async def test_nobody_promises_to_call_what_is_not_called(
    control: ControlProcess, database: Database, caller: str, kind: LegKind, refusal: tuple[str, str]
) -> None:
    call = await served(database, control, caller, kind)
    async with control.signed_in("mei") as mei:
        answer = await promises(mei, call, clock.now() + HOUR_S)
        error = answer.json()["error"]
        assert (answer.status_code, (error["code"], error["why"])) == (422, refusal)
        plain = {"disposition": "follow_up", "next_step": "none"}
        assert (await mei.post(f"/work/{call.work_id}/wrap-up", json=plain)).status_code == 204, "the words are kept"


async def test_what_was_promised_is_in_the_history_is_moved_by_who_promised_it_and_withdrawn_by_a_supervisor(
    control: ControlProcess, database: Database
) -> None:
    call = await served(database, control, DANA)
    due, later = float(int(clock.now()) + 2 * HOUR_S), float(int(clock.now()) + 5 * HOUR_S)
    work_id = work_of(call.call_id)
    async with control.signed_in("mei") as mei, control.signed_in("sam") as sam, socket(control, sam) as board:
        await receive(board, "snapshot")
        assert (await promises(mei, call, due)).status_code == 204
        work = await work_told(board, work_id)
        assert (work["state"], work["until"]) == ("scheduled", due)
        await until_told(lambda: is_due(database, call, due))

        assert (await mei.post(f"/work/{work_id}/reschedule", json={"at": later})).status_code == 204
        assert (await work_told(board, work_id))["until"] == later
        await until_told(lambda: is_due(database, call, later))

        assert (await sam.post(f"/work/{work_id}/withdraw", json={"reason": "mended"})).status_code == 204
        assert (await receive(board, "work_removed"))["work_id"] == work_id
        await until_told(lambda: is_titled(database, call, "Callback: withdrawn"))
    assert actions(control, work_id) == [("reschedule_callback", {"at": later}), ("withdraw_work", {"reason": "mended"})]


async def test_an_agent_withdraws_the_own_callback_and_leaves_those_of_others(control: ControlProcess, bus: RedisBus) -> None:
    own, foreign = await promised(bus), await promised(bus, JONAS)
    async with control.signed_in("mei") as mei, control.signed_in("jonas") as jonas:
        for path, body in (("reschedule", {"at": clock.now() + 2 * HOUR_S}), ("withdraw", {"reason": "x"})):
            answer = await mei.post(f"/work/{foreign}/{path}", json=body)
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_your_callback")
        assert (await mei.post(f"/work/{own}/withdraw", json={"reason": "mended"})).status_code == 204
        assert (await mei.post(f"/work/{own}/withdraw", json={"reason": "again"})).status_code == 403, "it is nobody's any more"
        assert (await jonas.post(f"/work/{foreign}/withdraw", json={"reason": "mended"})).status_code == 204


async def test_only_callbacks_have_a_time_and_only_one_that_can_be_meant(control: ControlProcess, bus: RedisBus) -> None:
    callback, chat = await promised(bus), WorkId(new_id("work"))
    assert (await bus.send("acd", EnqueueWork(work_id=chat, call_id=None, channel=Channel.CHAT, queue_id=BILLING))).ok
    at = clock.now() + HOUR_S
    async with control.signed_in("sam") as sam:
        answer = await sam.post(f"/work/{chat}/reschedule", json={"at": at})
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_a_callback")
        answer = await sam.post(f"/work/{callback}/reschedule", json={"at": clock.now() + 400 * 86_400})
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "out_of_range")
        for nonsense in (None, "tomorrow", -1, 1e300):
            assert (await sam.post(f"/work/{callback}/reschedule", json={"at": nonsense})).status_code == 422
        assert (await sam.post("/work/work_gone/reschedule", json={"at": at})).status_code == 404
        for work_id in (callback, chat):
            assert (await sam.post(f"/work/{work_id}/withdraw", json={"reason": "the test is over"})).status_code == 204


async def test_the_command_line_lists_moves_and_withdraws(control: ControlProcess, database: Database) -> None:
    call = await served(database, control, DANA)
    due = float(int(clock.now()) + 26 * HOUR_S)
    async with control.signed_in("mei") as mei:
        assert (await promises(mei, call, due)).status_code == 204
    await until_told(lambda: is_due(database, call, due))
    (line,) = [each for each in (await says(control, "list")).splitlines() if each.startswith(call.call_id)]
    assert line.split("\t")[1:3] == [work_of(call.call_id), BILLING]
    assert line.split("\t")[4] == MEI
    assert DANA not in line

    moved = datetime.fromtimestamp(due + HOUR_S, ZoneInfo("Europe/London")).replace(second=0, microsecond=0)
    assert "moved" in await says(control, "move", call.call_id, "--to", f"{moved:%Y-%m-%dT%H:%M}")
    await until_told(lambda: is_due(database, call, moved.timestamp()))
    assert "withdrawn" in await says(control, "withdraw", call.call_id.removeprefix("call_"))
    await until_told(lambda: is_titled(database, call, "Callback: withdrawn"))
    assert call.call_id not in await says(control, "list")


async def is_due(database: Database, call: Call, at: float) -> bool:
    query = select(CallbackRow.due_at).where(CallbackRow.call_id == call.call_id)
    return await database.read(lambda connection: connection.scalar(query)) == at


async def is_titled(database: Database, call: Call, title: str) -> bool:
    query = select(InteractionRow.title).where(InteractionRow.interaction_id == promise_of(call.call_id))
    return await database.read(lambda connection: connection.scalar(query)) == title


async def says(control: ControlProcess, *words: str) -> str:
    """What `patchbay callbacks` prints about this installation."""
    environment = os.environ | {
        "PATCHBAY_STORAGE_DATA_DIR": str(control.folder / "data"),
        "PATCHBAY_STORAGE_REDIS_URL": control.redis_url,
        "PATCHBAY_STORAGE_REDIS_PREFIX": control.prefix,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server.cli", "callbacks", *words), cwd=PROJECT, env=environment, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return output.decode()
