"""What one call costs the processes behind the sound: CPU of each, and commands of Redis.

Method. A complete installation runs on loopback. SIPp calls its main number, hears the greeting, the offers and the menu, presses
one key, waits in a queue and hangs up: four prompts, one key, one piece of work. After calls that fill pools and caches, CPU
seconds of each process (user + system, the processes' own accounting) and the commands that Redis counts are read before and
after `CALLS` calls at `RATE` a second; what the same processes spend in as much time without calls is taken off.

    python -m bench.calls_per_second
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import redis.asyncio

from tests.interop.sipp import run_sipp
from tests.peers.installation import Installation

WARM_UP, CALLS, RATE = 60, 150, 5
SETTLE_S = 8.0
"""A caller's sound, the records of the call and its recognizer's stream are gone by then."""
PROCESSES = {"control": ("serve", "--only"), "node": ("node",), "recognizer": ("asr",), "stand-by": ("acd",)}
MOST_COMMANDS_SHOWN = 8

Row = dict[str, Any]


class Spent(NamedTuple):
    at_s: float
    cpu_s: dict[str, float]
    """By process."""
    commands: Counter[str]
    """Redis commands by name."""

    def since(self, earlier: Spent) -> Spent:
        cpu_s = {name: spent - earlier.cpu_s[name] for name, spent in self.cpu_s.items()}
        return Spent(self.at_s - earlier.at_s, cpu_s, self.commands - earlier.commands)


def rows() -> list[Row]:
    """All rows of this bench; about two minutes."""
    with tempfile.TemporaryDirectory(prefix="patchbay-bench-") as folder:
        return list(asyncio.run(_measure(Path(folder))))


async def _measure(folder: Path) -> list[Row]:
    async with Installation(folder / "installation", LIMITS_SHED_AFTER_S="1") as installation:  # as usual, unlike in tests
        processes = {name: installation.child(*words) for name, words in PROCESSES.items()}
        processes["redis"] = installation.child_named("redis-server")
        store = redis.asyncio.Redis(unix_socket_path=str(next(installation.data_dir.rglob("*.sock"))), decode_responses=True)
        try:
            await _call(installation, folder / "warm-up", WARM_UP)
            await asyncio.sleep(SETTLE_S)
            before = await _spent(processes, store)
            await _call(installation, folder / "measured", CALLS)
            await asyncio.sleep(SETTLE_S)
            busy = (await _spent(processes, store)).since(before)
            rest = await _spent(processes, store)
            await asyncio.sleep(busy.at_s)
            idle = (await _spent(processes, store)).since(rest)
        finally:
            await store.aclose()
    return list(_rows(busy, idle))


async def _call(installation: Installation, folder: Path, calls: int) -> None:
    came = await run_sipp("digits", installation.sip_port, folder, calls=calls, rate=RATE)
    came.assert_all_went_well(calls)


async def _spent(processes: dict[str, psutil.Process], store: redis.asyncio.Redis) -> Spent:
    cpu_s = {name: sum(process.cpu_times()[:2]) for name, process in processes.items()}
    counted = await store.info("commandstats")
    commands = Counter({name.removeprefix("cmdstat_"): int(each["calls"]) for name, each in counted.items()})
    return Spent(time.monotonic(), cpu_s, commands)


def _rows(busy: Spent, idle: Spent) -> Iterator[Row]:
    share = busy.at_s / idle.at_s
    method = (
        f"{CALLS} SIP calls, {RATE} a second, through the demo flow (four prompts, one key, queue, hang-up); idle share taken off"
    )
    for name, spent in busy.cpu_s.items():
        yield _row(f"one call, {name}", (spent - idle.cpu_s[name] * share) / CALLS * 1000, "ms CPU", method)
    a_call = {name: (times - idle.commands[name] * share) / CALLS for name, times in busy.commands.items()}
    scripted = f"{method}; a command within a script counts as one of its own, as Redis counts"
    yield _row("one call, Redis commands", sum(a_call.values()), "", scripted)
    for name, times in sorted(a_call.items(), key=lambda each: -each[1])[:MOST_COMMANDS_SHOWN]:
        yield _row(f"one call, Redis commands: {name}", times, "", scripted)


def _row(row: str, value: float, unit: str, method: str) -> Row:
    return {"row": row, "value": round(value, 2), "unit": unit, "peer_value": None, "method": method}


if __name__ == "__main__":
    for each in rows():
        print(f"{each['row']:45} {each['value']:10g} {each['unit']}")
