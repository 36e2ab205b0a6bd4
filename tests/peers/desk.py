"""The agent's desk and the supervisor's board as a person uses them: by what is written on the screen and by keys."""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page, expect

from tests.peers.ear import give_ear
from tests.peers.installation import DEMO_PASSWORD, Installation

PATIENCE_MS = 20_000


async def sign_in(page: Page, installation: Installation, username: str, url: str | None = None) -> None:
    """`url`: as another computer opens it."""
    await give_ear(page)
    await page.goto(url or installation.url)
    await page.get_by_label("Username").fill(username)
    await page.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
    await page.get_by_role("button", name="Sign in").click()


class Desk:
    """One agent's page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def offer(self) -> Locator:
        return self.page.get_by_role("group", name=re.compile("is calling"))

    @property
    def customer(self) -> Locator:
        """The customer column."""
        return self.page.get_by_role("complementary", name="Customer")

    @property
    def words(self) -> Locator:
        """The live transcript."""
        return self.page.get_by_role("region", name="Live transcript")

    async def can_hear(self) -> None:
        """The header says that the microphone and the audio line work."""
        await expect(self.page.get_by_text("Mic OK")).to_be_visible(timeout=PATIENCE_MS)

    async def is_now(self, state: str) -> None:
        await expect(self.page.get_by_role("button", name=f"My state: {state}")).to_be_visible(timeout=PATIENCE_MS)

    async def goes(self, item: str) -> None:
        """Chooses from the state menu, as «Available»."""
        await self.page.get_by_role("button", name=re.compile("^My state")).click()
        await self.page.get_by_role("menuitem", name=item).click()

    async def answers(self) -> None:
        await expect(self.offer).to_be_visible(timeout=PATIENCE_MS)
        await self.page.keyboard.press("a")

    async def shows_words(self, *words: str, within_ms: int = PATIENCE_MS) -> None:
        for word in words:
            await expect(self.words).to_contain_text(re.compile(rf"\b{word}\b", re.IGNORECASE), timeout=within_ms)

    async def wraps_up(self, disposition: str, summary: str) -> None:
        form = self.page.get_by_role("form", name="Wrap-up")
        await expect(form).to_be_visible(timeout=PATIENCE_MS)
        await form.locator("label", has_text=re.compile(rf"^{disposition}")).click()
        await form.get_by_label("Summary").fill(summary)
        await self.page.keyboard.press("Control+Enter")
        await expect(form).to_be_hidden(timeout=PATIENCE_MS)
