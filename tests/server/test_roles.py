"""One process for each role, and two desks: people at either see the same, and whoever loses one comes in by the other."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.test_lost_queues import FLOW, waits_in_line
from tests.peers.agent import HeadlessAgent
from tests.peers.flows import publish
from tests.peers.installation import START_LIMIT_S
from tests.peers.raw_sip import RawSip
from tests.peers.rtp_peer import RtpPeer
from tests.peers.screen import Screen
from tests.peers.spread import Desk, Spread
from tests.peers.waiting import until_told

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]
CALLER_HZ, MEI_HZ = 440.0, 620.0
BACK_WITHIN_S = 3.0


@pytest.fixture
async def spread(tmp_path: Path) -> AsyncIterator[Spread]:
    async with Spread(tmp_path) as made:
        for roles in ("worker", "queues", "node"):
            await made.runs(roles)
        yield made


async def tell_the_same(one: Screen, other: Screen) -> None:
    async def do() -> bool:
        return one.things == other.things and one.settings == other.settings

    await until_told(do)


async def test_two_desks_show_the_same_and_who_loses_one_goes_on_at_the_other(spread: Spread) -> None:
    await spread.runs("installation")
    first, second = await spread.desk(), await spread.desk()
    await spread.ready(first, second)
    assert "2 desk, 1 installation, 1 worker; in 4 processes" in await spread.says("doctor"), "a candidate is its own finding"
    assert 'patchbay_processes{role="desk"} 2.0' in await metrics_of(first)
    await publish(spread, FLOW)
    async with (
        RawSip.to(spread.sip_port) as carrier,
        RtpPeer(CALLER_HZ) as caller,
        HeadlessAgent.signed_in(first, "mei", hz=MEI_HZ) as mei,
        Screen.of(second, "sam") as board,
    ):
        await mei.becomes("available")
        await board.shows_agent("agent_mei", lambda now: now["state"] == "available" and now["reachable"])
        await waits_in_line(carrier, caller)
        await mei.accepts(await mei.offered())
        call_id = (await mei.call_is("talking"))["call_id"]
        await board.shows_call(call_id, lambda now: now["state"] == "talking")
        assert await mei.hears_tone(CALLER_HZ)
        async with Screen.of(first, "sam") as other, first.signed_in("ada") as ada:
            (await ada.put("/settings", json={"away_reasons": ["tea"]})).raise_for_status()
            await board.shows(lambda now: now.settings["away_reasons"] == ["tea"])
            await tell_the_same(board, other)

        first.process.kill()
        await first.process.wait()
        died_at = time.monotonic()
        await mei.comes_in_by(second)
        snapshot = await mei.sees(lambda message: message["type"] == "snapshot")
        assert time.monotonic() - died_at < BACK_WITHIN_S
        assert [now["state"] for now in snapshot["calls"] if now["call_id"] == call_id] == ["talking"]
        assert await mei.hears_tone(CALLER_HZ), "it has never been gone"
        await mei.hangs_up(call_id)
        await board.shows_call(call_id, lambda now: now["state"] in {"wrap_up", "ended"})
        await mei.writes_up(call_id)
        await board.shows_agent("agent_mei", lambda now: now["state"] == "available")
        assert not board.has_shown("agent", lambda now: now["agent_id"] == "agent_mei" and not now["reachable"])


async def test_what_is_done_once_is_done_by_another_process_when_the_one_that_did_it_dies(spread: Spread) -> None:
    """As to notice that a browser says nothing any more, and to end what somebody does who is signed out."""
    doing = await spread.runs("installation")
    desk = await spread.desk()
    await spread.ready(desk)
    await until_says(spread, "this process leads")
    await spread.runs("installation")
    async with Screen.of(desk, "sam") as board, HeadlessAgent.signed_in(desk, "mei", hz=MEI_HZ) as mei:
        await mei.becomes("available")
        await board.shows_agent("agent_mei", lambda now: now["state"] == "available" and now["reachable"])
        await until_says(spread, "control started", times=4)
        doing.kill()
        await doing.wait()
        await mei.falls_silent()
        await board.shows_agent("agent_mei", lambda now: not now["reachable"])
        await mei.signs_out()
        await board.shows_agent("agent_mei", lambda now: now["state"] == "signed_out")


async def metrics_of(desk: Desk) -> str:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"{desk.url}/metrics")).text


async def until_says(spread: Spread, what: str, times: int = 1) -> None:
    """In the log of any process."""

    async def says() -> bool:
        return spread.log.count(f'"{what}"') >= times

    await until_told(says, START_LIMIT_S)
