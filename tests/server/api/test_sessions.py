"""A live view ends with its session, in the second in which the session ends and for whatever reason."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from core.ids import UserId
from server.accounts import Accounts
from server.clock import SystemClock
from server.storage.redis_bus import RedisBus
from server.storage.redis_sessions import RedisSessions
from server.storage.sql.audit_log import SqlAuditLog
from server.storage.sql.database import Database, sqlite_url
from server.storage.sql.users import SqlUsers
from tests.server.api.conftest import PASSWORD, PREFIX, ControlProcess
from tests.server.api.test_live_socket import receive, sees_agent, socket
from tests.server.redis_server import RedisServer

BOSS = UserId("user_boss")
IDLE_S = 3.0


@asynccontextmanager
async def accounts_of(control: ControlProcess, bus: RedisBus, demo: bool = True) -> AsyncIterator[Accounts]:
    """As another process changes them: the coming administration, or the command line."""
    database, clock = Database(sqlite_url(control.folder / "data" / "patchbay.db")), SystemClock()
    sessions = RedisSessions(control.redis_url, PREFIX, clock, idle_s=60, longest_s=60, per_user=50)
    yield Accounts(SqlUsers(database), sessions, bus, SqlAuditLog(database), clock, demo=demo)
    await sessions.close()
    await database.close()


async def audited(control: ControlProcess, user_id: str) -> list[tuple[str, str]]:
    """What was done with or by a person, newest first, and why."""
    database = Database(sqlite_url(control.folder / "data" / "patchbay.db"))
    entries = await SqlAuditLog(database).latest(200)
    await database.close()
    return [(entry.action, str(entry.details.get("reason", ""))) for entry in entries if entry.subject == user_id]


async def is_closed(screen: ClientConnection) -> tuple[int, str]:
    """Code and reason."""
    with pytest.raises(ConnectionClosed) as closed:
        await receive(screen, "never")
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


async def test_a_live_view_ends_when_its_person_signs_out_and_others_stay(control: ControlProcess) -> None:
    async with control.signed_in("mei") as mei, control.signed_in("mei") as phone:
        async with socket(control, mei) as desk, socket(control, phone) as other:
            await receive(desk, "snapshot")
            assert (await mei.delete("/session")).status_code == 204
            assert await is_closed(desk) == (4401, "signed_out")
            assert (await receive(other, "tick"))["at"] > 0
        user_id = (await phone.get("/session")).json()["user_id"]
    assert (await audited(control, user_id))[0][0] == "sign_out"


Change = Callable[[Accounts, UserId], Awaitable[bool]]


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
        control.signed_in("jonas") as jonas,
        control.signed_in("sam") as sam,
        accounts_of(control, bus) as accounts,
        socket(control, jonas) as desk,
        socket(control, sam) as board,
    ):
        await jonas.post("/agent/state", json={"state": "free"})
        who = UserId((await jonas.get("/session")).json()["user_id"])
        await receive(board, "snapshot")
        try:
            assert await change(accounts, who)
            async with asyncio.timeout(5):
                assert await is_closed(desk) == (4401, reason)
            assert (await jonas.get("/session")).status_code == 401
            assert (await jonas.post("/agent/state", json={"state": "free"})).status_code == 401
            await sees_agent(board, agent_id="agent_jonas", state="signed_out")
        finally:
            await accounts.enable(who, BOSS)
            await accounts.change_role(who, "agent", BOSS)


async def test_every_sign_in_and_every_failure_is_in_the_audit_log(control: ControlProcess) -> None:
    async with control.signed_in("aisha") as aisha, control.visitor() as stranger:
        user_id = (await aisha.get("/session")).json()["user_id"]
        await stranger.post("/session", json={"username": "aisha", "password": "guess"})
        await stranger.post("/session", json={"username": "a password in the wrong field", "password": "guess"})
    assert (await audited(control, user_id))[:2] == [("sign_in_failed", "wrong_password"), ("sign_in", "")]
    assert ("sign_in_failed", "unknown_name") in await audited(control, "")
    assert "wrong field" not in control.log


@pytest.fixture(scope="module")
def strict(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlProcess]:
    """Its sessions are short, it trusts a proxy on this machine, and whoever fails twice waits."""
    overrides = {
        "PATCHBAY_WEB_SESSION_HOURS": str(IDLE_S / 3600),
        "PATCHBAY_WEB_TRUSTED_PROXIES": "127.0.0.1",
        "PATCHBAY_STORAGE_REDIS_PREFIX": "strict:",
        "PATCHBAY_LIMITS_WIDGET_CALLS_PER_MINUTE": "2",
    }
    made = ControlProcess(redis_server.url, tmp_path_factory.mktemp("strict"), overrides=overrides)
    made.start()
    yield made
    made.stop()


async def test_a_live_view_ends_when_its_session_runs_out(strict: ControlProcess) -> None:
    async with strict.signed_in("sam") as sam, socket(strict, sam) as board:
        await receive(board, "snapshot")
        assert await is_closed(board) == (4401, "expired")
        assert (await sam.get("/session")).status_code == 401


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
    async with strict.signed_in("sam") as sam:
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
