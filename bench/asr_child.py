"""The recognizer under measurement, in a process of its own, so that its CPU and memory are its alone.

    python -m bench.asr_child THREADS        lines in: ``start N``, ``stop``; a JSON line out for each

It is the worker as it is served, with the bus of the tests inside the process instead of Redis.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from contextlib import suppress
from pathlib import Path

import structlog
import uvloop

from asr.config import AsrConfig
from asr.model_files import locate
from asr.vosk_recognizer import load_recognizers
from asr.worker import AsrWorker
from core.commands import StartTranscription, StopTranscription
from core.events import AsrWorkerHeartbeat, TranscriptFinal, TranscriptPartial
from core.ids import CallId, LegId, StreamId, WorkerId
from core.model import Speaker
from tests.peers.memory_bus import MemoryBus


class WallClock:
    def now(self) -> float:
        return time.time()


async def serve(threads: int) -> None:
    bus = MemoryBus()
    config = AsrConfig(worker_id=WorkerId("asr_bench"), data_dir=Path(), threads=threads, max_streams=1000)
    worker = asyncio.create_task(AsrWorker(bus, config, load_recognizers([locate("en")]), WallClock()).run())
    await bus.wait_for(AsrWorkerHeartbeat, 30.0)
    send({"ready": True})
    loop = asyncio.get_running_loop()
    streams: list[StreamId] = []
    while line := (await loop.run_in_executor(None, sys.stdin.readline)).split():
        if line[0] == "start":
            send([await start(bus, streams) for _ in range(int(line[1]))])
        elif line[0] == "stop":
            for stream in streams:
                await bus.send("asr:asr_bench", StopTranscription(stream_id=stream))
            await bus.wait_for(AsrWorkerHeartbeat, 30.0, streams=0, at=await _later_beat(bus))
            send(results(bus))
    worker.cancel()
    with suppress(asyncio.CancelledError):
        await worker


async def _later_beat(bus: MemoryBus) -> float:
    """The time of the first heartbeat without streams after now."""
    now = time.time()
    async for _, event in bus.events("0"):
        if isinstance(event, AsrWorkerHeartbeat) and event.at > now and event.streams == 0:
            return event.at
    raise AssertionError("the stream of a bus never ends")


async def start(bus: MemoryBus, streams: list[StreamId]) -> dict[str, object]:
    number = len(streams)
    streams.append(StreamId(f"stream_{number}"))
    began = time.time()
    command = StartTranscription(
        stream_id=streams[-1], call_id=CallId("call_1"), leg_id=LegId(f"leg_{number}"), speaker=Speaker.CUSTOMER
    )
    answer = await bus.send("asr:asr_bench", command)
    return {**answer.result, "began": began}


def results(bus: MemoryBus) -> dict[str, object]:
    partials = [
        {"stream": event.stream_id, "utterance": event.utterance, "at": event.at, "words": len(event.text.split())}
        for event in bus.of_type(TranscriptPartial)
    ]
    finals = [
        {
            "stream": event.stream_id,
            "utterance": event.utterance,
            "at": event.at,
            "text": event.text,
            "ends_ms": [word.end_ms for word in event.words],
        }
        for event in bus.of_type(TranscriptFinal)
    ]
    beats = bus.of_type(AsrWorkerHeartbeat)
    return {
        "partials": partials,
        "finals": finals,
        "dropped": beats[-1].dropped_packets,
        "lost": beats[-1].lost_packets,
        "shed": sorted({beat.shedding for beat in beats}),
    }


def send(message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    uvloop.run(serve(int(sys.argv[1])))
