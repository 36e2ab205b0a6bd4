"""People over the API: added, invited, changed, disabled, signed out, by administrators; and what everybody does themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from server.api.live import LOOK_EVERY_S
from tests.server.api.conftest import INVITATION_TRIES, PASSWORD, ControlProcess
from tests.server.api.test_live_socket import receive, socket
from tests.server.api.test_sessions import is_closed

GOOD = "correct horse battery"
_numbers = iter(range(1000))


async def added(ada: httpx.AsyncClient, **more: object) -> tuple[dict[str, Any], str]:
    """A person of this test alone, and the link's secret."""
    number = next(_numbers)
    answer = await ada.post("/users", json={"name": f"Tessa {number}", "username": f"tessa{number}", **more})
    answer.raise_for_status()
    link = answer.json()["link"]
    return answer.json()["user"], link["path"].partition("#")[2] if link else ""


@asynccontextmanager
async def signed_in(control: ControlProcess, username: str, password: str) -> AsyncIterator[httpx.AsyncClient]:
    async with control.visitor() as client:
        (await client.post("/session", json={"username": username, "password": password})).raise_for_status()
        yield client


async def accepted(control: ControlProcess, token: str, name: str = "Tessa") -> httpx.Response:
    async with control.visitor() as client:
        return await client.post("/invitations/accept", json={"token": token, "name": name, "password": GOOD})


async def test_somebody_is_invited_chooses_a_password_and_is_signed_in(control: ControlProcess) -> None:
    async with control.signed_in("ada") as ada, control.visitor() as tessa:
        user, token = await added(ada, email="tessa.l@northwind.example", skills={"skill_billing": 2})
        agent_id = "agent_" + user["name"].lower().replace(" ", "_")
        assert (user["state"], user["agent_id"], user["queues"]) == ("invited", agent_id, ["queue_billing"])
        shown = (await tessa.post("/invitations/open", json={"token": token})).json()
        assert (shown["kind"], shown["username"], shown["shortest_password"]) == ("invitation", user["username"], 12)
        answer = await tessa.post("/invitations/accept", json={"token": token, "name": "Tessa L", "password": GOOD})
        assert (answer.json()["name"], answer.json()["agent_id"]) == ("Tessa L", user["agent_id"])
        assert (await tessa.get("/session")).json()["username"] == user["username"]
        over = await tessa.post("/invitations/open", json={"token": token})
        assert (over.status_code, over.json()["error"]["code"]) == (410, "invitation_over")
        now = (await ada.get(f"/users/{user['user_id']}")).json()["user"]
        assert (now["state"], now["name"], now["invitation"]) == ("active", "Tessa L", None)
        assert now["last_sign_in_at"] is not None
    async with signed_in(control, "tessa.l@northwind.example", GOOD):
        pass


async def test_people_are_searched_counted_and_paged(control: ControlProcess) -> None:
    async with control.signed_in("ada") as ada:
        everybody = (await ada.get("/users", params={"limit": 2})).json()
        assert len(everybody["items"]) == 2
        assert everybody["total"] == everybody["counts"]["all"] >= 5
        second = (await ada.get("/users", params={"limit": 2, "offset": 2})).json()
        assert {each["user_id"] for each in second["items"]}.isdisjoint({each["user_id"] for each in everybody["items"]})
        found = (await ada.get("/users", params={"query": "rahman orders", "role": "agent", "state": "active"})).json()
        assert [each["name"] for each in found["items"]] == ["Aisha Rahman"]
        me = (await ada.get("/users", params={"query": "kowalska"})).json()["items"][0]
        assert me["last_seen_at"] is not None
        assert (await ada.get("/users", params={"limit": 5000})).status_code == 422


@pytest.mark.parametrize("username", ["sam", "mei"])
async def test_only_administrators_see_people(control: ControlProcess, username: str) -> None:
    async with control.signed_in(username) as other:
        for path in ("/users", "/users/user_x", "/users/user_x/sessions"):
            assert (await other.get(path)).status_code == 403
        assert (await other.post("/users", json={"name": "X"})).status_code == 403
        assert (await other.delete("/users/user_x/sessions")).status_code == 403


async def test_a_change_says_what_it_has_seen(control: ControlProcess) -> None:
    async with control.signed_in("ada") as ada:
        user, _ = await added(ada)
        path, tag = f"/users/{user['user_id']}", {"If-Match": '"1"'}
        assert (await ada.patch(path, json={"role": "supervisor"})).status_code == 428
        assert (await ada.patch(path, json={"role": "supervisor"}, headers={"If-Match": "W/x"})).status_code == 422
        changed = await ada.patch(path, json={"role": "supervisor", "email": "x@northwind.example"}, headers=tag)
        assert (changed.json()["user"]["role"], changed.headers["ETag"]) == ("supervisor", '"2"')
        late = await ada.patch(path, json={"name": "Another"}, headers=tag)
        assert (late.status_code, late.json()["error"]["code"], late.json()["error"]["version"]) == (412, "changed_since", 2)
        cleared = await ada.patch(path, json={"email": None}, headers={"If-Match": '"2"'})
        assert (cleared.json()["user"]["email"], cleared.json()["user"]["name"]) == (None, user["name"])
        assert (await ada.patch("/users/user_none", json={}, headers=tag)).status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "X", "username": "mei"}, "username_taken"),
        ({"name": "X", "username": "two words"}, "invalid"),
        ({"name": "X", "email": "no address"}, "invalid"),
        ({"name": "  "}, "invalid"),
        ({"name": "X", "role": "owner"}, "invalid"),
        ({"name": "X", "password": "short"}, "invalid"),
        ({"name": "X", "skills": {"skill_billing": 9}}, "invalid"),
        ({"name": "X", "skills": {"skill_of_nobody": 1}}, "bad_configuration"),
    ],
)
async def test_who_cannot_be_added_is_refused_with_the_reason(
    control: ControlProcess, body: dict[str, object], code: str
) -> None:
    async with control.signed_in("ada") as ada:
        answer = await ada.post("/users", json=body)
        assert answer.json()["error"]["code"] == code
        assert answer.status_code in {409, 422}


async def test_the_last_administrator_cannot_be_disabled_or_demoted(control: ControlProcess) -> None:
    async with control.signed_in("ada") as ada:
        me = (await ada.get("/session")).json()["user_id"]
        for other in (await ada.get("/users", params={"role": "admin"})).json()["items"]:  # whom other tests have added
            if other["user_id"] != me:
                (await ada.post(f"/users/{other['user_id']}/disable", json={})).raise_for_status()
        assert (await ada.post(f"/users/{me}/disable", json={})).json()["error"]["code"] == "last_administrator"
        version = (await ada.get(f"/users/{me}")).headers["ETag"]
        demoted = await ada.patch(f"/users/{me}", json={"role": "agent"}, headers={"If-Match": version})
        assert demoted.json()["error"]["code"] == "last_administrator"
        assert (await ada.get("/users")).status_code == 200


async def test_disabling_ends_every_sign_in_in_the_same_second(control: ControlProcess) -> None:
    async with control.signed_in("ada") as ada:
        user, token = await added(ada)
        assert (await accepted(control, token)).status_code == 200
        async with signed_in(control, user["username"], GOOD) as tessa, socket(control, tessa) as desk:
            await receive(desk, "snapshot")
            answer = await ada.post(f"/users/{user['user_id']}/disable", json={"reason": "Left the company"})
            assert (answer.json()["user"]["state"], answer.json()["conversation"]) == ("disabled", None)
            async with asyncio.timeout(LOOK_EVERY_S / 2):
                assert await is_closed(desk) == (4401, "disabled")
            assert (await tessa.get("/session")).status_code == 401
            assert (await ada.post(f"/users/{user['user_id']}/invitation")).json()["error"]["code"] == "user_disabled"
        enabled = await ada.post(f"/users/{user['user_id']}/enable")
        assert enabled.json()["user"]["state"] == "active"
    async with signed_in(control, user["username"], GOOD):
        pass


async def test_a_first_password_opens_nothing_but_the_way_to_another_one(control: ControlProcess) -> None:
    async with control.signed_in("ada") as ada:
        user, token = await added(ada, password="first of many horses")
        assert token == ""
    async with signed_in(control, user["username"], "first of many horses") as tessa:
        assert (await tessa.get("/session")).json()["must_change_password"]
        refused = await tessa.get("/customers", params={"query": "dana"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "password_must_change")
        async with socket(control, tessa) as desk:
            assert (await is_closed(desk))[0] == 4401
        wrong = await tessa.post("/me/password", json={"old": "guess", "password": GOOD})
        assert wrong.json()["error"]["code"] == "wrong_old_password"
        same = await tessa.post("/me/password", json={"old": "first of many horses", "password": "first of many horses"})
        assert same.json()["error"]["violations"][0]["code"] == "password_is_old"
        changed = await tessa.post("/me/password", json={"old": "first of many horses", "password": GOOD})
        assert not changed.json()["must_change_password"]
        assert (await tessa.get("/calls")).status_code == 200


async def test_ones_own_sign_ins_are_listed_and_ended_one_by_one(control: ControlProcess) -> None:
    async with control.signed_in("ada") as ada:
        user, token = await added(ada)
        await accepted(control, token)
    firefox = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"}
    async with control.visitor() as desk, signed_in(control, user["username"], GOOD) as phone:
        await desk.post("/session", json={"username": user["username"], "password": GOOD}, headers=firefox)
        listed = (await phone.get("/me/sessions")).json()["items"]
        (mine,) = (each for each in listed if each["current"])
        other = next(each for each in listed if each["device"]["browser"] == "Firefox")
        assert (other["device"]["system"], other["device"]["address"], other["current"]) == ("Windows", "127.0.0.1", False)
        assert (await phone.delete(f"/me/sessions/{other['session_id']}")).status_code == 204
        assert (await desk.get("/session")).status_code == 401
        assert (await phone.delete("/me/sessions/session_of_nobody")).status_code == 404
        assert mine["session_id"] in {each["session_id"] for each in (await phone.get("/me/sessions")).json()["items"]}
        assert (await phone.delete("/me/sessions")).status_code == 204
        assert (await phone.get("/session")).status_code == 401


async def test_an_administrator_ends_the_sign_ins_of_others(control: ControlProcess) -> None:
    async with control.signed_in("ada") as ada:
        user, token = await added(ada)
        await accepted(control, token)
        path = f"/users/{user['user_id']}/sessions"
        async with signed_in(control, user["username"], GOOD) as desk, signed_in(control, user["username"], GOOD) as phone:
            listed = (await ada.get(path)).json()["items"]
            assert len(listed) == 3
            assert (await ada.delete(f"{path}/{listed[0]['session_id']}")).status_code == 204
            assert len((await ada.get(path)).json()["items"]) == 2
            assert (await ada.delete(path)).status_code == 204
            assert [(await each.get("/session")).status_code for each in (desk, phone)] == [401, 401]
        assert (await ada.get("/users/user_none/sessions")).status_code == 404


async def test_ones_language_is_kept_with_the_account(control: ControlProcess) -> None:
    async with control.signed_in("ada") as ada:
        user, token = await added(ada)
        await accepted(control, token)
    async with signed_in(control, user["username"], GOOD) as tessa:
        assert (await tessa.patch("/me", json={"language": "zh"})).json()["language"] == "zh"
        assert (await tessa.get("/session")).json()["language"] == "zh"
        assert (await tessa.patch("/me", json={"language": "xx"})).status_code == 422


async def test_nobody_signs_in_without_a_password_and_links_are_not_guessed(control: ControlProcess) -> None:
    async with control.signed_in("ada") as ada, control.visitor("127.0.0.9") as stranger:
        user, _ = await added(ada)
        for password in (PASSWORD, "x"):
            answer = await stranger.post("/session", json={"username": user["username"], "password": password})
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "wrong_password")
        guess = {"token": "a" * 43}
        guesses = (stranger.post("/invitations/open", json=guess) for _ in range(INVITATION_TRIES + 20))
        assert {answer.status_code for answer in await asyncio.gather(*guesses)} == {410, 429}


async def test_a_link_is_sent_only_where_mail_goes_out_and_nothing_is_done_before_that_is_known(control: ControlProcess) -> None:
    async with control.signed_in("ada") as ada:
        assert (await ada.get("/users")).json()["mail"] is False
        body = {"name": "Mail Less", "username": "mailless", "email": "mailless@northwind.example", "mail": True}
        refused = await ada.post("/users", json=body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "no_mail_server")
        assert (await ada.get("/users", params={"query": "mailless"})).json()["items"] == []
        user, _ = await added(ada)
        again = await ada.post(f"/users/{user['user_id']}/invitation", json={"mail": True})
        assert (again.status_code, again.json()["error"]["code"]) == (409, "no_mail_server")


@pytest.mark.parametrize("name", ["\u200b", "\u202e", "\u3164", " \t"])
async def test_a_name_is_something_that_people_read(control: ControlProcess, name: str) -> None:
    async with control.signed_in("ada") as ada:
        for takes_work in (True, False):
            refused = await ada.post("/users", json={"name": name, "takes_work": takes_work})
            assert (refused.status_code, refused.json()["error"]["code"]) == (422, "invalid")


async def test_a_name_turns_no_text_beside_it(control: ControlProcess) -> None:
    async with control.signed_in("ada") as ada:
        made = await ada.post("/users", json={"name": "\u202eTurned  Round\u2069", "role": "reviewer", "takes_work": False})
    assert made.json()["user"]["name"] == "Turned Round"
