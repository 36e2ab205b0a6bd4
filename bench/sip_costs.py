"""What a SIP leg costs, and what Asterisk needs for the same on the same machine in the same run.

One set of calls, one more thing done to it at each step. Ours and Asterisk's take turns (ours, theirs, ours, theirs), so that
both meet the machine in the same mood; a row is the median of its spans, and so is the peer's. How Asterisk is set up:
`bench.asterisk`. Where it cannot run, a line says why and the peer's column stays empty.
"""

from __future__ import annotations

import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench import asterisk
from bench.asterisk_program import PeerUnavailable, Program, program
from bench.sip_installation import NODE_PORTS, Engine, Span, calling, engine, span
from tests.peers.tones import read_wav, ulaw_encode

ROUNDS = 2
ASTERISK_PORTS = (20000, 23999)
IDLE, PROMPT, BRIDGE = "answered and idle", "prompt playing", "bridge"
RECORDING, TAP = f"{BRIDGE} + recording", f"{BRIDGE} + recording + tap"
THEIR_WAY = {
    PROMPT: "Playback of a µ-law file in a loop",
    BRIDGE: "manager's Bridge, direct_media=no: native RTP, packets forwarded undecoded",
    RECORDING: "MixMonitor D: stereo raw file",
}

Row = dict[str, Any]
Spans = dict[str, list[Span]]


@dataclass(frozen=True)
class Scene:
    """What every installation of this measurement has in common."""

    folder: Path
    talk: Path
    legs: int
    seconds: float


async def cost_rows(scene: Scene) -> list[Row]:
    """About a minute and a half without the peer, five with it."""
    ours: Spans = {}
    theirs: Spans = {}
    peer = _peer()
    memory_mb = await _our_installation(scene, ours, everything=True)
    if peer is not None and await _their_installation(scene, peer, theirs):
        for _ in range(ROUNDS - 1):
            await _our_installation(scene, ours, everything=False)
            await _their_installation(scene, peer, theirs)
    found = [cost_row(name, scene, spans) for name, spans in ours.items()]
    if peer is not None and theirs:
        version = peer.version
        found = [beside(row, name, scene, theirs, version) for row, name in zip(found, ours, strict=True)]
    method = "resident size after the last of these"
    memory = f"sip, memory of the engine with {scene.legs} legs"
    return [*found, {"row": memory, "value": round(memory_mb, 4), "unit": "MB", "peer_value": None, "method": method}]


def _peer() -> Program | None:
    try:
        return program()
    except PeerUnavailable as error:
        print(f"no peer, Asterisk cannot be had here: {error}", flush=True)
        return None


async def _our_installation(scene: Scene, spans: Spans, *, everything: bool) -> float:
    """Adds a span to each row, to the paired ones alone unless `everything`. Returns the engine's memory in MB."""
    async with _installation(scene) as (node, phones, folder):

        async def measured(name: str) -> None:
            if everything or name in THEIR_WAY:
                spans.setdefault(name, []).append(await span(node, phones, scene.seconds))

        await measured(IDLE)
        await node.does("play", file=str(scene.talk))
        await measured(PROMPT)
        await node.does("hush")
        await node.does("bridge")
        await measured(BRIDGE)
        await node.does("record", folder=str(folder))
        await measured(RECORDING)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
            sink.bind(("127.0.0.1", 0))
            if everything:
                await node.does("tap", port=sink.getsockname()[1])
            await measured(TAP)
        return node.accounts.memory_info().rss / 1e6


@asynccontextmanager
async def _installation(scene: Scene) -> AsyncIterator[tuple[Engine, Engine, Path]]:
    with tempfile.TemporaryDirectory(dir=scene.folder) as name:
        async with engine(NODE_PORTS) as node, calling(node, scene.legs, scene.talk) as phones:
            yield node, phones, Path(name)


async def _their_installation(scene: Scene, peer: Program, spans: Spans) -> bool:
    """Adds the paired rows' spans at Asterisk. Whether it went well: a peer in trouble costs its own figures, not ours."""
    try:
        await _at_asterisk(scene, peer, spans)
    except (PeerUnavailable, RuntimeError) as error:  # RuntimeError: nobody answered the phones
        print(f"no peer, Asterisk cannot be measured here: {error}", flush=True)
        return False
    return True


async def _at_asterisk(scene: Scene, peer: Program, spans: Spans) -> None:
    prompt = ulaw_encode(read_wav(scene.talk)[0][0])
    with tempfile.TemporaryDirectory(dir=scene.folder) as name:
        async with (
            asterisk.running(peer, Path(name), prompt, ASTERISK_PORTS) as installation,
            calling(installation, scene.legs, scene.talk) as phones,
        ):
            for row, order in ((PROMPT, "play"), (BRIDGE, "bridge"), (RECORDING, "record")):
                await installation.does(order, folder=name)
                spans.setdefault(row, []).append(await span(installation, phones, scene.seconds))


def cost_row(name: str, scene: Scene, spans: list[Span]) -> Row:
    """A share of a core for a leg, the median of all rounds; the packets are the last round's."""
    pairs = f"; {scene.legs // 2} pairs" if name.startswith(BRIDGE) else ""
    recorded = ", each recorded in stereo to disk" if name.startswith(RECORDING) else ""
    tapped = ", each leg tapped as µ-law RTP" if name == TAP else ""
    idle = "; callers talk, nobody is connected" if name == IDLE else ""
    shares = _shares(spans, scene)
    value = round(median(shares), 4)
    method = (
        f"{scene.legs} legs, PCMU; CPU of the engine process over {scene.seconds:g} s / legs{pairs}{recorded}{tapped}{idle}; "
        f"{_each(shares)}; = {100 / value:.0f} legs per core; {spans[-1].packets}"
    )
    return {"row": f"sip leg, {name}", "value": value, "unit": "% of a core", "peer_value": None, "method": method}


def beside(row: Row, name: str, scene: Scene, theirs: Spans, version: str) -> Row:
    """The same row with what Asterisk needed for it, when it was asked."""
    if name not in theirs:
        return row
    shares = _shares(theirs[name], scene)
    said = f"Asterisk {version}: {median(shares):.4f} %, {median(shares) / row['value']:.1f} times ours"
    method = f"{row['method']}. Asterisk in turns with ours: {_each(shares)}; {THEIR_WAY[name]}; {theirs[name][-1].packets}"
    return {**row, "peer_value": said, "method": method}


def _shares(spans: list[Span], scene: Scene) -> list[float]:
    return [one.cpu_percent / scene.legs for one in spans]


def _each(shares: list[float]) -> str:
    return f"each round {', '.join(f'{share:.4f}' for share in shares)} %" if len(shares) > 1 else "one round"
