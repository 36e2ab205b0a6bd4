"""One media engine in a process of its own, told what to do by lines: the node under measurement, or the phones that call it.

    python -m bench.sip_child FIRST_RTP_PORT LAST_RTP_PORT

A JSON object a line comes in (``{"do": …}``), one goes out when it is done. Calls that come in are answered at once.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog
import uvloop

from telephony.engine_settings import Codec, SipEngineConfig, Trunk
from telephony.media_engine import EngineEvent, RtpAddress, RtpDirection, SipLegAnswered, SipLegEnded, SipLegOffered
from telephony.sip.engine import SipMediaEngine
from tests.peers.bridging import join
from tests.peers.waiting import until

MAX_LEGS = 1000
PARALLEL = 20
"""Commands given to the engine at once: enough to be quick, few enough not to measure a queue."""


class Child:
    """The engine and the legs it has, in the order they were answered."""

    def __init__(self, first_rtp_port: int, last_rtp_port: int) -> None:
        config = SipEngineConfig(
            bind_host="127.0.0.1",
            sip_port=0,
            trunks=(Trunk(name="bench", networks=("127.0.0.0/8",)),),
            first_rtp_port=first_rtp_port,
            last_rtp_port=last_rtp_port,
            codecs=(Codec.PCMU,),
            max_legs=MAX_LEGS,
        )
        self.engine = SipMediaEngine(config, self._on_event)
        self.legs: list[str] = []
        self.ended_early = 0
        self._recordings = 0
        self._expects_ends = False
        self._tasks: set[asyncio.Task[None]] = set()

    def _on_event(self, event: EngineEvent) -> None:
        match event:
            case SipLegOffered():
                task = asyncio.create_task(self.engine.answer(event.leg_id), name=f"answer {event.leg_id}")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            case SipLegAnswered():
                self.legs.append(event.leg_id)
            case SipLegEnded():
                if event.leg_id in self.legs:
                    self.legs.remove(event.leg_id)
                if not self._expects_ends:
                    self.ended_early += 1
            case _:
                pass

    async def does(self, order: dict[str, Any]) -> dict[str, Any]:
        """Carries out one line."""
        match order["do"]:
            case "dial":
                await self._dial(order["uri"], order["count"], order["per_second"])
            case "play":
                files = [Path(order["file"])]
                await _all(self.engine.play(leg, f"play_{leg}", files, loop=True) for leg in self.legs)
            case "hush":
                await _all(self.engine.stop_playback(leg) for leg in self.legs)
            case "bridge":
                await _all(join(self.engine, a, b) for a, b in _pairs(self.legs))
            case "record":
                await _all(self._record(Path(order["folder"]), a, b) for a, b in _pairs(self.legs))
            case "tap":
                await _all(self._tap(leg, order["port"]) for leg in self.legs)
            case "count":
                return await self._count()
            case "hang_up":
                self._expects_ends = True
                await _all(self.engine.hang_up(leg) for leg in list(self.legs))
            case unknown:
                raise ValueError(f"no such order: {unknown}")
        return {"legs": len(self.legs)}

    async def _dial(self, uri: str, count: int, per_second: float) -> None:
        wanted = len(self.legs) + count
        for number in range(count):
            await self.engine.dial(f"phone_{number}", uri)
            await asyncio.sleep(1 / per_second)
        await until(lambda: len(self.legs) >= wanted, within_s=30)

    async def _record(self, folder: Path, left: str, right: str) -> None:
        self._recordings += 1
        name = f"recording_{self._recordings}"
        await self.engine.start_recording(name, folder / f"{name}.wav", left={left}, right={right})

    async def _tap(self, leg: str, port: int) -> None:
        await self.engine.open_rtp_port(
            f"tap_{leg}", codec=Codec.PCMU, remote=RtpAddress("127.0.0.1", port), direction=RtpDirection.SEND_ONLY
        )
        await self.engine.listen(leg, f"tap_{leg}")

    async def _count(self) -> dict[str, Any]:
        every = [await self.engine.statistics(leg) for leg in self.legs]
        return {
            "legs": len(every),
            "sent": sum(one.packets_sent for one in every),
            "received": sum(one.packets_received for one in every),
            "lost": sum(one.packets_lost for one in every),
            "ended_early": self.ended_early,
            "loop_lag_ms": round(self.engine.health().max_loop_lag_ms, 1),
        }


def _pairs(legs: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(legs[::2], legs[1::2], strict=False))


async def _all(orders: Any) -> None:
    """Runs them a few at a time; each is quick."""
    for some in iter(lambda: list(itertools.islice(orders, PARALLEL)), []):
        await asyncio.gather(*some)


async def main(first_rtp_port: int, last_rtp_port: int) -> None:
    child = Child(first_rtp_port, last_rtp_port)
    await child.engine.start()
    print(json.dumps({"sip_port": child.engine.sip_port}), flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(await child.does(json.loads(line))), flush=True)
    await child.engine.stop()


if __name__ == "__main__":
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    uvloop.install()
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
