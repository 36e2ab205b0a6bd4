"""What a SIP leg costs, how many a node carries without loss, and how soon a call is answered.

    python -m bench.sip_legs [--legs 200] [--seconds 12]

Method. The node's SIP and media engine runs in a process of its own; the phones are a second engine process on loopback that
dials it (PCMU, 20 ms, both directions, the callers play recorded speech). CPU is the engine process's own accounting (user +
system) over the whole span after everything has settled; the phones are not counted. Packets are both sides' RTP counters.
Latency is measured by SIPp from INVITE to 200 OK at 20 calls/s: once against the engine alone, once against the whole product
(node, Redis, call control, flow), each call held for two seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

import numpy as np
import psutil

from tests.peers import spoken
from tests.peers.installation import PROJECT, Installation
from tests.peers.tones import write_wav

LEGS, FULL_HOUSE = 200, 400
SPAN_S, SETTLE_S = 12.0, 4.0
DIALS_PER_S = 25.0
CALLS, CALLS_PER_S, HOLD_MS = 400, 20, 2000
NODE_PORTS, PHONE_PORTS = (14000, 17999), (28000, 31999)
DEMO_NUMBER = "1000"
CALM_CPU_S, CALM_LIMIT_S = 0.5, 120.0
"""The tree is calm when it uses less than this in `SETTLE_S`."""

ASTERISK = {
    "prompt": "Asterisk 22: 0.055 % (11 % of a core for 200 playbacks; measured once on such a machine, design §7)",
    "recording": "Asterisk 22: 0.090 % (18 % of a core for 100 recorded bridges; measured once on such a machine, design §7)",
}

Row = dict[str, Any]


def rows(legs: int = LEGS, seconds: float = SPAN_S) -> Iterator[Row]:
    """All rows of this bench, as they are measured; about three and a half minutes."""
    with tempfile.TemporaryDirectory(prefix="patchbay-bench-") as name:
        folder = Path(name)
        talk = write_wav(folder / "talk.wav", np.concatenate([spoken.prompt(name) / 32768 for name in spoken.sentences()[:20]]))
        yield from asyncio.run(_cost_rows(folder, talk, legs, seconds))
        yield from asyncio.run(_full_house_rows(folder, talk, seconds))
        if shutil.which("sipp") is None:
            raise RuntimeError("sipp is not installed (Debian: sip-tester): no latency")
        yield from asyncio.run(_engine_latency_rows(folder))
        yield from asyncio.run(_product_latency_rows(folder))


# ── processes ───────────────────────────────────────────────────────────────────────────────────────────────────


class Engine:
    """A `bench.sip_child` process."""

    def __init__(self, process: asyncio.subprocess.Process, sip_port: int) -> None:
        self._process = process
        self.sip_port = sip_port
        self.accounts = psutil.Process(process.pid)

    async def does(self, what: str, **details: object) -> dict[str, Any]:
        """Returns when it is done. Raises `RuntimeError` when the process has died."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, **details}).encode() + b"\n")
        return await _line(self._process)

    def cpu_s(self) -> float:
        return sum(self.accounts.cpu_times()[:2])


async def _line(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise RuntimeError(f"the engine process ended with {await process.wait()}")
    answer: dict[str, Any] = json.loads(line)
    return answer


@asynccontextmanager
async def _engine(ports: tuple[int, int]) -> AsyncIterator[Engine]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.sip_child", *map(str, ports), cwd=PROJECT, stdin=pipe, stdout=pipe
    )
    try:
        yield Engine(process, (await _line(process))["sip_port"])
        assert process.stdin is not None
        process.stdin.close()
        await asyncio.wait_for(process.wait(), 20)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def _connected(legs: int, talk: Path) -> AsyncIterator[tuple[Engine, Engine]]:
    """A node and phones that have called it, each phone talking."""
    async with _engine(NODE_PORTS) as node, _engine(PHONE_PORTS) as phones:
        await phones.does("dial", uri=f"sip:100@127.0.0.1:{node.sip_port}", count=legs, per_second=DIALS_PER_S)
        await phones.does("play", file=str(talk))
        yield node, phones
        await phones.does("hang_up")


# ── cost of a leg ───────────────────────────────────────────────────────────────────────────────────────────────


class Span:
    """What happened between two moments."""

    def __init__(self, cpu_percent: float, counts: dict[str, int], lag_ms: float) -> None:
        self.cpu_percent = cpu_percent
        self.counts = counts
        self.lag_ms = lag_ms

    @property
    def packets(self) -> str:
        c = self.counts
        return (
            f"packets: node sent {c['node_sent']}, phones received {c['phones_received']} (lost {c['phones_lost']}); "
            f"phones sent {c['phones_sent']}, node received {c['node_received']} (lost {c['node_lost']}); legs lost {c['ended']}"
        )


async def _span(node: Engine, phones: Engine, seconds: float) -> Span:
    """Settles, then measures."""
    await asyncio.sleep(SETTLE_S)
    before = await _counts(node, phones)
    cpu_s, began = node.cpu_s(), asyncio.get_running_loop().time()
    await asyncio.sleep(seconds)
    cpu_percent = 100 * (node.cpu_s() - cpu_s) / (asyncio.get_running_loop().time() - began)
    after = await _counts(node, phones)
    lag_ms = after.pop("lag_ms")
    return Span(cpu_percent, {name: after[name] - before[name] for name in after}, lag_ms)


async def _counts(node: Engine, phones: Engine) -> dict[str, int]:
    here, there = await node.does("count"), await phones.does("count")
    return {
        **{f"node_{name}": here[name] for name in ("sent", "received", "lost")},
        **{f"phones_{name}": there[name] for name in ("sent", "received", "lost")},
        "ended": here["ended_early"] + there["ended_early"],
        "lag_ms": here["loop_lag_ms"],
    }


async def _cost_rows(folder: Path, talk: Path, legs: int, seconds: float) -> list[Row]:
    """One house of calls, one more thing done to it at each step."""
    method = f"{legs} legs, PCMU; CPU of the engine process over {seconds:g} s / legs"
    async with _connected(legs, talk) as (node, phones):
        found = [
            _cost("answered and idle", await _span(node, phones, seconds), legs, f"{method}; callers talk, nobody is connected")
        ]
        await node.does("play", file=str(talk))
        found.append(_cost("prompt playing", await _span(node, phones, seconds), legs, method, ASTERISK["prompt"]))
        await node.does("hush")
        await node.does("bridge")
        found.append(_cost("bridge", await _span(node, phones, seconds), legs, f"{method}; {legs // 2} pairs"))
        await node.does("record", folder=str(folder))
        recorded = f"{method}; {legs // 2} pairs, each recorded in stereo to disk"
        found.append(_cost("bridge + recording", await _span(node, phones, seconds), legs, recorded, ASTERISK["recording"]))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
            sink.bind(("127.0.0.1", 0))
            await node.does("tap", port=sink.getsockname()[1])
            tapped = f"{recorded}, each leg tapped as µ-law RTP"
            found.append(_cost("bridge + recording + tap", await _span(node, phones, seconds), legs, tapped))
        memory_mb = node.accounts.memory_info().rss / 1e6
        found.append(
            _row(f"sip, memory of the engine with {legs} legs", memory_mb, "MB", "resident size after the last of these")
        )
    return found


def _cost(name: str, span: Span, legs: int, method: str, peer: str | None = None) -> Row:
    share = span.cpu_percent / legs
    return _row(f"sip leg, {name}", share, "% of a core", f"{method}; = {100 / share:.0f} legs per core; {span.packets}", peer)


# ── a full house ────────────────────────────────────────────────────────────────────────────────────────────────


async def _full_house_rows(folder: Path, talk: Path, seconds: float) -> list[Row]:
    async with _connected(FULL_HOUSE, talk) as (node, phones):
        await node.does("bridge")
        await node.does("record", folder=str(folder))
        span = await _span(node, phones, seconds)
    lost = span.counts["node_lost"] + span.counts["phones_lost"]
    sent = span.counts["node_sent"] + span.counts["phones_sent"]
    method = f"{FULL_HOUSE} legs on one node, {FULL_HOUSE // 2} recorded pairs, {seconds:g} s; {span.packets}"
    return [
        _row(f"sip, packets lost at {FULL_HOUSE} legs", lost, f"of {sent}", method),
        _row(f"sip, share of a core at {FULL_HOUSE} legs", span.cpu_percent, "%", method),
        _row(
            f"sip, longest round of the owner thread at {FULL_HOUSE} legs",
            span.lag_ms,
            "ms",
            f"{method}; since start, set-up included",
        ),
    ]


# ── INVITE → 200 OK ─────────────────────────────────────────────────────────────────────────────────────────────


async def _engine_latency_rows(folder: Path) -> list[Row]:
    async with _engine(NODE_PORTS) as node:
        return await _latency("engine alone", folder, node.sip_port, "100")


async def _product_latency_rows(folder: Path) -> list[Row]:
    home = folder / "house"
    home.mkdir()
    async with Installation(home) as house:
        await _calm(house)
        return await _latency("whole product", folder, house.sip_port, DEMO_NUMBER)


async def _calm(house: Installation) -> None:
    """A fresh installation speaks its prompts once, in the background: until that is done it is not what runs every day."""
    async with asyncio.timeout(CALM_LIMIT_S):
        used = CALM_CPU_S
        while used >= CALM_CPU_S:
            before = {process.pid: sum(process.cpu_times()[:2]) for process in house.processes()}
            await asyncio.sleep(SETTLE_S)
            used = sum(sum(process.cpu_times()[:2]) - before.get(process.pid, 0.0) for process in house.processes())


async def _latency(name: str, folder: Path, sip_port: int, number: str) -> list[Row]:
    scenario = folder / "caller.xml"
    scenario.write_text(SCENARIO)
    work = folder / name.replace(" ", "-")
    work.mkdir()
    process = await asyncio.create_subprocess_exec(
        *("sipp", "-sf", str(scenario), f"127.0.0.1:{sip_port}", "-s", number, "-i", "127.0.0.1", "-mi", "127.0.0.1"),
        *("-m", str(CALLS), "-r", str(CALLS_PER_S), "-d", str(HOLD_MS), "-nostdin", "-timeout", "90"),
        *("-trace_rtt", "-rtt_freq", "1"),
        cwd=work,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    failed = await process.wait() != 0
    delays = sorted(_delays_ms(work))
    if len(delays) < 2:
        raise RuntimeError(f"{name}: SIPp measured no answers")
    cuts = quantiles(delays, n=100)
    method = (
        f"SIPp, {len(delays)} of {CALLS} calls answered at {CALLS_PER_S}/s, each held {HOLD_MS / 1000:g} s, "
        f"{name}{'; some calls failed' if failed else ''}; in SIPp's whole milliseconds, slowest {delays[-1]:.0f} ms"
    )
    return [
        _row(f"sip, INVITE to 200 OK, {name}, p50", cuts[49], "ms", method),
        _row(f"sip, INVITE to 200 OK, {name}, p99", cuts[98], "ms", method),
    ]


def _delays_ms(folder: Path) -> list[float]:
    """SIPp writes one line for each answer: when; how long in ms; name of the measurement."""
    (table,) = folder.glob("*_rtt.csv")
    with table.open() as lines:
        return [float(line["response_time_ms"]) for line in csv.DictReader(lines, delimiter=";")]


SCENARIO = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="caller">
  <send retrans="500" start_rtd="1"><![CDATA[
      INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: <sip:+442079460[call_number]@[local_ip]:[local_port]>;tag=[pid]x[call_number]
      To: <sip:[service]@[remote_ip]:[remote_port]>
      Call-ID: [call_id]
      CSeq: 1 INVITE
      Contact: <sip:bench@[local_ip]:[local_port]>
      Max-Forwards: 70
      Content-Type: application/sdp
      Content-Length: [len]

      v=0
      o=bench 1 1 IN IP[local_ip_type] [local_ip]
      s=-
      c=IN IP[media_ip_type] [media_ip]
      t=0 0
      m=audio [media_port] RTP/AVP 0
      a=rtpmap:0 PCMU/8000
  ]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="200" rtd="1" rrs="true"/>
  <send><![CDATA[
      ACK [next_url] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: <sip:+442079460[call_number]@[local_ip]:[local_port]>;tag=[pid]x[call_number]
      To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
      Call-ID: [call_id]
      CSeq: 1 ACK
      Max-Forwards: 70
      Content-Length: 0
  ]]></send>
  <pause/>
  <send retrans="500"><![CDATA[
      BYE [next_url] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: <sip:+442079460[call_number]@[local_ip]:[local_port]>;tag=[pid]x[call_number]
      To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
      Call-ID: [call_id]
      CSeq: 2 BYE
      Max-Forwards: 70
      Content-Length: 0
  ]]></send>
  <recv response="200"/>
</scenario>
"""


def _row(row: str, value: float, unit: str, method: str, peer_value: str | None = None) -> Row:
    return {"row": row, "value": round(value, 4), "unit": unit, "peer_value": peer_value, "method": method}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--legs", type=int, default=LEGS)
    parser.add_argument("--seconds", type=float, default=SPAN_S)
    options = parser.parse_args()
    for found in rows(options.legs, options.seconds):
        print(f"{found['row']}: {found['value']} {found['unit']}  ({found['method']})")


if __name__ == "__main__":
    main()
