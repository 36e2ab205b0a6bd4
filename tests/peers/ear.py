"""Hearing what a page of the real application plays, and speaking into it: the product's own code is not touched.

The page's `RTCPeerConnection` is watched from outside; each remote track also goes to an analyser (`totalAudioEnergy` stays 0 in
a browser without a sound device).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from playwright.async_api import Page

from tests.peers.tones import Samples, write_wav
from tests.peers.waiting import PATIENCE_S, until_told

MICROPHONE_RATE_HZ = 48_000

WATCH = """
(() => {
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...given) {
      super(...given);
      this.addEventListener('track', ({track, streams}) => {
        window.earContext ??= new AudioContext();
        const ear = new AnalyserNode(window.earContext, {fftSize: 8192, smoothingTimeConstant: 0});
        window.earContext.createMediaStreamSource(streams[0] ?? new MediaStream([track])).connect(ear);
        window.ear = ear;
      });
    }
  };
  window.earHears = () => {
    if (!window.ear) return {hz: 0, db: -200, rms: 0};
    const bins = new Float32Array(window.ear.frequencyBinCount);
    window.ear.getFloatFrequencyData(bins);
    const wave = new Float32Array(window.ear.fftSize);
    window.ear.getFloatTimeDomainData(wave);
    const top = bins.indexOf(Math.max(...bins));
    return {hz: top * window.earContext.sampleRate / window.ear.fftSize, db: Math.max(-200, bins[top]),
            rms: Math.sqrt(wave.reduce((sum, x) => sum + x * x, 0) / wave.length)};
  };
  window.earHearsOf = (wanted, from_db) => {
    if (!window.ear) return [];
    const bins = new Float32Array(window.ear.frequencyBinCount);
    window.ear.getFloatFrequencyData(bins);
    const at = hz => Math.round(hz * window.ear.fftSize / window.earContext.sampleRate);
    return wanted.filter(hz => Math.max(...bins.slice(at(hz) - 2, at(hz) + 3)) >= from_db);
  };
})();
"""


async def give_ear(page: Page) -> None:
    """Call before the page is opened."""
    await page.add_init_script(WATCH)


async def hears_tone(page: Page, hz: float, within_s: float = PATIENCE_S) -> None:
    """Waits until this tone is the strongest sound; fails saying what is heard instead."""
    heard: dict[str, float] = {}

    async def strongest() -> bool:
        heard.update(await page.evaluate("earHears()"))
        return abs(heard["hz"] - hz) <= 15 and heard["db"] >= -60

    try:
        await until_told(strongest, within_s)
    except TimeoutError:
        raise AssertionError(f"the page hears {heard} instead of {hz:.0f} Hz") from None


async def tones_heard(page: Page, *among: int) -> set[int]:
    """Which of these tones the page plays now, however many at once. What leaks past a compressor is 70 dB down and more."""
    return set(await page.evaluate("([hz, from]) => earHearsOf(hz, from)", [among, -60]))


async def hears_something(page: Page, within_s: float = PATIENCE_S) -> None:
    """Waits until there is sound at all: a voice, music."""

    async def loud() -> bool:
        return bool((await page.evaluate("earHears()"))["rms"] >= 0.005)

    try:
        await until_told(loud, within_s)
    except TimeoutError:
        raise AssertionError("the page hears nothing") from None


def microphone(path: Path, *parts: Samples, rate_hz: int = 8000) -> Path:
    """A file for Chromium's fake microphone: the parts one after the other, at 48 kHz; the browser loops it."""
    samples = np.concatenate(parts)
    at = np.arange(len(samples) * MICROPHONE_RATE_HZ // rate_hz) * (rate_hz / MICROPHONE_RATE_HZ)
    return write_wav(path, np.interp(at, np.arange(len(samples)), samples), MICROPHONE_RATE_HZ)
