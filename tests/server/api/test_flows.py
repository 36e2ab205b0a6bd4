"""Flows are written, checked, published and rolled back while it runs; drafts are everybody's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from core.ids import UserId
from ivr.templates import QUEUES, Template
from server.passwords import hash_password
from server.storage.sql.database import Database, sqlite_url
from server.storage.sql.users import SqlUsers, User
from tests.server.api.conftest import PASSWORD, ControlProcess

FLOW = "flow_test"
TEXT = """\
flow: flow_test
name: Test
start: hello
steps:
  hello: {verb: say, text: Hello., next: wait}
  wait: {verb: enqueue, queue: queue_orders, too_long: bye, failed: bye}
  bye: {verb: hang_up, say: Good-bye.}
"""


@pytest.fixture
async def ada(control: ControlProcess) -> AsyncIterator[httpx.AsyncClient]:
    async with control.signed_in("ada") as client:
        yield client
        await client.delete(f"/flows/{FLOW}")


@pytest.fixture
async def kim(control: ControlProcess) -> AsyncIterator[httpx.AsyncClient]:
    """Another administrator."""
    database = Database(sqlite_url(control.folder / "data" / "patchbay.db"))
    user = User(user_id=UserId("user_kim"), username="kim", name="Kim Vos", role="admin", password_hash=hash_password(PASSWORD))
    await SqlUsers(database).add(user)
    await database.close()
    async with control.signed_in("kim") as client:
        yield client


async def begun(ada: httpx.AsyncClient) -> None:
    answer = await ada.post("/flows", json={"flow_id": FLOW, "name": "Test"})
    assert answer.status_code == 200, answer.text


async def publish(who: httpx.AsyncClient, text: str, version: int, comment: str = "") -> httpx.Response:
    return await who.post(f"/flows/{FLOW}/publish", json={"text": text, "version": version, "comment": comment})


async def problems(ada: httpx.AsyncClient, text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await ada.post("/flows/check", json={"text": text, "flow_id": FLOW})).json()["problems"]
    return found


async def test_a_flow_begins_as_a_draft_that_has_no_mistake_and_leads_nowhere(ada: httpx.AsyncClient) -> None:
    await begun(ada)
    flow = (await ada.get(f"/flows/{FLOW}")).json()
    assert (flow["published"], flow["text"], flow["numbers"], flow["callers"]) == (None, "", [], 0)
    assert await problems(ada, flow["draft"]["text"]) == []
    assert (await ada.post("/flows", json={"flow_id": FLOW, "name": "Other"})).json()["error"]["code"] == "flow_exists"
    refused = await ada.post("/numbers", json={"number": "1020", "flow_id": FLOW})
    assert [each["code"] for each in refused.json()["error"]["violations"]] == ["not_published"]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("template", Template)
async def test_a_template_can_be_published_as_it_is(ada: httpx.AsyncClient, template: Template, language: str) -> None:
    queues = ["queue_orders", "queue_billing"][: QUEUES[template]]
    wanted = {"flow_id": FLOW, "name": 'Test: "one" #1', "language": language, "template": template, "queues": queues}
    made = await ada.post("/flows", json=wanted)
    assert made.status_code == 200, made.text
    text = made.json()["draft"]["text"]
    assert [each for each in await problems(ada, text) if each["severity"] == "error"] == []
    assert [queue for queue in queues if f"queue: {queue}" in text] == queues
    assert template != "two_choices" or 'digit: 2, label: "Billing"' in text, "the desk says what the caller chose by its name"
    published = await publish(ada, text, 0)
    assert published.status_code == 200, published.text


@pytest.mark.parametrize("queues", [[], ["queue_none"], ["queue_orders", "queue_orders"]])
async def test_a_template_needs_queues_that_there_are(ada: httpx.AsyncClient, queues: list[str]) -> None:
    wanted = {"flow_id": FLOW, "name": "Test", "template": "two_choices", "queues": queues}
    refused = await ada.post("/flows", json=wanted)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "template_needs_queues")
    assert (await ada.get(f"/flows/{FLOW}")).status_code == 404


async def test_what_is_published_is_a_version_with_its_author_and_reason(ada: httpx.AsyncClient) -> None:
    await begun(ada)
    first = (await publish(ada, TEXT, 0, "The first")).json()
    assert (first["published"]["version"], first["text"], first["draft"]) == (1, TEXT, None)
    second = (await publish(ada, TEXT.replace("Hello.", "Good day."), 1, "More polite")).json()
    versions = (await ada.get(f"/flows/{FLOW}/versions")).json()["items"]
    assert [(each["version"], each["author"], each["comment"]) for each in versions] == [
        (2, "Ada Kowalska", "More polite"),
        (1, "Ada Kowalska", "The first"),
    ]
    diff = (await ada.get(f"/flows/{FLOW}/versions/2/diff")).json()
    assert "+  hello: {verb: say, text: Good day., next: wait}" in diff["text"].splitlines()
    assert (await ada.get(f"/flows/{FLOW}/versions/1")).json()["text"] == TEXT
    drafted = await ada.post(f"/flows/{FLOW}/versions/2/diff", json={"text": second["text"] + "# more\n"})
    assert drafted.json()["text"].splitlines()[-1] == "+# more"


async def test_the_same_text_again_is_no_new_version(ada: httpx.AsyncClient) -> None:
    await begun(ada)
    await publish(ada, TEXT, 0)
    assert (await publish(ada, TEXT, 1)).json()["published"]["version"] == 1


async def test_who_was_overtaken_is_told_and_both_drafts_stay(ada: httpx.AsyncClient, kim: httpx.AsyncClient) -> None:
    await begun(ada)
    await publish(ada, TEXT, 0)
    mine, theirs = TEXT.replace("Hello.", "Hi."), TEXT.replace("Hello.", "Hey.")
    for who, text in ((ada, mine), (kim, theirs)):
        assert (await who.put(f"/flows/{FLOW}/draft", json={"text": text, "base_version": 1})).status_code == 200
    seen = (await ada.get(f"/flows/{FLOW}")).json()
    assert seen["draft"]["text"] == mine
    assert [(each["author"], each["mine"]) for each in seen["drafts"]] == [("Kim Vos", False), ("Ada Kowalska", True)]
    assert (await publish(kim, theirs, 1)).json()["published"]["version"] == 2
    late = await publish(ada, mine, 1)
    assert (late.status_code, late.json()["error"]["code"], late.json()["error"]["version"]) == (409, "changed_since", 2)
    after = (await ada.get(f"/flows/{FLOW}")).json()
    assert (after["draft"]["text"], after["text"]) == (mine, theirs)
    assert [each["author"] for each in after["drafts"]] == ["Ada Kowalska"]


async def test_a_draft_keeps_when_it_began_and_can_be_read_by_others(ada: httpx.AsyncClient, kim: httpx.AsyncClient) -> None:
    await begun(ada)
    began = (await kim.put(f"/flows/{FLOW}/draft", json={"text": "steps: [", "base_version": 0})).json()["began_at"]
    again = (await kim.put(f"/flows/{FLOW}/draft", json={"text": "steps: {", "base_version": 0})).json()
    assert (again["began_at"], again["saved_at"] > began) == (began, True)
    assert (await ada.get(f"/flows/{FLOW}/drafts/user_kim")).json()["text"] == "steps: {"
    await kim.delete(f"/flows/{FLOW}/draft")
    assert (await ada.get(f"/flows/{FLOW}/drafts/user_kim")).status_code == 404


async def test_a_roll_back_is_a_new_version_with_the_old_text(ada: httpx.AsyncClient) -> None:
    await begun(ada)
    await publish(ada, TEXT, 0)
    await publish(ada, TEXT.replace("Hello.", "Hi."), 1)
    back = (await ada.post(f"/flows/{FLOW}/rollback", json={"to": 1, "version": 2})).json()
    assert (back["published"]["version"], back["published"]["comment"], back["text"]) == (3, "Back to version 1", TEXT)
    assert (await ada.post(f"/flows/{FLOW}/rollback", json={"to": 9, "version": 3})).status_code == 404
    assert (await ada.post(f"/flows/{FLOW}/rollback", json={"to": 2, "version": 1})).status_code == 409


@pytest.mark.parametrize(
    ("right", "wrong", "word", "code", "instead"),
    [
        ("queue_orders", "queue_odrers", "queue_odrers", "unknown_queue", "queue_orders"),
        ("failed: bye}", "failed: bye, skills: [{skill: skill_englisch}]}", "skill_englisch", "unknown_skill", "skill_english"),
        ("say: Good-bye.", "file: prompts/nothing.wav", "prompts/nothing.wav", "file_absent", None),
        ("say: Good-bye.", "file: ../secret.wav", "../secret.wav", "file_outside", None),
        ("too_long: bye", "too_long: buy", "buy", "unknown_step", "bye"),
        ("verb: say", "verb: sya", "sya", "unknown_verb", "say"),
        ("flow: flow_test", "flow: flow_other", "flow_other", "other_flow", "flow_test"),
    ],
)
async def test_a_name_that_is_not_there_is_refused_at_its_place_with_what_was_meant(  # noqa: PLR0917
    ada: httpx.AsyncClient, right: str, wrong: str, word: str, code: str, instead: str | None
) -> None:
    await begun(ada)
    text = TEXT.replace(right, wrong)
    before = text[: text.index(word)]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    (found,) = await problems(ada, text)
    assert (found["line"], found["column"], found["length"], found["code"]) == (line, column, len(word), code)
    assert (found["severity"], found["params"].get("instead")) == ("error", instead)
    refused = await publish(ada, text, 0)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "bad_flow")
    assert refused.json()["error"]["problems"] == [found]
    assert (await ada.get(f"/flows/{FLOW}")).json()["published"] is None


async def test_all_mistakes_are_told_at_once_each_at_its_line(ada: httpx.AsyncClient) -> None:
    """Of the schema, of names that are not there, of ways: one at a time was three rounds of mending."""
    await begun(ada)
    text = TEXT.replace("queue_orders", "queue_odrers").replace("verb: say", "verb: say, tims: 2")
    text += "  lonely: {verb: say, file: prompts/nothing.wav, next: bye}\n"
    lines = text.splitlines()
    found = [(each["code"], lines[each["line"] - 1].split(":")[0].strip()) for each in await problems(ada, text)]
    assert sorted(found) == [
        ("field_unknown", "hello"),
        ("file_absent", "lonely"),
        ("step_unreachable", "lonely"),
        ("unknown_queue", "wait"),
    ]
    refused = await publish(ada, text, 0)
    assert len(refused.json()["error"]["problems"]) == 4


async def test_a_configuration_that_takes_away_what_a_published_flow_uses_is_refused_with_both_places(
    ada: httpx.AsyncClient,
) -> None:
    await begun(ada)
    await ada.patch("/configuration", json={"version": await configured(ada), "changes": SPARE})
    await publish(ada, TEXT.replace("queue_orders", "queue_spare"), 0)
    before = (await ada.get("/configuration")).json()
    change = {"version": before["version"], "changes": {"queues": {"queue_spare": None}}}
    refused = await ada.patch("/configuration", json=change)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "bad_configuration")
    (problem,) = refused.json()["error"]["problems"]
    assert (problem["path"], problem["code"]) == (["queues", "queue_spare"], "queue_in_use")
    assert problem["flow"] == {"flow_id": FLOW, "name": "Test", "version": 1, "line": 6, "column": 32}
    document = before["document"]
    del document["queues"]["queue_spare"]
    checked = (await ada.post("/configuration/validate", json={"document": document})).json()
    assert checked["problems"] == [problem]
    lines = before["yaml"].splitlines()
    start = lines.index("  queue_spare:")
    yaml = "\n".join([*lines[:start], *lines[start + 2 :]]) + "\n"
    (in_yaml,) = (await ada.post("/configuration/validate", json={"yaml": yaml})).json()["problems"]
    assert lines[in_yaml["line"] - 1].startswith("  queue_"), "the nearest place that the text still has"
    await publish(ada, TEXT, 1)
    assert (await ada.patch("/configuration", json=change)).status_code == 200


SPARE = {"queues": {"queue_spare": {"name": "Spare"}}}


async def configured(ada: httpx.AsyncClient) -> int:
    return int((await ada.get("/configuration")).json()["version"])


async def test_a_flow_that_numbers_lead_to_cannot_be_removed(ada: httpx.AsyncClient) -> None:
    await begun(ada)
    await publish(ada, TEXT, 0)
    number = (await ada.post("/numbers", json={"number": "1021", "flow_id": FLOW})).json()
    refused = await ada.delete(f"/flows/{FLOW}")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "flow_has_numbers")
    assert refused.json()["error"]["numbers"] == ["1021"]
    await ada.delete(f"/numbers/{number['number_id']}", headers={"If-Match": '"1"'})
    assert (await ada.delete(f"/flows/{FLOW}")).status_code == 204
    assert (await ada.get(f"/flows/{FLOW}")).status_code == 404


async def test_an_editor_gets_the_schema_and_the_names_that_there_are(ada: httpx.AsyncClient) -> None:
    words = (await ada.get("/flows/words")).json()
    assert words["queues"]["queue_orders"] == "Orders"
    assert words["skills"]["skill_english"] == "English"
    assert "prompts/music/hold.wav" in words["files"]
    assert "certainty" in words["variables"]
    queue = words["schema"]["$defs"]["Enqueue"]["properties"]["queue"]
    assert queue == {"x-names": "queue", "type": "string"}


async def test_a_long_flow_may_be_sent(ada: httpx.AsyncClient) -> None:
    await begun(ada)
    text = TEXT + "".join(f"# {number:0100}\n" for number in range(2000))
    assert (await ada.put(f"/flows/{FLOW}/draft", json={"text": text, "base_version": 0})).status_code == 200
