"""Installations that phones call, and what one of them uses between two moments.

An installation is our media engine (`bench.sip_child`) or a peer's (`bench.asterisk`), in a process of its own; the phones are
always a second process of our engine on loopback. CPU is the installation's process alone, by the kernel's accounts.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psutil

from tests.peers.installation import PROJECT

SETTLE_S = 4.0
DIALS_PER_S = 25.0
NODE_PORTS, PHONE_PORTS = (14000, 17999), (28000, 31999)


class Installation(Protocol):
    """Takes every call; does to all its legs what it is told."""

    @property
    def sip_port(self) -> int: ...

    def cpu_s(self) -> float:
        """User and system time of its process since it began."""

    async def does(self, what: str, **details: object) -> dict[str, Any]:
        """Returns when it is done."""


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
async def engine(ports: tuple[int, int]) -> AsyncIterator[Engine]:
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
async def calling(installation: Installation, legs: int, talk: Path) -> AsyncIterator[Engine]:
    """Phones that have called an installation and talk."""
    async with engine(PHONE_PORTS) as phones:
        await phones.does("dial", uri=f"sip:100@127.0.0.1:{installation.sip_port}", count=legs, per_second=DIALS_PER_S)
        await phones.does("play", file=str(talk))
        yield phones
        await phones.does("hang_up")


@dataclass(frozen=True)
class Span:
    """What happened between two moments."""

    cpu_percent: float
    """Of one core."""
    counts: dict[str, int]
    """Packets `sent`, `received`, `lost` and legs `ended_early`, each of `phones_` and, where it counts them, of `node_`."""
    lag_ms: float
    """The longest round of the installation's owner thread since it began; 0 for a peer's."""

    @property
    def packets(self) -> str:
        c = self.counts
        phones = f"phones sent {c['phones_sent']}, received {c['phones_received']} (lost {c['phones_lost']})"
        ended = f"legs lost {c['phones_ended_early'] + c.get('node_ended_early', 0)}"
        if "node_sent" not in c:
            return f"packets: {phones}; {ended}"
        return f"packets: node sent {c['node_sent']}, received {c['node_received']} (lost {c['node_lost']}); {phones}; {ended}"


async def span(installation: Installation, phones: Engine, seconds: float) -> Span:
    """Settles, then measures."""
    await asyncio.sleep(SETTLE_S)
    before = await _counts(installation, phones)
    cpu_s, began = installation.cpu_s(), asyncio.get_running_loop().time()
    await asyncio.sleep(seconds)
    cpu_percent = 100 * (installation.cpu_s() - cpu_s) / (asyncio.get_running_loop().time() - began)
    after = await _counts(installation, phones)
    lag_ms = after.pop("node_loop_lag_ms", 0)
    return Span(cpu_percent, {name: after[name] - before[name] for name in after}, lag_ms)


async def _counts(installation: Installation, phones: Engine) -> dict[str, int]:
    here, there = await installation.does("count"), await phones.does("count")
    del here["legs"], there["legs"], there["loop_lag_ms"]
    return {
        **{f"node_{name}": value for name, value in here.items()},
        **{f"phones_{name}": value for name, value in there.items()},
    }
