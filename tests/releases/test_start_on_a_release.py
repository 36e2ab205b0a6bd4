"""An upgrade loses nothing: the present state starts on what each release left behind when it was killed."""

from __future__ import annotations

import io
import sqlite3
import wave
from contextlib import closing
from datetime import UTC
from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis
from sqlalchemy import Connection, text

from acd.leadership.journal import Journal
from server.storage.redis_ledger import RedisLedger
from server.storage.sql.database import Database
from tests.peers.waiting import until_told
from tests.releases.upgraded import PATIENCE_S, Person, Upgraded, works_of

pytestmark = pytest.mark.timeout(300)

QUEUE = "queue_billing"
RECORDED_WITHIN_MS = 250
"""The length in history is that of the recording's time; the last frames may not have come."""
HISTORY = ("customers", "identifiers", "customer_facts", "chats", "tickets")
"""Tables to which a start adds nothing."""
IN_WRITING = ("chat_messages", "ticket_comments", "emails")
"""Tables of 0.1 whose rows are messages now."""


def of_channel(works: list[dict[str, Any]], channel: str, *states: str) -> list[dict[str, Any]]:
    return [work for work in works if work["channel"] == channel and work["state"] in states]


async def counted(installation: Upgraded, *tables: str) -> dict[str, int]:
    database = Database(installation.config.database_url)

    def count(connection: Connection) -> dict[str, int]:
        return {table: int(connection.scalar(text(f'SELECT count(*) FROM "{table}"')) or 0) for table in tables}

    found = await database.read(count)
    await database.close()
    return found


async def engaged(installation: Upgraded) -> tuple[int, int]:
    """Calls that had an agent, and those of them of which nobody knows who."""
    database = Database(installation.config.database_url)
    had = "FROM calls WHERE (agent_id IS NOT NULL OR agent_name <> '')"
    nobody = f"{had} AND NOT EXISTS (SELECT 1 FROM engagements WHERE engagements.call_id = calls.call_id)"

    def count(connection: Connection) -> tuple[int, int]:
        return connection.scalar(text(f"SELECT count(*) {had}")) or 0, connection.scalar(text(f"SELECT count(*) {nobody}")) or 0

    found = await database.read(count)
    await database.close()
    return found


async def callbacks_in_line(sam: Person) -> list[str]:
    """In every queue: what waits for long goes on to another one."""
    board = await sam.board()
    channel = {work["work_id"]: work["channel"] for work in works_of(board)}
    places = [place["work_id"] for line in board["lines"] for place in line["places"]]
    return [work_id for work_id in places if channel[work_id] == "callback"]


def texts_before(installation: Upgraded) -> set[tuple[str, float, str]]:
    """What people had written, as the release's own file has it."""
    folder = installation.data_dir / "before"
    folder.mkdir()
    installation.picture.unpack(folder)
    with closing(sqlite3.connect(folder / "patchbay.db")) as file:
        return set(
            file.execute(
                "SELECT interaction_id, at, chat_messages.text FROM chat_messages JOIN chats USING (chat_id)"
                " UNION ALL SELECT interaction_id, at, ticket_comments.text FROM ticket_comments JOIN tickets USING (ticket_id)"
                " UNION ALL SELECT interaction_id, at, text FROM emails"
            )
        )


async def messages_of(installation: Upgraded) -> set[tuple[str, float, str]]:
    database = Database(installation.config.database_url)
    query = text("SELECT interaction_id, at, text FROM messages")
    found = await database.read(lambda connection: {tuple(row) for row in connection.execute(query)})
    await database.close()
    return found


async def test_everything_and_everybody_is_there_after_the_first_start_and_the_second_is_like_it(installation: Upgraded) -> None:
    async with installation.control(), installation.signed_in("sam") as sam, installation.signed_in("ada") as ada:
        await everything_is_there(installation, sam, ada)
        for username, role in installation.expected["users"]:
            async with installation.signed_in(username) as person:
                assert (await person.reads("/session"))["role"] == role
        first = set(await sam.works())
    async with installation.control(), installation.signed_in("sam") as sam:
        assert {work_id for work_id, work in (await sam.works()).items() if work["channel"] == "callback"} <= first
        promised = {work["work_id"] for work in of_channel(installation.expected["works"], "callback", "scheduled", "waiting")}
        assert promised <= set(await sam.works())


async def everything_is_there(installation: Upgraded, sam: Person, ada: Person) -> None:
    expected = installation.expected
    assert await counted(installation, *HISTORY) == {table: expected["rows"][table] for table in HISTORY}
    assert (await counted(installation, "messages"))["messages"] == sum(expected["rows"][table] for table in IN_WRITING)
    assert await messages_of(installation) == texts_before(installation)
    rows = await counted(installation, "interactions", "calls", "callbacks", "configuration_versions", "flow_versions")
    assert rows == {table: expected["rows"][table] for table in rows}

    had, of_nobody = await engaged(installation)
    assert had > 0
    assert of_nobody == 0

    timelines: dict[str, dict[str, int]] = {}
    for customer_id, channel, count in expected["timelines_of_callers"]:
        timelines.setdefault(customer_id, {})[channel] = count
    for customer_id, channels in timelines.items():
        items = (await sam.reads(f"/customers/{customer_id}/timeline?limit=100"))["items"]
        assert {channel: sum(item["channel"] == channel for item in items) for channel in channels} == channels

    versions = (await ada.reads("/configuration/versions"))["items"]
    assert [[one["version"], one["author"], one["comment"]] for one in versions][::-1] == expected["versions"]
    document = (await ada.reads("/configuration"))["document"]
    assert document["queues"]["queue_billing"]["wrap_up_limit_s"] == 900

    for call_id, _, duration_ms in expected["recordings"]:
        with wave.open(io.BytesIO(await sam.hears(call_id))) as recording:
            heard_ms = recording.getnframes() * 1000 / recording.getframerate()
            assert heard_ms == pytest.approx(duration_ms, abs=RECORDED_WITHIN_MS)
    for call_id in expected["transcribed"]:
        assert (await sam.reads(f"/calls/{call_id}"))["segments"]


async def test_what_was_promised_is_still_promised_in_its_place_and_comes_up_at_its_time(installation: Upgraded) -> None:
    works = installation.expected["works"]
    (later,) = of_channel(works, "callback", "scheduled")
    waiting = {work["work_id"] for work in of_channel(works, "callback", "waiting", "offered")}
    places = [work_id for work_id in installation.expected["lines"][QUEUE] if work_id in waiting]
    assert len(places) == 2
    async with installation.control():
        async with installation.signed_in("sam") as sam:
            scheduled = (await sam.works())[later["work_id"]]
            assert (scheduled["state"], scheduled["until"]) == ("scheduled", later["until"])
            assert await callbacks_in_line(sam) == places

        installation.clock.move_to(later["until"] - PATIENCE_S)
        async with installation.signed_in("sam") as sam:  # whoever was signed in has been away for too long
            assert (await sam.works())[later["work_id"]]["state"] == "scheduled"
            installation.clock.move_to(later["until"] - 1)

            async def it_waits() -> bool:
                return sorted(await callbacks_in_line(sam)) == sorted([*places, later["work_id"]])

            await until_told(it_waits, PATIENCE_S)
            assert installation.clock.now() >= later["until"]


async def test_calls_of_a_node_that_is_gone_end_and_their_agents_are_free_of_them(installation: Upgraded) -> None:
    expected = installation.expected
    talking = [call_id for call_id, state in expected["calls"].items() if state == "talking"]
    gone = [call_id for call_id, state in expected["calls"].items() if state in {"talking", "waiting", "ivr"}]
    assert len(gone) == 3
    async with installation.control(), installation.signed_in("sam") as sam:

        async def over() -> bool:
            return all([(await sam.reads(f"/calls/{call_id}"))["ended_at"] is not None for call_id in gone])

        await until_told(over, PATIENCE_S)
        for call_id in gone:
            assert (await sam.reads(f"/calls/{call_id}"))["cause"] == "system:node_lost"

        async def only_written_up() -> bool:
            works = (await sam.works()).values()
            return {work["call_id"] for work in works if work["state"] in {"waiting", "offered", "accepted", "active"}} == {None}

        await until_told(only_written_up, PATIENCE_S)
        wrapping = {work["call_id"] for work in (await sam.works()).values() if work["state"] == "wrap_up"}
        unfinished = {call_id for call_id, state in expected["calls"].items() if state == "wrap_up"}
        assert wrapping == {*talking, *unfinished}


@pytest.mark.parametrize("damage", ["lost", "garbage", "a newer version", "half of it"])
async def test_no_promise_is_lost_with_the_saved_state_of_the_queues(installation: Upgraded, damage: str) -> None:
    """What cannot be read is brought back from the history."""
    works = installation.expected["works"]
    promised = {work["work_id"]: work for work in works if work["channel"] == "callback"}
    await damaged(installation, damage)
    async with installation.control(), installation.signed_in("sam") as sam:

        async def all_are_there() -> bool:
            return promised.keys() <= (await sam.works()).keys()

        await until_told(all_are_there, PATIENCE_S)
        now = await sam.works()
        for work_id, work in promised.items():
            assert now[work_id]["origin_call_id"] == work["origin_call_id"]
            if work["state"] == "scheduled":
                assert (now[work_id]["state"], now[work_id]["until"]) == ("scheduled", work["until"])
        assert len([work for work in now.values() if work["channel"] == "callback"]) == len(promised)


async def damaged(installation: Upgraded, how: str) -> None:
    """What the queues' leader had written, as it may be found."""
    redis: Any = Redis.from_url(installation.config.redis_url)
    ledger = RedisLedger(installation.config.redis_url, "pb:", "acd")
    journal = Journal(ledger, UTC)
    await journal.load()
    state: dict[str, Any] = msgspec.msgpack.decode(journal.engine.snapshot())
    works = state["memory"]["works"]
    if how == "a newer version":
        state["version"] = 99
        works[:] = [work | {"colour": "green"} for work in works]
    elif how == "half of it":
        for work in works:
            del work["wait_until"]
    await redis.delete("pb:ledger:acd:entries")
    if how == "lost":
        await redis.delete("pb:ledger:acd")
    else:
        snapshot = b"\xc1 no snapshot" if how == "garbage" else msgspec.msgpack.encode(state)
        await redis.hset("pb:ledger:acd", mapping={"snapshot": snapshot, "snapshot_seq": journal.seq, "seq": journal.seq})
    await ledger.close()
    await redis.aclose()
