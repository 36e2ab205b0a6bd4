"""Signing in with a real identity provider, following its real redirects and pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from server.storage.sql.audit_log import SqlAuditLog
from server.storage.sql.database import Database, sqlite_url
from tests.peers.identity_provider import CLIENT, SECRET, IdentityProvider, identity_provider, signs_in
from tests.peers.ports import free_port
from tests.server.api.conftest import PASSWORD, ControlProcess
from tests.server.api.test_second_step import code_of
from tests.server.redis_server import RedisServer

START, RETURN = "/api/v1/session/provider", "/api/v1/session/provider/return"


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def provider(port: int) -> Iterator[IdentityProvider]:
    with identity_provider(f"http://127.0.0.1:{port}{RETURN}") as made:
        yield made


@pytest.fixture(scope="module")
def control(
    redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory, provider: IdentityProvider, port: int
) -> Iterator[ControlProcess]:
    overrides = {
        "PATCHBAY_OIDC_ISSUER": provider.issuer,
        "PATCHBAY_OIDC_NAME": "Northwind ID",
        "PATCHBAY_OIDC_CLIENT_ID": CLIENT,
        "PATCHBAY_OIDC_CLIENT_SECRET": SECRET,
        "PATCHBAY_OIDC_CREATE": "agent",
        "PATCHBAY_OIDC_PASSWORDS": "administrators",
        "PATCHBAY_OIDC_WITHIN_S": "5",
        "PATCHBAY_WEB_SECOND_STEP_ROLES": "supervisor",
    }
    made = ControlProcess(redis_server.url, tmp_path_factory.mktemp("oidc"), port=port, overrides=overrides)
    made.start()
    yield made
    made.stop()


@asynccontextmanager
async def browser(control: ControlProcess) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=control.url, headers={"X-Patchbay": "1"}, timeout=30) as client:
        yield client


async def invited(control: ControlProcess, name: str, role: str = "supervisor", email: str = "") -> str:
    async with control.signed_in("ada") as ada:
        body = {"name": name, "username": name, "email": email or f"{name}@northwind.example", "role": role, "takes_work": False}
        answer = await ada.post("/users", json=body)
    assert answer.status_code in {200, 201}, answer.text
    return str(answer.json()["user"]["user_id"])


def problem(answer: httpx.Response) -> str:
    return parse_qs(urlsplit(str(answer.url)).query).get("provider", [""])[0]


async def test_the_sign_in_page_learns_of_it_without_a_session(control: ControlProcess) -> None:
    async with control.visitor() as visitor:
        ways = (await visitor.get("/session/ways")).json()
    told = {"provider": "Northwind ID", "passwords": "administrators", "needs_administrator": False, "own_authority": False}
    assert ways == told


async def test_somebody_who_was_invited_signs_in_with_the_provider(control: ControlProcess) -> None:
    user_id = await invited(control, "tilda")
    async with browser(control) as tilda:
        page = await signs_in(tilda, START, "tilda")
        assert (page.status_code, page.url.path, problem(page)) == (200, "/", "")
        me = (await tilda.get("/api/v1/session")).json()
        assert (me["user_id"], me["role"]) == (user_id, "supervisor")
        assert me["must_add_second_step"] is False, "what the provider asks for is its business"
        assert (await tilda.get("/api/v1/me/second-step")).json()["possible"] is False
    async with control.signed_in("ada") as ada:
        user = (await ada.get(f"/users/{user_id}")).json()["user"]
    assert (user["state"], user["sign_in"], user["problem"]) == ("active", "provider", None)


async def test_who_is_not_here_yet_is_made_with_the_role_that_was_set(control: ControlProcess) -> None:
    async with browser(control) as nora:
        await signs_in(nora, START, "nora")
        me = (await nora.get("/api/v1/session")).json()
    assert (me["name"], me["role"], me["agent_id"] is not None) == ("Nora of the provider", "agent", True)
    async with browser(control) as again:
        await signs_in(again, START, "nora")
        assert (await again.get("/api/v1/session")).json()["user_id"] == me["user_id"]


async def test_the_disabled_stay_out_and_it_is_said(control: ControlProcess) -> None:
    user_id = await invited(control, "dora")
    async with control.signed_in("ada") as ada:
        await ada.post(f"/users/{user_id}/disable", json={"reason": "left"})
    async with browser(control) as dora:
        page = await signs_in(dora, START, "dora")
        assert problem(page) == "disabled"
        assert (await dora.get("/api/v1/session")).status_code == 401
    database = Database(sqlite_url(control.folder / "data" / "patchbay.db"))
    entries = [entry for entry in await SqlAuditLog(database).latest(20) if entry.subject == user_id]
    await database.close()
    assert ("sign_in_failed", "refused") in {(entry.action, entry.result) for entry in entries}


async def test_an_account_belongs_to_the_first_who_came_to_it(control: ControlProcess) -> None:
    """Somebody else who gets the same address at the provider later is somebody else."""
    user_id = await invited(control, "petra")
    async with browser(control) as petra:
        await signs_in(petra, START, "petra")
    async with control.signed_in("ada") as ada:
        user = (await ada.get(f"/users/{user_id}")).json()["user"]
        moved = {"email": "rita@northwind.example"}
        tag = {"If-Match": f'"{user["version"]}"'}
        assert (await ada.patch(f"/users/{user_id}", json=moved, headers=tag)).status_code == 200
    async with browser(control) as rita:
        assert problem(await signs_in(rita, START, "rita")) == "taken"


async def test_an_address_that_nobody_confirmed_names_nobody(control: ControlProcess) -> None:
    await invited(control, "vera")
    async with browser(control) as somebody:
        assert problem(await signs_in(somebody, START, "vera!")) == "not_believed"


async def test_an_answer_is_taken_only_from_the_browser_that_was_sent(control: ControlProcess) -> None:
    """Or somebody's page could sign others in as somebody else (RFC 9700 §2.1)."""
    await invited(control, "lena")
    async with browser(control) as lena, browser(control) as other:
        stopped = await signs_in(lena, START, "lena", stop_at=control.url + RETURN)
        back = stopped.headers["location"]
        assert "provider=not_believed" in (await other.get(back)).headers["location"]
        other_state = back.replace(parse_qs(urlsplit(back).query)["state"][0], "another")
        refused = await lena.get(other_state)
        assert "provider=not_believed" in refused.headers["location"]
        assert (await lena.get("/api/v1/session")).status_code == 401


async def test_a_code_is_good_once(control: ControlProcess) -> None:
    """Not «the provider is away»: it answers, and says that the code is none (RFC 6749 §5.2)."""
    await invited(control, "nils")
    async with browser(control) as nils:
        stopped = await signs_in(nils, START, "nils", stop_at=control.url + RETURN)
        kept = nils.cookies["patchbay_provider"]
        assert (await nils.get(stopped.headers["location"])).headers["location"] == "/"
        nils.cookies.set("patchbay_provider", kept)
        assert "provider=not_believed" in (await nils.get(stopped.headers["location"])).headers["location"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("access_denied", "refused"),
        ("login_required", "refused"),
        ("temporarily_unavailable", "away"),
        ("invalid_scope", "misconfigured"),
    ],
)
async def test_what_the_provider_sends_one_back_with_is_told_for_what_it_is(
    control: ControlProcess, error: str, told: str
) -> None:
    async with browser(control) as somebody:
        state = parse_qs(urlsplit((await somebody.get(START)).headers["location"]).query)["state"][0]
        back = await somebody.get(RETURN, params={"state": state, "error": error})
    assert f"provider={told}" in back.headers["location"]


async def test_what_goes_to_the_provider_holds_no_secret_and_comes_back_here_alone(control: ControlProcess) -> None:
    async with browser(control) as somebody:
        answer = await somebody.get(START, headers={"Referer": "https://evil.example"})
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    assert asked["redirect_uri"] == [control.url + RETURN]
    assert (asked["code_challenge_method"], asked["response_type"]) == (["S256"], ["code"])
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    assert SECRET not in answer.headers["location"]
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert asked["state"][0] not in cookie
    assert asked["nonce"][0] not in control.log


async def test_only_administrators_sign_in_with_a_password_where_that_was_set(control: ControlProcess) -> None:
    async with control.visitor() as mei, control.visitor() as ada:
        refused = await mei.post("/session", json={"username": "mei", "password": PASSWORD})
        assert code_of(refused) == (403, "use_provider")
        assert (await ada.post("/session", json={"username": "ada", "password": PASSWORD})).status_code == 200


async def test_a_provider_that_is_away_is_said_to_be(control: ControlProcess, provider: IdentityProvider) -> None:
    """Last here: it stops it."""
    async with browser(control) as somebody:
        stopped = await signs_in(somebody, START, "late", stop_at=control.url + RETURN)
        provider.stop()
        assert "provider=away" in (await somebody.get(stopped.headers["location"])).headers["location"]
        assert (await somebody.get("/api/v1/session")).status_code == 401
