"""Two workers share the calls: each is killed in turn, or stands still and wakes, and no caller notices."""

from __future__ import annotations

import signal
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from core.ids import CallId
from core.partitions import PARTITIONS, Table, partition_of
from server.life import mark
from server.storage.redis_partitions import RedisPartitions
from tests.e2e.test_lost_queues import FLOW, waits_in_line
from tests.peers.agent import HeadlessAgent, Message
from tests.peers.flows import publish
from tests.peers.raw_sip import RawSip
from tests.peers.rtp_peer import RtpPeer
from tests.peers.spread import Desk, Spread
from tests.peers.waiting import until_told

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]
FIRST_HZ, SECOND_HZ, MEI_HZ = 440.0, 500.0, 620.0
GOES_ON_WITHIN_S = 3.0


class Site(NamedTuple):
    spread: Spread
    desk: Desk
    workers: list[Process]
    table: RedisPartitions

    async def shared(self, count: int) -> Table:
        """When this many workers have all partitions, in equal parts."""
        found: list[Table] = []

        async def are() -> bool:
            found[:] = [await self.table.look()]
            owners = [share.owner for share in found[0].shares.values()]
            parts = [owners.count(owner) for owner in {*owners} - {""}]
            return sum(parts) == PARTITIONS and len(parts) == count and max(parts) - min(parts) <= 1

        await until_told(are)
        return found[0]

    async def owner(self, call_id: str) -> Process:
        table = await self.table.look()
        life = table.members[table.shares[partition_of(CallId(call_id))].owner].life
        return next(process for process in self.workers if mark(process.pid) == life)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with Spread(tmp_path) as spread:
        for roles in ("installation,queues", "node"):
            await spread.runs(roles)
        workers = [await spread.runs("worker"), await spread.runs("worker")]
        desk = await spread.desk()
        table = RedisPartitions(spread.redis_url, "pb:")
        try:
            await spread.ready(desk)
            await publish(spread, FLOW)
            made = Site(spread, desk, workers, table)
            await made.shared(2)
            yield made
        finally:
            await table.close()


async def talks(mei: HeadlessAgent) -> Message:
    await mei.accepts(await mei.offered())
    return await mei.call_is("talking")


async def holds(mei: HeadlessAgent, call_id: str, held: bool) -> float:
    """After how long the call was held, or heard again."""
    began_at = time.monotonic()

    async def does() -> bool:
        with suppress(httpx.HTTPStatusError):  # whoever has the call has just gone
            await mei.holds(call_id, held)
            return True
        return False

    await until_told(does)
    await mei.call_is("held" if held else "talking")
    return time.monotonic() - began_at


async def test_calls_go_on_when_the_worker_that_has_them_is_killed(site: Site) -> None:
    async with (
        RawSip.to(site.spread.sip_port) as carrier,
        RawSip.to(site.spread.sip_port) as other,
        RtpPeer(FIRST_HZ) as first,
        RtpPeer(SECOND_HZ, ssrc=0x77) as second,
        HeadlessAgent.signed_in(site.desk, "mei", hz=MEI_HZ) as mei,
    ):
        await mei.becomes("available")
        await waits_in_line(carrier, first)
        call = await talks(mei)
        waiting = await waits_in_line(other, second)
        await second.received(50)
        assert await mei.hears_tone(FIRST_HZ)

        killed = await site.owner(call["call_id"])
        killed.kill()
        await killed.wait()
        assert await holds(mei, call["call_id"], True) < GOES_ON_WITHIN_S
        await holds(mei, call["call_id"], False)
        assert await mei.hears_tone(FIRST_HZ)
        await site.shared(1)

        site.workers.append(await site.spread.runs("worker"))
        await site.shared(2)
        await holds(mei, call["call_id"], True)
        await holds(mei, call["call_id"], False)
        await mei.hangs_up(call["call_id"])
        await mei.call_is("wrap_up")
        await mei.writes_up(call["call_id"])

        last = await talks(mei)
        assert last["call_id"] != call["call_id"]
        assert await mei.hears_tone(SECOND_HZ)
        del waiting
        await mei.hangs_up(last["call_id"])
        await mei.call_is("wrap_up")
        await mei.writes_up(last["call_id"])


async def test_a_worker_that_stood_still_for_long_has_nothing_when_it_wakes(site: Site) -> None:
    async with (
        RawSip.to(site.spread.sip_port) as carrier,
        RtpPeer(FIRST_HZ) as caller,
        HeadlessAgent.signed_in(site.desk, "mei", hz=MEI_HZ) as mei,
    ):
        await mei.becomes("available")
        await waits_in_line(carrier, caller)
        call = await talks(mei)
        stood_still = await site.owner(call["call_id"])
        stood_still.send_signal(signal.SIGSTOP)
        try:
            await site.shared(1)
            assert await holds(mei, call["call_id"], True) < GOES_ON_WITHIN_S
        finally:
            stood_still.send_signal(signal.SIGCONT)
        await holds(mei, call["call_id"], False)
        await site.shared(2)
        assert await mei.hears_tone(FIRST_HZ)
        await mei.hangs_up(call["call_id"])
        await mei.call_is("wrap_up")
        await mei.writes_up(call["call_id"])
    assert site.spread.log.count("partitions lost to another worker") == 1
