"""A live view ends with its session, in the second in which the session ends and for whatever reason."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from core.causes import EndCause
from core.commands import HangUpLeg
from core.events import LegConnected
from core.ids import AgentId, LegId, UserId, new_id
from core.model import LegPurpose
from server.accounts import Accounts, Actor
from server.api.live import LOOK_EVERY_S
from server.clock import SystemClock
from server.storage.redis_bus import RedisBus
from server.storage.redis_sessions import RedisSessions
from server.storage.sql.audit_log import AuditEntry, SqlAuditLog
from server.storage.sql.database import Database, sqlite_url
from server.storage.sql.users import SqlUsers, User
from tests.peers.waiting import until
from tests.server.api.conftest import PASSWORD, ControlProcess, FakeNode
from tests.server.api.test_live_socket import receive, sees_agent, socket
from tests.server.redis_server import RedisServer

BOSS = Actor(user_id=UserId("user_boss"))
IDLE_S = 3.0
FLOOD = 8000
"""More than the sockets' buffers and the queue of a live view hold."""


@asynccontextmanager
async def accounts_of(control: ControlProcess, bus: RedisBus, demo: bool = True) -> AsyncIterator[Accounts]:
    """As another process changes them: the coming administration, or the command line."""
    database, clock = Database(sqlite_url(control.folder / "data" / "patchbay.db")), SystemClock()
    sessions = RedisSessions(control.redis_url, control.prefix, clock, idle_s=60, longest_s=60, per_user=50)
    yield Accounts(SqlUsers(database), sessions, bus, SqlAuditLog(database), clock, demo=demo)
    await sessions.close()
    await database.close()


async def audited(control: ControlProcess, user_id: str) -> list[tuple[str, str]]:
    """What was done with or by a person, newest first, and why."""
    entries = await everything(control)
    return [(entry.action, str(entry.details.get("reason", ""))) for entry in entries if entry.subject == user_id]


async def everything(control: ControlProcess) -> tuple[AuditEntry, ...]:
    """The latest of the audit log, newest first."""
    database = Database(sqlite_url(control.folder / "data" / "patchbay.db"))
    entries = await SqlAuditLog(database).latest(300)
    await database.close()
    return entries


async def is_closed(screen: ClientConnection) -> tuple[int, str]:
    """Code and reason."""
    with pytest.raises(ConnectionClosed) as closed:
        await receive(screen, "never")
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


async def test_a_live_view_ends_when_its_person_signs_out_and_others_stay(control: ControlProcess) -> None:
    async with control.signs_in("mei") as mei, control.signs_in("mei") as phone:
        async with socket(control, mei) as desk, socket(control, phone) as other:
            await receive(desk, "snapshot")
            assert (await mei.delete("/session")).status_code == 204
            assert await is_closed(desk) == (4401, "signed_out")
            assert (await receive(other, "tick"))["at"] > 0
        user_id = (await phone.get("/session")).json()["user_id"]
    assert (await audited(control, user_id))[0][0] == "sign_out"


Change = Callable[[Accounts, UserId], Awaitable[User | None]]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda accounts, who: accounts.disable(who, BOSS), "disabled"),
        (lambda accounts, who: accounts.change_role(who, "supervisor", BOSS), "role_changed"),
        (lambda accounts, who: accounts.change_password(who, PASSWORD, BOSS), "password_changed"),
    ],
    ids=["disabled", "role", "password"],
)
async def test_who_loses_a_right_loses_it_now_in_open_views_too(
    control: ControlProcess, bus: RedisBus, change: Change, reason: str
) -> None:
    async with (
        control.signs_in("jonas") as jonas,
        control.signs_in("sam") as sam,
        accounts_of(control, bus) as accounts,
        socket(control, jonas) as desk,
        socket(control, sam) as board,
    ):
        await jonas.post("/agent/state", json={"state": "available"})
        who = UserId((await jonas.get("/session")).json()["user_id"])
        await receive(board, "snapshot")
        try:
            assert await change(accounts, who)
            async with asyncio.timeout(LOOK_EVERY_S / 2):
                assert await is_closed(desk) == (4401, reason)
            told = (await jonas.get("/session")).json()["error"]
            assert (told["code"], told["reason"]) == ("not_signed_in", reason)
            async with socket(control, jonas) as again:
                assert await is_closed(again) == (4401, reason), "as after a reload, or when a computer has slept"
            assert (await jonas.post("/agent/state", json={"state": "available"})).status_code == 401
            await sees_agent(board, agent_id="agent_jonas", state="signed_out")
        finally:
            await accounts.enable(who, BOSS)
            await accounts.change_role(who, "agent", BOSS)


async def test_every_sign_in_and_every_failure_is_in_the_audit_log(control: ControlProcess) -> None:
    async with control.signs_in("aisha") as aisha, control.visitor() as stranger:
        user_id = (await aisha.get("/session")).json()["user_id"]
        await stranger.post("/session", json={"username": "aisha", "password": "guess"})
        await stranger.post("/session", json={"username": "a password in the wrong field", "password": "guess"})
    assert (await audited(control, user_id))[:2] == [("sign_in_failed", "wrong_password"), ("sign_in", "")]
    assert ("sign_in_failed", "unknown_name") in await audited(control, "")
    assert "wrong field" not in control.log


async def test_every_entry_of_a_person_says_from_where_and_with_what_result(control: ControlProcess) -> None:
    began = time.time()  # other tests do things in her name that nobody asked for over the network
    async with control.signs_in("ada") as ada, control.visitor() as stranger:
        user_id = (await ada.get("/session")).json()["user_id"]
        await stranger.post("/session", json={"username": "ada", "password": "guess"})
        usual = (await ada.get("/settings")).json()
        await ada.put("/settings", json=usual)
        assert (await ada.post("/agents/agent_mei/state", json={"state": "signed_out"})).status_code == 204
        await ada.delete("/session")
    entries = [entry for entry in await everything(control) if entry.user_id == user_id and entry.at >= began]
    results = {(entry.action, entry.result) for entry in entries}
    assert results >= {
        ("sign_in", "done"),
        ("sign_in_failed", "refused"),
        ("change_settings", "done"),
        ("set_agent_state", "done"),
        ("sign_out", "done"),
    }
    assert {entry.source for entry in entries} == {"127.0.0.1"}
    assert not any("127.0.0" in str(entry.details) for entry in entries), "the address stands in one column alone"


async def test_looking_on_and_taking_a_report_home_are_written_down(control: ControlProcess) -> None:
    async with control.signs_in("ada") as ada:
        user_id = (await ada.get("/session")).json()["user_id"]
        for _ in range(2):
            async with socket(control, ada) as board:
                await receive(board, "snapshot")
        for report in ("queues", "agents"):
            for form in ("json", "csv"):
                times = {"start": 0, "end": 3600, "format": form}
                assert (await ada.get(f"/reports/{report}", params=times)).status_code == 200
    entries = [entry for entry in await everything(control) if entry.user_id == user_id]
    found = [(entry.action, entry.subject, entry.source, entry.result) for entry in entries]
    assert found.count(("open_live_view", "", "127.0.0.1", "done")) == 1, "a browser that comes back is no new look"
    taken = [entry for entry in entries if entry.action == "export_report"]
    assert [(entry.subject, entry.details) for entry in taken] == [
        ("agents", {"start": 0.0, "end": 3600.0}),
        ("queues", {"start": 0.0, "end": 3600.0}),
    ]


async def test_an_audio_leg_ends_when_its_agent_signs_out(control: ControlProcess, node: FakeNode) -> None:
    leg_id = LegId(new_id("leg"))
    connected = LegConnected(
        at=SystemClock().now(),
        leg_id=leg_id,
        node_id=node.node_id,
        purpose=LegPurpose.AGENT,
        agent_id=AgentId("agent_aisha"),
    )
    async with accounts_of(control, node.bus) as accounts, control.signs_in("aisha") as aisha:
        user_id = UserId((await aisha.get("/session")).json()["user_id"])
        await accounts.change_password(user_id, PASSWORD, Actor())  # whatever other tests left open
    async with control.signs_in("aisha") as aisha:
        await node.bus.publish(connected)
        assert (await aisha.delete("/session")).status_code == 204
    hang_up = HangUpLeg(leg_id=leg_id, cause=EndCause.AGENT_SIGNED_OUT)
    await until(lambda: hang_up in node.commands, within_s=20)


async def test_a_browser_that_does_not_read_is_told_to_come_back(control: ControlProcess) -> None:
    """Its own queue is full before anybody else's is: what it asks for is answered into it."""
    async with control.signs_in("mei") as mei, socket(control, mei) as slow:
        slow.transport.pause_reading()
        for _ in range(FLOOD):
            await slow.send("{")
        slow.transport.resume_reading()
        assert await is_closed(slow) == (4408, "too slow; come back for a snapshot")


async def test_nobody_but_a_proxy_says_who_comes(control: ControlProcess, strict: ControlProcess) -> None:
    sources = []
    for place in (control, strict):
        async with place.visitor() as visitor:
            visitor.headers["X-Forwarded-For"] = "203.0.113.9"
            await visitor.post("/session", json={"username": "sam", "password": "guess"})
        sources.append(next(entry.source for entry in await everything(place) if entry.action == "sign_in_failed"))
    assert sources == ["127.0.0.1", "203.0.113.9"]


@pytest.fixture(scope="module")
def strict(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlProcess]:
    """Its sessions are short, it trusts a proxy on this machine, and whoever fails twice waits."""
    overrides = {
        "PATCHBAY_WEB_SESSION_HOURS": str(IDLE_S / 3600),
        "PATCHBAY_WEB_TRUSTED_PROXIES": "127.0.0.1",
        "PATCHBAY_LIMITS_WIDGET_CALLS_PER_MINUTE": "2",
    }
    made = ControlProcess(redis_server.url, tmp_path_factory.mktemp("strict"), overrides=overrides)
    made.start()
    yield made
    made.stop()


async def test_a_live_view_ends_when_its_session_runs_out(strict: ControlProcess) -> None:
    async with strict.signs_in("sam") as sam, socket(strict, sam) as board:
        await receive(board, "snapshot")
        assert await is_closed(board) == (4401, "expired")
        assert (await sam.get("/session")).status_code == 401


async def test_metrics_are_refused_to_strangers_and_need_no_sign_in_at_home(strict: ControlProcess) -> None:
    async with httpx.AsyncClient() as scraper:

        async def asks(address: str) -> httpx.Response:
            return await scraper.get(f"{strict.url}/metrics", headers={"X-Forwarded-For": address})

        assert (await asks("10.1.2.3")).text.startswith("# HELP patchbay_")
        refused = await asks("203.0.113.9")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_allowed")


async def test_an_ipv6_site_counts_as_one_and_only_proxies_may_say_who_comes(strict: ControlProcess) -> None:
    call = {"number": "9999", "sdp": "v=0 offer"}

    async def comes(client: httpx.AsyncClient, address: str) -> int:
        return (await client.post("/widget/calls", json=call, headers={"X-Forwarded-For": address})).status_code

    async with strict.visitor() as visitor:
        site = [await comes(visitor, f"2001:db8:1:2::{number}") for number in range(4)]
        assert site == [404, 404, 429, 429]
        assert await comes(visitor, "2001:db8:1:3::1") == 404
        assert [await comes(visitor, each) for each in ("203.0.113.1", "203.0.113.2", "nonsense")] == [404] * 3


async def test_cookies_are_for_encrypted_connections_where_there_are_any(strict: ControlProcess) -> None:
    async with strict.visitor() as visitor:
        form = {"username": "sam", "password": PASSWORD}
        answer = await visitor.post("/session", json=form, headers={"X-Forwarded-Proto": "https"})
    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("secure", "httponly", "samesite=strict", "path=/"))


async def test_the_demo_s_passwords_are_refused_where_the_demo_is_turned_off(strict: ControlProcess) -> None:
    async with strict.signs_in("sam") as sam:
        user_id, cookie = (await sam.get("/session")).json()["user_id"], sam.cookies["patchbay_session"]
    strict.stop()
    strict.overrides |= {"PATCHBAY_GENERAL_DEMO": "no", "PATCHBAY_WEB_SESSION_HOURS": "12"}
    strict.start()
    async with strict.visitor() as visitor:
        assert (await visitor.get("/session", headers={"Cookie": f"patchbay_session={cookie}"})).status_code == 401
        refused = await visitor.post("/session", json={"username": "sam", "password": PASSWORD})
        wrong = await visitor.post("/session", json={"username": "sam", "password": "guess"})
    assert refused.status_code == 401
    assert refused.json() == wrong.json()
    assert ("sign_in_failed", "demo_password") in await audited(strict, user_id)
