"""Two-step verification over the API: set up, asked for, used once, lost, reset; and what it keeps out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from server.clock import SystemClock
from server.second_step.codes import code_at, secret_of, step_of
from server.storage.sql.audit_log import SqlAuditLog
from server.storage.sql.database import Database, sqlite_url
from tests.peers.waiting import until_told
from tests.server.api.conftest import ControlProcess
from tests.server.api.test_live_socket import socket
from tests.server.api.test_sessions import is_closed
from tests.server.api.test_users import GOOD, accepted, added
from tests.server.redis_server import RedisServer


class App:
    """An authenticator app. A code is good once, and none before it: each asking gives the next one, beginning a step back."""

    def __init__(self, key: str) -> None:
        self._secret = secret_of(key)
        self._last = step_of(SystemClock().now()) - 2

    def code(self) -> str:
        """Three of them, as far as a clock's drift allows."""
        self._last += 1
        assert self._last <= step_of(SystemClock().now()) + 1, "the test asks for too many codes"
        return code_at(self._secret, self._last)


def signing_in(user: dict[str, Any], **more: str) -> dict[str, str]:
    return {"username": user["username"], "password": GOOD, **more}


@contextlib.asynccontextmanager
async def somebody(control: ControlProcess, **more: object) -> AsyncIterator[tuple[dict[str, Any], httpx.AsyncClient]]:
    """A new person, signed in with a password."""
    async with control.signed_in("ada") as ada, control.visitor() as client:
        user, token = await added(ada, takes_work=False, **more)
        accepting = {"token": token, "name": user["name"], "password": GOOD}
        (await client.post("/invitations/accept", json=accepting)).raise_for_status()
        yield user, client


async def set_up(client: httpx.AsyncClient) -> tuple[App, list[str]]:
    made = (await client.post("/me/second-step", json={})).json()
    app = App(made["key"])
    confirmed = await client.post("/me/second-step/confirm", json={"code": app.code()})
    assert confirmed.status_code == 200, confirmed.text
    return app, confirmed.json()["codes"]


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_who_turns_it_on_is_asked_for_a_code_at_the_next_sign_in(control: ControlProcess) -> None:
    async with somebody(control, role="supervisor") as (user, tessa), control.visitor() as again:
        app, codes = await set_up(tessa)
        assert len(codes) == 10
        assert (await tessa.get("/session")).status_code == 200, "the sign-in goes on"
        state = (await tessa.get("/me/second-step")).json()
        assert (state["since"] is not None, state["recovery_codes_left"], state["required"]) == (True, 10, False)
        first = await again.post("/session", json=signing_in(user))
        assert code_of(first) == (401, "code_needed")
        assert "set-cookie" not in first.headers
        assert (await again.get("/session")).status_code == 401, "half a sign-in is none"
        code = app.code()
        wrong = await again.post("/session", json=signing_in(user, code="000000"))
        assert code_of(wrong) == (401, "wrong_code")
        assert (await again.post("/session", json=signing_in(user, code=code))).status_code == 200
        assert (await again.get("/session")).json()["username"] == user["username"]
        assert code_of(await again.post("/session", json=signing_in(user, code=code))) == (401, "wrong_code")
        wrong_password = {"username": user["username"], "password": "x", "code": app.code()}
        assert code_of(await again.post("/session", json=wrong_password)) == (401, "wrong_password")


async def test_the_key_is_shown_once_and_kept_sealed(control: ControlProcess) -> None:
    async with somebody(control) as (_, tessa):
        made = (await tessa.post("/me/second-step", json={})).json()
        assert made["uri"].startswith("otpauth://totp/Patchbay:")
        assert made["key"] in made["uri"]
        assert made["qr"]["path"].startswith("M0 0h7v1h-7z"), "the corner that every QR code has"
        _, codes = await set_up(tessa)
        assert code_of(await tessa.post("/me/second-step", json={})) == (409, "second_step_on")
    stored = b"".join(path.read_bytes() for path in (control.folder / "data").glob("patchbay.db*"))
    for secret in (made["key"], *codes):
        assert secret.encode() not in stored
        assert secret not in control.log


async def test_a_wrong_first_code_turns_nothing_on(control: ControlProcess) -> None:
    async with somebody(control) as (user, tessa), control.visitor() as again:
        assert code_of(await tessa.post("/me/second-step/confirm", json={"code": "123456"})) == (403, "wrong_code")
        await tessa.post("/me/second-step", json={})
        assert code_of(await tessa.post("/me/second-step/confirm", json={"code": "000000"})) == (403, "wrong_code")
        assert (await again.post("/session", json=signing_in(user))).status_code == 200


async def test_one_of_two_who_send_the_same_code_comes_in(control: ControlProcess) -> None:
    async with somebody(control) as (user, tessa), control.visitor() as one, control.visitor() as other:
        app, _ = await set_up(tessa)
        body = signing_in(user, code=app.code())
        answers = await asyncio.gather(one.post("/session", json=body), other.post("/session", json=body))
    assert sorted(answer.status_code for answer in answers) == [200, 401]


async def test_a_recovery_code_comes_in_once_and_new_ones_replace_the_old(control: ControlProcess) -> None:
    async with somebody(control) as (user, tessa), control.visitor() as again:
        app, codes = await set_up(tessa)
        assert (await again.post("/session", json=signing_in(user, code=codes[0].upper()))).status_code == 200
        assert code_of(await again.post("/session", json=signing_in(user, code=codes[0]))) == (401, "wrong_code")
        assert (await tessa.get("/me/second-step")).json()["recovery_codes_left"] == 9
        made = await tessa.post("/me/second-step/recovery-codes", json={"code": app.code()})
        assert code_of(await again.post("/session", json=signing_in(user, code=codes[1]))) == (401, "wrong_code")
        assert (await again.post("/session", json=signing_in(user, code=made.json()["codes"][0]))).status_code == 200


async def test_it_is_turned_off_with_a_code(control: ControlProcess) -> None:
    async with somebody(control) as (user, tessa), control.visitor() as again:
        app, _ = await set_up(tessa)
        assert code_of(await tessa.post("/me/second-step/remove", json={"code": "000000"})) == (403, "wrong_code")
        assert (await tessa.post("/me/second-step/remove", json={"code": app.code()})).status_code == 204
        assert code_of(await tessa.post("/me/second-step/remove", json={"code": "000000"})) == (409, "second_step_off")
        assert (await again.post("/session", json=signing_in(user))).status_code == 200


async def test_a_link_that_resets_the_password_does_not_replace_the_second_step(control: ControlProcess) -> None:
    async with somebody(control) as (user, tessa), control.signed_in("ada") as ada, control.visitor() as finder:
        app, _ = await set_up(tessa)
        link = (await ada.post(f"/users/{user['user_id']}/invitation")).json()
        token = link["path"].partition("#")[2]
        assert (await finder.post("/invitations/open", json={"token": token})).json()["second_step"] is True
        assert code_of(await accepted(control, token)) == (401, "code_needed")
        body = {"token": token, "name": "Tessa", "password": GOOD + " 2", "code": "000000"}
        assert code_of(await finder.post("/invitations/accept", json=body)) == (401, "wrong_code")
        assert (await finder.post("/invitations/accept", json=body | {"code": app.code()})).status_code == 200


async def test_an_administrator_resets_it_for_who_has_lost_everything(control: ControlProcess) -> None:
    async with somebody(control) as (user, tessa), control.signed_in("ada") as ada, control.visitor() as again:
        await set_up(tessa)
        path = f"/users/{user['user_id']}"
        assert (await ada.get(path)).json()["user"]["second_step"] is True
        listed = (await ada.get("/users", params={"query": user["username"]})).json()["items"]
        assert [each["second_step"] for each in listed if each["user_id"] == user["user_id"]] == [True]
        assert (await tessa.delete(f"{path}/second-step")).status_code == 403
        assert (await ada.delete(f"{path}/second-step")).status_code == 204
        assert (await ada.delete(f"{path}/second-step")).status_code == 404
        assert (await again.post("/session", json=signing_in(user))).status_code == 200
    database = Database(sqlite_url(control.folder / "data" / "patchbay.db"))
    entries = [entry for entry in await SqlAuditLog(database).latest(200) if entry.subject == user["user_id"]]
    await database.close()
    told = {(entry.action, entry.result) for entry in entries}
    assert {("add_second_step", "done"), ("reset_second_step", "done"), ("sign_in", "done")} <= told


@pytest.fixture(scope="module")
def strict(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlProcess]:
    """An installation that asks its supervisors and administrators for a second step."""
    overrides = {"PATCHBAY_WEB_SECOND_STEP_ROLES": "supervisor, admin"}
    made = ControlProcess(redis_server.url, tmp_path_factory.mktemp("strict"), overrides=overrides)
    made.start()
    yield made
    made.stop()


async def test_whose_role_needs_it_sets_it_up_before_anything_else(strict: ControlProcess) -> None:
    async with strict.signed_in("sam") as sam:
        assert (await sam.get("/session")).json()["must_add_second_step"] is True
        assert code_of(await sam.get("/settings")) == (403, "second_step_must_be_set_up")
        async with socket(strict, sam) as view:
            assert (await is_closed(view))[0] == 4401
        app, _ = await set_up(sam)

        async def is_ready() -> bool:
            return not (await sam.get("/session")).json()["must_add_second_step"]

        await until_told(is_ready)
        assert (await sam.get("/settings")).status_code == 200
        assert code_of(await sam.post("/me/second-step/remove", json={"code": app.code()})) == (409, "second_step_required")
    async with strict.signed_in("mei") as mei:
        assert (await mei.get("/session")).json()["must_add_second_step"] is False
