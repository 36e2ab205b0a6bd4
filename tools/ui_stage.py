"""A stage for the built web application: real bundle, real Chromium, a scripted server.

Every request and the live WebSocket of `http://localhost:1` are answered from a scenario in `softphone_ui/fixtures/`, and the
browser's clock stands at the scenario's time, so that each state of each page can be shown again and again, pixel for pixel.
Used by the screenshots (`tools/screens.py`) and by the browser tests (`tests/ui/`); nothing of it is in the product.
"""

from __future__ import annotations

import json
import mimetypes
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Route, WebSocketRoute, sync_playwright

UI = Path(__file__).resolve().parent.parent / "softphone_ui"
DIST = UI / "dist"
ORIGIN = "http://localhost:1"
"""Never reached: every request is answered here. `localhost` so that the browser counts it as secure."""

CHROMIUM = "/usr/bin/chromium-headless-shell"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--font-render-hinting=none",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]

REPORTED_WITHIN_S = 10.0
"""Browsers tell of their audio every second or two."""
ASKED_WITHIN_S = 10.0
"""From a click to its request, on a busy machine."""

MEDIA_NODE = """
const answerTo = async (sdp) => {
  const node = new RTCPeerConnection();
  const tone = new AudioContext();
  const out = tone.createMediaStreamDestination();
  const voice = tone.createOscillator();
  voice.frequency.value = 440;
  voice.connect(out);
  voice.start();
  await node.setRemoteDescription({ type: "offer", sdp });
  node.addTrack(out.stream.getAudioTracks()[0], out.stream);
  await node.setLocalDescription();
  await new Promise((done) => {
    node.onicegatheringstatechange = () => node.iceGatheringState === "complete" && done();
    setTimeout(done, 500);
  });
  (window.nodes ??= []).push(node);
  return node.localDescription.sdp;
};
const askServer = window.fetch;
window.fetch = async (url, init) => {
  const response = await askServer(url, init);
  const leg = init?.method === "POST" && /\\/(legs|widget\\/calls)$/.test(String(url)) && response.ok;
  if (!leg) return response;
  return Response.json({ ...(await response.json()), sdp: await answerTo(JSON.parse(init.body).sdp) });
};
"""
"""Stands for the media node: the page's leg really connects, to a second peer in the same browser."""

NO_MICROPHONE = """
navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("Permission denied", "NotAllowedError"));
"""


class Scenario:
    """One fixture: who is signed in, what REST answers, and named steps of live messages."""

    def __init__(self, name: str) -> None:
        data: dict[str, Any] = json.loads((UI / "fixtures" / f"{name}.json").read_text())
        self.me: dict[str, Any] | None = data["me"]
        self.rest: dict[str, Any] = data["rest"]
        self.steps: list[dict[str, Any]] = data["steps"]
        self.extra: dict[str, Any] = data

    def index(self, step: str) -> int:
        return next(number for number, each in enumerate(self.steps) if each["name"] == step)


class Stage:
    """One page in front of one scenario. `play` goes on to a named step; `asked` holds what the page wanted from the server."""

    def __init__(self, page: Page, scenario: Scenario) -> None:
        self.page = page
        self.scenario = scenario
        self.asked: list[tuple[str, str, Any]] = []
        """Method, path under `/api/v1` and body of every changing request."""
        self.failing: dict[str, int] = {}
        """«METHOD /path» → status to answer with."""
        self.answers: dict[str, Any] = dict(scenario.rest)
        self.signed_in = scenario.me is not None
        self.silent = False
        """True: the live connection opens and nothing comes, as while loading."""
        self.refuse_live = False
        self.reports: list[dict[str, Any]] = []
        """What the browser said of its audio."""
        self.live_urls: list[str] = []
        """Addresses of the live connections that were opened, with what the browser said it has."""
        self._played = -1
        self._sockets: list[WebSocketRoute] = []
        page.route(f"{ORIGIN}/**", self._answer)
        page.route_web_socket(re.compile(r"^ws://localhost:1/api/v1/live"), self._live)

    def open(self, path: str, step: str | None = None) -> None:
        """Loads a page with everything up to `step` already told (default: the first step)."""
        self._played = self.scenario.index(step) if step else 0
        self.page.clock.set_fixed_time(self._now())
        self.page.goto(ORIGIN + path)

    def play(self, step: str) -> None:
        """Tells what happens next, up to and with `step`, and lets the clock stand at its time."""
        until = self.scenario.index(step)
        news = [message for each in self.scenario.steps[self._played + 1 : until + 1] for message in each["messages"]]
        self._played = until
        self.page.clock.set_fixed_time(self._now())
        for message in [*news, self._tick()]:
            self.send(message)
        self.shown()

    def send(self, message: dict[str, Any]) -> None:
        for socket in self._sockets:
            socket.send(json.dumps(message))

    def reported(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first report of the browser's audio that is wanted; waits for it. Raises `AssertionError` after 10 s."""
        deadline = time.monotonic() + REPORTED_WITHIN_S
        while (found := next(filter(wanted, self.reports), None)) is None:
            assert time.monotonic() < deadline, f"never reported; only {self.reports}"
            self.page.wait_for_timeout(50)  # lets the browser's messages in
        return found

    @property
    def actions(self) -> list[tuple[str, str, Any]]:
        """What was asked but for the audio leg, which every desk asks for."""
        return [asked for asked in self.asked if asked[1] != "/legs"]

    def did(self, *wanted: tuple[str, str, Any]) -> None:
        """Waits until exactly these actions were asked for. Raises `AssertionError` with the first other one, or after 10 s."""
        deadline = time.monotonic() + ASKED_WITHIN_S
        while (actions := self.actions) != list(wanted):
            told = f"asked for {actions}, not {list(wanted)}"
            assert actions == list(wanted[: len(actions)]), told
            assert time.monotonic() < deadline, told
            self.page.wait_for_timeout(20)  # lets the browser's requests in

    def shown(self) -> None:
        """Waits until the page has drawn what it was told: two frames, as the first may have begun before."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def resize(self, size: tuple[int, int]) -> None:
        """Another width and height in pixels, drawn."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.shown()

    def cut(self) -> None:
        """The live connection breaks and cannot be made again until `mend`."""
        self.refuse_live = True
        sockets, self._sockets = self._sockets, []
        for socket in sockets:
            socket.close(code=1012)

    def ends(self, reason: str) -> None:
        """The server ends the sign-in, for this reason."""
        for socket in self._sockets:
            socket.close(code=4401, reason=reason)

    def _tick(self) -> dict[str, Any]:
        """Tells the time, so that running clocks stand at the step's."""
        seq = max(message["seq"] for step in self.scenario.steps[: self._played + 1] for message in step["messages"])
        return {"seq": seq, "type": "tick", "at": self._now()}

    def _now(self) -> float:
        return float(self.scenario.steps[max(0, self._played)]["at"])

    def mend(self) -> None:
        """The live connection can be made again; it tells everything anew."""
        self.refuse_live = False

    def _live(self, socket: WebSocketRoute) -> None:
        self.live_urls.append(socket.url)
        if self.refuse_live:
            socket.close(code=1012)
            return
        socket.on_message(lambda report: self.reports.append(json.loads(report)))
        if self.silent:
            return
        self._sockets.append(socket)
        for step in self.scenario.steps[: self._played + 1]:
            for message in step["messages"]:
                socket.send(json.dumps(message))
        socket.send(json.dumps(self._tick()))

    def _answer(self, route: Route) -> None:
        request = route.request
        path = urlsplit(request.url).path
        if path.startswith("/api/v1"):
            self._api(route, request.method, path.removeprefix("/api/v1"))
        else:
            self._file(route, path)

    def _api(self, route: Route, method: str, path: str) -> None:
        key = f"{method} {path}"
        if key in self.failing:
            problem = {"error": {"code": "failed", "message": "The database does not answer."}}
            route.fulfill(status=self.failing[key], json=problem)
        elif path == "/session":
            self._session(route, method)
        elif method == "GET":
            found = self.answers.get(key)
            missing = {"error": {"code": "not_found", "message": "Not found."}}
            route.fulfill(status=200 if found is not None else 404, json=missing if found is None else found)
        elif key in ("POST /legs", "POST /widget/calls"):
            self.asked.append((method, path, None))
            route.fulfill(json={"leg_id": "leg_1", "call_id": "call_w", "token": "t"})  # the page adds `sdp`: MEDIA_NODE
        else:
            self.asked.append((method, path, route.request.post_data_json))
            answer = self.answers.get(key)
            route.fulfill(status=204) if answer is None else route.fulfill(json=answer)

    def _session(self, route: Route, method: str) -> None:
        if method == "POST":
            self.signed_in = "wrong" not in (route.request.post_data or "")
        if method == "DELETE":
            self.signed_in = False
            route.fulfill(status=204)
        elif self.signed_in:
            route.fulfill(json=self.scenario.me)
        else:
            code = "wrong_password" if method == "POST" else "not_signed_in"
            route.fulfill(status=401, json={"error": {"code": code, "message": "Sign in first."}})

    def _file(self, route: Route, path: str) -> None:
        file = DIST / path.lstrip("/")
        if not file.is_file():
            file = DIST / "index.html"
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        route.fulfill(body=file.read_bytes(), content_type=kind)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium without a window, quiet and without its sandbox (tests run as root).

    The engine is that of the whole browser, which takes 1.8 times the CPU for a screen; whole calls are tested in that one.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def stage(
    browser: Browser,
    scenario: str,
    *,
    size: tuple[int, int] = (1440, 900),
    dark: bool = False,
    language: str | None = None,
    microphone: bool = True,
    motion: bool = False,
) -> Iterator[Stage]:
    """A fresh profile of `browser` in front of a scenario. Without `motion` the person has asked for none, and pictures agree."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        reduced_motion="no-preference" if motion else "reduce",
        locale="zh-CN" if language == "zh" else "en-GB",
        timezone_id="Europe/London",
        permissions=["microphone"] if microphone else [],
    )
    context.add_init_script(MEDIA_NODE)
    if not microphone:
        context.add_init_script(NO_MICROPHONE)
    if language:
        context.add_init_script(f"localStorage.setItem('patchbay.preferences', JSON.stringify({{language: '{language}'}}))")
    page = context.new_page()
    try:
        yield Stage(page, Scenario(scenario))
    finally:
        page.unroute_all(behavior="ignoreErrors")
        context.close()
