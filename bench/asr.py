"""What the recognizer costs and how well it hears.

    python -m bench.asr [--legs 24] [--seconds 40]

Sound: Debian's asterisk-core-sounds-en-wav (8 kHz studio speech of one speaker) with the package's own text list.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from typing import Any

from asr.model_files import locate
from bench import asr_files, asr_live

Row = dict[str, Any]


def rows(legs: int = 24, seconds: float = 40.0, say: Callable[[str], None] = print) -> list[Row]:
    """Takes about two and a half minutes, and half a minute more the first time (the adapted graph is composed)."""
    say(f"speech: {legs} live legs for {seconds:.0f} s …")
    live = asr_live.run(legs, seconds)
    say("speech: word errors and cost on files …")
    return [*_live_rows(live), *_file_rows(say)]


def _live_rows(live: asr_live.LiveRun) -> list[Row]:
    method = (
        f"{live.legs} legs of {live.seconds:.0f} s, 40 % speech over noise at −62 dBFS, PCMU RTP over loopback in real time,"
        f" one recognizer process with jemalloc, partials on; packets sent {live.sent}, lost {live.lost},"
        f" dropped {live.dropped}; shedding: {', '.join(live.shed)}"
    )
    return [
        row(
            "asr, live streams per core",
            round(1 / live.cpu_per_leg, 1),
            "legs",
            method + "; process CPU time / wall time / legs, inverted",
        ),
        row(
            "asr, cost of a live leg",
            round(100 * live.cpu_per_leg, 2),
            "% of a core",
            method + "; process CPU time / wall time / legs",
        ),
        row("asr, memory idle", round(live.idle_mb), "MB", "resident size 3 s after start, composed graph loaded"),
        row("asr, memory per live leg", round(live.mb_per_leg, 1), "MB", method + "; (largest − idle resident size) / legs"),
        *_latency("asr, first text of a word after its end", live.partial_s, method),
        *_latency("asr, final text after the last word's end", live.final_s, method),
        row("asr, word errors of live legs", round(100 * live.word_errors, 1), "%", method + "; finals of a leg joined, jiwer"),
    ]


def _latency(name: str, sorted_s: Sequence[float], method: str) -> list[Row]:
    how = method + f"; {len(sorted_s)} samples; word times are the recognizer's"
    return [
        row(f"{name}, p{share}", round(sorted_s[min(int(len(sorted_s) * share / 100), len(sorted_s) - 1)], 2), "s", how)
        for share in (50, 95)
        if sorted_s
    ]


def _file_rows(say: Callable[[str], None]) -> list[Row]:
    plain = locate("en")
    assert plain.phrases is not None, "the bench compares with the graph as shipped, which this model lacks"
    adapted = asr_files.adapted_model(say)
    by_graph = {name: asr_files.measure("prompts", live) for name, live in (("plain", plain.live), ("adapted", adapted.live))}
    ours, theirs = asr_files.measure("legs", plain.live), asr_files.measure("vosk_server", plain.phrases)
    prompts = f"{len(asr_files.halves()[1])} prompts, each whole by a fresh recognizer, no gate; domain: other prompts' texts"
    legs = "3 legs of 90 s, 40 % speech, decoded in turns on one core; peer: what vosk-server's asr_server.py does with them"
    return [
        row("asr, word errors on 8 kHz prompts", round(100 * by_graph["plain"].word_errors, 1), "%", prompts),
        row(
            "asr, word errors on 8 kHz prompts, adapted to other texts",
            round(100 * by_graph["adapted"].word_errors, 1),
            "%",
            prompts + "; peer: not adapted",
            round(100 * by_graph["plain"].word_errors, 1),
        ),
        row(
            "asr, audio seconds per CPU second",
            round(1 / ours.cpu_per_s, 1),
            "s",
            legs,
            round(1 / theirs.cpu_per_s, 1),
        ),
        row("asr, word errors of legs", round(100 * ours.word_errors, 1), "%", legs, round(100 * theirs.word_errors, 1)),
        row("asr, memory per stream", round(ours.mb_per_stream, 1), "MB", legs, round(theirs.mb_per_stream, 1)),
    ]


def row(name: str, value: float, unit: str, method: str, peer_value: float | None = None) -> Row:
    return {"row": name, "value": value, "unit": unit, "peer_value": peer_value, "method": method}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="What the recognizer costs and how well it hears.")
    parser.add_argument("--legs", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=40.0)
    options = parser.parse_args()
    print(json.dumps(rows(options.legs, options.seconds), indent=1))
