"""What a SIP leg costs, how many a node carries without loss, and how soon a call is answered.

    python -m bench.sip_legs [--legs 200] [--seconds 12]

Method. The node's SIP and media engine runs in a process of its own; the phones are a second engine process on loopback that
dials it (PCMU, 20 ms, both directions, the callers play recorded speech). CPU is the engine process's own accounting (user +
system) over the whole span after everything has settled; the phones are not counted. Packets are both sides' RTP counters.
Asterisk, called by the same phones, takes turns with it (`bench.sip_costs`).
Latency is measured by SIPp from INVITE to 200 OK at 20 calls/s: once against the engine alone, once against the whole product
(node, Redis, call control, flow), each call held for two seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles
from typing import Any

import numpy as np

from bench.sip_costs import Scene, cost_rows
from bench.sip_installation import NODE_PORTS, SETTLE_S, calling, engine, span
from tests.peers import spoken
from tests.peers.installation import Installation
from tests.peers.tones import write_wav

LEGS, FULL_INSTALLATION = 200, 400
SPAN_S = 12.0
CALLS, CALLS_PER_S, HOLD_MS = 400, 20, 2000
DEMO_NUMBER = "1000"
CALM_CPU_S, CALM_LIMIT_S = 0.5, 120.0
"""The tree is calm when it uses less than this in `SETTLE_S`."""

Row = dict[str, Any]


def rows(legs: int = LEGS, seconds: float = SPAN_S) -> Iterator[Row]:
    """All rows of this bench, as they are measured; about seven minutes, half of that beside Asterisk."""
    with tempfile.TemporaryDirectory(prefix="patchbay-bench-") as name:
        folder = Path(name)
        talk = write_wav(folder / "talk.wav", np.concatenate([spoken.prompt(name) / 32768 for name in spoken.sentences()[:20]]))
        yield from asyncio.run(cost_rows(Scene(folder, talk, legs, seconds)))
        yield from asyncio.run(_full_installation_rows(folder, talk, seconds))
        if shutil.which("sipp") is None:
            raise RuntimeError("sipp is not installed (Debian: sip-tester): no latency")
        yield from asyncio.run(_engine_latency_rows(folder))
        yield from asyncio.run(_product_latency_rows(folder))


# ── a full installation ────────────────────────────────────────────────────────────────────────────────────────────────


async def _full_installation_rows(folder: Path, talk: Path, seconds: float) -> list[Row]:
    async with engine(NODE_PORTS) as node, calling(node, FULL_INSTALLATION, talk) as phones:
        await node.does("bridge")
        await node.does("record", folder=str(folder))
        seen = await span(node, phones, seconds)
    lost = seen.counts["node_lost"] + seen.counts["phones_lost"]
    sent = seen.counts["node_sent"] + seen.counts["phones_sent"]
    method = f"{FULL_INSTALLATION} legs on one node, {FULL_INSTALLATION // 2} recorded pairs, {seconds:g} s; {seen.packets}"
    return [
        _row(f"sip, packets lost at {FULL_INSTALLATION} legs", lost, f"of {sent}", method),
        _row(f"sip, share of a core at {FULL_INSTALLATION} legs", seen.cpu_percent, "%", method),
        _row(
            f"sip, longest round of the owner thread at {FULL_INSTALLATION} legs",
            seen.lag_ms,
            "ms",
            f"{method}; since start, set-up included",
        ),
    ]


# ── INVITE → 200 OK ─────────────────────────────────────────────────────────────────────────────────────────────


async def _engine_latency_rows(folder: Path) -> list[Row]:
    async with engine(NODE_PORTS) as node:
        return await _latency("engine alone", folder, node.sip_port, "100")


async def _product_latency_rows(folder: Path) -> list[Row]:
    home = folder / "installation"
    home.mkdir()
    async with Installation(home) as installation:
        await _calm(installation)
        return await _latency("whole product", folder, installation.sip_port, DEMO_NUMBER)


async def _calm(installation: Installation) -> None:
    """A fresh installation speaks its prompts once, in the background: until that is done it is not what runs every day."""
    async with asyncio.timeout(CALM_LIMIT_S):
        used = CALM_CPU_S
        while used >= CALM_CPU_S:
            before = {process.pid: sum(process.cpu_times()[:2]) for process in installation.processes()}
            await asyncio.sleep(SETTLE_S)
            used = sum(sum(process.cpu_times()[:2]) - before.get(process.pid, 0.0) for process in installation.processes())


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


def _row(row: str, value: float, unit: str, method: str) -> Row:
    return {"row": row, "value": round(value, 4), "unit": unit, "peer_value": None, "method": method}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--legs", type=int, default=LEGS)
    parser.add_argument("--seconds", type=float, default=SPAN_S)
    options = parser.parse_args()
    for found in rows(options.legs, options.seconds):
        peer = f"; {found['peer_value']}" if found["peer_value"] else ""
        print(f"{found['row']}: {found['value']} {found['unit']}{peer}  ({found['method']})", flush=True)


if __name__ == "__main__":
    main()
