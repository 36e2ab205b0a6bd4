"""Signing in as people do, in a real browser: with an app's code, and at a real identity provider; and whoever tries to cheat.

One installation for all of it. Whatever goes wrong is a sentence on the sign-in page, and never an error of the server.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from server.clock import SystemClock
from server.second_step.codes import code_at, secret_of, step_of
from tests.peers.administration import GOOD
from tests.peers.browser import ENGINE_ALONE, chromium_process
from tests.peers.desk import PATIENCE_MS
from tests.peers.ear import give_ear
from tests.peers.identity_provider import CLIENT, SECRET, identity_provider, signs_in
from tests.peers.installation import DEMO_PASSWORD, Installation
from tests.peers.ports import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]

START, RETURN = "/api/v1/session/provider", "/api/v1/session/provider/return"
WITH_PROVIDER = "Sign in with Northwind ID"
NOT_BELIEVED = "The sign-in with Northwind ID couldn't be verified."


class Person:
    """Somebody at a computer of their own."""

    def __init__(self, page: Page, installation: Installation) -> None:
        self.page = page
        self.installation = installation
        self.returned: list[str] = []
        """Addresses with which the provider sent this browser back."""
        self.faults: list[str] = []
        """Answers of the server that are its own fault."""
        page.on("request", lambda request: self.returned.append(request.url) if RETURN in request.url else None)
        page.on("response", lambda answer: self.faults.append(answer.url) if answer.status >= 500 else None)

    @classmethod
    async def at(cls, browser: Browser, installation: Installation) -> Person:
        page = await (await browser.new_context()).new_page()
        await give_ear(page)
        return cls(page, installation)

    # ── what they do ──────────────────────────────────────────────────────────────────────────────────────────

    async def opens(self, address: str = "") -> None:
        await self.page.goto(address or self.installation.url)

    async def signs_in(self, username: str, password: str = DEMO_PASSWORD) -> None:
        await self.opens()
        await self.page.get_by_label("Username").fill(username)
        await self.page.get_by_label("Password", exact=True).fill(password)
        await self.page.get_by_role("button", name="Sign in", exact=True).click()

    async def gives_code(self, code: str) -> None:
        await self.code.fill(code)
        await self.page.keyboard.press("Enter")

    async def signs_in_at_the_provider(self, name: str) -> None:
        await self.page.get_by_role("link", name=WITH_PROVIDER).click()
        await self.says_at_the_provider_who_it_is(name)

    async def says_at_the_provider_who_it_is(self, name: str) -> None:
        await self.page.locator("input[name=login]").fill(name, timeout=PATIENCE_MS)
        await self.page.locator("input[name=password]").fill("any")
        await self.page.keyboard.press("Enter")
        await self.page.get_by_role("button", name="Continue").click(timeout=PATIENCE_MS)

    async def opens_the_account(self) -> Locator:
        await self.page.get_by_role("button", name=re.compile("^Settings for")).click(timeout=PATIENCE_MS)
        await self.page.get_by_role("button", name="Password and sign-in").click()
        return self.page.get_by_role("dialog").get_by_role("region", name="Two-step verification")

    async def signs_out(self) -> None:
        await self.page.get_by_role("button", name=re.compile("^Settings for")).click(timeout=PATIENCE_MS)
        await self.page.get_by_role("button", name="Sign out", exact=True).click()
        await expect(self.page.get_by_label("Username")).to_be_visible(timeout=PATIENCE_MS)

    # ── what they see ─────────────────────────────────────────────────────────────────────────────────────────

    @property
    def code(self) -> Locator:
        return self.page.get_by_role("textbox", name="Code")

    async def is_in(self, name: str) -> None:
        menu = self.page.get_by_role("button", name=f"Settings for {name}")
        await expect(menu).to_be_attached(timeout=PATIENCE_MS)

    async def is_told(self, words: str) -> None:
        """On the sign-in page, and nobody is signed in."""
        await expect(self.page.get_by_role("alert").filter(has_text=words)).to_be_visible(timeout=PATIENCE_MS)
        await expect(self.page.get_by_label("Username")).to_be_visible()
        assert self.faults == []


@asynccontextmanager
async def one_browser_of(person: Person) -> AsyncIterator[httpx.AsyncClient]:
    """The same as the person's browser, for what happens between two pages: what it is given, the person's browser has, too."""
    async with httpx.AsyncClient(base_url=person.installation.url, timeout=30) as client:
        yield client
        kept = client.cookies.get("patchbay_provider")
        if kept:
            cookie: Any = {"name": "patchbay_provider", "value": kept, "url": person.installation.url + START}
            await person.page.context.add_cookies([cookie])


def changed(address: str, **fields: str) -> str:
    """The same address with other fields."""
    parts = urlsplit(address)
    return parts._replace(query=urlencode(dict(parse_qsl(parts.query)) | fields)).geturl()


async def test_people_sign_in_and_whoever_cheats_reads_that_it_did_not_work(tmp_path: Path) -> None:
    port = free_port()
    settings = {
        "OIDC_ISSUER": f"http://127.0.0.1:{port}",
        "OIDC_NAME": "Northwind ID",
        "OIDC_CLIENT_ID": CLIENT,
        "OIDC_CLIENT_SECRET": SECRET,
        "OIDC_CREATE": "agent",
    }
    async with Installation(tmp_path, **settings) as installation, chromium_process(program=ENGINE_ALONE) as browser:
        await a_new_password(browser, installation)
        await a_code_from_an_app(browser, installation)
        with identity_provider(installation.url + RETURN, port) as provider:
            nora = await people_of_the_provider(browser, installation)
            await cheats(browser, installation, nora)
            await somebody_is_disabled_meanwhile(browser, installation, nora)
            provider.stop()
            late = await Person.at(browser, installation)
            await late.opens()
            await late.page.get_by_role("link", name=WITH_PROVIDER).click()
            await late.is_told("Northwind ID isn't responding.")
        assert "Traceback" not in installation.log


async def a_new_password(browser: Browser, installation: Installation) -> None:
    """Whoever changes it stays signed in, and everybody else who is them is out and reads why."""
    jonas, phone = [await Person.at(browser, installation) for _ in range(2)]
    for each in (jonas, phone):
        await each.signs_in("jonas")
        await each.is_in("Jonas Weber")
    await jonas.opens_the_account()
    form = jonas.page.get_by_role("region", name="Change password")
    await form.get_by_label("Current password").fill(DEMO_PASSWORD)
    for label in ("New password", "Repeat password"):
        await form.get_by_label(label, exact=True).fill(GOOD)
    await form.get_by_role("button", name="Change password").click()
    await expect(jonas.page.get_by_text("Your password is changed.")).to_be_visible(timeout=PATIENCE_MS)
    await phone.is_told("Your password was changed. Sign in with the new one.")
    await expect(jonas.page.get_by_title("Connected")).to_be_attached(timeout=PATIENCE_MS)
    await jonas.is_in("Jonas Weber")


async def a_code_from_an_app(browser: Browser, installation: Installation) -> None:
    """Turned on in the user menu, asked for, lost with the phone, replaced by a recovery code, reset by an administrator."""
    sam = await Person.at(browser, installation)
    await sam.signs_in("sam")
    section = await sam.opens_the_account()
    await section.get_by_role("button", name="Set up").click(timeout=PATIENCE_MS)
    key = secret_of((await section.locator("code").inner_text()).replace(" ", ""))
    step = step_of(SystemClock().now())
    await sam.gives_code("000000")
    await expect(section.get_by_role("alert")).to_contain_text("That code isn't right", timeout=PATIENCE_MS)
    await sam.gives_code(code_at(key, step - 1))
    recovery = section.get_by_role("region", name="Recovery codes").get_by_role("listitem")
    await expect(recovery).to_have_count(10, timeout=PATIENCE_MS)
    codes = await recovery.all_inner_texts()
    await section.get_by_role("button", name="I've saved them").click()
    await expect(section).to_contain_text("10 recovery codes left", timeout=PATIENCE_MS)
    await sam.page.get_by_role("dialog").get_by_role("button", name="Close").click()
    await sam.signs_out()

    await sam.signs_in("sam")
    await sam.gives_code("000000")
    wrong = sam.page.get_by_role("alert").filter(has_text="That code isn't right or has been used.")
    await expect(wrong).to_be_visible(timeout=PATIENCE_MS)
    await sam.gives_code(code_at(key, step))
    await sam.is_in("Sam Okoro")
    await sam.signs_out()

    await sam.signs_in("sam")
    await sam.gives_code(codes[0])
    await sam.is_in("Sam Okoro")
    await sam.signs_out()
    await sam.signs_in("sam")
    await sam.gives_code(codes[0])
    await expect(wrong).to_be_visible(timeout=PATIENCE_MS)

    ada = await Person.at(browser, installation)
    await ada.signs_in("ada")
    await ada.is_in("Ada Kowalska")
    await ada.opens(f"{installation.url}/admin/people")
    await ada.page.get_by_role("row").filter(has_text="Sam Okoro").click(timeout=PATIENCE_MS)
    await ada.page.get_by_role("button", name="Reset sign-in").click(timeout=PATIENCE_MS)
    await ada.page.get_by_role("menuitem", name="Reset two-step verification").click(timeout=PATIENCE_MS)
    await expect(ada.page.get_by_text("Sam Okoro now signs in with the password alone")).to_be_visible(timeout=PATIENCE_MS)
    await sam.signs_in("sam")
    await sam.is_in("Sam Okoro")
    assert sam.faults == ada.faults == []


async def people_of_the_provider(browser: Browser, installation: Installation) -> Person:
    """Somebody who is new here, and comes back on another computer; somebody whose address nobody has confirmed."""
    nora = await Person.at(browser, installation)
    await nora.opens()
    await nora.signs_in_at_the_provider("nora")
    await nora.is_in("Nora of the provider")
    again = await Person.at(browser, installation)
    await again.opens()
    await again.signs_in_at_the_provider("nora")
    await again.is_in("Nora of the provider")
    stranger = await Person.at(browser, installation)
    await stranger.opens()
    await stranger.signs_in_at_the_provider("vera!")
    await stranger.is_told(NOT_BELIEVED)
    assert nora.faults == again.faults == []
    return nora


async def cheats(browser: Browser, installation: Installation, nora: Person) -> None:
    """RFC 9700 §2.1, RFC 9207, OpenID Connect Core 1.0 §3.1.3.7: whose answer it is, from whom, for which sign-in, and once."""
    async with httpx.AsyncClient(base_url=installation.url, timeout=30) as mallory:
        stopped = await signs_in(mallory, START, "mallory", stop_at=installation.url + RETURN)
        not_yours = stopped.headers["location"]
    victim = await Person.at(browser, installation)
    await victim.opens(not_yours)
    await victim.is_told(NOT_BELIEVED)
    await victim.page.get_by_role("link", name=WITH_PROVIDER).click()
    await expect(victim.page.locator("input[name=login]")).to_be_visible(timeout=PATIENCE_MS)
    await victim.opens(not_yours)
    await victim.is_told(NOT_BELIEVED)

    async with one_browser_of(victim) as client:
        stopped = await signs_in(client, START, "wim", stop_at=installation.url + RETURN)
    await victim.opens(changed(stopped.headers["location"], iss="https://id.evil.example"))
    await victim.is_told(NOT_BELIEVED)

    async with one_browser_of(victim) as client:
        asked = (await client.get(START)).headers["location"]
    await victim.opens(changed(asked, nonce="one that somebody else has chosen"))
    await victim.says_at_the_provider_who_it_is("wim")
    await victim.is_told(NOT_BELIEVED)

    await victim.opens(nora.returned[0])
    await victim.is_told(NOT_BELIEVED)


async def somebody_is_disabled_meanwhile(browser: Browser, installation: Installation, nora: Person) -> None:
    async with installation.signed_in("ada") as ada:
        found = (await ada.get("/users", params={"query": "nora"})).json()["items"]
        (await ada.post(f"/users/{found[0]['user_id']}/disable", json={"reason": "left"})).raise_for_status()
    await nora.is_told("Your account was disabled")
    await nora.page.reload()
    await nora.is_told("Your account was disabled")
    await nora.page.get_by_role("link", name=WITH_PROVIDER).click()
    await nora.is_told("Your account here is disabled.")
