"""What supervisors may do to waiting work and to agents, and that agents may not."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

from websockets.asyncio.client import ClientConnection

from core.commands import EnqueueWork
from core.ids import QueueId, WorkId, new_id
from core.model import Channel
from server.storage.redis_bus import RedisBus
from tests.server.api.conftest import ControlProcess
from tests.server.api.test_live_socket import receive, sees_agent, socket

ACTIONS: dict[str, dict[str, object]] = {
    "/work/work_gone/move": {"queue_id": "queue_billing"},
    "/work/work_gone/priority": {"priority": 5},
    "/work/work_gone/withdraw": {"reason": "asked for twice"},
    "/agents/agent_nobody/state": {"state": "away", "reason": "lunch"},
}


async def test_agents_do_not_move_work_or_set_each_other_s_state(control: ControlProcess) -> None:
    async with control.signed_in("mei") as mei:
        answers = [(await mei.post(path, json=body)).status_code for path, body in ACTIONS.items()]
    assert answers == [403] * len(ACTIONS)


async def test_work_and_agents_that_are_not_there_are_not_found(control: ControlProcess) -> None:
    async with control.signed_in("sam") as sam:
        answers = [(await sam.post(path, json=body)).status_code for path, body in ACTIONS.items()]
    assert answers == [404] * len(ACTIONS)


async def test_what_makes_no_sense_is_refused_before_it_reaches_the_acd(control: ControlProcess) -> None:
    nonsense: dict[str, dict[str, object]] = {
        "/work/work_1/move": {},
        "/work/work_1/priority": {"priority": 1e9},
        "/work/work_1/withdraw": {"reason": ""},
        "/agents/agent_mei/state": {"state": "busy"},
    }
    async with control.signed_in("sam") as sam:
        answers = [(await sam.post(path, json=body)).status_code for path, body in nonsense.items()]
    assert answers == [422] * len(nonsense)


async def test_a_action_without_the_header_against_cross_site_forms_is_refused(control: ControlProcess) -> None:
    async with control.signed_in("sam") as sam:
        del sam.headers["X-Patchbay"]
        answer = await sam.post("/agents/agent_mei/state", json={"state": "away"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "no_header")


async def test_a_supervisor_sets_an_agent_away_and_the_agent_sees_who_did(control: ControlProcess) -> None:
    async with control.signed_in("sam") as sam, control.signed_in("jonas") as jonas, socket(control, jonas) as desk:
        await receive(desk, "snapshot")
        for state, reason in (("away", "coaching"), ("signed_out", "")):
            answer = await sam.post("/agents/agent_jonas/state", json={"state": state, "reason": reason})
            assert answer.status_code == 204
            await sees_agent(desk, state=state, reason=reason, by="Sam Okoro")
        await jonas.post("/agent/state", json={"state": "away", "reason": "lunch"})
        await sees_agent(desk, state="away", reason="lunch", by="")
    assert [details for action, details in actions(control, "agent_jonas") if action == "set_agent_state"][-2:] == [
        {"state": "away", "reason": "coaching"},
        {"state": "signed_out", "reason": ""},
    ]


async def test_waiting_work_is_moved_raised_and_taken_out_and_the_board_sees_each_step(
    control: ControlProcess, bus: RedisBus
) -> None:
    work_id = WorkId(new_id("work"))
    chat = EnqueueWork(work_id=work_id, call_id=None, channel=Channel.CHAT, queue_id=QueueId("queue_billing"))
    async with control.signed_in("sam") as sam, socket(control, sam) as board:
        await receive(board, "snapshot")
        assert (await bus.send("acd", chat)).ok
        work = await work_told(board, work_id, state="waiting", queue_id="queue_billing", extra_priority=0)

        assert (await sam.post(f"/work/{work_id}/priority", json={"priority": 7})).status_code == 204
        await work_told(board, work_id, extra_priority=7)

        assert (await sam.post(f"/work/{work_id}/move", json={"queue_id": "queue_orders"})).status_code == 204
        moved = await work_told(board, work_id, queue_id="queue_orders")
        assert moved["enqueued_at"] == work["enqueued_at"]
        await stands_in_line(board, "queue_orders", work_id)

        nowhere = await sam.post(f"/work/{work_id}/move", json={"queue_id": "queue_nowhere"})
        assert (nowhere.status_code, nowhere.json()["error"]["code"]) == (409, "unknown_queue")

        assert (await sam.post(f"/work/{work_id}/withdraw", json={"reason": "asked twice"})).status_code == 204
        while (await receive(board, "work_removed"))["work_id"] != work_id:
            pass
        assert (await sam.post(f"/work/{work_id}/withdraw", json={"reason": "again"})).status_code == 404
    assert actions(control, work_id) == [
        ("reprioritise_work", {"priority": 7.0}),
        ("move_work", {"queue_id": "queue_orders"}),
        ("withdraw_work", {"reason": "asked twice"}),
    ]


async def work_told(board: ClientConnection, work_id: WorkId, **fields: object) -> dict[str, Any]:
    """The next thing that the board is told of this work with these fields; other news may come before it."""
    while True:
        work: dict[str, Any] = (await receive(board, "work"))["work"]
        if work["work_id"] == work_id and all(work[name] == value for name, value in fields.items()):
            return work


async def stands_in_line(board: ClientConnection, queue_id: str, work_id: WorkId) -> None:
    while True:
        line: dict[str, Any] = (await receive(board, "line"))["line"]
        if line["queue_id"] == queue_id and work_id in [place["work_id"] for place in line["places"]]:
            return


def actions(control: ControlProcess, subject: str) -> list[tuple[str, dict[str, Any]]]:
    """What the audit log says was done to it, in order; refused tries are no actions."""
    file = control.folder / "data" / "patchbay.db"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        rows = database.execute("select action, details from audit_log where subject = ? order by at", (subject,)).fetchall()
    return [(action, json.loads(details)) for action, details in rows]


async def test_the_company_s_own_reasons_for_away_reach_every_screen_and_stay(control: ControlProcess) -> None:
    async with control.signed_in("sam") as sam, control.signed_in("mei") as mei, socket(control, mei) as desk:
        usual = (await receive(desk, "snapshot"))["settings"]
        for wrong in ([], ["lunch", "lunch"], [" "], ["x" * 101]):
            assert (await sam.put("/settings", json={"away_reasons": wrong})).status_code == 422
        assert (await mei.put("/settings", json={"away_reasons": ["lunch"]})).status_code == 403
        own = usual | {"away_reasons": ["lunch", "Quality round"]}
        assert (await sam.put("/settings", json=own)).json() == own
        assert (await receive(desk, "settings"))["settings"] == own
        assert (await mei.get("/settings")).json() == own
        await sam.put("/settings", json=usual)
    assert [details for _, details in actions(control, "screens")][-2:] == [own, usual]
