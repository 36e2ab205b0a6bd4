"""What a whole call costs, and how soon both sides hear each other.

Method. A complete installation runs on loopback, on one core of its own. The callers, one pjsua2 phone process, and the agents,
pages of the real desk in one headless Chromium, have the other cores, as they would have other machines; they are not counted.
Both sides play recorded speech, 40 % of the time, without end. After all calls are connected and have settled, CPU seconds
(user + system, the processes' own accounting) of node, recognizer, control server and Redis are read over `SPAN_S`. The same
processes without calls are measured before the first call. What a call costs is told twice: as what each call adds, and with a
share of what the idle tree costs anyway, which with few calls is large. Packets are the phone's own counters.

The answer click is a key on the desk; both sides' sound is watched in one browser (the caller is the web widget), so that one
clock times all: from the key to the first 21 ms window in which the other side's tone is heard, both ways.

    python -m bench.whole_call
"""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

import numpy as np
import psutil
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.peers import spoken
from tests.peers.browser import CHROMIUM, FLAGS
from tests.peers.desk import Desk, sign_in
from tests.peers.ear import microphone
from tests.peers.installation import Installation
from tests.peers.phone import Phone
from tests.peers.tones import Samples, tone, write_wav

AGENTS = ("mei", "jonas", "aisha")
SPAN_S = 40.0
SETTLE_S = 5.0
SPEECH_SHARE = 0.4
ANSWERS = 12
TONE_HZ = 2500.0

Row = dict[str, Any]

PROCESSES = {
    "node": ("node",),
    "recognizer": ("asr",),
    "control": ("serve", "--only"),
}

CLOCK = """
(() => {
  window.pressedAt = 0;
  window.addEventListener('keydown', e => {
    if (e.key === 'a') window.pressedAt = performance.timeOrigin + performance.now();
  }, true);
  window.heardAt = 0;
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...given) {
      super(...given);
      this.addEventListener('track', ({track, streams}) => {
        const context = new AudioContext();
        const ear = new AnalyserNode(context, {fftSize: 1024, smoothingTimeConstant: 0});
        context.createMediaStreamSource(streams[0] ?? new MediaStream([track])).connect(ear);
        const bins = new Float32Array(ear.frequencyBinCount);
        const bin = Math.round(HZ * 1024 / context.sampleRate);
        setInterval(() => {
          ear.getFloatFrequencyData(bins);
          const tone = Math.max(bins[bin - 1], bins[bin], bins[bin + 1]);
          // Music and voices before it hold some of this frequency too, but not as their strongest.
          if (tone < -55 || tone < bins.reduce((loudest, level) => Math.max(loudest, level))) window.heardAt = 0;
          else if (!window.heardAt) window.heardAt = performance.timeOrigin + performance.now();
        }, 4);
      });
    }
  };
})();
""".replace("HZ", str(TONE_HZ))


def rows() -> Iterator[Row]:
    """All rows of this bench, one after the other; about four minutes."""
    with tempfile.TemporaryDirectory(prefix="patchbay-bench-") as folder:
        yield from asyncio.run(_cost(Path(folder)))
        yield from asyncio.run(_answer_latency(Path(folder)))


# ── cost ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _cost(folder: Path) -> list[Row]:
    installation_core, *other_cores = sorted(os.sched_getaffinity(0))
    async with (
        on_cores({installation_core}),
        Installation(folder / "cost") as installation,
        on_cores(set(other_cores) or {installation_core}),
    ):
        processes = {name: installation.child(*words) for name, words in PROCESSES.items()}
        processes["redis"] = installation.child_named("redis-server")
        await asyncio.sleep(SETTLE_S)
        idle = await _cpu(processes, SPAN_S / 2)
        memory_mb = sum(process.memory_info().rss for process in installation.processes()) / 1e6
        async with _agents(installation, microphone(folder / "agent.wav", _talk(seed=1))) as desks, Phone.start() as phone:
            talk = write_wav(folder / "caller.wav", _talk(seed=2))
            for number, desk in enumerate(desks):
                await _call(installation, phone, desk, str(number), talk)
            await asyncio.sleep(SETTLE_S)
            busy = await _cpu(processes, SPAN_S)
            lost = [await phone.statistics(call=str(number)) for number in range(len(desks))]
        shed = installation.log.count("asr_shedding")
    found = _cost_rows(idle, busy, len(AGENTS), memory_mb, lost)
    method = "times that the recognizer, kept waiting by others, went on to do less or more; not 0: the costs above are too low"
    return [*found, _row("whole call, changes of the recognizer's shedding", shed, "", method)]


@asynccontextmanager
async def on_cores(cores: set[int]) -> AsyncIterator[None]:
    """Processes that are started meanwhile run there."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _cost_rows(idle: dict[str, float], busy: dict[str, float], calls: int, memory_mb: float, statistics: list[Row]) -> list[Row]:
    method = (
        f"{calls} calls at once, SIP caller + Chromium agent, recorded, both sides live text, {SPEECH_SHARE:.0%} speech each; "
        f"CPU of node, recognizer, control, Redis, which share one core, over {SPAN_S:g} s; the phone and Chromium, on the other "
        f"of {psutil.cpu_count()} cores, are not counted"
    )
    further = {name: (share - idle[name]) / calls for name, share in busy.items()}
    received = sum(row["received"] for row in statistics)
    lost = sum(row["lost"] for row in statistics)
    return [
        _row(
            "whole call, added to a running system, share of a core",
            sum(further.values()),
            "%",
            f"{method}; (with calls − without) / calls: {_parts(further)}",
        ),
        _row(
            "whole call, idle cost included, share of a core",
            sum(busy.values()) / calls,
            "%",
            f"{method}; with calls / calls: {_parts({name: share / calls for name, share in busy.items()})}",
        ),
        _row("whole tree idle, share of a core", sum(idle.values()), "%", f"the same processes without calls ({_parts(idle)})"),
        _row(
            "whole tree idle, resident memory", memory_mb, "MB", "sum of resident sizes of the process tree before the first call"
        ),
        _row("whole call, packets lost at the callers", lost, f"of {received}", "the phones' own RTP counters"),
    ]


def _parts(shares: dict[str, float]) -> str:
    return ", ".join(f"{name} {share:.2f}" for name, share in shares.items())


async def _call(installation: Installation, phone: Phone, desk: Desk, call: str, talk: Path) -> None:
    await desk.goes("Available")
    await phone.dial(f"sip:1000@127.0.0.1:{installation.sip_port}", call=call, number=f"+4420794601{call}0")
    await phone.connected(call=call)
    await asyncio.sleep(1.5)  # as a person would, after the greeting has begun
    await phone.press("1", call=call)
    await desk.answers()
    await desk.is_now("On a call")
    await phone.says(talk, call=call, loop=True)


@asynccontextmanager
async def _agents(installation: Installation, sound: Path) -> AsyncIterator[list[Desk]]:
    async with async_playwright() as playwright, AsyncExitStack() as stack:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*FLAGS, f"--use-file-for-fake-audio-capture={sound}"]
        )
        stack.push_async_callback(browser.close)
        yield [await _desk(browser, installation, name) for name in AGENTS]


async def _desk(browser: Browser, installation: Installation, name: str) -> Desk:
    context: BrowserContext = await browser.new_context(permissions=["microphone"])
    page = await context.new_page()
    await sign_in(page, installation, name)
    desk = Desk(page)
    await desk.can_hear()
    return desk


async def _cpu(processes: dict[str, psutil.Process], span_s: float) -> dict[str, float]:
    """Percent of one core that each process used during the span."""
    before = {name: sum(process.cpu_times()[:2]) for name, process in processes.items()}
    started = asyncio.get_running_loop().time()
    await asyncio.sleep(span_s)  # the length of the measurement
    took_s = asyncio.get_running_loop().time() - started
    return {name: 100 * (sum(process.cpu_times()[:2]) - before[name]) / took_s for name, process in processes.items()}


def _talk(seed: int) -> Samples:
    """Recorded sentences with equal pauses, to be repeated: `SPAN_S` long, so that each measurement holds the same words, and
    `SPEECH_SHARE` of it speech, to half a sentence.
    """
    rate_hz = spoken.RATE_HZ
    chosen: list[Samples] = []
    for name in np.random.default_rng(seed).permutation(spoken.sentences()):
        chosen.append(spoken.prompt(name).astype(np.float64) / 32768)
        if sum(map(len, chosen)) >= SPEECH_SHARE * SPAN_S * rate_hz:
            break
    speech = min((chosen, chosen[:-1]), key=lambda some: abs(sum(map(len, some)) - SPEECH_SHARE * SPAN_S * rate_hz))
    pause = np.zeros(round((SPAN_S * rate_hz - sum(map(len, speech))) / len(speech)))
    return np.concatenate([part for sentence in speech for part in (sentence, pause)])


# ── answer click → two-way audio ────────────────────────────────────────────────────────────────────────────────


async def _answer_latency(folder: Path) -> list[Row]:
    sound = microphone(folder / "tone.wav", tone(TONE_HZ, 2))
    delays: list[float] = []
    async with (
        Installation(folder / "answer", LIMITS_WIDGET_CALLS_PER_MINUTE="100") as installation,
        async_playwright() as playwright,
    ):
        flags = [*FLAGS, f"--use-file-for-fake-audio-capture={sound}"]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        context = await browser.new_context(permissions=["microphone"])
        await context.add_init_script(CLOCK)
        page = await context.new_page()
        await sign_in(page, installation, "mei")
        desk = Desk(page)
        await desk.can_hear()
        await desk.goes("Available")
        delays += [await _one_answer(installation, context, desk) for _ in range(ANSWERS)]
        await browser.close()
    cuts = quantiles(delays, n=20)
    method = f"{ANSWERS} calls, widget caller and desk in one browser; key press to tone heard on both sides (21 ms windows)"
    return [
        _row("answer click to two-way audio, p50", cuts[9], "ms", method),
        _row("answer click to two-way audio, p95", cuts[18], "ms", method),
    ]


async def _one_answer(installation: Installation, context: BrowserContext, desk: Desk) -> float:
    """Milliseconds from the key to the later of the two sides' first tone."""
    caller: Page = await context.new_page()
    await caller.goto(f"{installation.url}/widget.html?number=1000")
    await caller.get_by_role("button", name=re.compile("^Call")).click()
    await asyncio.sleep(1.5)  # as a person would, after the greeting has begun
    await caller.get_by_role("button", name="2", exact=True).click()
    await desk.page.bring_to_front()
    await desk.answers()
    # Each side's first tone, not both at one moment: echo cancellation may take away a tone that is on both sides.
    first_heard: dict[Page, float] = {}
    async with asyncio.timeout(15):
        while len(first_heard) < 2:
            pressed = float(await desk.page.evaluate("pressedAt"))
            for page in (desk.page, caller):
                heard = float(await page.evaluate("heardAt"))
                if heard > pressed > 0:
                    first_heard.setdefault(page, heard)
            await asyncio.sleep(0.05)
    await caller.close()
    await desk.wraps_up("Solved", "-")
    await desk.is_now("Available")
    return max(first_heard.values()) - pressed


def _row(row: str, value: float, unit: str, method: str) -> Row:
    return {"row": row, "value": round(value, 2), "unit": unit, "peer_value": None, "method": method}


if __name__ == "__main__":
    for found in rows():
        print(f"{found['row']}: {found['value']} {found['unit']}  ({found['method']})")
