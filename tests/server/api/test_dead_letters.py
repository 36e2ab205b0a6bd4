"""What cannot be used is set aside, listed, handed in again or discarded; nothing kept from before ends a start."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import httpx
import msgspec
import pytest
from redis.asyncio import Redis

from core.codec import encode
from core.dead_letters import Stage, ids_of, letter_about
from core.events import AnyEvent, CallHandedBack, NodeStarted
from core.ids import AgentId, CallId, NodeId, QueueId, WorkId, new_id
from server.clock import SystemClock
from server.config import load_config
from server.health import examine
from server.storage.redis_dead_letters import RedisDeadLetters
from tests.peers.waiting import until_told
from tests.server.api.conftest import ControlProcess
from tests.server.redis_server import RedisServer

YEAR_20261 = 577_244_000_000.0


async def letters_of(ada: httpx.AsyncClient, **params: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = (await ada.get("/dead-letters", params=params)).json()["items"]
    return found


async def set_aside(control: ControlProcess, event: AnyEvent, part: str, stage: Stage = Stage.HANDLE) -> str:
    letter = letter_about(event, stage, part, ValueError("somebody's words"), at=SystemClock().now())
    letters = RedisDeadLetters(control.redis_url, control.prefix)
    await letters.set_aside(letter)
    await letters.close()
    return letter.letter_id


async def test_an_unreadable_entry_is_listed_and_everything_after_it_is_handled(control: ControlProcess) -> None:
    raw = Redis.from_url(control.redis_url)
    entry: bytes = await raw.xadd(f"{control.prefix}events", {"m": b"\x82\xa4type\xabNodeStarted\xa2at\xa1\xff"})  # type: ignore[assignment]  # this client does not decode
    await raw.xadd(f"{control.prefix}events", {"m": encode(NodeStarted(at=1.0, node_id=NodeId("node_x"), pid=1))})
    await raw.aclose()
    async with control.signed_in("ada") as ada:

        async def is_listed() -> bool:
            return any(letter["ids"] == {"entry_id": entry.decode()} for letter in await letters_of(ada))

        await until_told(is_listed)
        assert (await ada.get("/ready")).json()["problems"] in ([], ["no media node is running"])
        metrics = (await ada.get(f"{control.url}/metrics")).text
    assert 'patchbay_dead_letters_total{part="events",stage="read"}' in metrics


def handed_back(call_id: str) -> CallHandedBack:
    return CallHandedBack(
        at=SystemClock().now(),
        call_id=CallId(call_id),
        work_id=WorkId("work_aside"),
        agent_id=AgentId("agent_mei"),
        queue_id=QueueId("queue_aside"),
    )


async def test_a_letter_is_handed_in_again_or_discarded_once_and_that_is_written_down(control: ControlProcess) -> None:
    event = handed_back("call_aside")
    again = await set_aside(control, event, "live")
    nowhere = await set_aside(control, event, "a part of another release")
    async with control.signed_in("ada") as ada:

        async def are_listed() -> bool:
            return {again, nowhere} <= {letter["letter_id"] for letter in await letters_of(ada)}

        await until_told(are_listed)
        (shown,) = [letter for letter in await letters_of(ada) if letter["letter_id"] == again]
        assert (shown["kind"], shown["ids"]) == ("CallHandedBack", ids_of(event))
        assert "somebody" not in str(shown)
        assert (await ada.post(f"/dead-letters/{again}/hand-in")).status_code == 204
        twice = await ada.post(f"/dead-letters/{again}/hand-in")
        assert (twice.status_code, twice.json()["error"]["code"]) == (409, "settled")
        refused = await ada.post(f"/dead-letters/{nowhere}/hand-in")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "no_such_part")
        assert (await ada.post(f"/dead-letters/{nowhere}/discard")).status_code == 204
        states = {letter["letter_id"]: (letter["state"], letter["tries"]) for letter in await letters_of(ada, show="all")}
        assert (states[again], states[nowhere]) == (("handed_in", 1), ("discarded", 1))
        assert not {again, nowhere} & {letter["letter_id"] for letter in await letters_of(ada)}
        assert (await ada.post("/dead-letters/letter_none/discard")).status_code == 404


async def listed(ada: httpx.AsyncClient, letter_id: str) -> None:
    async def is_listed() -> bool:
        return letter_id in {letter["letter_id"] for letter in await letters_of(ada, limit="200")}

    await until_told(is_listed)


async def test_of_many_who_decide_at_once_one_does(control: ControlProcess) -> None:
    """Before, each handed it in, and one who failed set what another had settled waiting again."""
    event = handed_back("call_twice")
    letter_id = await set_aside(control, event, "live")
    async with control.signed_in("ada") as ada:
        await listed(ada, letter_id)
        verbs = ["hand-in", "discard"] * 10
        answers = await asyncio.gather(*(ada.post(f"/dead-letters/{letter_id}/{verb}") for verb in verbs))
        assert sorted(answer.status_code for answer in answers) == [204] + [409] * 19
        assert {answer.json()["error"]["code"] for answer in answers if answer.status_code == 409} == {"settled"}
        (kept,) = [letter for letter in await letters_of(ada, show="all", limit="200") if letter["letter_id"] == letter_id]
        assert (kept["state"], kept["tries"]) in {("handed_in", 1), ("discarded", 0)}


@pytest.mark.parametrize("letter_id", ["letter_" + "0" * 32, "x" * 5000, "%00", "..", "' OR 1=1 --", "\U0001f4a3", "null"])
async def test_a_letter_that_there_is_not_cannot_be_decided(control: ControlProcess, letter_id: str) -> None:
    async with control.signed_in("ada") as ada:
        for verb in ("hand-in", "discard"):
            answer = await ada.post(f"/dead-letters/{letter_id}/{verb}")
            assert answer.status_code in {400, 404, 405, 414}, answer.text


@pytest.mark.parametrize(
    ("holds", "payload"),
    [
        ("event", b"\x82\xa4type\xabNodeStarted\xa2at\xa1\xff"),
        ("event", msgspec.msgpack.encode({"type": "AnEventOfTheFuture", "at": 1.0})),
        ("event", msgspec.msgpack.encode({"type": "CallHandedBack", "at": 1e12, "call_id": 7})),
        ("event", msgspec.msgpack.encode([[[[]]]] * 1000)),
        ("event", b""),
        ("command", msgspec.msgpack.encode({"type": "HangUpEverybody"})),
        ("command", b"\xc1"),
    ],
)
async def test_a_message_of_another_release_is_refused_and_waits_on(
    control: ControlProcess, holds: Literal["event", "command"], payload: bytes
) -> None:
    event = handed_back("call_old")
    letter = letter_about(event, Stage.HANDLE, "live", ValueError(), at=SystemClock().now())
    changed = msgspec.structs.replace(letter, letter_id=new_id("letter"), holds=holds, payload=payload, to="acd")
    letters = RedisDeadLetters(control.redis_url, control.prefix)
    await letters.set_aside(changed)
    await letters.close()
    async with control.signed_in("ada") as ada:
        await listed(ada, changed.letter_id)
        for tries in (1, 2):
            answer = await ada.post(f"/dead-letters/{changed.letter_id}/hand-in")
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "unreadable")
            (kept,) = [each for each in await letters_of(ada, limit="200") if each["letter_id"] == changed.letter_id]
            assert (kept["state"], kept["tries"]) == ("waiting", tries)


@pytest.mark.parametrize("username", ["mei", "sam"])
async def test_only_administrators_may(control: ControlProcess, username: str) -> None:
    async with control.signed_in(username) as person:
        assert (await person.get("/dead-letters")).status_code == 403
        assert (await person.post("/dead-letters/letter_1/discard")).status_code == 403


@pytest.mark.parametrize("at", [YEAR_20261, 1e308, -1.0])
async def test_a_call_back_is_not_promised_for_another_millennium(control: ControlProcess, at: float) -> None:
    form = {"disposition": "solved", "next_step": "callback", "callback_at": at}
    async with control.signed_in("mei") as mei:
        answer = await mei.post("/work/work_old/wrap-up", json=form)
    assert answer.status_code == 422
    assert answer.json()["error"]["violations"][0]["place"] == "callback_at"


async def test_a_text_that_no_database_keeps_is_refused_where_it_comes_in(control: ControlProcess) -> None:
    async with control.signed_in("mei") as mei:
        for text in ("a\\u0000b", "\\ud800"):
            body = f'{{"disposition": "{text}"}}'
            answer = await mei.post("/work/work_old/wrap-up", content=body, headers={"Content-Type": "application/json"})
            assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")


@pytest.fixture
def own_control(redis_server: RedisServer, tmp_path: Path) -> Iterator[ControlProcess]:
    made = ControlProcess(redis_server.url, tmp_path)
    made.start()
    yield made
    made.stop()


async def test_nothing_that_was_kept_keeps_the_server_from_starting(own_control: ControlProcess) -> None:
    """One bad row or key of each kind; before, each of them ended every start."""
    own_control.stop()
    url, prefix = own_control.redis_url, own_control.prefix
    raw = Redis.from_url(url)
    for kind in ("call", "agent_leg", "leg_stream", "speech", "ivr", "late_transcription", "cursor", "start", "in_hand"):
        for key in ("bad", "control"):
            await raw.hset(f"{prefix}state:{kind}", key, b"\xa1\xff")
    await raw.delete(f"{prefix}state:widget_call")
    await raw.set(f"{prefix}state:agent_leg_other", b"no hash")
    await raw.rename(f"{prefix}state:agent_leg_other", f"{prefix}state:leg_stream")
    state = msgspec.msgpack.decode(await raw.hget(f"{prefix}ledger:acd", "snapshot"))  # type: ignore[arg-type]  # see above
    lost_queue = state["memory"]["queues"][0]["config"]["queue_id"]
    state["memory"]["queues"][0]["moved_at"] = "now"
    await raw.hset(f"{prefix}ledger:acd", "snapshot", msgspec.msgpack.encode(state))
    await raw.aclose()
    with sqlite3.connect(own_control.folder / "data" / "patchbay.db") as database:
        database.execute("INSERT OR REPLACE INTO settings (key, value) VALUES ('screens', '{\"away_reasons\": 7}')")
        values = "(99, 0, NULL, 'x', '', '{\"queues\": 7}')"
        database.execute(f"INSERT INTO configuration_versions (version, at, user_id, author, comment, document) VALUES {values}")
        database.execute("UPDATE customers SET since = 577244000000.0")
        database.execute("UPDATE interactions SET due_at = 577244000000.0, at = 577244000000.0")
    database.close()
    own_control.start()
    async with own_control.signed_in("ada") as ada:

        async def are_listed() -> bool:
            kinds = {letter["kind"] for letter in await letters_of(ada)}
            return {"call", "agent_leg", "leg_stream", "ivr", "settings", "configuration version", "queues"} <= kinds

        await until_told(are_listed)
        (part,) = [letter for letter in await letters_of(ada) if letter["kind"] == "queues"]
        assert (part["part"], part["ids"], part["can_be_handed_in"]) == ("acd", {"key": lost_queue}, False)
        refused = await ada.post(f"/dead-letters/{part['letter_id']}/hand-in")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "nothing_to_hand_in")
        metrics = (await ada.get(f"{own_control.url}/metrics")).text
        assert 'patchbay_dead_letters_total{part="acd",stage="start"}' in metrics
        settings = {"DATA_DIR": str(own_control.folder / "data"), "REDIS_URL": url, "REDIS_PREFIX": prefix}
        config = load_config(None, {f"PATCHBAY_STORAGE_{key}": value for key, value in settings.items()})
        found = await examine(config, lambda _: None)
        (said,) = [finding for finding in found if finding.part == "set aside"]
        assert said.verdict == "warning"
        assert "the newest: " in said.text
        assert " bad" in said.text, "their ids"
        now = (await ada.get("/configuration")).json()
        assert now["version"] != 99
        saved = await ada.put("/configuration", json={"version": now["version"], "document": now["document"], "comment": ""})
        assert saved.status_code == 200
        changed = now["document"] | {"skills": now["document"]["skills"] | {"skill_new": "New"}}
        newer = await ada.put("/configuration", json={"version": now["version"], "document": changed, "comment": "mended"})
        assert (newer.status_code, newer.json()["version"]) == (200, 100)
    assert own_control.process is not None
    assert own_control.process.poll() is None
