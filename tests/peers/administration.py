"""An installation being taken into use: the first link, people who are invited, the pages of the Administration."""

from __future__ import annotations

import re

from playwright.async_api import Browser, Page, expect

from tests.peers.desk import PATIENCE_MS
from tests.peers.ear import give_ear
from tests.peers.installation import Installation

GOOD = "correct horse battery"


def printed_link(installation: Installation) -> str:
    """The last one: each start prints a new one, and closes those before."""
    return str(re.findall(r"http://\S+/invitation#\S+", installation.log)[-1])


async def stranger(browser: Browser) -> Page:
    """Somebody at a computer of their own."""
    context = await browser.new_context()
    page = await context.new_page()
    await give_ear(page)
    return page


async def accepts(page: Page, link: str, name: str, button: str, username: str = "") -> None:
    await page.goto(link)
    await page.get_by_label("Full name").fill(name)
    if username:
        await page.get_by_label("Username").fill(username)
    await page.get_by_label("Password", exact=True).fill(GOOD)
    await page.get_by_label("Repeat password").fill(GOOD)
    await page.get_by_role("button", name=button).click()
    await expect(page.get_by_role("navigation", name="Pages")).to_be_visible(timeout=PATIENCE_MS)


async def invites(page: Page, *people: str, opened: bool = False) -> list[str]:
    """On the page of people, where a step may have `opened` what it asks for; their links, in this order."""
    if not opened:
        await page.get_by_role("button", name="Invite people").click()
    drawer = page.get_by_role("complementary", name="Invite people")
    await drawer.get_by_label("Names or e-mail addresses").fill("\n".join(people))
    await drawer.get_by_role("button", name=f"Invite {len(people)} people").click()
    links = drawer.get_by_role("region", name="Links").locator("code")
    await expect(links).to_have_count(len(people), timeout=PATIENCE_MS)
    return await links.all_inner_texts()


class Administration:
    """Its pages as a person uses them."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def opens(self, section: str) -> None:
        await self.page.get_by_role("navigation", name="Administration").get_by_role("link", name=section, exact=True).click()

    async def adds(self, section: str, label: str, name: str) -> None:
        await self.opens(section)
        await self.page.get_by_label(label).fill(name)
        await self.page.get_by_role("button", name="Add", exact=True).click()

    async def makes_a_queue(self, name: str, agent: str) -> None:
        """With somebody who serves it: a queue that nobody could serve is refused."""
        await self.adds("Agent routing", "New agent", agent)
        await self.adds("Queues", "New queue", name)
        await self.publishes_the_configuration()

    async def publishes_the_configuration(self) -> None:
        await self.page.get_by_role("button", name="Review").click(timeout=PATIENCE_MS)
        await self.page.get_by_role("dialog").get_by_role("button", name="Publish").click()
        await expect(self.page.get_by_role("dialog")).to_be_hidden(timeout=PATIENCE_MS)

    async def makes_a_flow(self, name: str, template: str = "A greeting") -> None:
        await self.opens("Flows")
        await self.page.get_by_role("button", name="New flow").first.click()
        dialog = self.page.get_by_role("dialog")
        await dialog.get_by_label("Name").fill(name)
        await dialog.get_by_role("radio", name=template).check()
        await dialog.get_by_role("button", name="Begin a draft").click()

    async def writes(self, text: str) -> None:
        editor = self.page.get_by_role("textbox", name="The flow's text")
        await editor.click(timeout=PATIENCE_MS)
        await self.page.keyboard.press("Control+a")
        await self.page.keyboard.insert_text(text)

    async def publishes(self, version: int, reason: str) -> None:
        await self.page.get_by_role("button", name="Publish", exact=True).click(timeout=PATIENCE_MS)
        dialog = self.page.get_by_role("dialog")
        await dialog.get_by_label("Reason for change").fill(reason)
        await dialog.get_by_role("button", name="Publish").click()
        await expect(self.page.get_by_text(f"Version {version} is live").first).to_be_visible(timeout=PATIENCE_MS)

    async def rolls_back(self, to: int, becomes: int) -> None:
        await self.page.get_by_role("button", name=f"Roll back to version {to}").click()
        await self.page.get_by_role("dialog").get_by_role("button", name="Roll back").click()
        await expect(self.page.get_by_text(f"Version {becomes} is live").first).to_be_visible(timeout=PATIENCE_MS)

    async def gives(self, number: str, flow: str) -> None:
        await self.opens("Numbers")
        await self.page.get_by_role("button", name="Add number").first.click(timeout=PATIENCE_MS)
        dialog = self.page.get_by_role("dialog")
        await dialog.get_by_label("Number").fill(number)
        await expect(dialog.get_by_role("combobox", name="Flow")).to_have_value(flow)
        await dialog.get_by_role("button", name="Save").click()
        await expect(self.page.get_by_role("cell", name=number, exact=True)).to_be_visible(timeout=PATIENCE_MS)
