"""A stage for the built web application: real bundle, real Chromium, a scripted server.

Every request is answered from a scenario in `softphone_ui/fixtures/` by a server of its own (`tools/ui_server.py`), the live
WebSocket inside the browser, and the browser's clock stands at the scenario's time, so that each state of each page can be shown
again and again, pixel for pixel. Used by the screenshots (`tools/screens.py`) and by the browser tests (`tests/ui/`); nothing of
it is in the product.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize, WebSocketRoute

from tools.ui_browser import Kind, profile
from tools.ui_server import STAGE, UI, Asked, Told, host

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

STANDS = """
{
  const Running = Date;
  let now = 0;
  window.stand = (at_ms) => { now = at_ms; };
  window.Date = function (...given) {
    return new.target ? Reflect.construct(Running, given.length ? given : [now], new.target) : new Running(now).toString();
  };
  Date.prototype = Running.prototype;
  Object.assign(Date, { now: () => now, parse: Running.parse, UTC: Running.UTC });
}
"""
"""A clock that stands where it is told to; timers go on."""

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

    def __init__(self, page: Page, scenario: Scenario, prologue: str = "") -> None:
        self.page = page
        self.scenario = scenario
        self.asked: list[tuple[str, str, Any]] = []
        """Method, path under `/api/v1` and body of every changing request."""
        self.failing: dict[str, int] = {}
        """«METHOD /path» → status to answer with."""
        self.codes: dict[str, str] = {}
        """And the error's code, where it matters."""
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
        self._prologue = prologue
        self._stands_at_s: float | None = None
        self.name = host().enter(self._answer, self._opening)
        page.set_extra_http_headers({STAGE: self.name})
        page.route_web_socket(re.compile(r"^ws://localhost:\d+/api/v1/live"), self._live)

    @property
    def origin(self) -> str:
        return host().origin

    def leave(self) -> None:
        """The page is gone: whatever it may still have sent is nobody's."""
        host().leave(self.name)

    def open(self, path: str, step: str | None = None) -> None:
        """Loads a page with everything up to `step` already told (default: the first step)."""
        self._played = self.scenario.index(step) if step else 0
        self._stands_at_s = self._now()
        self.page.goto(self.origin + path)

    def play(self, step: str) -> None:
        """Tells what happens next, up to and with `step`, and lets the clock stand at its time."""
        until = self.scenario.index(step)
        news = [message for each in self.scenario.steps[self._played + 1 : until + 1] for message in each["messages"]]
        self._played = until
        self._stands_at_s = self._now()
        self.page.evaluate("(at_ms) => stand(at_ms)", self._stands_at_s * 1000)
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

    def did(self, *wanted: tuple[str, str, Any], at_once: bool = False) -> None:
        """Waits until exactly these actions were asked for. Raises `AssertionError` with the first other one, or after 10 s.

        `at_once`: nobody waited for an answer between them, so that they come in any order.
        """
        deadline = time.monotonic() + ASKED_WITHIN_S
        while (actions := self.actions) != list(wanted):
            told = f"asked for {actions}, not {list(wanted)}"
            if at_once and sorted(actions, key=repr) == sorted(wanted, key=repr):
                return
            assert at_once or actions == list(wanted[: len(actions)]), told
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

    def _opening(self) -> str:
        stands = "" if self._stands_at_s is None else f"{STANDS}stand({self._stands_at_s * 1000});"
        return stands + self._prologue

    def _answer(self, asked: Asked) -> Told:
        method, path, _ = asked
        key = f"{method} {path}"
        if key in self.failing:
            error = {"code": self.codes.get(key, "failed"), "message": "The database does not answer."}
            return Told(self.failing[key], {"error": error})
        if path == "/session":
            return self._session(asked)
        if method == "GET":
            found = self.answers.get(key)
            return Told(404, {"error": {"code": "not_found", "message": "Not found."}}) if found is None else Told(json=found)
        if key in ("POST /legs", "POST /widget/calls"):
            self.asked.append((method, path, None))
            return Told(json={"leg_id": "leg_1", "call_id": "call_w", "token": "t"})  # the page adds `sdp`: MEDIA_NODE
        self.asked.append((method, path, asked.body))
        answer = self.answers.get(key)
        return Told(204) if answer is None else Told(json=answer)

    def _session(self, asked: Asked) -> Told:
        if asked.method == "POST":
            self.signed_in = "wrong" not in asked.text
        if asked.method == "DELETE":
            self.signed_in = False
            return Told(204)
        if self.signed_in:
            return Told(json=self.scenario.me)
        code = "wrong_password" if asked.method == "POST" else "not_signed_in"
        return Told(401, {"error": {"code": code, "message": "Sign in first."}})


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
    own_profile: bool = False,
) -> Iterator[Stage]:
    """A new page of `browser` in front of a scenario. Without `motion` the person has asked for none, and pictures agree.

    The profile is as new. `own_profile`: it is new, for whoever changes what belongs to it (permissions, Playwright's clock).
    """
    prologue = MEDIA_NODE
    if not microphone:
        prologue += NO_MICROPHONE
    if language:
        prologue += f"localStorage.setItem('patchbay.preferences', JSON.stringify({{language: '{language}'}}));"
    with profile(browser, Kind(language == "zh", microphone), own_profile) as context:
        page = context.new_page()
        at = Stage(page, Scenario(scenario), prologue)
        try:
            page.set_viewport_size(ViewportSize(width=size[0], height=size[1]))
            page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="no-preference" if motion else "reduce")
            yield at
        finally:
            page.unroute_all(behavior="ignoreErrors")
            page.close()
            at.leave()
