"""Nobody can read what the last leader of the queues has saved, and none lives: who waited waits on, and is served."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.peers.agent import HeadlessAgent
from tests.peers.flows import publish
from tests.peers.installation import Installation
from tests.peers.raw_dialog import Dialog, sdp
from tests.peers.raw_sip import Answer, RawSip
from tests.peers.rtp_peer import RtpPeer
from tests.peers.waiting import until_told

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]

FLOW = """
flow: flow_demo
name: Straight into the queue
start: wait
steps:
  wait:
    verb: enqueue
    queue: queue_billing
    too_long: sorry
    failed: sorry
  sorry: {verb: hang_up, say: Sorry.}
"""
FIRST_HZ, SECOND_HZ, AGENT_HZ = 440.0, 500.0, 620.0


async def waits_in_line(carrier: RawSip, sound: RtpPeer) -> Dialog:
    invite = carrier.request("INVITE", body=sdp(sound.address)).replace("sip:100@", "sip:1000@")
    carrier.send(invite)
    dialog = Dialog(carrier, invite, Answer(await carrier.received("SIP/2.0 200")), "")
    dialog.acknowledge()
    sound.send_to(dialog.media)
    return dialog


async def queues_are_lost(installation: Installation) -> None:
    """Both who could lead stand still, what they share becomes nonsense, and both end."""
    candidates = [installation.child("serve", "--only", "api"), installation.child("acd")]
    for process in candidates:
        process.send_signal(signal.SIGSTOP)
    redis = Redis(unix_socket_path=str(next(installation.data_dir.rglob("redis.sock"))))
    await redis.hset("pb:ledger:acd", "snapshot", b"\xc1 no state at all")
    await redis.delete("pb:ledger:acd:entries")
    await redis.hset("pb:ledger:acd", "snapshot_seq", await redis.hget("pb:ledger:acd", "seq") or b"0")
    await redis.aclose()
    for process in candidates:
        process.kill()


async def serves_the_next(mei: HeadlessAgent) -> float:
    """Whose tone it was."""
    await mei.accepts(await mei.offered(60))
    call_id = str((await mei.call_is("talking"))["call_id"])
    heard = set[float]()

    async def somebody_is_heard() -> bool:
        heard.update(await mei.hears(FIRST_HZ, SECOND_HZ))
        return bool(heard)

    await until_told(somebody_is_heard)
    (hz,) = heard
    await mei.hangs_up(call_id)
    await mei.call_is("wrap_up")
    await mei.writes_up(call_id)
    return hz


async def test_who_waited_is_served_when_the_queues_have_to_begin_with_nothing(tmp_path: Path) -> None:
    async with Installation(tmp_path) as installation:
        await publish(installation, FLOW)
        async with (
            RawSip.to(installation.sip_port) as carrier,
            RawSip.to(installation.sip_port) as other,
            RtpPeer(FIRST_HZ) as first,
            RtpPeer(SECOND_HZ, ssrc=0x77) as second,
        ):
            await waits_in_line(carrier, first)
            await first.received(50)
            await waits_in_line(other, second)
            await second.received(50)

            await queues_are_lost(installation)
            await installation.until_ready()

            async with HeadlessAgent.signed_in(installation, "mei", hz=AGENT_HZ) as mei:
                await mei.becomes("available")
                heard = [await serves_the_next(mei), await serves_the_next(mei)]
            assert sorted(heard) == [FIRST_HZ, SECOND_HZ]
