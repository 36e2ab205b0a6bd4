"""The life of a call, with the steps of the README's «Follow a call»: real phone, real browsers, real speech.

Each party sends its own tone and the tests ask who hears whom; then each says a recorded sentence and the tests read the screen.
All of them are calls to one installation, one after the other, and answered in one browser, each time on a page of its own.
"""

from __future__ import annotations

import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import AGENT_TONE_HZ, CALLER_SENTENCE, CALLER_TONE_HZ, agents_sound, said
from tests.peers import ear
from tests.peers.browser import ENGINE_ALONE, chromium, chromium_process
from tests.peers.desk import PATIENCE_MS, Desk, sign_in
from tests.peers.installation import Installation
from tests.peers.phone import Phone
from tests.peers.tones import read_wav, says_tone, tone, write_wav
from tests.peers.waiting import PATIENCE_S, until_told

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480), pytest.mark.asyncio(loop_scope="module")]

DANA = "+442079460180"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    async with Installation(tmp_path_factory.mktemp("installation")) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_chromium(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    async with chromium_process(agents_sound(tmp_path_factory.mktemp("sound"))) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def agents_browser(one_chromium: Browser) -> AsyncIterator[BrowserContext]:
    context = await one_chromium.new_context()
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="module")
async def supervisors_browser() -> AsyncIterator[BrowserContext]:
    async with chromium(program=ENGINE_ALONE) as context:
        yield context


async def desk_of(context: BrowserContext, installation: Installation, username: str = "mei") -> Desk:
    """Signed in, audio up, free."""
    page = await context.new_page()
    await sign_in(page, installation, username)
    desk = Desk(page)
    await desk.can_hear()
    return desk


async def board_of(context: BrowserContext, installation: Installation) -> Page:
    page = await context.new_page()
    await sign_in(page, installation, "sam")
    await expect(page.get_by_role("region", name="Queues")).to_be_visible(timeout=PATIENCE_MS)
    return page


async def latest_of_dana(client: httpx.AsyncClient, summary: str) -> dict[str, Any]:
    """The newest row of the customer's timeline, once what was written up, its recording and its transcript stand in it."""
    found = (await client.get("/customers", params={"query": "Whitfield"})).json()["items"][0]
    newest: dict[str, Any] = {}

    async def is_whole() -> bool:
        """The node tells of a finished recording when it has closed the file, which may be after the wrap-up."""
        newest.update((await client.get(f"/customers/{found['customer_id']}/timeline")).json()["items"][0])
        whole = newest["channel"] == "call" and newest["has_recording"] and newest["has_transcript"]
        return bool(whole and newest["text"] == summary)

    try:
        await until_told(is_whole)
    except TimeoutError:
        raise AssertionError(f"the newest row is {newest}") from None
    return newest


@asynccontextmanager
async def dana_talking_to(desk: Desk, installation: Installation) -> AsyncIterator[Phone]:
    """She has come through the menu to a free agent, who has answered."""
    async with Phone.start() as phone:
        await phone.dial(f"sip:1000@127.0.0.1:{installation.sip_port}", number=DANA)
        await phone.connected()
        await hears_a_voice_or_music(phone)
        await phone.press("2")
        await desk.answers()
        yield phone


async def hears_a_voice_or_music(phone: Phone, within_s: float = PATIENCE_S) -> None:
    async def loud() -> bool:
        heard = await phone.listen(0.5)
        return bool(abs(heard).max() > 0.02)

    await until_told(loud, within_s)


async def hears_nothing_but(phone: Phone, hz: float, within_s: float = PATIENCE_S) -> None:
    """For 0.7 s: at least as long as `says_tone` looks at in the recording, wherever its windows begin."""

    async def pure() -> bool:
        return says_tone(hz, await phone.listen(0.7))

    await until_told(pure, within_s)


async def test_life_of_a_call(
    installation: Installation, agents_browser: BrowserContext, supervisors_browser: BrowserContext, tmp_path: Path
) -> None:
    desk = await desk_of(agents_browser, installation)
    board = await board_of(supervisors_browser, installation)
    async with Phone.start() as phone:
        # A known number is answered, and the flow speaks.
        await phone.dial(f"sip:1000@127.0.0.1:{installation.sip_port}", number=DANA, name="D. Whitfield")
        await phone.connected()
        await hears_a_voice_or_music(phone)

        # A digit during the menu leads to the billing queue, where music plays while nobody is free.
        await phone.press("2")
        queues = board.get_by_role("region", name="Queues")
        billing = queues.get_by_role("row", name=re.compile("Billing"))
        await expect(billing.get_by_role("cell").nth(1)).to_have_text("1", timeout=PATIENCE_MS)
        await hears_a_voice_or_music(phone)

        # The agent becomes free: the offer comes with who is calling and why already on the screen.
        await desk.goes("Available")
        await expect(desk.offer).to_be_visible(timeout=PATIENCE_MS)
        assert "Dana Whitfield" in await desk.customer.inner_text()
        assert "20391" in await desk.customer.inner_text()
        await desk.answers()
        await desk.is_now("On a call")

        # Both hear each other, and for long enough to be told in the recording.
        await phone.says_tone(CALLER_TONE_HZ)
        await ear.hears_tone(desk.page, CALLER_TONE_HZ)
        await hears_nothing_but(phone, AGENT_TONE_HZ)

        # Their words appear, on the desk and on the board.
        sentence = write_wav(tmp_path / "sentence.wav", said(CALLER_SENTENCE))
        await phone.says(sentence)
        await desk.shows_words("currently", "person")
        await desk.shows_words("leader")
        conversations = board.get_by_role("region", name="Conversations now")
        await expect(conversations).to_contain_text("Dana Whitfield", timeout=PATIENCE_MS)

        # Hang-up (not before the agent's tone came round once more), wrap-up, history.
        await hears_nothing_but(phone, AGENT_TONE_HZ)
        await phone.hang_up()
        await phone.disconnected()
    await desk.wraps_up("Solved", "Released the second charge.")
    await desk.is_now("Available")
    async with installation.signed_in("mei") as client:
        row = await latest_of_dana(client, "Released the second charge.")
        record = (await client.get(f"/calls/{row['call_id']}")).json()
        assert record["disposition"] == "solved"
        assert record["summary"] == "Released the second charge."
        assert {segment["speaker"] for segment in record["segments"]} == {"customer", "agent"}
        recording = tmp_path / "recording.wav"
        recording.write_bytes((await client.get(f"/calls/{row['call_id']}/recording")).content)
    assert_channels_are_apart(recording)


def assert_channels_are_apart(recording: Path) -> None:
    """Left is the customer, right the agent; neither's tone is on the other side."""
    channels, rate = read_wav(recording)
    customer, agent = channels
    assert says_tone(CALLER_TONE_HZ, customer, rate)
    assert says_tone(AGENT_TONE_HZ, agent, rate)
    assert not says_tone(CALLER_TONE_HZ, agent, rate)
    assert not says_tone(AGENT_TONE_HZ, customer, rate)


async def test_a_browser_calls_a_browser(installation: Installation, agents_browser: BrowserContext, tmp_path: Path) -> None:
    desk = await desk_of(agents_browser, installation)
    await desk.goes("Available")
    sound = ear.microphone(tmp_path / "caller.wav", tone(CALLER_TONE_HZ, 3), said(CALLER_SENTENCE))
    async with chromium(sound) as callers_browser:
        page = await callers_browser.new_page()
        await ear.give_ear(page)
        await page.goto(f"{installation.url}/widget.html?number=1000")
        await page.get_by_role("button", name=re.compile("Call")).click()
        await ear.hears_something(page)
        await page.get_by_role("button", name="2", exact=True).click()
        await desk.answers()
        await ear.hears_tone(desk.page, CALLER_TONE_HZ)
        await ear.hears_tone(page, AGENT_TONE_HZ)
        await desk.shows_words("currently", "person")
        await page.get_by_role("button", name=re.compile("Hang up")).click()
    await desk.wraps_up("Information given", "Asked about delivery.")


async def test_the_call_outlives_the_server(installation: Installation, agents_browser: BrowserContext, tmp_path: Path) -> None:
    desk = await desk_of(agents_browser, installation)
    await desk.goes("Available")
    async with dana_talking_to(desk, installation) as phone:
        await phone.says_tone(CALLER_TONE_HZ)
        assert await phone.hears_tone(AGENT_TONE_HZ)

        installation.child("serve", "--only").send_signal(signal.SIGKILL)
        # Nobody controls the call now, and both still hear each other.
        assert await phone.hears_tone(AGENT_TONE_HZ)
        await ear.hears_tone(desk.page, CALLER_TONE_HZ)

        await installation.until_ready()
        await expect(desk.page.get_by_role("button", name=re.compile("Hang up"))).to_be_enabled(timeout=PATIENCE_MS)
        await desk.is_now("On a call")
        await ear.hears_tone(desk.page, CALLER_TONE_HZ)
        await phone.says(write_wav(tmp_path / "sentence.wav", said(CALLER_SENTENCE)))
        await desk.shows_words("currently", "person")
        await desk.page.keyboard.press("e")
        ended = await phone.disconnected()
        assert ended["status"] == 200
    await desk.wraps_up("Solved", "Nothing was lost.")
    async with installation.signed_in("mei") as client:
        await latest_of_dana(client, "Nothing was lost.")


async def test_words_outlive_their_recognizer(installation: Installation, agents_browser: BrowserContext, tmp_path: Path) -> None:
    desk = await desk_of(agents_browser, installation)
    await desk.goes("Available")
    async with dana_talking_to(desk, installation) as phone:
        assert await phone.hears_tone(AGENT_TONE_HZ)

        installation.child("asr", "--id").send_signal(signal.SIGKILL)
        # Said again and again: the first time nobody listens.
        await phone.says(write_wav(tmp_path / "sentence.wav", said(CALLER_SENTENCE)), loop=True)
        await desk.shows_words("currently", "person", within_ms=60_000)
        await phone.hang_up()
        await phone.disconnected()
    await desk.wraps_up("Solved", "Said it twice.")
    async with installation.signed_in("mei") as client:
        row = await latest_of_dana(client, "Said it twice.")

        async def what_nobody_heard_is_written_down() -> bool:
            segments = (await client.get(f"/calls/{row['call_id']}")).json()["segments"]
            return any(segment["late"] and "currently" in segment["text"] for segment in segments)

        await until_told(what_nobody_heard_is_written_down, 60)


async def test_reloading_the_page_keeps_the_call(installation: Installation, agents_browser: BrowserContext) -> None:
    desk = await desk_of(agents_browser, installation)
    await desk.goes("Available")
    async with dana_talking_to(desk, installation) as phone:
        assert await phone.hears_tone(AGENT_TONE_HZ)
        await phone.says_tone(CALLER_TONE_HZ)

        await desk.page.reload()
        await ear.hears_tone(desk.page, CALLER_TONE_HZ)
        assert await phone.hears_tone(AGENT_TONE_HZ)
        await phone.hang_up()
        await phone.disconnected()
    await desk.wraps_up("Solved", "Still there.")
