"""A supervisor who is given one queue: what is of another queue is, to every route and message, as if there were no such thing.

The routes come from the OpenAPI document: a new one that names a call, work, an offer or an agent is tried by itself.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest
from websockets.asyncio.client import ClientConnection

from core.commands import EnqueueWork, WithdrawWork
from core.ids import AgentId, QueueId, WorkId, new_id
from core.model import Channel
from customers.model import Call
from server.clock import SystemClock
from server.storage.redis_bus import RedisBus
from server.storage.sql.database import Database, sqlite_url
from tests.peers.past_calls import keep_call
from tests.server.api.conftest import ControlProcess
from tests.server.api.test_live_socket import receive, socket
from tests.server.api.test_rights import BODIES, ROUTES, customer_named, recorded
from tests.server.api.test_sessions import is_closed
from tests.server.api.test_whose import Belongings, answers, naming, never_there

BILLING, ORDERS = QueueId("queue_billing"), QueueId("queue_orders")
MEI, JONAS = AgentId("agent_mei"), AgentId("agent_jonas")
clock = SystemClock()
pytestmark = pytest.mark.timeout(300)
NAMES_WORK = ("{call_id}", "{work_id}", "{offer_id}", "{agent_id}", "{leg_id}")


class World(NamedTuple):
    ada: httpx.AsyncClient
    sam: httpx.AsyncClient
    rita: httpx.AsyncClient
    rita_id: str
    """A supervisor of Billing, whom Mei serves; Jonas serves Orders."""
    own: Belongings
    foreign: Belongings
    calls: tuple[Call, Call]


async def waiting(bus: RedisBus, queue_id: QueueId) -> WorkId:
    """A callback that waits for its time."""
    work_id = WorkId(new_id("work"))
    command = EnqueueWork(
        work_id=work_id, call_id=None, channel=Channel.CALLBACK, queue_id=queue_id, not_before=clock.now() + 3600
    )
    assert (await bus.send("acd", command)).ok
    return work_id


@pytest.fixture
async def world(control: ControlProcess, bus: RedisBus) -> AsyncIterator[World]:
    folder = control.folder / "data"
    database = Database(sqlite_url(folder / "patchbay.db"))
    async with AsyncExitStack() as stack:
        ada, sam = [await stack.enter_async_context(control.signed_in(name)) for name in ("ada", "sam")]
        before = (await ada.get("/configuration")).json()["version"]
        changes = {"agents": {"agent_mei": {"queues": [BILLING]}, "agent_jonas": {"queues": [ORDERS]}}}
        (await ada.patch("/configuration", json={"changes": changes, "version": before})).raise_for_status()
        rita = await stack.enter_async_context(control.visitor())
        new = {"name": f"Rita {new_id('x')}", "role": "supervisor", "takes_work": False, "only_queues": [BILLING]}
        added = (await ada.post("/users", json=new)).json()
        token = added["link"]["path"].partition("#")[2]
        form = {"token": token, "name": "Rita", "password": "correct horse"}
        (await rita.post("/invitations/accept", json=form)).raise_for_status()
        belongings, calls = [], []
        for agent_id, queue_id, name in ((MEI, BILLING, "Whitfield"), (JONAS, ORDERS, "Thornton")):
            customer_id = await customer_named(sam, name)
            call = msgspec.structs.replace(recorded(folder, customer_id, agent_id), queue_id=queue_id)
            await keep_call(database, call)
            calls.append(call)
            ids = never_there().ids | {"call_id": call.call_id, "work_id": await waiting(bus, queue_id), "agent_id": agent_id}
            belongings.append(Belongings({key: str(value) for key, value in ids.items()}, new_id("call")))
        yield World(ada, sam, rita, added["user"]["user_id"], belongings[0], belongings[1], (calls[0], calls[1]))
        for whose in belongings:
            await bus.send("acd", WithdrawWork(work_id=WorkId(whose.ids["work_id"]), reason="the test is over", by=""))
        version = (await ada.get("/configuration")).json()["version"]
        (await ada.post("/configuration/rollback", json={"to": before, "version": version})).raise_for_status()
    await database.close()


async def test_what_is_another_queue_s_is_refused_as_if_there_were_no_such_thing(control: ControlProcess, world: World) -> None:
    tried = [route for route in await naming(control) if any(name in route for name in NAMES_WORK)]
    assert len(tried) > 12
    for route in tried:
        theirs, none = await answers(world.rita, route, world.foreign), await answers(world.rita, route, never_there())
        for answer, other in zip(theirs, none, strict=True):
            assert answer.status_code in {403, 404, 409}, (route, answer.status_code, answer.text)
            assert (answer.status_code, answer.text) == (other.status_code, other.text), route


async def test_what_is_of_the_own_queue_answers(world: World, bus: RedisBus) -> None:
    """Or the test above would praise a product that refuses everything."""
    ids = world.own.ids
    mine = (
        "GET /calls/{call_id}",
        "GET /calls/{call_id}/recording",
        "POST /work/{work_id}/reschedule",
        "POST /work/{work_id}/withdraw",
    )
    for route in mine:
        method, pattern = route.split(" ")
        answer = await world.rita.request(method, pattern.format_map(ids), json=BODIES.get(route))
        assert answer.status_code < 300, (route, answer.text)
    away = await world.rita.post(f"/agents/{MEI}/state", json={"state": "away", "reason": "training"})
    assert away.status_code == 204
    await world.rita.post(f"/agents/{MEI}/state", json={"state": "signed_out"})


async def test_no_answer_names_another_queue(control: ControlProcess, world: World) -> None:
    """Every address that names nothing, as far as a supervisor reaches it."""
    start = clock.now() - 86_400
    asked: dict[str, Any] = {"start": start, "end": clock.now(), "interval": "day"}
    more: dict[str, dict[str, Any]] = {
        "/reports/conversations": asked | {"counted": "offered"},
        "/reports/queues": asked,
        "/reports/agents": asked,
        "/reports/channels": asked,
        "/reports/skills": asked,
    }
    seen = 0
    for route in sorted(ROUTES):
        method, path = route.split(" ")
        if method != "GET" or "{" in path or path in {"/customers", "/search"}:
            continue
        answer = await world.rita.get(path, params=more.get(path))
        seen += answer.status_code == 200
        for word in (ORDERS, "Orders", world.foreign.ids["call_id"], world.foreign.ids["work_id"]):
            assert word not in answer.text, (path, word)
    assert seen > 8
    asked_for = await world.rita.get("/reports/queues", params={**asked, "queue_id": [ORDERS]})
    nobody = await world.rita.get("/reports/queues", params={**asked, "queue_id": ["queue_nobody"]})
    assert asked_for.json()["totals"] == nobody.json()["totals"] == []
    everybodys = (await world.sam.get("/reports/queues", params=asked)).json()
    assert {row["queue_id"] for row in everybodys["totals"]} >= {BILLING, ORDERS}
    agents = (await world.rita.get("/reports/agents", params=asked)).json()
    assert {MEI} <= {row["agent_id"] for row in agents["totals"]}
    assert JONAS not in {row["agent_id"] for row in agents["totals"]}


async def test_calls_are_listed_by_queue(world: World) -> None:
    listed, every = [(await client.get("/calls", params={"limit": 200})).json()["items"] for client in (world.rita, world.sam)]
    own, foreign = (call.call_id for call in world.calls)
    assert own in {call["call_id"] for call in listed}
    assert {call["queue_id"] for call in listed} == {BILLING}
    assert {own, foreign} <= {call["call_id"] for call in every}


async def test_nothing_goes_where_one_does_not_see(world: World, bus: RedisBus) -> None:
    work_id = WorkId(new_id("work"))
    assert (await bus.send("acd", EnqueueWork(work_id=work_id, call_id=None, channel=Channel.TICKET, queue_id=BILLING))).ok
    moved = [await world.rita.post(f"/work/{work_id}/move", json={"queue_id": queue}) for queue in (ORDERS, "queue_nobody")]
    assert [(each.status_code, each.json()["error"]["code"]) for each in moved] == [(409, "unknown_queue")] * 2
    assert moved[0].text.replace(ORDERS, "") == moved[1].text.replace("queue_nobody", "")
    for_all = await world.rita.put("/settings", json={"away_reasons": ["break"]})
    assert (for_all.status_code, for_all.json()["error"]["code"]) == (403, "not_every_queue")
    assert (await world.sam.post(f"/work/{work_id}/move", json={"queue_id": ORDERS})).status_code == 204
    assert (await world.rita.post(f"/work/{work_id}/withdraw", json={"reason": "x"})).status_code == 404
    await bus.send("acd", WithdrawWork(work_id=work_id, reason="the test is over", by=""))


async def told_until(screen: ClientConnection, word: str) -> list[str]:
    """Everything that comes, up to a message with this word."""
    heard = [""]
    async with asyncio.timeout(20):
        while word not in heard[-1]:
            heard.append(str(await screen.recv()))
    return heard[1:]


async def test_the_live_view_shows_one_queue_also_to_who_comes_back(control: ControlProcess, world: World, bus: RedisBus) -> None:
    async with socket(control, world.rita) as board:
        epoch = (await receive(board, "hello"))["epoch"]
        snapshot = await receive(board, "snapshot")
        assert ([queue["queue_id"] for queue in snapshot["queues"]], snapshot["me"]["only_queues"]) == ([BILLING], [BILLING])
        assert {MEI} <= {agent["agent_id"] for agent in snapshot["agents"]}
        assert world.own.ids["work_id"] in {work["work_id"] for work in snapshot["work_items"]}
        first = json.dumps(snapshot)
        assert not [word for word in (ORDERS, JONAS, world.foreign.ids["work_id"]) if word in first]
        works = [await waiting(bus, ORDERS), await waiting(bus, BILLING)]
        heard = await told_until(board, works[1])
        since = json.loads(heard[-1])["seq"]
    assert not [word for word in (ORDERS, JONAS, works[0]) if word in "".join(heard)]
    works += [await waiting(bus, ORDERS), await waiting(bus, BILLING)]
    async with socket(control, world.rita, f"?epoch={epoch}&since={since}") as board:
        assert (await receive(board, "hello"))["resumed"] is True
        missed = "".join(await told_until(board, works[3]))
    assert not [word for word in (ORDERS, JONAS, works[0], works[2]) if word in missed]
    for work_id in works:
        await bus.send("acd", WithdrawWork(work_id=work_id, reason="the test is over", by=""))


async def test_an_open_view_follows_who_serves_and_what_one_is_given(control: ControlProcess, world: World) -> None:
    async with socket(control, world.rita) as board:
        await receive(board, "snapshot")
        version = (await world.ada.get("/configuration")).json()["version"]
        changes: dict[str, Any] = {"agents": {"agent_jonas": {"queues": [BILLING, ORDERS]}}}
        saved = await world.ada.patch("/configuration", json={"changes": changes, "version": version})
        async with asyncio.timeout(10):
            assert (await is_closed(board))[0] == 4409
        async with socket(control, world.rita) as again:
            assert JONAS in {agent["agent_id"] for agent in (await receive(again, "snapshot"))["agents"]}
    back = {"to": version, "version": saved.json()["version"]}
    (await world.ada.post("/configuration/rollback", json=back)).raise_for_status()
    person = await world.ada.get(f"/users/{world.rita_id}")
    path, seen = f"/users/{world.rita_id}", {"If-Match": person.headers["etag"]}
    unknown = await world.ada.patch(path, json={"only_queues": ["queue_nobody"]}, headers=seen)
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (422, "unknown_queue")
    every = await world.ada.patch(path, json={"only_queues": None}, headers=seen)
    assert every.json()["user"]["only_queues"] is None
    assert (await world.rita.get("/session")).status_code == 401, "what somebody is given decides what a sign-in is good for"
