"""Every route that names a thing, by persons whose it is and is not, with everything there: a call in hand, an offer that rings,
a promised callback, a recording. Whoever may not is told the same of what is somebody else's and of what there never was.

The routes come from the OpenAPI document, what is tried on whom from their paths: a new route is tried by itself, and one whose
path names a thing that nobody made here fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple

import httpx
import pytest

from core.causes import EndCause
from core.commands import AnswerLeg, EnqueueWork, WithdrawWork
from core.events import AnyEvent, LegAnswered, LegConnected, LegEnded, LegOffered, OfferAccepted, OfferMade, WorkEnqueued
from core.ids import AgentId, CallId, LegId, OfferId, QueueId, WorkId, new_id
from core.model import Channel, LegKind, LegPurpose
from server.clock import SystemClock
from server.storage.redis_bus import RedisBus
from server.storage.sql.audit_log import SqlAuditLog
from server.storage.sql.database import Database, sqlite_url
from tests.peers.past_calls import keep_call
from tests.peers.waiting import until, until_told
from tests.server.api.conftest import ControlProcess, FakeNode
from tests.server.api.test_callbacks import promised
from tests.server.api.test_live_socket import receive, socket
from tests.server.api.test_rights import ANYBODY, BODIES, HEADERS, ROUTES, STRANGER, customer_named, recorded, routes

MEI, JONAS, BILLING = AgentId("agent_mei"), AgentId("agent_jonas"), QueueId("queue_billing")
THEIRS = ("Thornton", "Frank", "0180", "7946", "agent_jonas", "Jonas")
"""What only answers about Jonas's work could hold."""
clock = SystemClock()
pytestmark = pytest.mark.timeout(300)


class Belongings(NamedTuple):
    """Of one agent, by the name of the path's parameter; a call in hand and one that is over apart. Only Jonas has work in hand:
    with a conversation in hand an agent may read whoever calls (`server/rights.py`).
    """

    ids: dict[str, str]
    in_hand: str


def never_there() -> Belongings:
    """Ids as they are made, of nothing."""
    names = (
        "call",
        "customer",
        "work",
        "offer",
        "leg",
        "letter",
        "agent",
        "flow",
        "number",
        "author",
        "user",
        "session",
        "notification",
        "interaction",
        "node",
    )
    return Belongings({f"{name}_id": new_id(name) for name in names} | {"version": "999", "token": "none"}, new_id("call"))


class World(NamedTuple):
    mei: httpx.AsyncClient
    sam: httpx.AsyncClient
    stranger: httpx.AsyncClient
    own: Belongings
    foreign: Belongings


class Legs(NamedTuple):
    call: CallId
    customer: LegId
    desk: LegId


def offering(node: FakeNode, legs: Legs, agent_id: AgentId, caller: str) -> Iterator[AnyEvent]:
    """What happens until an agent has a call in hand."""
    now, work, (call, customer, desk) = clock.now(), WorkId(new_id("work")), legs
    yield LegConnected(at=now, leg_id=desk, node_id=node.node_id, purpose=LegPurpose.AGENT, agent_id=agent_id)
    yield LegOffered(at=now, call_id=call, leg_id=customer, node_id=node.node_id, kind=LegKind.SIP, caller=caller, called="1000")
    yield LegAnswered(at=now, call_id=call, leg_id=customer, codec="PCMU")
    yield WorkEnqueued(
        at=now, work_id=work, call_id=call, channel=Channel.CALL, queue_id=BILLING, customer_id=None, priority=0, position=1
    )
    yield OfferAccepted(
        at=now, offer_id=OfferId(new_id("offer")), work_id=work, call_id=call, queue_id=BILLING, agent_id=agent_id, waited_s=1.0
    )


@asynccontextmanager
async def call_in_hand(node: FakeNode, sam: httpx.AsyncClient, agent_id: AgentId, customer_id: str) -> AsyncIterator[CallId]:
    call, desk, customer = CallId(new_id("call")), LegId(new_id("leg")), LegId(new_id("leg"))
    caller = (await sam.get(f"/customers/{customer_id}")).json()["phones"][0]
    for event in offering(node, Legs(call, customer, desk), agent_id, caller):
        await node.bus.publish(event)
        if isinstance(event, LegOffered):
            await until(
                lambda: any(isinstance(each, AnswerLeg) and each.leg_id == customer for each in node.commands), within_s=30
            )

    async def is_over_or_talking() -> bool:
        return bool((await sam.get(f"/calls/{call}")).json().get("agent_id") == agent_id)

    await until_told(is_over_or_talking)
    yield call
    for leg, purpose in ((customer, LegPurpose.CALLER), (desk, LegPurpose.AGENT)):
        over = EndCause.CALLER_HUNG_UP
        await node.bus.publish(
            LegEnded(at=clock.now(), leg_id=leg, node_id=node.node_id, call_id=call, purpose=purpose, cause=over)
        )


@asynccontextmanager
async def ringing_at(bus: RedisBus, agent: httpx.AsyncClient, agent_id: AgentId) -> AsyncIterator[tuple[str, str]]:
    """Work and its offer; a desk is open."""
    work_id = WorkId(new_id("work"))
    ticket = EnqueueWork(work_id=work_id, call_id=None, channel=Channel.TICKET, queue_id=BILLING, preferred_agent=agent_id)
    assert (await agent.post("/agent/state", json={"state": "available"})).status_code == 204
    assert (await bus.send("acd", ticket)).ok
    yield str(work_id), await _offer_of(bus, work_id, agent_id)
    await bus.send("acd", WithdrawWork(work_id=work_id, reason="the test is over", by=""))
    await agent.post("/agent/state", json={"state": "signed_out"})


async def _offer_of(bus: RedisBus, work_id: WorkId, agent_id: AgentId) -> str:
    async with asyncio.timeout(20):
        async for _, event in bus.events("0"):
            if isinstance(event, OfferMade) and event.work_id == work_id:
                assert event.agent_id == agent_id
                return str(event.offer_id)
    raise AssertionError("the stream of events has no end")


@pytest.fixture
async def world(control: ControlProcess, node: FakeNode, bus: RedisBus) -> AsyncIterator[World]:
    folder = control.folder / "data"
    database = Database(sqlite_url(folder / "patchbay.db"))
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        mei, jonas, sam = [await enter(control.signed_in(name)) for name in ("mei", "jonas", "sam")]
        belongings = []
        sam_id = (await sam.get("/session")).json()["user_id"]
        for agent, agent_id, name in ((mei, MEI, "Whitfield"), (jonas, JONAS, "Thornton")):
            await receive(await enter(socket(control, agent)), "snapshot")
            customer_id = await customer_named(sam, name)
            over = recorded(folder, customer_id, agent_id)
            await keep_call(database, over)
            leg = (await agent.post("/legs", json={"sdp": "v=0 offer"})).json()["leg_id"]
            promise = await promised(bus, agent_id)
            past = (await sam.get(f"/customers/{customer_id}/timeline")).json()["items"]
            chat = next(item for item in past if item["channel"] != "call")
            ids = {"call_id": over.call_id, "customer_id": customer_id, "work_id": promise, "leg_id": leg, "agent_id": agent_id}
            others = {"letter_id": new_id("letter"), "offer_id": new_id("offer"), "version": "1"}
            others |= {"flow_id": "flow_demo", "number_id": "number_1000", "author_id": sam_id}
            others |= {"user_id": sam_id, "session_id": new_id("session"), "token": "none"}
            others |= {"notification_id": new_id("notification"), "interaction_id": chat["interaction_id"]}
            others |= {"node_id": new_id("node")}
            belongings.append(Belongings({key: str(value) for key, value in (ids | others).items()}, new_id("call")))
        own, foreign = belongings
        _, offer_id = await enter(ringing_at(bus, jonas, JONAS))
        in_hand = await enter(call_in_hand(node, sam, JONAS, foreign.ids["customer_id"]))
        foreign = Belongings(foreign.ids | {"offer_id": offer_id}, in_hand)
        yield World(mei, sam, await enter(control.visitor()), own, foreign)
        for belonging in belongings:
            await bus.send("acd", WithdrawWork(work_id=WorkId(belonging.ids["work_id"]), reason="the test is over", by=""))
    await database.close()


def tried(route: str, whose: Belongings) -> list[str]:
    """The addresses of a route for these things: a call may be over, or in hand."""
    _, pattern = route.split(" ")
    sets = [whose.ids, whose.ids | {"call_id": whose.in_hand}] if "{call_id}" in pattern else [whose.ids]
    return [pattern.format_map(ids) for ids in sets]


async def answers(client: httpx.AsyncClient, route: str, whose: Belongings) -> list[httpx.Response]:
    method, body = route.split(" ", maxsplit=1)[0], BODIES.get(route)
    return [await client.request(method, path, json=body, headers=HEADERS.get(route)) for path in tried(route, whose)]


async def seen(client: httpx.AsyncClient, route: str, path: str) -> dict[str, str]:
    """The version that a change is made on."""
    return {"If-Match": (await client.get(path)).headers["etag"]} if route in HEADERS else {}


async def naming(control: ControlProcess) -> list[str]:
    """Every route whose path names a thing, but a stranger's own."""
    found = sorted(route for route in await routes(control) if "{" in route)
    return [route for route in found if ROUTES[route] not in {STRANGER, ANYBODY}]


async def test_what_is_somebody_else_s_is_refused_as_if_there_were_no_such_thing(control: ControlProcess, world: World) -> None:
    """Neither by its status nor by its words does an answer say whether there is such a thing; a stranger hears 401 of all."""
    nothing = never_there()
    for route in await naming(control):
        theirs, none = await answers(world.mei, route, world.foreign), await answers(world.mei, route, nothing)
        for answer, other in zip(theirs, none, strict=True):
            assert answer.status_code in {403, 404, 409}, (route, answer.status_code, answer.text)
            assert (answer.status_code, answer.text) == (other.status_code, other.text), route
            assert not [word for word in THEIRS if word in answer.text], route
        strangers = await answers(world.stranger, route, world.foreign) + await answers(world.stranger, route, nothing)
        assert {(answer.status_code, answer.text) for answer in strangers} == {(401, strangers[0].text)}, route


async def test_nothing_that_was_refused_has_happened(control: ControlProcess, world: World) -> None:
    """Each route is tried by Mei on what is Jonas's; it is all there afterwards, and his."""
    for route in await naming(control):
        await answers(world.mei, route, world.foreign)
    calls = [await world.sam.get(f"/calls/{call_id}") for call_id in (world.foreign.ids["call_id"], world.foreign.in_hand)]
    assert [(call.json()["agent_id"], call.json()["disposition"]) for call in calls] == [(JONAS, ""), (JONAS, "")]
    assert (await world.sam.get(f"/work/{world.foreign.ids['offer_id']}/decisions")).status_code == 404
    moved = await world.sam.post(f"/work/{world.foreign.ids['work_id']}/reschedule", json={"at": clock.now() + 7200})
    assert moved.status_code == 204, "the promise is there"


async def test_what_is_one_s_own_answers(control: ControlProcess, world: World, node: FakeNode, bus: RedisBus) -> None:
    """Or the test above would praise a product that refuses everything."""
    mine = [
        "GET /calls/{call_id}",
        "GET /calls/{call_id}/recording",
        "GET /customers/{customer_id}",
        "GET /customers/{customer_id}/timeline",
        "GET /interactions/{interaction_id}",
        "GET /interactions/{interaction_id}/messages",
        "PATCH /customers/{customer_id}",
        "POST /work/{work_id}/reschedule",
        "POST /work/{work_id}/withdraw",
        "POST /offers/{offer_id}/decline",
        "DELETE /legs/{leg_id}",
    ]
    async with ringing_at(bus, world.mei, MEI) as (_, offer_id):
        for route in mine:
            method, pattern = route.split(" ")
            path = pattern.format_map(world.own.ids | {"offer_id": offer_id})
            answer = await world.mei.request(method, path, json=BODIES.get(route), headers=await seen(world.mei, route, path))
            assert answer.status_code < 300, (route, answer.status_code, answer.text)
    ended = await world.mei.post(f"/calls/{world.own.ids['call_id']}/hang-up")
    assert (ended.status_code, ended.json()["error"]["code"]) == (409, "call_over")
    async with call_in_hand(node, world.sam, MEI, world.own.ids["customer_id"]) as in_hand:
        assert (await world.mei.post(f"/calls/{in_hand}/hang-up")).status_code == 204


async def test_supervisors_learn_what_is_not_there(world: World) -> None:
    nothing = never_there()
    for path in (f"/calls/{nothing.in_hand}", f"/customers/{nothing.ids['customer_id']}"):
        assert (await world.sam.get(path)).status_code == 404


@pytest.mark.parametrize("subject", ["cust_" + "0" * 32, "x" * 1500, "Mei's%20words", "%F0%9F%92%A3", "..%2f..%2fetc"])
async def test_whoever_tries_ids_stands_in_the_audit_log_without_what_was_typed(control: ControlProcess, subject: str) -> None:
    database = Database(sqlite_url(control.folder / "data" / "patchbay.db"))
    async with control.signed_in("mei") as mei:
        answer = await mei.get(f"/customers/{subject}")
    entries = [entry for entry in await SqlAuditLog(database).latest(20) if entry.action == "read_customer"]
    await database.close()
    if answer.status_code != 404:  # a path that is none is refused before
        assert answer.status_code in {400, 403}
    if answer.status_code == 403:
        assert (entries[0].result, entries[0].subject) == ("refused", subject if subject.startswith("cust_") else "")
