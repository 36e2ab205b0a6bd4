"""What a browser leg costs: CPU of a media node with N browser legs, bridged in pairs, 50 packets a second each way.

    python -m bench.browser_legs --legs 40 --seconds 15

The browsers are `tests.peers.webrtc_peer` in processes of their own (ICE, DTLS-SRTP, no codecs), so only the node is
measured: its Python thread (SRTP, forwarding) and the engine's C threads (jitter buffers, decoding, mixing, encoding) apart.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import structlog
import uvloop
from aiortc import RTCCertificate

from core.commands import CreateBrowserLeg
from core.events import LegConnected, LegEnded
from core.ids import AgentId, CallId, LegId
from core.model import LegPurpose
from telephony.engine_settings import SipEngineConfig
from telephony.node.node import MediaNode
from telephony.sip.engine import SipMediaEngine
from tests.peers.memory_bus import MemoryBus
from tests.peers.mixes import talk
from tests.peers.webrtc_peer import WebRtcPeer
from tests.telephony.node.running import NODE, WallClock, config_for

PEERS_PER_PROCESS = 20

Row = dict[str, Any]


# ── the browsers' side ──────────────────────────────────────────────────────────────────────────────────────────


async def be_browsers(count: int) -> None:
    """Child process: one JSON line with the offers out, one with the answers in, then sound until standard input ends."""
    certificate = RTCCertificate.generateCertificate()
    peers = [WebRtcPeer(certificate) for _ in range(count)]
    print(json.dumps([await peer.offer() for peer in peers]), flush=True)
    loop = asyncio.get_running_loop()
    answers = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    await asyncio.gather(*(peer.connect(answer) for peer, answer in zip(peers, answers, strict=True)))
    ended = loop.run_in_executor(None, sys.stdin.readline)
    for peer in peers:
        peer.dtls.keep = False
    due = loop.time()
    while not ended.done():
        for peer in peers:
            await peer.send(peer.next_packet())
        due += 0.02
        await asyncio.sleep(max(0.0, due - loop.time()))
    print(json.dumps({"sent": sum(p.sent for p in peers), "received": sum(p.dtls.rtp_count for p in peers)}), flush=True)
    for peer in peers:
        await peer.close()


# ── the node's side ─────────────────────────────────────────────────────────────────────────────────────────────


async def connect_browsers(bus: MemoryBus, first: int, count: int) -> asyncio.subprocess.Process:
    """Starts a process with `count` browsers and gives each its leg."""
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.browser_legs", "--browsers", str(count), stdin=pipe, stdout=pipe, limit=1 << 20
    )
    assert child.stdin is not None
    assert child.stdout is not None
    answers = []
    for index, offer in enumerate(json.loads(await child.stdout.readline()), start=first):
        command = CreateBrowserLeg(
            leg_id=LegId(f"leg_{index}"), purpose=LegPurpose.AGENT, agent_id=AgentId(f"agent_{index}"), sdp_offer=offer
        )
        answer = await bus.send(f"node:{NODE}", command)
        assert answer.ok, answer.reason
        answers.append(answer.result["sdp"])
    child.stdin.write(json.dumps(answers).encode() + b"\n")
    await child.stdin.drain()
    return child


def cpu_by_thread() -> dict[int, float]:
    return {thread.id: thread.user_time + thread.system_time for thread in psutil.Process().threads()}


async def measure(legs: int, seconds: float) -> dict[str, Any]:
    """The figures; a steady half of `seconds` passes before measuring begins."""
    bus = MemoryBus()
    engine = SipEngineConfig(bind_host="127.0.0.1", sip_port=0)
    with tempfile.TemporaryDirectory() as folder:
        config = config_for(Path(folder), max_legs=legs)
        node = MediaNode(bus, lambda on_event: SipMediaEngine(engine, on_event), config, WallClock())
        running = asyncio.create_task(node.run())
        children = [
            await connect_browsers(bus, first, min(PEERS_PER_PROCESS, legs - first))
            for first in range(0, legs, PEERS_PER_PROCESS)
        ]
        for index in range(legs):
            await bus.wait_for(LegConnected, 30, leg_id=LegId(f"leg_{index}"))
        for index in range(0, legs - 1, 2):
            pair = (LegId(f"leg_{index}"), LegId(f"leg_{index + 1}"))
            await bus.send(f"node:{NODE}", talk(CallId(f"call_{index}"), *pair))
        await asyncio.sleep(seconds / 2)
        began, before = time.perf_counter(), cpu_by_thread()
        await asyncio.sleep(seconds)
        elapsed, after = time.perf_counter() - began, cpu_by_thread()
        used = {thread: (after[thread] - before.get(thread, 0.0)) / elapsed * 100 for thread in after}
        ended_early = len(bus.of_type(LegEnded))
        counts = []
        for child in children:
            out, _ = await child.communicate(b"\n")
            counts.append(json.loads(out))
        node.stop_soon()
        await running
    python = used[threading.main_thread().native_id or 0]
    total = sum(used.values())
    return {
        "legs": legs,
        "percent_of_a_core_per_leg": round(total / legs, 4),
        "of_which_python": round(python / legs, 4),
        "of_which_engine": round((total - python) / legs, 4),
        "packets_sent_by_browsers": sum(count["sent"] for count in counts),
        "packets_received_by_browsers": sum(count["received"] for count in counts),
        "legs_lost": ended_early,
    }


def rows(legs: int = 40, seconds: float = 15.0) -> list[Row]:
    """About half a minute."""
    uvloop.install()
    figures = asyncio.run(measure(legs, seconds))
    method = (
        f"{legs} browser legs bridged in pairs, PCMU over DTLS-SRTP, 50 packets/s each way; CPU of the node process over"
        f" {seconds:g} s / legs, the browsers' side in processes of its own; packets sent by browsers"
        f" {figures['packets_sent_by_browsers']}, received {figures['packets_received_by_browsers']};"
        f" legs lost {figures['legs_lost']}"
    )
    peer = "aiortc's own pipeline: 1–4 % (measured once on such a machine, design §7)"
    return [
        _row("browser leg", figures["percent_of_a_core_per_leg"], method, peer),
        _row("browser leg, of which Python", figures["of_which_python"], method),
        _row("browser leg, of which the engine", figures["of_which_engine"], method),
    ]


def _row(row: str, value: float, method: str, peer_value: str | None = None) -> Row:
    return {"row": row, "value": value, "unit": "% of a core", "peer_value": peer_value, "method": method}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--legs", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--browsers", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    uvloop.install()
    if options.browsers:
        asyncio.run(be_browsers(options.browsers))
    else:
        print(json.dumps(asyncio.run(measure(options.legs, options.seconds)), indent=2))


if __name__ == "__main__":
    main()
