"""Numbers are given to flows while it runs: checked, on the version that was seen, written down; who called in vain is listed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from core.events import CallUnassigned
from core.ids import CallId, new_id
from server.clock import SystemClock
from server.storage.redis_bus import RedisBus
from server.storage.sql.audit_log import SqlAuditLog
from server.storage.sql.database import Database, sqlite_url
from tests.peers.waiting import until_told
from tests.server.api.conftest import ControlProcess

DEMO = "flow_demo"


@pytest.fixture
async def ada(control: ControlProcess) -> AsyncIterator[httpx.AsyncClient]:
    """Takes away what the test has added."""
    async with control.signed_in("ada") as client:
        before = {each["number_id"] for each in (await client.get("/numbers")).json()["items"]}
        yield client
        for each in (await client.get("/numbers")).json()["items"]:
            if each["number_id"] not in before:
                await client.delete(f"/numbers/{each['number_id']}", headers={"If-Match": f'"{each["version"]}"'})


async def add(ada: httpx.AsyncClient, number: str, **more: Any) -> dict[str, Any]:
    answer = await ada.post("/numbers", json={"number": number, "flow_id": DEMO, **more})
    assert answer.status_code == 200, answer.text
    added: dict[str, Any] = answer.json()
    return added


def codes(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.json()["error"]["code"] == "invalid"
    return [(each["place"], each["code"]) for each in answer.json()["error"]["violations"]]


async def test_a_number_answers_from_now_on_in_every_form_until_it_is_removed(ada: httpx.AsyncClient) -> None:
    added = await add(ada, "020 7946 0001", label="Orders")
    assert (added["number"], added["version"]) == ("+442079460001", 1)
    for called in ("+442079460001", "442079460001", "02079460001"):
        assert (await ada.get("/numbers/find", params={"called": called})).json()["rule"]["label"] == "Orders"
    gone = await ada.delete(f"/numbers/{added['number_id']}", headers={"If-Match": '"1"'})
    assert gone.status_code == 204
    assert (await ada.get("/numbers/find", params={"called": "02079460001"})).json()["rule"] is None


async def test_a_beginning_answers_what_no_whole_number_does(ada: httpx.AsyncClient) -> None:
    await add(ada, "+442079461*", label="all")
    await add(ada, "+442079461007", label="seven")
    found = [(await ada.get("/numbers/find", params={"called": f"0207946100{last}"})).json()["rule"] for last in (6, 7)]
    assert [rule["label"] for rule in found] == ["all", "seven"]


async def test_every_mistake_is_told_at_its_field_and_nothing_is_saved(ada: httpx.AsyncClient) -> None:
    before = (await ada.get("/numbers")).json()
    wrong = {"number": "one two", "flow_id": "flow_demmo", "trunk": "nowhere", "language": "xx"}
    answer = await ada.post("/numbers", json=wrong)
    assert codes(answer) == [("number", "not_a_number"), ("trunk", "unknown_trunk"), ("flow_id", "unknown_flow")]
    assert "did you mean “flow_demo”?" in answer.json()["error"]["message"]
    assert codes(await ada.post("/numbers", json={"number": "1000", "flow_id": DEMO})) == [("number", "taken")]
    assert codes(await ada.post("/numbers", json={"number": "1009", "flow_id": DEMO, "language": "fr"})) == [
        ("language", "not_spoken")
    ]
    assert (await ada.get("/numbers")).json() == before


async def test_who_changes_what_somebody_else_has_changed_is_told(ada: httpx.AsyncClient) -> None:
    added = await add(ada, "1010", label="first")
    path, body = f"/numbers/{added['number_id']}", {"number": "1010", "flow_id": DEMO}
    read = await ada.get(path)
    assert read.headers["ETag"] == '"1"'
    changed = await ada.put(path, json={**body, "label": "mine"}, headers={"If-Match": read.headers["ETag"]})
    assert (changed.status_code, changed.json()["version"], changed.headers["ETag"]) == (200, 2, '"2"')
    late = await ada.put(path, json={**body, "label": "theirs"}, headers={"If-Match": '"1"'})
    assert (late.status_code, late.json()["error"]["code"], late.json()["error"]["version"]) == (412, "changed_since", 2)
    assert (await ada.delete(path, headers={"If-Match": '"1"'})).status_code == 412
    assert (await ada.put(path, json=body)).status_code == 428
    assert (await ada.put(path, json=body, headers={"If-Match": "newest"})).status_code == 422
    assert (await ada.get(path)).json()["label"] == "mine"


async def test_a_number_cannot_become_one_that_is_taken(ada: httpx.AsyncClient) -> None:
    added = await add(ada, "1011")
    answer = await ada.put(
        f"/numbers/{added['number_id']}", json={"number": "1000", "flow_id": DEMO}, headers={"If-Match": '"1"'}
    )
    assert codes(answer) == [("number", "taken")]


async def test_what_is_not_there_is_not_found(ada: httpx.AsyncClient) -> None:
    for answer in (
        await ada.get("/numbers/number_nobody"),
        await ada.delete("/numbers/number_nobody", headers={"If-Match": '"1"'}),
        await ada.put("/numbers/number_nobody", json={"number": "1012", "flow_id": DEMO}, headers={"If-Match": '"1"'}),
    ):
        assert answer.status_code == 404


async def test_changes_stand_in_the_audit_log_with_before_and_after(control: ControlProcess, ada: httpx.AsyncClient) -> None:
    added = await add(ada, "1013", label="first")
    path = f"/numbers/{added['number_id']}"
    await ada.put(path, json={"number": "1013", "flow_id": DEMO, "label": "second"}, headers={"If-Match": '"1"'})
    await ada.delete(path, headers={"If-Match": '"2"'})
    database = Database(sqlite_url(control.folder / "data" / "patchbay.db"))
    entries = [each for each in await SqlAuditLog(database).latest(20) if each.subject == added["number_id"]]
    await database.close()
    assert [each.action for each in reversed(entries)] == ["add_number", "change_number", "remove_number"]
    changed = entries[1].details
    assert (changed["before"]["label"], changed["after"]["label"]) == ("first", "second")


async def test_a_number_that_nothing_answers_is_listed_with_its_callers_until_a_rule_answers(
    ada: httpx.AsyncClient, bus: RedisBus
) -> None:
    for caller in ("+447700900001", "+447700900002"):
        call_id, now = CallId(new_id("call")), SystemClock().now()
        await bus.publish(CallUnassigned(at=now, call_id=call_id, caller=caller, called="02079462222", trunk="acme"))

    async def listed() -> list[dict[str, Any]]:
        items = (await ada.get("/numbers/unassigned")).json()["items"]
        return [each for each in items if each["number"] == "+442079462222"]

    async def both() -> bool:
        return [each["calls"] for each in await listed()] == [2]

    await until_told(both, within_s=20)
    (found,) = await listed()
    assert found["trunk"] == "acme"
    assert [each["caller"] for each in found["callers"]] == ["+447700900002", "+447700900001"]
    await add(ada, "+442079462222")
    assert await listed() == []
