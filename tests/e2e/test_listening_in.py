"""A supervisor at the board listens to a call, whispers to its agent, joins, and leaves. Each says a tone of its own.

Real pages on both sides, each with a browser and a microphone of its own, and a real phone.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.e2e.test_callback import DANA, FLOW
from tests.e2e.test_life_of_a_call import board_of, desk_of
from tests.peers import ear, tones
from tests.peers.browser import chromium
from tests.peers.desk import PATIENCE_MS, Desk
from tests.peers.flows import publish
from tests.peers.installation import Installation
from tests.peers.phone import Phone
from tests.peers.waiting import PATIENCE_S

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]

CALLER_HZ, MEI_HZ, SAM_HZ = 440, 620, 1300
EVERY_TONE = (CALLER_HZ, MEI_HZ, SAM_HZ)
CALLER, MEI, SAM = {CALLER_HZ}, {MEI_HZ}, {SAM_HZ}


class Ears:
    """What the three people hear."""

    def __init__(self, phone: Phone, mei: Page, sam: Page) -> None:
        self._phone, self._mei, self._sam = phone, mei, sam

    async def now(self) -> dict[str, set[int]]:
        heard = await self._phone.listen(0.5)
        return {
            "caller": {hz for hz in EVERY_TONE if tones.hears(heard, hz)},
            "mei": await ear.tones_heard(self._mei, *EVERY_TONE),
            "sam": await ear.tones_heard(self._sam, *EVERY_TONE),
        }

    async def come_to(self, caller: set[int], mei: set[int], sam: set[int]) -> None:
        wanted, patient_until = {"caller": caller, "mei": mei, "sam": sam}, time.monotonic() + PATIENCE_S
        while (heard := await self.now()) != wanted and time.monotonic() < patient_until:
            pass
        assert heard == wanted


class Board:
    """Sam's."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def press(self, way: str) -> None:
        """In the only conversation's row."""
        await self.page.get_by_role("button", name=way).click()

    async def says(self, words: str) -> None:
        """In the header, on every page."""
        await expect(self.page.get_by_role("banner").get_by_text(words)).to_be_visible(timeout=PATIENCE_MS)

    async def says_nothing_of_listening(self) -> None:
        await expect(self.page.get_by_role("banner").get_by_role("button", name="Stop")).to_be_hidden(timeout=PATIENCE_MS)


@asynccontextmanager
async def two_at_work(folder: Path, installation: Installation) -> AsyncIterator[tuple[Desk, Board]]:
    """Mei at her desk, available, and Sam at the board, whose audio has never been on."""
    meis, sams = (ear.microphone(folder / f"{hz}.wav", tones.tone(hz, 3)) for hz in (MEI_HZ, SAM_HZ))
    async with chromium(meis) as meis_browser, chromium(sams) as sams_browser:
        desk = await desk_of(meis_browser, installation)
        await desk.goes("Available")
        yield desk, Board(await board_of(sams_browser, installation))


async def test_listen_whisper_join_and_leave(tmp_path: Path) -> None:
    async with Installation(tmp_path) as installation, Phone.start() as phone:
        await publish(installation, FLOW)
        async with two_at_work(tmp_path, installation) as (desk, board):
            await phone.dial(f"sip:1000@127.0.0.1:{installation.sip_port}", number=DANA)
            await phone.connected()
            await desk.answers()
            await phone.says_tone(CALLER_HZ)
            ears = Ears(phone, desk.page, board.page)
            await ears.come_to(caller=MEI, mei=CALLER, sam=set())

            await goes_through_every_way(ears, desk, board)
            await loads_the_page_anew(ears, desk, board)
            await desk.page.keyboard.press("e")
            await board.says_nothing_of_listening()
            await phone.disconnected()
        await is_written_down(installation)


async def goes_through_every_way(ears: Ears, desk: Desk, board: Board) -> None:
    await board.press("Listen to Dana")
    await board.says("Listening to Dana Whitfield with Mei Lin")
    await ears.come_to(caller=MEI, mei=CALLER, sam=CALLER | MEI)
    await expect(desk.page.get_by_text("A supervisor is listening")).to_be_visible(timeout=PATIENCE_MS)

    await board.press("Whisper to Mei Lin")
    await ears.come_to(caller=MEI, mei=CALLER | SAM, sam=CALLER | MEI)
    await board.press("Join Dana")
    await ears.come_to(caller=MEI | SAM, mei=CALLER | SAM, sam=CALLER | MEI)

    await board.press("Stop")
    await ears.come_to(caller=MEI, mei=CALLER, sam=set())
    await expect(desk.page.get_by_text("A supervisor")).to_be_hidden(timeout=PATIENCE_MS)


async def loads_the_page_anew(ears: Ears, desk: Desk, board: Board) -> None:
    """Who loads the page anew while whispering is out of the call, and its header says so; a customer on hold hears music."""
    await board.press("Whisper to Mei Lin")
    await ears.come_to(caller=MEI, mei=CALLER | SAM, sam=CALLER | MEI)
    await board.page.reload()
    await ears.come_to(caller=MEI, mei=CALLER, sam=set())
    await board.says_nothing_of_listening()

    await board.press("Listen to Dana")
    await ears.come_to(caller=MEI, mei=CALLER, sam=CALLER | MEI)
    await desk.page.keyboard.press("h")
    await ears.come_to(caller=set(), mei=set(), sam=MEI)
    await desk.page.keyboard.press("h")
    await ears.come_to(caller=MEI, mei=CALLER, sam=CALLER | MEI)


async def is_written_down(installation: Installation) -> None:
    """Who heard what; agents supervise nobody."""
    async with installation.signed_in("ada") as ada:
        entries = (await ada.get("/audit", params={"limit": 50})).json()["items"]
    heard = [each for each in entries if each["action"] in {"listen_to_call", "whisper_in_call", "join_call"}]
    assert [each["action"] for each in reversed(heard) if each["result"] == "done"] == [
        *("listen_to_call", "whisper_in_call", "join_call", "whisper_in_call", "listen_to_call")
    ]
    async with installation.signed_in("mei") as mei:
        body = {"leg_id": "leg_of_hers", "mode": "listen"}
        refused = await mei.put(f"/calls/{heard[0]['subject']}/supervision", json=body)
    assert refused.status_code == 403
