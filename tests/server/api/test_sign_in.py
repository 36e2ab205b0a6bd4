"""Who may come in, and what everybody is protected from."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx

from tests.server.api.conftest import PASSWORD, ControlProcess


async def test_signing_in_staying_and_leaving(control: ControlProcess) -> None:
    async with control.visitor() as client:
        assert (await client.get("/session")).status_code == 401
        answer = await client.post("/session", json={"username": "Mei", "password": PASSWORD})
        me = answer.json()
        assert (answer.status_code, me["role"], me["agent_id"]) == (200, "agent", "agent_mei")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
        assert (await client.get("/session")).json() == me
        assert (await client.delete("/session")).status_code == 204
        assert (await client.get("/session")).status_code == 401


async def test_a_wrong_password_and_an_unknown_name_look_alike(control: ControlProcess) -> None:
    async with control.visitor() as client:
        wrong = await client.post("/session", json={"username": "mei", "password": "x"})
        unknown = await client.post("/session", json={"username": "nobody", "password": "x"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["error"]["code"] == "wrong_password"


async def test_a_cross_site_form_changes_nothing(control: ControlProcess) -> None:
    async with httpx.AsyncClient(base_url=f"{control.url}/api/v1") as client:
        answer = await client.post("/session", json={"username": "mei", "password": PASSWORD})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "no_header")


async def test_every_error_has_the_same_shape(control: ControlProcess) -> None:
    async with control.signed_in("mei") as mei:
        answers = [
            await mei.post("/session", json={"username": 5}),
            await mei.post("/session", content=b"{not json", headers={"Content-Type": "application/json"}),
            await mei.post("/agent/state", json={"state": "sleeping"}),
            await mei.post("/agent/state", json={"state": "available", "extra": 1}),
            await mei.get("/customers/cust_none"),
            await mei.get("/calls?before=nonsense"),
            await mei.get("/nothing/here"),
            await mei.put("/session"),
            await mei.post("/session", content=b"x" * 70_000),
            await mei.post("/session", content=_pieces()),
        ]
    for answer in answers:
        assert 400 <= answer.status_code < 500, answer.text
        assert set(answer.json()) == {"error"}
        error = answer.json()["error"]
        assert set(error) - {"violations"} == {"code", "message"}
        assert "violations" not in error or error["code"] == "invalid"
    assert [answer.status_code for answer in answers[-2:]] == [413, 413]


async def test_pages_carry_headers_that_protect_them(control: ControlProcess) -> None:
    async with httpx.AsyncClient(base_url=control.url) as client:
        page = await client.get("/board")
        outside = await client.get("/..%2f..%2fpyproject.toml")
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "build-system" not in outside.text


async def test_supervisors_are_no_agents(control: ControlProcess) -> None:
    async with control.signed_in("sam") as sam:
        answer = await sam.post("/agent/state", json={"state": "available"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_an_agent")


async def _pieces() -> AsyncIterator[bytes]:
    """A body that does not say how long it is."""
    for _ in range(10):
        yield b"x" * 10_000
