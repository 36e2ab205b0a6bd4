"""A company takes an empty installation into use: nothing of the demo, nothing but the browser, and then it is called.

The administrator sits at this machine; the agent at another computer, which must first learn to trust the installation.
"""

from __future__ import annotations

from pathlib import Path

import httpx
import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from playwright.async_api import Browser, Error, Page, expect

from tests.e2e.conftest import AGENT_TONE_HZ, CALLER_TONE_HZ
from tests.e2e.test_life_of_a_call import hears_nothing_but
from tests.peers import ear
from tests.peers.administration import Administration, accepts, invites, printed_link, stranger
from tests.peers.browser import ENGINE_ALONE, chromium_process
from tests.peers.desk import PATIENCE_MS, Desk
from tests.peers.ear import give_ear, microphone
from tests.peers.installation import Installation
from tests.peers.phone import Phone
from tests.peers.second_computer import SecondComputer
from tests.peers.tones import tone
from tests.peers.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]
NUMBER = "1000"


async def test_an_empty_installation_is_taken_into_use_and_called(tmp_path: Path) -> None:
    async with (
        SecondComputer(tmp_path, 71) as second,
        Installation(
            tmp_path, GENERAL_DEMO="no", WEB_BIND="0.0.0.0", MEDIA_BROWSER_ADDRESSES=f"{second.our_address}"
        ) as installation,
        chromium_process(program=ENGINE_ALONE) as browser,
    ):
        await until(lambda: "/invitation#" in installation.log)
        ada = await stranger(browser)
        await accepts(ada, printed_link(installation), "Ada Kowalska", "Create administrator", "ada")
        invitation = await sets_up(ada)
        typed = f"http://{second.our_address}:{installation.web_port}/"
        async with second.browser() as untrusting:
            await is_shown_how_to_trust(await untrusting.new_page(), installation, typed)
            await is_helped_past_the_warning(untrusting, typed.replace("http:", "https:"))
        await second.trusts(installation.data_dir / "https" / "authority.pem")
        sound = microphone(tmp_path / "agent.wav", tone(AGENT_TONE_HZ, 3), np.zeros(8000))
        async with second.browser(sound) as theirs:
            page = await theirs.new_page()
            await give_ear(page)
            await accepts(page, invitation, "Mei Lin", "Save and sign in")
            desk = Desk(page)
            await desk.can_hear()
            assert page.url.startswith(f"https://{second.our_address}:{installation.web_port}/")
            await desk.goes("Available")
            await takes_a_call_from_a_phone(desk, installation)
            await takes_a_call_from_a_browser(desk, theirs, ada, typed)


async def sets_up(page: Page) -> str:
    """Every step of «First steps», each through its button; the link of the agent who was invited."""
    office = Administration(page)
    steps = page.get_by_role("list", name="First steps")
    await expect(steps.get_by_role("listitem")).to_have_count(6, timeout=PATIENCE_MS)
    await expect(page.get_by_text("1 of 6 done")).to_be_visible()
    await steps.get_by_role("link", name="Invite people").click()
    link, _ = await invites(page, "Mei Lin", "Jonas Weber", opened=True)

    await office.opens("First steps")
    await steps.get_by_role("link", name="Create a queue").click()
    await office.adds("Queues", "New queue", "Shop")
    await office.publishes_the_configuration()
    await office.makes_a_flow("Main number", "Ring one queue")
    await office.publishes(1, "The first")
    await office.gives(NUMBER, "Main number")

    await office.opens("First steps")
    await expect(page.get_by_text("5 of 6 done")).to_be_visible(timeout=PATIENCE_MS)
    await expect(steps).to_contain_text("Shop is answered by Jonas Weber, Mei Lin.")
    await expect(steps.get_by_role("button", name=f"Call {NUMBER}")).to_be_enabled()
    return link


async def is_shown_how_to_trust(page: Page, installation: Installation, typed: str) -> None:
    """Whoever types the address without https is told what to do, and is not asked for a password."""
    await page.goto(typed)
    await expect(page.get_by_role("heading", name="Set up this computer")).to_be_visible(timeout=PATIENCE_MS)
    assert await page.get_by_label("Password").count() == 0
    async with httpx.AsyncClient(base_url=typed, headers={"X-Patchbay": "1"}) as outside:
        authority = x509.load_der_x509_certificate((await outside.get("/authority.crt")).content)
        refused = await outside.post("/api/v1/session", json={"username": "mei", "password": "x"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "https_needed")
    fingerprint = authority.fingerprint(hashes.SHA256()).hex(":").upper()
    await expect(page.get_by_text(fingerprint)).to_be_visible(timeout=PATIENCE_MS)
    assert fingerprint in installation.log, "the administrator can compare"


async def is_helped_past_the_warning(computer: Browser, address: str) -> None:
    """Whoever opens the HTTPS address first meets the browser's own warning, and after it the way to trust."""
    warned = await computer.new_page()
    with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
        await warned.goto(address)
    past = await (await computer.new_context(ignore_https_errors=True)).new_page()
    await past.goto(address)
    await past.get_by_role("link", name="Set up this computer").click(timeout=PATIENCE_MS)
    await expect(past.get_by_text("Close and reopen the browser.")).to_be_visible(timeout=PATIENCE_MS)
    await past.get_by_role("link", name="Go to sign-in").click()
    await expect(past.get_by_label("Username")).to_be_enabled(timeout=PATIENCE_MS)


async def takes_a_call_from_a_phone(desk: Desk, installation: Installation) -> None:
    async with Phone.start() as phone:
        await phone.dial(f"sip:{NUMBER}@127.0.0.1:{installation.sip_port}", number="+442079460180")
        await phone.connected()
        await desk.answers()
        await hears_nothing_but(phone, AGENT_TONE_HZ)
        await phone.says_tone(CALLER_TONE_HZ)
        await ear.hears_tone(desk.page, CALLER_TONE_HZ)
        await phone.hang_up()
    await desk.wraps_up("Solved", "The first call of all.")


async def takes_a_call_from_a_browser(desk: Desk, computer: Browser, ada: Page, typed: str) -> None:
    """A visitor on a page of the website; the administrator sees the test call get through, step by step."""
    visitor = await (await computer.new_context()).new_page()
    await give_ear(visitor)
    await visitor.goto(f"{typed.replace('http:', 'https:')}widget.html?number={NUMBER}")
    await visitor.get_by_role("button", name="Call", exact=True).click()
    await desk.answers()
    await ear.hears_tone(visitor, AGENT_TONE_HZ)
    checks = ada.get_by_role("region", name="Your test call").get_by_role("listitem")
    await expect(checks.filter(has_text="Sound in both directions")).to_have_attribute(
        "data-reached", "true", timeout=PATIENCE_MS
    )
    await visitor.get_by_role("button", name="Hang up").click()
    await expect(ada.get_by_role("heading", name="Your first call worked")).to_be_visible(timeout=PATIENCE_MS)
