"""Reports and decision records over the API: who may read them, what they say of a piece of work, and what is refused."""

from __future__ import annotations

import csv
import io
import time
from contextlib import suppress
from typing import Any

import httpx
import pytest

from acd.engine.engine import Engine
from acd.leadership.journal import Entry, EntryKind
from acd.model.refusals import Repeated
from core.causes import WorkEnd
from core.codec import decode_command, decode_event
from core.commands import AcceptOffer, AnyCommand, EndWork, EnqueueWork, FinishWrapUp
from core.events import OfferMade, WorkEnded
from core.ids import AgentId, QueueId, WorkId, new_id
from core.model import Channel, WorkRecord
from server.storage.redis_bus import RedisBus
from server.storage.sql.acd_inputs import SqlAcdInputs
from server.storage.sql.acd_records import SqlAcdRecords
from server.storage.sql.database import Database, sqlite_url
from tests.peers.past_calls import keep_call
from tests.peers.waiting import until_told
from tests.server.api.conftest import ControlProcess
from tests.server.api.test_live_socket import receive, socket
from tests.server.api.test_rights import customer_named, recorded, somebody

QUEUE, MEI = QueueId("queue_billing"), AgentId("agent_mei")
DAY_S = 86_400.0


async def ask(bus: RedisBus, command: AnyCommand) -> None:
    answer = await bus.send("acd", command)
    assert answer.ok, answer.reason


async def a_ticket_is_served(control: ControlProcess, bus: RedisBus) -> WorkId:
    """By whoever it is offered to; whose screen is closed for seconds is offered nothing."""
    async with control.signed_in("mei") as mei, socket(control, mei) as desk:
        await receive(desk, "snapshot")
        assert (await mei.post("/agent/state", json={"state": "available"})).status_code == 204
        return await _served(bus)


async def _served(bus: RedisBus) -> WorkId:
    work_id = WorkId(new_id("work"))
    await ask(bus, EnqueueWork(work_id=work_id, call_id=None, channel=Channel.TICKET, queue_id=QUEUE, preferred_agent=MEI))
    made: OfferMade | None = None
    async for _, event in bus.events("0"):
        if isinstance(event, OfferMade) and event.work_id == work_id:
            made = event
            break
    assert made is not None
    await ask(bus, AcceptOffer(offer_id=made.offer_id, agent_id=made.agent_id))
    await ask(bus, EndWork(work_id=work_id, abandoned=False))
    await ask(bus, FinishWrapUp(work_id=work_id, agent_id=made.agent_id))
    return work_id


async def offers_of(client: httpx.AsyncClient, work_id: WorkId) -> list[dict[str, Any]]:
    answer = await client.get(f"/work/{work_id}/decisions")
    return answer.json()["items"] if answer.status_code == 200 else []


async def test_a_served_ticket_is_in_the_report_and_its_offer_has_a_reason(control: ControlProcess, bus: RedisBus) -> None:
    began = time.time()
    work_id = await a_ticket_is_served(control, bus)
    async with control.signed_in("sam") as sam:

        async def is_kept() -> bool:
            return [offer["outcome"] for offer in await offers_of(sam, work_id)] == ["accepted"]

        await until_told(is_kept, within_s=20)
        (offer,) = await offers_of(sam, work_id)
        assert offer["decision"]["summary"]
        assert offer["agent_id"] in {candidate["agent_id"] for candidate in offer["decision"]["candidates"]}
        times = {"start": began, "end": began + 60}

        async def is_counted() -> bool:
            report = (await sam.get("/reports/queues", params={**times, "queue_id": QUEUE})).json()
            return bool(report["totals"][0]["handled"])

        await until_told(is_counted, within_s=20)
        report = (await sam.get("/reports/queues", params=times)).json()
        total = next(row for row in report["totals"] if row["queue_id"] == QUEUE)
        assert total["answered"] >= 1
        assert total["service_level"] is not None
        assert total["average_speed_of_answer_s"] is not None
        assert sum(row["answered"] for row in report["rows"]) == sum(row["answered"] for row in report["totals"])
        served_by = (await sam.get("/reports/agents", params={**times, "agent_id": offer["agent_id"]})).json()
        assert served_by["totals"][0]["handled"] >= 1
        metrics = (await sam.get(f"{control.url}/metrics")).text
        assert "# TYPE patchbay_queue_expected_wait_seconds gauge" in metrics
        assert "patchbay_acd_history_dropped_total 0.0" in metrics
        rows = list(csv.DictReader(io.StringIO((await sam.get("/reports/queues", params={**times, "format": "csv"})).text)))
        assert len(rows) == sum(row["start"] <= time.time() for row in report["rows"]), "a file has no hours that have not begun"
        assert {row["queue_id"] for row in rows} == {row["queue_id"] for row in report["rows"]}
        assert "Billing" in {row["name"] for row in rows}, "with what people read"
        together = (await sam.get("/reports/queues", params={**times, "each": "false"})).json()
        assert (together["rows"], together["totals"]) == ([], report["totals"])
        assert sum(row["answered"] for row in together["intervals"]) == together["total"]["answered"] >= 1
        assert report["names"][QUEUE] == "Billing"


async def test_an_agent_sees_the_reasons_of_own_offers_only(control: ControlProcess, bus: RedisBus) -> None:
    work_id = await a_ticket_is_served(control, bus)
    async with control.signed_in("sam") as sam, control.signed_in("mei") as mei, control.signed_in("jonas") as jonas:

        async def is_kept() -> bool:
            return bool(await offers_of(sam, work_id))

        await until_told(is_kept, within_s=20)
        assert {offer["agent_id"] for offer in await offers_of(sam, work_id)} == {MEI}
        assert len(await offers_of(mei, work_id)) == 1
        assert (await jonas.get(f"/work/{work_id}/decisions")).status_code == 404


async def test_reports_are_for_supervisors(control: ControlProcess) -> None:
    times = {"start": 0, "end": DAY_S}
    async with control.signed_in("mei") as mei, control.visitor() as visitor:
        for path in ("/reports/queues", "/reports/skills", "/reports/channels", "/reports/agents", "/reports/conversations"):
            assert (await mei.get(path, params=times)).status_code == 403
            assert (await visitor.get(path, params=times)).status_code == 401
        assert (await visitor.get("/work/work_1/decisions")).status_code == 401


async def test_behind_a_number_are_its_conversations(control: ControlProcess, bus: RedisBus) -> None:
    work_id = await a_ticket_is_served(control, bus)
    async with control.signed_in("sam") as sam:
        report = (await sam.get("/reports/queues", params={"queue_id": QUEUE})).json()
        asked = {"start": report["start"], "end": report["end"], "queue_id": QUEUE, "counted": ["answered"]}

        async def is_listed() -> bool:
            items = (await sam.get("/reports/conversations", params=asked)).json()["items"]
            return work_id in [item["work_id"] for item in items if item["handled_s"] is not None]

        await until_told(is_listed, within_s=20)
        found = (await sam.get("/reports/conversations", params=asked)).json()
        report = (await sam.get("/reports/queues", params={"queue_id": QUEUE})).json()
        assert found["count"] == report["total"]["answered"] == len(found["items"])
        item = next(each for each in found["items"] if each["work_id"] == work_id)
        assert (item["queue"], item["agent"], item["channel"], item["cause"]) == ("Billing", "Mei Lin", "ticket", "served")
        of_nobody = (await sam.get("/reports/conversations", params={**asked, "agent_id": "agent_none"})).json()
        assert of_nobody == {"items": [], "count": 0}
        file = await sam.get("/reports/conversations", params={**asked, "format": "csv"})
        assert [row["work_id"] for row in csv.DictReader(io.StringIO(file.text))] == [each["work_id"] for each in found["items"]]


async def test_a_name_behind_a_number_is_for_those_who_may_read_the_conversation(control: ControlProcess) -> None:
    """A planner reads reports and nobody's calls: the conversation is counted and not told."""
    database = Database(sqlite_url(control.folder / "data" / "patchbay.db"))
    async with control.signed_in("sam") as sam:
        call = recorded(control.folder / "data", await customer_named(sam, "Whitfield"), MEI)
        await keep_call(database, call)
        at = call.started_at
        record = WorkRecord(
            work_id=WorkId(call.work_id or ""),
            call_id=call.call_id,
            channel=Channel.CALL,
            queue_id=QUEUE,
            enqueued_at=at,
            entered_at=at,
            ended_at=at + 60,
            waited_s=60,
            cause=WorkEnd.ABANDONED,
            service_level_s=20,
            short_abandon_s=5,
        )
        ended = WorkEnded(
            at=at + 60,
            work_id=record.work_id,
            call_id=call.call_id,
            queue_id=QUEUE,
            agent_id=None,
            cause=WorkEnd.ABANDONED,
            waited_s=60,
            record=record,
        )
        await SqlAcdRecords(database).write([ended])
        asked: dict[str, Any] = {"start": at, "end": at + 61, "counted": ["abandoned", "short_abandoned"]}
        told = (await sam.get("/reports/conversations", params=asked)).json()["items"]
        (item,) = [each for each in told if each["call_id"] == call.call_id]
        assert (item["customer"], item["waited_s"]) == ("Dana Whitfield", 60)
    async with somebody(control, "planner") as planner:
        answer = await planner.get("/reports/conversations", params=asked)
        assert [(each["waited_s"], each["readable"]) for each in answer.json()["items"] if each["at"] == at + 60] == [(60, False)]
        for theirs in ("Dana", "Whitfield", call.call_id, "7946"):
            assert theirs not in answer.text
    await database.close()


async def test_each_grouping_counts_the_same_work_and_opens_it(control: ControlProcess, bus: RedisBus) -> None:
    """By queue, by skill and by channel: behind each row's number are as many conversations, and together they are once."""
    work_id = await a_ticket_is_served(control, bus)
    async with control.signed_in("sam") as sam:

        async def is_counted() -> bool:
            """This one: tests before have served tickets, too."""
            report = (await sam.get("/reports/channels", params={"channel": "ticket", "each": "false"})).json()
            asked = {"start": report["start"], "end": report["end"], "counted": "answered", "channel": "ticket"}
            behind = (await sam.get("/reports/conversations", params=asked)).json()
            return work_id in {item["work_id"] for item in behind["items"]}

        await until_told(is_counted, within_s=20)
        total = (await sam.get("/reports/queues", params={"each": "false"})).json()["total"]["answered"]
        for path, field in (("queues", "queue_id"), ("skills", "skill"), ("channels", "channel")):
            report = (await sam.get(f"/reports/{path}", params={"each": "false"})).json()
            assert report["total"]["answered"] == total, "once, whatever it asked for"
            rows = [row for row in report["totals"] if row["answered"]]
            assert {row[field] for row in rows} <= set(report["names"])
            found: set[str] = set()
            for row in rows:
                asked = {"start": row["start"], "end": row["end"], "counted": "answered", field: row[field]}
                behind = (await sam.get("/reports/conversations", params=asked)).json()
                assert behind["count"] == row["answered"], (path, row[field])
                found |= {item["work_id"] for item in behind["items"]}
            assert work_id in found
        skills = (await sam.get("/reports/skills", params={"each": "false"})).json()
        asked_for = {row["skill"] for row in skills["totals"] if row["answered"]}
        assert skills["names"]["skill_billing"] == "Billing"
        assert "skill_billing" in asked_for, "what the queue asks for"
        none = (await sam.get("/reports/skills", params={"skill": "(none)", "each": "false"})).json()
        assert (none["total"]["answered"], [row["skill"] for row in none["totals"]]) == (0, ["(none)"])


async def test_an_earlier_time_stands_beside_the_one_asked_for(control: ControlProcess) -> None:
    """Of today only as far as today has come."""
    async with control.signed_in("sam") as sam:
        for path in ("queues", "skills", "channels", "agents"):
            alone = (await sam.get(f"/reports/{path}")).json()
            assert (alone["earlier"], alone["earlier_totals"], alone["earlier_total"]) == (None, [], None)
            for beside, days in (("before", 1), ("weekdays", 7)):
                report = (await sam.get(f"/reports/{path}", params={"beside": beside, "interval": "hour"})).json()
                earlier = report["earlier"]
                assert earlier["beside"] == beside
                assert abs(report["start"] - earlier["start"] - days * DAY_S) <= 3600
                assert abs(time.time() - earlier["until"] - days * DAY_S) <= 3700, "clocks may have changed between"
                assert len(report["earlier_intervals"]) == len(report["intervals"])
                assert len(report["earlier_totals"]) == len(report["totals"])
                assert report["earlier_total"] is not None


async def test_a_file_begins_with_what_people_read(control: ControlProcess) -> None:
    async with control.signed_in("sam") as sam:
        for path, key in (("queues", "queue_id"), ("skills", "skill"), ("channels", "channel"), ("agents", "agent_id")):
            text = (await sam.get(f"/reports/{path}", params={"format": "csv", "interval": "day"})).text
            columns = next(csv.reader(io.StringIO(text)))
            assert columns[:3] == ["name", "local_start", "local_end"]
            assert columns[-3:] == [key, "start", "end"]
        asked: dict[str, Any] = {"start": 0, "end": DAY_S, "counted": "offered", "format": "csv"}
        columns = next(csv.reader(io.StringIO((await sam.get("/reports/conversations", params=asked)).text)))
        assert columns[:4] == ["local_time", "channel", "queue", "agent"]
        assert columns[-8:] == ["at", "work_id", "stay", "queue_id", "agent_id", "call_id", "interaction_id", "customer_id"]


async def test_a_report_is_asked_for_by_days_of_the_installation(control: ControlProcess) -> None:
    async with control.signed_in("sam") as sam:
        day = {"first_day": "2026-03-29", "interval": "hour"}
        report = (await sam.get("/reports/queues", params=day)).json()
        assert len(report["intervals"]) == (report["end"] - report["start"]) / 3600 in {23, 24, 25}
        week = (await sam.get("/reports/agents", params={**day, "last_day": "2026-04-04", "interval": "day"})).json()
        assert (len(week["intervals"]), week["start"]) == (7, report["start"])
        today = (await sam.get("/reports/queues")).json()
        assert today["start"] <= time.time() < today["end"]


@pytest.mark.parametrize(
    ("params", "code", "words"),
    [
        ({"start": 1000, "end": 1000}, "invalid", "after its start"),
        ({"start": 2000, "end": 1000}, "invalid", "after its start"),
        ({"start": 4e9, "end": 4.001e9}, "invalid", "future"),
        ({"start": 0, "end": 402 * DAY_S, "interval": "day"}, "too_many_days", "at most 400 days"),
        ({"start": 0, "end": 90 * DAY_S, "interval": "quarter_hour"}, "too_many_rows", "longer intervals"),
        ({"start": "yesterday", "end": 1000}, "invalid", "start"),
        ({"start": -5, "end": 1000}, "invalid", "start"),
        ({"start": "nan", "end": 1000}, "invalid", "start"),
        ({"start": 0, "end": "inf"}, "invalid", "end"),
        ({"start": 0, "end": 1000, "interval": "minute"}, "invalid", "interval"),
        ({"end": 1000}, "invalid", "start"),
        ({"start": 0, "end": 1000, "first_day": "2026-03-29"}, "invalid", "by its days"),
        ({"last_day": "2026-03-29"}, "invalid", "first day"),
        ({"first_day": "2026-03-29", "last_day": "2026-03-28"}, "invalid", "after its start"),
        ({"first_day": "9999-12-31"}, "invalid", "first_day"),
    ],
)
async def test_times_that_make_no_report_are_refused_in_words(
    control: ControlProcess, params: dict[str, Any], code: str, words: str
) -> None:
    async with control.signed_in("sam") as sam:
        for path in ("/reports/queues", "/reports/skills", "/reports/channels", "/reports/agents"):
            answer = await sam.get(path, params=params)
            assert answer.status_code == 422
            assert answer.json()["error"]["code"] == code
            assert words in answer.json()["error"]["message"]


async def test_a_quiet_past_is_rows_without_numbers(control: ControlProcess) -> None:
    async with control.signed_in("sam") as sam:
        report = (await sam.get("/reports/queues", params={"start": 0, "end": 7200, "interval": "hour"})).json()
        assert len(report["rows"]) == 2 * len(report["totals"]) > 0
        assert {row["service_level"] for row in report["rows"]} == {None}
        agents = (await sam.get("/reports/agents", params={"start": 0, "end": 7200, "interval": "hour"})).json()
        assert {row["handled"] for row in agents["rows"]} == {0}


async def test_the_installation_s_own_history_can_be_replayed(control: ControlProcess, bus: RedisBus) -> None:
    """From its database: the inputs lead an engine to the same agents, and no text of a person is among them."""
    work_id = await a_ticket_is_served(control, bus)
    database = Database(sqlite_url(control.folder / "data" / "patchbay.db"))
    inputs = SqlAcdInputs(database)

    async def is_kept() -> bool:
        beginning = await inputs.beginning(0.0)
        if beginning is None:
            return False
        # The last one that names it: what the ticket's end needs is kept then, too.
        kept = [entry.payload async for entry in inputs.entries(beginning, time.time()) if work_id.encode() in entry.payload]
        return any(b"FinishWrapUp" in payload for payload in kept)

    await until_told(is_kept, within_s=20)
    beginning = await inputs.beginning(0.0)
    assert beginning is not None
    engine = Engine() if beginning.engine is None else Engine.restore(beginning.engine)
    async for entry in inputs.entries(beginning, time.time()):
        assert b"Mei" not in entry.payload
        take(engine, entry)
    assert MEI in engine.registry.agents
    assert work_id in engine.registry.ended_work
    await database.close()


def take(engine: Engine, entry: Entry) -> None:
    if entry.kind is EntryKind.TIMER:
        engine.handle_timer(entry.at)
    else:
        decode = decode_command if entry.kind is EntryKind.COMMAND else decode_event
        with suppress(Repeated):  # a person's new name is no change where names are left out
            engine.handle(decode(entry.payload), entry.at)
