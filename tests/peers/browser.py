"""A real browser as a peer: headless Chromium with a WAV file as its microphone and an analyser as its ear.

The page lives at a secure origin that exists only inside Playwright's router, so `getUserMedia` is allowed and no server is
needed. What it hears is measured with an `AnalyserNode`; `totalAudioEnergy` stays 0 without a sound device.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.async_api import Browser, BrowserContext, Page, Route, async_playwright

from tests.peers.waiting import PATIENCE_S, until_told

CHROMIUM = "/usr/bin/chromium"
ENGINE_ALONE = "/usr/bin/chromium-headless-shell"
"""The same engine without the browser around it, for half the CPU."""
ORIGIN = "https://page.patchbay.test/"
MICROPHONE_HZ = 440.0
"""What the browser hears of its person in tests of calls."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)

_PAGE = """<!doctype html><title>peer</title><audio id=ear autoplay></audio><script>
const phone = {
  async offer(constraints) {
    this.mic = await navigator.mediaDevices.getUserMedia({audio: constraints});
    this.context = new AudioContext();
    this.connection = new RTCPeerConnection();
    this.sender = this.connection.addTrack(this.mic.getAudioTracks()[0], this.mic);
    this.connection.ontrack = event => {
      const stream = event.streams[0] || new MediaStream([event.track]);
      document.getElementById('ear').srcObject = stream;
      this.analyser = new AnalyserNode(this.context, {fftSize: 8192, smoothingTimeConstant: 0});
      this.context.createMediaStreamSource(stream).connect(this.analyser);
    };
    await this.connection.setLocalDescription();
    while (this.connection.iceGatheringState !== 'complete')
      await new Promise(done => this.connection.addEventListener('icegatheringstatechange', done, {once: true}));
    return this.connection.localDescription.sdp;
  },
  accept(sdp) { return this.connection.setRemoteDescription({type: 'answer', sdp}); },
  hears() {
    if (!this.analyser) return {hz: 0, db: -200, level: 0};
    const bins = new Float32Array(this.analyser.frequencyBinCount);
    this.analyser.getFloatFrequencyData(bins);
    const top = bins.indexOf(Math.max(...bins));
    const wave = new Float32Array(this.analyser.fftSize);
    this.analyser.getFloatTimeDomainData(wave);
    return {hz: top * this.context.sampleRate / this.analyser.fftSize, db: Math.max(-200, bins[top]),
            level: Math.sqrt(wave.reduce((sum, x) => sum + x * x, 0) / wave.length)};
  },
  press(digit) { this.sender.dtmf.insertDTMF(digit, 120, 70); },
  async stats() {
    const found = {};
    (await this.connection.getStats()).forEach(s => { found[s.type] = {...(found[s.type] || {}), ...s}; });
    return found;
  },
};
</script>"""


class Heard(NamedTuple):
    """What a page hears now."""

    hz: float
    """The strongest frequency."""
    db: float
    level: float
    """RMS, 0…1."""


class BrowserPhone:
    """One page with one audio leg."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def offer(self, **constraints: bool) -> str:
        """The SDP offer with all candidates. Without arguments the browser's sound processing is off, so that tones survive."""
        plain = {"echoCancellation": False, "noiseSuppression": False, "autoGainControl": False}
        return str(await self.page.evaluate("constraints => phone.offer(constraints)", plain | constraints))

    async def accept(self, sdp_answer: str) -> None:
        await self.page.evaluate("sdp => phone.accept(sdp)", sdp_answer)

    async def connect(self, exchange: Callable[[str], Awaitable[str]]) -> None:
        """The whole dance: `exchange` turns an offer into an answer."""
        await self.accept(await exchange(await self.offer()))

    async def hears(self) -> Heard:
        found = await self.page.evaluate("phone.hears()")
        return Heard(found["hz"], found["db"], found["level"])

    async def hears_tone(self, hz: float, within_s: float = PATIENCE_S) -> None:
        """Waits until this tone is the strongest; fails saying what is heard instead."""
        await self._hears(f"{hz:.0f} Hz", lambda heard: abs(heard.hz - hz) <= 15 and heard.db >= -60, within_s)

    async def hears_silence(self, within_s: float = PATIENCE_S) -> None:
        await self._hears("silence", lambda heard: heard.level <= 0.003, within_s)

    async def _hears(self, what: str, fits: Callable[[Heard], bool], within_s: float) -> None:
        heard = Heard(0, -200, 0)

        async def as_wanted() -> bool:
            nonlocal heard
            heard = await self.hears()
            return fits(heard)

        try:
            await until_told(as_wanted, within_s)
        except TimeoutError:
            raise AssertionError(f"the page hears {heard} instead of {what}") from None

    async def press(self, digit: str) -> None:
        await self.page.evaluate("digit => phone.press(digit)", digit)

    async def mute(self, muted: bool = True) -> None:
        await self.page.evaluate("muted => { phone.mic.getAudioTracks()[0].enabled = !muted; }", muted)

    async def stats(self) -> dict[str, dict[str, Any]]:
        """`getStats()` by type: `inbound-rtp`, `outbound-rtp`, `remote-inbound-rtp`, `candidate-pair`, …"""
        found: dict[str, dict[str, Any]] = await self.page.evaluate("phone.stats()")
        return found

    async def state(self) -> str:
        """Of the DTLS transport: it shows `closed` at the goodbye, while `connectionState` waits for ICE to fail."""
        return str(await self.page.evaluate("phone.sender.transport.state"))

    async def hang_up(self) -> None:
        await self.page.evaluate("phone.connection.close()")


@asynccontextmanager
async def chromium_process(
    microphone: Path | None = None, *extra_flags: str, without: Collection[str] = (), program: str = CHROMIUM
) -> AsyncIterator[Browser]:
    """A browser whose microphone plays this WAV file over and over; each `new_context()` of it is a person of their own.

    `without` leaves flags out: without the fake interface people are asked and say no, without the fake device there is none.
    `program`: `ENGINE_ALONE` where people look and type; who speaks and listens does it in the whole browser.
    """
    flags = [*(flag for flag in FLAGS if flag not in without), *extra_flags]
    if microphone is not None:
        flags.append(f"--use-file-for-fake-audio-capture={microphone}")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=flags, headless=True)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def chromium(microphone: Path | None = None, *extra_flags: str, program: str = CHROMIUM) -> AsyncIterator[BrowserContext]:
    """One person's browser, with a profile of its own."""
    async with chromium_process(microphone, *extra_flags, program=program) as browser:
        yield await browser.new_context()


async def open_phone(context: BrowserContext) -> BrowserPhone:
    """A new page, ready to make an offer."""

    async def serve(route: Route) -> None:
        await route.fulfill(content_type="text/html", body=_PAGE)

    page = await context.new_page()
    await page.route(f"{ORIGIN}**", serve)
    await page.goto(ORIGIN)
    return BrowserPhone(page)
