"""An upgrade loses nothing: the present state starts on what each release left behind when it was killed."""

from __future__ import annotations

import io
import wave

import pytest
from sqlalchemy import Connection, text

from server.storage.sql.database import Database
from tests.peers.waiting import until_told
from tests.releases.upgraded import PATIENCE_S, Upgraded, of_channel

pytestmark = pytest.mark.timeout(300)

RECORDED_WITHIN_MS = 250
"""The length in history is that of the recording's time; the last frames may not have come."""
HISTORY = ("customers", "identifiers", "customer_facts", "chats", "chat_messages", "emails", "tickets", "ticket_comments")
"""Tables to which a start adds nothing."""


async def counted(installation: Upgraded, *tables: str) -> dict[str, int]:
    database = Database(installation.config.database_url)

    def count(connection: Connection) -> dict[str, int]:
        return {table: int(connection.scalar(text(f'SELECT count(*) FROM "{table}"')) or 0) for table in tables}

    found = await database.read(count)
    await database.close()
    return found


async def test_everything_is_there_after_the_first_start(installation: Upgraded) -> None:
    expected = installation.expected
    async with installation.control(), installation.signed_in("sam") as sam, installation.signed_in("ada") as ada:
        assert await counted(installation, *HISTORY) == {table: expected["rows"][table] for table in HISTORY}
        rows = await counted(installation, "interactions", "calls", "callbacks", "configuration_versions", "flow_versions")
        assert rows == {table: expected["rows"][table] for table in rows}

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


async def test_everybody_still_signs_in(installation: Upgraded) -> None:
    async with installation.control():
        for username, role in installation.expected["users"]:
            async with installation.signed_in(username) as person:
                assert (await person.reads("/session"))["role"] == role


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


async def test_the_second_start_is_like_the_first(installation: Upgraded) -> None:
    async with installation.control(), installation.signed_in("sam") as sam:
        first = set(await sam.works())
    async with installation.control(), installation.signed_in("sam") as sam:
        assert {work_id for work_id, work in (await sam.works()).items() if work["channel"] == "callback"} <= first
        promised = {work["work_id"] for work in of_channel(installation.expected["works"], "callback", "scheduled", "waiting")}
        assert promised <= set(await sam.works())
