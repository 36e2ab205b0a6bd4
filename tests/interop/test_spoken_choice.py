"""A caller says a choice instead of pressing a key: the whole product, a phone, and the recognizer with the menu's phrases."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from ivr.speech.engine import Flite
from tests.peers.installation import Installation
from tests.peers.phone import Phone
from tests.peers.tones import read_wav, write_wav
from tests.peers.waiting import until_told

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


async def spoken(folder: Path, text: str) -> Path:
    """A sentence at 8 kHz, in a voice that is not the one of the prompts."""
    wide = folder / "spoken.wav"
    await Flite().speak(text, "en", wide)
    (samples, *_), rate_hz = await asyncio.to_thread(read_wav, wide)
    narrow = samples[:: rate_hz // 8000] if rate_hz % 8000 == 0 else samples
    return write_wav(folder / "narrow.wav", narrow)


async def path_of_the_call(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    """The steps of the only call so far, as its record has them."""
    calls = (await client.get("/calls", params={"limit": 1})).json()["items"]
    return list(calls[0]["path"]) if calls else []


async def test_says_billing_and_waits_for_billing(tmp_path: Path) -> None:
    billing = await spoken(tmp_path, "Billing please.")
    async with Installation(tmp_path) as house, house.signed_in("sam") as client, Phone.start() as phone:
        await phone.dial(f"sip:1000@127.0.0.1:{house.sip_port}")
        await phone.connected()

        async def chosen() -> bool:
            await phone.says(billing)
            await phone.listen(3.0)  # the sentence, and the recognizer's time to be sure of its end
            steps = await path_of_the_call(client)
            return any(step["step"] == "billing" for step in steps)

        await until_told(chosen, within_s=90.0)
        steps = await path_of_the_call(client)
        assert steps[-1]["detail"] == "said “billing” (billing)"
        await phone.hang_up()
