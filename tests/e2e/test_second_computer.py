"""An agent at another computer: opens the address, is shown how to trust the installation, and then takes a call with sound."""

from __future__ import annotations

from pathlib import Path

import httpx
import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from playwright.async_api import expect

from tests.e2e.conftest import AGENT_TONE_HZ, CALLER_TONE_HZ
from tests.e2e.test_life_of_a_call import hears_a_voice_or_music, hears_nothing_but
from tests.peers import ear
from tests.peers.desk import PATIENCE_MS, Desk, sign_in
from tests.peers.ear import microphone
from tests.peers.installation import Installation
from tests.peers.phone import Phone
from tests.peers.second_computer import SecondComputer
from tests.peers.tones import tone

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]


async def test_an_agent_at_another_computer_takes_a_call(tmp_path: Path) -> None:
    async with (
        SecondComputer(tmp_path, 71) as second,
        Installation(tmp_path, WEB_BIND="0.0.0.0", MEDIA_BROWSER_ADDRESSES=second.our_address) as installation,
    ):
        typed = f"http://{second.our_address}:{installation.web_port}/"
        async with second.browser() as browser:
            # Whoever types the address without https is told what to do, and is not asked for a password.
            page = await browser.new_page()
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

        await second.trusts(installation.data_dir / "https" / "authority.pem")
        sound = microphone(tmp_path / "agent.wav", tone(AGENT_TONE_HZ, 3), np.zeros(8000))
        async with second.browser(sound) as browser:
            # Now the same address leads to the sign-in, over HTTPS and without a warning.
            page = await browser.new_page()
            await sign_in(page, installation, "mei", typed)
            desk = Desk(page)
            await desk.can_hear()
            assert page.url.startswith(f"https://{second.our_address}:{installation.web_port}/")
            await desk.goes("Available")
            async with Phone.start() as phone:
                await phone.dial(f"sip:1000@127.0.0.1:{installation.sip_port}", number="+442079460180")
                await phone.connected()
                await hears_a_voice_or_music(phone)
                await phone.press("2")
                await desk.answers()
                await hears_nothing_but(phone, AGENT_TONE_HZ)
                await phone.says_tone(CALLER_TONE_HZ)
                await ear.hears_tone(page, CALLER_TONE_HZ)
