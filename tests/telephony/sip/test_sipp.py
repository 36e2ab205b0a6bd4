"""SIPp's built-in caller, an independent SIP stack: calls at a steady rate, each answered, acknowledged and hung up."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from telephony.engine_settings import SipEngineConfig, Trunk
from telephony.media_engine import SipLegAnswered, SipLegEnded, SipLegOffered
from telephony.sip.engine import SipMediaEngine
from tests.peers.waiting import until

pytestmark = pytest.mark.skipif(shutil.which("sipp") is None, reason="the package sip-tester is not installed")
CALLS = 40


@pytest.mark.parametrize("transport", ["u1", "t1"])
async def test_forty_calls_at_twenty_a_second(tmp_path: Path, transport: str) -> None:
    events: list[object] = []
    tasks: list[asyncio.Task[None]] = []

    def answer_at_once(event: object) -> None:
        events.append(event)
        if isinstance(event, SipLegOffered):
            tasks.append(asyncio.create_task(engine.answer(event.leg_id), name=f"answer {event.leg_id}"))

    config = SipEngineConfig(
        bind_host="127.0.0.1",
        sip_port=0,
        trunks=(Trunk(name="lab", networks=("127.0.0.1",)),),
        first_rtp_port=26000,
        last_rtp_port=28000,
    )
    engine = SipMediaEngine(config, answer_at_once)
    await engine.start()
    try:
        process = await asyncio.create_subprocess_exec(
            *("sipp", "-sn", "uac", f"127.0.0.1:{engine.sip_port}", "-i", "127.0.0.1", "-t", transport),
            *("-m", str(CALLS), "-r", "20", "-d", "300", "-nostdin", "-timeout", "30"),
            cwd=tmp_path,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert await process.wait() == 0
        await until(lambda: sum(isinstance(event, SipLegEnded) for event in events) == CALLS)
        assert sum(isinstance(event, SipLegAnswered) for event in events) == CALLS
        await asyncio.gather(*tasks)
        assert engine.health().legs == 0
    finally:
        await engine.stop()
