"""Live legs in real time: what a stream costs, how soon its words are there, how many of them are wrong.

CPU is the recognizer process's own accounting over the whole run; words are timed by the recognizer itself, so a
latency runs from the end of a word's sound, as it was sent, to its event.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jiwer
import msgspec
import psutil

from asr.environment import worker_environment
from asr.g711 import encode_ulaw
from asr.rtp import build
from bench.asr_legs import SpokenLeg, legs

_FRAME = 160
_IDLE_S = 3.0


@dataclass(frozen=True)
class LiveRun:
    """What one run showed."""

    legs: int
    seconds: float
    cpu_per_leg: float
    """Share of a core."""
    idle_mb: float
    mb_per_leg: float
    partial_s: list[float]
    """From a word's end to the first text that has it, sorted."""
    final_s: list[float]
    """From the last word's end to the final, sorted."""
    word_errors: float
    sent: int
    dropped: int
    lost: int
    """Packets, of all legs."""
    shed: list[str]


class Worker:
    """The child process."""

    def __init__(self, threads: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.asr_child", str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=worker_environment(os.environ),
        )
        self.accounting = psutil.Process(self._process.pid)
        self.answer()

    def ask(self, line: str) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()
        return self.answer()

    def answer(self) -> Any:
        assert self._process.stdout is not None
        return msgspec.json.decode(self._process.stdout.readline())

    def cpu_s(self) -> float:
        times = self.accounting.cpu_times()
        return float(times.user + times.system)

    def memory_mb(self) -> float:
        return float(self.accounting.memory_info().rss) / 2**20

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)


def run(count: int = 24, seconds: float = 40.0) -> LiveRun:
    spoken = legs(count, seconds)
    worker = Worker(threads=len(os.sched_getaffinity(0)))
    try:
        time.sleep(_IDLE_S)
        idle_mb = worker.memory_mb()
        addresses = worker.ask(f"start {count}")
        before = worker.cpu_s()
        peak_mb = send(spoken, addresses, worker)
        used = worker.cpu_s() - before
        heard = worker.ask("stop")
    finally:
        worker.close()
    partials, finals = latencies(heard, addresses)
    return LiveRun(
        legs=count,
        seconds=seconds,
        cpu_per_leg=used / seconds / count,
        idle_mb=idle_mb,
        mb_per_leg=(peak_mb - idle_mb) / count,
        partial_s=partials,
        final_s=finals,
        word_errors=errors(heard, spoken),
        sent=count * int(seconds * 50),
        dropped=heard["dropped"],
        lost=heard["lost"],
        shed=heard["shed"],
    )


def send(spoken: Sequence[SpokenLeg], addresses: Sequence[dict[str, Any]], worker: Worker) -> float:
    """50 packets a second for each leg, in real time; returns the worker's largest memory."""
    sounds = [encode_ulaw(leg.samples) for leg in spoken]
    outlet = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peak_mb, due = 0.0, time.monotonic()
    try:
        for frame in range(len(sounds[0]) // _FRAME):
            for sound, address in zip(sounds, addresses, strict=True):
                payload = sound[frame * _FRAME : (frame + 1) * _FRAME]
                packet = build(frame, frame * _FRAME, address["ssrc"], payload)
                outlet.sendto(packet, (address["host"], address["port"]))
            if frame % 50 == 0:
                peak_mb = max(peak_mb, worker.memory_mb())
            due += 0.02
            time.sleep(max(0.0, due - time.monotonic()))
    finally:
        outlet.close()
    return peak_mb


def latencies(heard: dict[str, Any], addresses: Sequence[dict[str, Any]]) -> tuple[list[float], list[float]]:
    began = {f"stream_{number}": address["began"] for number, address in enumerate(addresses)}
    shown: dict[tuple[str, int], list[tuple[float, int]]] = {}
    for partial in heard["partials"]:
        shown.setdefault((partial["stream"], partial["utterance"]), []).append((partial["at"], partial["words"]))
    partials, finals = [], []
    for final in heard["finals"]:
        texts = [*shown.get((final["stream"], final["utterance"]), []), (final["at"], len(final["ends_ms"]))]
        ends = [began[final["stream"]] + end_ms / 1000 for end_ms in final["ends_ms"]]
        partials += [next(at for at, words in texts if words > place) - end for place, end in enumerate(ends)]
        finals += [final["at"] - ends[-1]] if ends else []
    return sorted(partials), sorted(finals)


def errors(heard: dict[str, Any], spoken: Sequence[SpokenLeg]) -> float:
    texts: dict[str, list[str]] = {}
    for final in heard["finals"]:
        texts.setdefault(final["stream"], []).append(final["text"])
    return float(jiwer.wer([leg.text for leg in spoken], [" ".join(texts.get(f"stream_{n}", [])) for n in range(len(spoken))]))
