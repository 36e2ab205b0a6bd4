"""The web application's own audio code (softphone_ui/src/audio) against the node: mute, digits, reload, two tabs, a lost leg."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, Route

from core.causes import EndCause
from core.commands import CreateBrowserLeg, HangUpLeg, PlayPrompt
from core.events import DigitPressed, LegConnected, LegEnded
from core.ids import AgentId, LegId, PlaybackId
from core.model import LegPurpose
from telephony.engine_settings import SipEngineConfig
from telephony.sip.engine import SipMediaEngine
from tests.peers.browser import ORIGIN, chromium_process
from tests.peers.digits import opened
from tests.peers.ear import give_ear, hears_tone
from tests.peers.tones import tone, write_wav
from tests.peers.waiting import PATIENCE_S, until
from tests.telephony.node.running import RunningNode, config_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

UI = Path(__file__).resolve().parents[3] / "softphone_ui"
PROMPT_HZ = 700.0

_PAGE = """<!doctype html><title>desk</title><script>{bundle}</script><script>
window.reports = [];
window.session = new PatchbayAudio.AgentAudioSession({{
  lockName: 'patchbay-audio-agent_1',
  exchange: async sdp => {{
    const answer = await fetch('/legs', {{method: 'POST', body: sdp}});
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  }},
  report: report => window.reports.push(report),
}});
// Said by the page itself: a question from the test would count as the person's click.
const once = window.session.subscribe(() => {{
  if (window.session.current().phase !== 'ready') return;
  once();
  setTimeout(() => fetch('/ready', {{method: 'POST', body: JSON.stringify({{
    suspended: window.session.current().suspended, clicked: navigator.userActivation.hasBeenActive,
  }})}}), 500);
}});
window.session.start();
</script>"""


class Desk:
    """One tab of the agent's desk, reduced to its audio."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def view(self) -> dict[str, Any]:
        view: dict[str, Any] = await self.page.evaluate("session.current()")
        return view

    async def is_in_phase(self, phase: str, within_s: float = PATIENCE_S) -> None:
        await self.page.wait_for_function("phase => session.current().phase === phase", arg=phase, timeout=within_s * 1000)

    async def last_report(self) -> dict[str, Any]:
        report: dict[str, Any] = await self.page.evaluate("reports.at(-1)")
        return report


class Office:
    """A node, and a browser whose tabs open legs on it as `POST /legs` would: a new leg lets the agent's older one go."""

    def __init__(self, running: RunningNode, browser: BrowserContext, bundle: str, data_dir: Path) -> None:
        self.bus, self.do, self.data_dir = running.bus, running.do, data_dir
        self.refusing = False
        self.opened: list[LegId] = []
        self.ready: asyncio.Queue[dict[str, bool]] = asyncio.Queue()
        """What each page said of itself half a second after it was ready."""
        self.browser = browser
        self._bundle = bundle

    async def open_tab(self) -> Desk:
        page = await self.browser.new_page()
        await give_ear(page)
        await page.route(f"{ORIGIN}**", self._serve)
        await page.goto(ORIGIN)
        return Desk(page)

    async def _serve(self, route: Route) -> None:
        """The page, `POST /legs` as the server has it, and the page's word that it is ready."""
        path, body = route.request.url.removeprefix(ORIGIN), route.request.post_data or ""
        if path == "legs" and self.refusing:
            await route.fulfill(status=503, body="the server is away")
        elif path == "legs":
            await route.fulfill(json=await self._open_leg(body))
        elif path == "ready":
            self.ready.put_nowait(json.loads(body))
            await route.fulfill(status=204)
        else:
            await route.fulfill(content_type="text/html", body=_PAGE.format(bundle=self._bundle))

    async def _open_leg(self, sdp: str) -> dict[str, str]:
        leg_id = LegId(f"leg_{len(self.opened) + 1}")
        self.opened.append(leg_id)
        command = CreateBrowserLeg(leg_id=leg_id, purpose=LegPurpose.AGENT, agent_id=AgentId("agent_1"), sdp_offer=sdp)
        return {"leg_id": leg_id, "sdp": str((await self.do(command)).result["sdp"])}

    async def says_to(self, leg_id: LegId) -> None:
        """The node plays a tone to a leg."""
        write_wav(self.data_dir / "tone.wav", tone(PROMPT_HZ, 1.0))
        await self.do(PlayPrompt(leg_id=leg_id, playback_id=PlaybackId(f"to_{leg_id}"), files=("tone.wav",), loop=True))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The audio code as one script, made by the web application's own bundler."""
    node = shutil.which("node", path=str(UI.parent / ".venv/bin"))
    bundler = UI / "node_modules/.bin/rolldown"
    assert node is not None
    assert bundler.exists(), "set-up installs the web application's packages"
    file = tmp_path_factory.mktemp("bundle") / "audio.js"
    arguments = [node, str(bundler), "src/audio/index.ts", "--format", "iife", "--name", "PatchbayAudio", "-o", str(file)]
    subprocess.run(arguments, cwd=UI, check=True, capture_output=True)
    return file.read_text()


@asynccontextmanager
async def open_office(tmp_path: Path, bundle: str, browser: BrowserContext) -> AsyncIterator[Office]:
    engine = SipEngineConfig(bind_host="127.0.0.1", sip_port=0)
    async with RunningNode(lambda on_event: SipMediaEngine(engine, on_event), config_for(tmp_path)) as running:
        yield Office(running, browser, bundle, tmp_path)


@pytest_asyncio.fixture(loop_scope="module")
async def office(tmp_path: Path, bundle: str, browser: BrowserContext) -> AsyncIterator[Office]:
    async with open_office(tmp_path, bundle, browser) as found:
        yield found


async def test_a_desk_is_ready_hears_and_says_so(office: Office) -> None:
    desk = await office.open_tab()
    await desk.is_in_phase("ready")
    await office.bus.wait_for(LegConnected, leg_id=LegId("leg_1"))
    await office.says_to(LegId("leg_1"))
    await hears_tone(desk.page, PROMPT_HZ)

    await desk.page.wait_for_function("session.current().roundTripMs !== null && session.level() > 0")
    await desk.page.wait_for_function("reports.at(-1).level_out > 0.3")
    view, report = await desk.view(), await desk.last_report()
    assert not view["suspended"]
    assert view["lossShare"] < 0.05
    assert {key: report[key] for key in ("leg_id", "microphone", "context")} == {
        "leg_id": "leg_1",
        "microphone": "live",
        "context": "running",
    }
    assert report["ice"] in ("connected", "completed")


async def test_mute_silences_the_microphone_and_digits_arrive(office: Office) -> None:
    desk = await office.open_tab()
    await desk.is_in_phase("ready")
    await desk.page.wait_for_function("session.level() > 0")
    await desk.page.evaluate("session.setMuted(true)")
    await desk.page.wait_for_function("session.current().muted && session.level() === 0")
    await desk.page.evaluate("['4', '2', 'x'].forEach(digit => session.sendDigit(digit))")

    await until(lambda: [opened(event) for event in office.bus.of_type(DigitPressed)] == ["4", "2"])


async def test_a_reload_is_heard_at_once_and_the_desk_is_ready_again(office: Office) -> None:
    desk = await office.open_tab()
    await desk.is_in_phase("ready")
    await desk.page.reload()

    ended = await office.bus.wait_for(LegEnded, leg_id=LegId("leg_1"))
    assert ended.cause is EndCause.AGENT_LOST, "the page's goodbye, not a silence that lasted"
    await office.bus.wait_for(LegConnected, leg_id=LegId("leg_2"))
    await desk.is_in_phase("ready")


async def test_one_tab_owns_the_audio_and_closing_it_hands_over(office: Office) -> None:
    first = await office.open_tab()
    await first.is_in_phase("ready")
    second = await office.open_tab()
    await second.is_in_phase("other_tab")
    assert office.opened == ["leg_1"]

    await first.page.close()
    await second.is_in_phase("ready")
    assert office.opened == ["leg_1", "leg_2"]


async def test_a_tab_can_take_the_audio_over(office: Office) -> None:
    first = await office.open_tab()
    await first.is_in_phase("ready")
    second = await office.open_tab()
    await second.is_in_phase("other_tab")
    await second.page.evaluate("session.retry()")

    await second.is_in_phase("ready")
    await first.is_in_phase("other_tab")
    await office.bus.wait_for(LegEnded, leg_id=LegId("leg_1"))
    await second.page.close()
    await first.is_in_phase("ready")


async def test_a_leg_that_the_node_ends_is_replaced(office: Office) -> None:
    desk = await office.open_tab()
    await desk.is_in_phase("ready")
    await office.do(HangUpLeg(leg_id=LegId("leg_1"), cause=EndCause.AGENT_HUNG_UP))

    await office.bus.wait_for(LegConnected, leg_id=LegId("leg_2"))
    await desk.is_in_phase("ready")


async def test_a_server_that_is_away_is_asked_again(office: Office) -> None:
    office.refusing = True
    desk = await office.open_tab()
    await desk.is_in_phase("reconnecting")
    office.refusing = False

    await desk.is_in_phase("ready")


async def test_another_microphone_is_used_without_losing_the_leg(office: Office) -> None:
    desk = await office.open_tab()
    await desk.is_in_phase("ready")
    await desk.page.wait_for_function("session.current().microphones.length > 1")
    view = await desk.view()
    other = next(device["id"] for device in view["microphones"] if device["id"] != view["microphoneId"])
    await desk.page.evaluate("id => session.chooseMicrophone(id)", other)

    await desk.page.wait_for_function("id => session.current().microphoneId === id", arg=other)
    await desk.page.wait_for_function("session.level() > 0")
    assert (await desk.view())["phase"] == "ready"
    assert office.opened == ["leg_1"]


async def test_a_refused_microphone_is_said_and_used_once_it_is_allowed(tmp_path: Path, bundle: str) -> None:
    async with (
        chromium_process(without=["--use-fake-ui-for-media-stream"]) as process,
        open_office(tmp_path, bundle, await process.new_context()) as office,
    ):
        desk = await office.open_tab()
        await desk.is_in_phase("denied")
        await desk.page.wait_for_function("reports.at(-1).microphone === 'denied'")
        assert office.opened == []

        await office.browser.grant_permissions(["microphone"], origin=ORIGIN)
        await desk.is_in_phase("ready")


async def test_a_computer_without_a_microphone_is_said(tmp_path: Path, bundle: str) -> None:
    async with (
        chromium_process(without=["--use-fake-device-for-media-stream"]) as process,
        open_office(tmp_path, bundle, await process.new_context()) as office,
    ):
        desk = await office.open_tab()
        await desk.is_in_phase("no_microphone")
        await desk.page.wait_for_function("reports.at(-1).microphone === 'ended'")
        assert office.opened == []


async def test_a_reloaded_page_plays_without_a_click(tmp_path: Path, bundle: str) -> None:
    async with (
        chromium_process(without=["--autoplay-policy=no-user-gesture-required"]) as process,
        open_office(tmp_path, bundle, await process.new_context()) as office,
    ):
        desk = await office.open_tab()
        await asyncio.wait_for(office.ready.get(), PATIENCE_S)
        await desk.page.reload()

        assert await asyncio.wait_for(office.ready.get(), PATIENCE_S) == {"suspended": False, "clicked": False}
