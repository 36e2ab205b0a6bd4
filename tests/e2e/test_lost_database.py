"""The database server stops, says nothing, or takes nothing, under calls: sound goes on, screens say it, and nothing is lost."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.test_lost_queues import FLOW, waits_in_line
from tests.peers.agent import HeadlessAgent
from tests.peers.flows import publish
from tests.peers.installation import DEMO_PASSWORD, Installation
from tests.peers.raw_sip import RawSip
from tests.peers.rtp_peer import RtpPeer
from tests.peers.waiting import until_told
from tests.server.storage.sql.postgres import Cluster, temporary_cluster

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]

CALLER_HZ, AGENT_HZ = 440.0, 620.0
WITHIN_S = 3.0
"""Of one unit of work, instead of half a minute."""


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with temporary_cluster() as cluster:
        if cluster is None:
            pytest.skip("PostgreSQL is not installed (Debian package postgresql)")
        yield cluster


@pytest.fixture
async def installation(tmp_path: Path, cluster: Cluster) -> AsyncIterator[Installation]:
    url = cluster.emptied_database()
    overrides = {"STORAGE_DATABASE_URL": url, "STORAGE_DATABASE_WITHIN_S": str(WITHIN_S)}
    async with Installation(tmp_path, **overrides) as installation:
        await publish(installation, FLOW, url)
        yield installation


async def is_killed(cluster: Cluster) -> Callable[[], None]:
    await asyncio.to_thread(cluster.stop)
    return cluster.start_again


async def stands_still(cluster: Cluster) -> Callable[[], None]:
    """As behind a network that swallows everything: connections stay, and nobody answers."""
    stopped = cluster.processes()
    for process in stopped:
        process.send_signal(signal.SIGSTOP)

    def go_on() -> None:
        for process in stopped:
            process.send_signal(signal.SIGCONT)

    return go_on


async def becomes_read_only(cluster: Cluster) -> Callable[[], None]:
    """As after a fail-over to a stand-by."""
    await asyncio.to_thread(cluster.becomes_read_only, True)
    return lambda: cluster.becomes_read_only(False)


async def test_calls_outlive_the_database_and_what_is_written_is_kept(installation: Installation, cluster: Cluster) -> None:
    """Failed before: what was to be written while it was read-only was set aside; one that said nothing held all for ever."""
    living = {process.pid for process in installation.processes()}
    async with (
        RawSip.to(installation.sip_port) as carrier,
        RtpPeer(CALLER_HZ) as caller,
        HeadlessAgent.signed_in(installation, "mei", hz=AGENT_HZ) as mei,
    ):
        for lost in (becomes_read_only, is_killed, stands_still):
            call_id = await talks(mei, carrier, caller)
            comes_back = await lost(cluster)
            assert await sign_in(installation) == 503
            if lost is is_killed:
                assert "the database is away" in await installation.says("doctor")
            assert await mei.hears_tone(CALLER_HZ), "the sound goes on"
            await mei.holds(call_id, True)
            await mei.holds(call_id, False)
            assert await mei.hears_tone(CALLER_HZ)
            await mei.hangs_up(call_id)
            await mei.call_is("wrap_up")
            is_taken = await writes_up(mei, call_id, lost.__name__)
            comes_back()
            await installation.until_ready()
            assert is_taken or await writes_up(mei, call_id, lost.__name__), "once more, as the desk offers"
            await is_written(mei, call_id, lost.__name__)
    assert await set_aside(installation) == []
    assert {process.pid for process in installation.processes()} == living, "nothing ended"
    assert "Traceback" not in installation.log


async def talks(mei: HeadlessAgent, carrier: RawSip, caller: RtpPeer) -> str:
    await mei.becomes("available")
    await waits_in_line(carrier, caller)
    await mei.accepts(await mei.offered(60))
    call_id = str((await mei.call_is("talking"))["call_id"])
    assert await mei.hears_tone(CALLER_HZ)
    return call_id


async def sign_in(installation: Installation) -> int:
    """How it is answered."""
    async with httpx.AsyncClient(headers={"X-Patchbay": "1"}, timeout=30) as client:
        body = {"username": "jonas", "password": DEMO_PASSWORD}
        return (await client.post(f"{installation.url}/api/v1/session", json=body)).status_code


async def is_written(mei: HeadlessAgent, call_id: str, summary: str) -> None:
    async def is_so() -> bool:
        record: dict[str, object] = await mei.reads(f"/calls/{call_id}")
        return record.get("summary") == summary

    await until_told(is_so, 30)


async def writes_up(mei: HeadlessAgent, call_id: str, summary: str) -> bool:
    """False: it is not taken now, and kept on the desk."""
    try:
        await mei.writes_up(call_id, summary=summary)
    except httpx.HTTPStatusError as refused:
        if refused.response.status_code != 503:
            raise
        return False
    return True


async def set_aside(installation: Installation) -> list[object]:
    async with installation.signed_in("ada") as ada:
        answer = await ada.get("/dead-letters")
        answer.raise_for_status()
        items: list[object] = answer.json()["items"]
        return items
