"""Hearing a recording that is in a store, on its way to it, or lost from sight."""

from __future__ import annotations

import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from core.ids import CallId, CustomerId, InteractionId, new_id
from core.model import LegKind
from customers.model import Call
from server.clock import SystemClock
from server.storage.sql.calls import SqlCalls
from server.storage.sql.database import Database, sqlite_url
from tests.server.api.conftest import ControlProcess
from tests.server.redis_server import RedisServer

NOW = SystemClock()


@pytest.fixture(scope="module")
def apart(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlProcess]:
    """A control process whose recordings are in another directory."""
    folder = tmp_path_factory.mktemp("apart")
    (folder / "store").mkdir()
    overrides = {"PATCHBAY_FILES_URL": f"file://{folder / 'store'}", "PATCHBAY_GENERAL_DEMO": "yes"}
    made = ControlProcess(redis_server.url, folder, overrides=overrides)
    made.start()
    yield made
    made.stop()


@pytest.fixture
async def sam(apart: ControlProcess) -> AsyncIterator[httpx.AsyncClient]:
    async with apart.signed_in("sam") as client:
        yield client


async def recorded_call(control: ControlProcess, sam: httpx.AsyncClient, *, ended_s_ago: float = 60.0, path: str = "") -> Call:
    call_id = CallId(new_id("call"))
    customers = (await sam.get("/customers", params={"query": "Whitfield"})).json()["items"]
    call = Call(
        call_id=call_id,
        customer_id=CustomerId(customers[0]["customer_id"]),
        interaction_id=InteractionId(new_id("int")),
        kind=LegKind.SIP,
        caller="+442079460180",
        called="1000",
        started_at=NOW.now() - ended_s_ago - 10,
        connected_at=NOW.now() - ended_s_ago - 5,
        ended_at=NOW.now() - ended_s_ago,
        recording_path=path or f"recordings/{call_id}.wav",
        recording_ms=1000,
    )
    database = Database(sqlite_url(control.folder / "data" / "patchbay.db"))
    await SqlCalls(database).open(call)
    await database.close()
    return call


def sound(folder: Path, call: Call) -> bytes:
    assert call.recording_path is not None
    path = folder / call.recording_path
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(range(256)) * 100)
    return path.read_bytes()


async def test_a_recording_is_heard_from_the_store_in_any_piece(apart: ControlProcess, sam: httpx.AsyncClient) -> None:
    call = await recorded_call(apart, sam)
    whole = sound(apart.folder / "store", call)
    route = f"/calls/{call.call_id}/recording"

    answer = await sam.get(route)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, whole, "audio/wav")
    assert answer.headers["accept-ranges"] == "bytes"
    piece = await sam.get(route, headers={"Range": "bytes=10-109", "If-Range": answer.headers["etag"]})
    assert (piece.status_code, piece.content) == (206, whole[10:110])
    assert piece.headers["content-range"] == f"bytes 10-109/{len(whole)}"
    assert (await sam.get(route, headers={"Range": "bytes=-4"})).content == whole[-4:]
    assert (await sam.get(route, headers={"Range": "bytes=0-1", "If-Range": '"another"'})).content == whole
    assert (await sam.get(route, headers={"Range": "lines=1-2"})).status_code == 400
    beyond = await sam.get(route, headers={"Range": f"bytes={len(whole)}-"})
    assert (beyond.status_code, beyond.json()["error"]["code"]) == (416, "no_such_range")
    assert beyond.headers["content-range"] == f"bytes */{len(whole)}"


async def test_a_recording_that_is_not_handed_over_yet_is_heard_from_here(apart: ControlProcess, sam: httpx.AsyncClient) -> None:
    call = await recorded_call(apart, sam)
    whole = sound(apart.folder / "data", call)

    assert (await sam.get(f"/calls/{call.call_id}/recording")).content == whole


async def test_a_recording_that_is_on_its_way_is_said_to_be(apart: ControlProcess, sam: httpx.AsyncClient) -> None:
    lately, long_ago = await recorded_call(apart, sam), await recorded_call(apart, sam, ended_s_ago=2 * 86_400)

    answers = [await sam.get(f"/calls/{call.call_id}/recording") for call in (lately, long_ago)]
    assert [(answer.status_code, answer.json()["error"]["code"]) for answer in answers] == [
        (404, "recording_on_its_way"),
        (404, "not_found"),
    ]


async def test_a_recording_never_leads_out_of_the_store(apart: ControlProcess, sam: httpx.AsyncClient) -> None:
    call = await recorded_call(apart, sam, path="../data/patchbay.db")
    answer = await sam.get(f"/calls/{call.call_id}/recording")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_while_the_store_is_away_a_recording_is_unavailable_not_gone(apart: ControlProcess, sam: httpx.AsyncClient) -> None:
    call = await recorded_call(apart, sam)
    sound(apart.folder / "store", call)
    (apart.folder / "store").rename(apart.folder / "unmounted")
    try:
        answer = await sam.get(f"/calls/{call.call_id}/recording")
    finally:
        (apart.folder / "unmounted").rename(apart.folder / "store")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
