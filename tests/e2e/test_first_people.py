"""An installation without the demo: the link that `serve` prints makes the first administrator, who invites people."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.peers.administration import GOOD, accepts, invites, printed_link, stranger
from tests.peers.browser import ENGINE_ALONE, chromium_process
from tests.peers.desk import PATIENCE_MS
from tests.peers.installation import Installation
from tests.peers.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]


async def reads_where_the_link_is(page: Page, installation: Installation, link: str) -> None:
    """And not the link."""
    await page.goto(installation.url)
    told = page.get_by_role("region", name="This installation has no administrator yet.")
    await expect(told).to_contain_text("patchbay user first-link", timeout=PATIENCE_MS)
    assert link.partition("#")[2] not in await page.content()


async def test_an_empty_installation_gets_its_administrator_and_people(tmp_path: Path) -> None:
    async with Installation(tmp_path, GENERAL_DEMO="no") as installation, chromium_process(program=ENGINE_ALONE) as browser:
        await until(lambda: "/invitation#" in installation.log)
        link = printed_link(installation)
        await reads_where_the_link_is(await stranger(browser), installation, link)
        ada = await stranger(browser)
        await accepts(ada, link, "Ada Kowalska", "Create administrator", "ada")

        late = await stranger(browser)
        await late.goto(installation.url)
        await expect(late.get_by_label("Username")).to_be_enabled(timeout=PATIENCE_MS)
        await late.goto(link)
        await expect(late.get_by_text("This link has been used, was withdrawn or has expired.")).to_be_visible(
            timeout=PATIENCE_MS
        )

        await ada.goto(f"{installation.url}/admin/people")
        links = await invites(ada, "Tessa Lindqvist tessa@northwind.example", "Zoe Hart")
        rows = ada.get_by_role("region", name="People", exact=True).get_by_role("row")
        await expect(rows.filter(has_text="Zoe Hart")).to_contain_text("Link valid until")

        for address, name in zip(links, ("Tessa Lindqvist", "Zoe Hart"), strict=True):
            page = await stranger(browser)
            await accepts(page, address, name, "Save and sign in")
            await expect(page.get_by_role("button", name=re.compile("^My state"))).to_be_visible(timeout=PATIENCE_MS)

        again = await stranger(browser)
        await again.goto(installation.url)
        await again.get_by_label("Username").fill("tessa@northwind.example")
        await again.get_by_label("Password", exact=True).fill(GOOD)
        await again.get_by_role("button", name="Sign in").click()
        await expect(again.get_by_role("button", name=re.compile("^My state"))).to_be_visible(timeout=PATIENCE_MS)

        await ada.goto(f"{installation.url}/admin/people")
        await rows.filter(has_text="Tessa Lindqvist").click()
        await ada.get_by_role("button", name="Disable", exact=True).click()
        await ada.get_by_role("dialog").get_by_role("button", name="Disable").click()
        await expect(again.get_by_label("Username")).to_be_visible(timeout=PATIENCE_MS)

        assert "There is an administrator already" in await installation.says("user", "first-link")
        assert "tessa" in await installation.says("user", "list", "--state", "disabled")
        assert "Tessa Lindqvist is enabled" in await installation.says("user", "enable", "tessa")
        assert GOOD not in installation.log
