"""A company's own queue, flow and number, made in the browser on an installation without the demo, and called from a real phone.

What callers hear while they wait is a tone, another one in each version: so it is heard which version a call is in.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, expect

from core.ids import UserId
from server.passwords import hash_password
from server.storage.sql.database import Database
from server.storage.sql.migrate import upgrade
from server.storage.sql.users import SqlUsers, User
from tests.peers.administration import Administration
from tests.peers.browser import ENGINE_ALONE, chromium
from tests.peers.desk import PATIENCE_MS
from tests.peers.installation import Installation
from tests.peers.phone import Phone
from tests.peers.tones import tone, write_wav

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480), pytest.mark.asyncio(loop_scope="module")]

FIRST_HZ, SECOND_HZ = 500, 800
HEARD_WITHIN_S = 60.0
NUMBER = "4000"
PASSWORD = "an evening made comfortable"
FLOW = """\
flow: flow_shop
name: Shop
start: choose
steps:
  choose:
    verb: menu
    ask_file: prompts/first.wav
    tries: 1
    timeout_s: 1
    options:
      - {digit: 1, label: everybody, go: wait}
    otherwise: wait
  wait:
    verb: enqueue
    queue: queue_shop
    waiting: {music: prompts/first.wav, announce: []}
    too_long: bye
    failed: bye
  bye: {verb: hang_up}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    """Nobody's but Ada's: no queue, no flow, no number."""
    made = Installation(tmp_path_factory.mktemp("own"), GENERAL_DEMO="no")
    (made.data_dir / "prompts").mkdir(parents=True)
    for name, hz in (("first", FIRST_HZ), ("second", SECOND_HZ)):
        write_wav(made.data_dir / "prompts" / f"{name}.wav", tone(hz, 1.0))
    url = f"sqlite:///{made.data_dir / 'patchbay.db'}"
    await upgrade(url)
    database = Database(url)
    ada = User(user_id=UserId("user_ada"), username="ada", name="Ada", role="admin", password_hash=hash_password(PASSWORD))
    await SqlUsers(database).add(ada)
    await database.close()
    async with made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def supervisors_browser() -> AsyncIterator[BrowserContext]:
    async with chromium(program=ENGINE_ALONE) as context:
        yield context


async def signed_in(browser: BrowserContext, installation: Installation) -> Administration:
    page = await browser.new_page()
    await page.goto(installation.url)
    await page.get_by_label("Username").fill("ada")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("link", name=re.compile("^Admin")).click(timeout=PATIENCE_MS)
    return Administration(page)


async def test_a_queue_a_flow_and_a_number_are_made_in_the_browser_and_a_call_keeps_its_version(
    installation: Installation, supervisors_browser: BrowserContext
) -> None:
    office = await signed_in(supervisors_browser, installation)
    page = office.page
    await office.makes_a_queue("Shop", "Mei")
    await office.makes_a_flow("Shop")

    await office.writes(FLOW.replace("queue_shop", "queue_shp"))
    problems = page.get_by_role("region", name="What is wrong")
    await expect(problems).to_contain_text("There is no queue “queue_shp”.", timeout=PATIENCE_MS)
    await expect(page.get_by_role("button", name="Publish", exact=True)).to_be_disabled()
    await problems.get_by_role("button", name="Use queue_shop").click()
    await expect(problems).to_contain_text("No errors", timeout=PATIENCE_MS)

    await page.get_by_role("button", name="Run").click()
    path = page.get_by_role("list", name="Path of the simulated call")
    await expect(path.get_by_role("button", name="wait")).to_be_visible(timeout=PATIENCE_MS)
    await expect(path).to_contain_text("Waits in Shop")
    await office.publishes(1, "The first")
    await office.gives(NUMBER, "Shop")

    uri = f"sip:{NUMBER}@127.0.0.1:{installation.sip_port}"
    async with Phone.start() as phone:
        await phone.dial(uri, call="first")
        assert await phone.hears_tone(FIRST_HZ, call="first", within_s=HEARD_WITHIN_S)

        await office.opens("Flows")
        await page.get_by_role("link", name="Shop", exact=True).click(timeout=PATIENCE_MS)
        await office.writes(FLOW.replace("first.wav", "second.wav"))
        await office.publishes(2, "Another tone")
        await phone.dial(uri, call="second")
        assert await phone.hears_tone(SECOND_HZ, call="second", within_s=HEARD_WITHIN_S)
        assert await phone.hears_tone(FIRST_HZ, call="first"), "a running call keeps its version"
        await expect(page.get_by_role("region", name="Versions")).to_contain_text("1 caller now", timeout=PATIENCE_MS)

        await office.rolls_back(1, 3)
        await phone.dial(uri, call="third")
        assert await phone.hears_tone(FIRST_HZ, call="third", within_s=HEARD_WITHIN_S)
        assert await phone.hears_tone(SECOND_HZ, call="second"), "rolling back changes no call that runs"
        for call in ("first", "second", "third"):
            await phone.hang_up(call=call)


async def test_a_number_that_nothing_answers_is_found_among_those_without_a_flow(
    installation: Installation, supervisors_browser: BrowserContext
) -> None:
    async with Phone.start() as phone:
        await phone.dial(f"sip:4711@127.0.0.1:{installation.sip_port}", number="+442079460180")
        assert (await phone.disconnected())["status"] == 404
    office = await signed_in(supervisors_browser, installation)
    await office.opens("Numbers")
    row = office.page.get_by_role("region", name="Called, but no flow answers").get_by_role("row", name=re.compile("4711"))
    await expect(row).to_be_visible(timeout=PATIENCE_MS)
    await expect(row).to_contain_text("+442079460180")
