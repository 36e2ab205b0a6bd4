"""An agent signs out in the middle of a call: the caller hears music at once, is first in line, and talks to the next agent.

The whole product with real phones; the agents are WebRTC peers without a browser. Each party sends its own tone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.test_callback import DANA, FLOW
from tests.peers import tones
from tests.peers.agent import HeadlessAgent, Message
from tests.peers.flows import publish
from tests.peers.installation import Installation
from tests.peers.phone import Phone

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]

CALLER_HZ, MEI_HZ, JONAS_HZ = 440, 620.0, 820.0
LISTEN_S = 3.0
LONGEST_SILENCE_S = 2.0
"""Between the agent's last word and the music, and between two sounds of the flow, on a machine that starts four at once."""


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    async with Installation(tmp_path) as made:
        await publish(made, FLOW)
        yield made


def longest_silence_s(heard: tones.Samples, rate_hz: int = 8000) -> float:
    pieces = heard[: len(heard) // 400 * 400].reshape(-1, 400)
    longest = run = 0
    for quiet in np.abs(pieces).max(axis=1) < 0.005:
        run = run + 1 if quiet else 0
        longest = max(longest, run)
    return longest * 400 / rate_hz


@asynccontextmanager
async def mei_talking_to(phone: Phone, installation: Installation) -> AsyncIterator[tuple[HeadlessAgent, Message]]:
    """Dana calls, Mei answers, and is heard; her desk and the call as it shows it."""
    await phone.dial(f"sip:1000@127.0.0.1:{installation.sip_port}", number=DANA)
    await phone.connected()
    async with HeadlessAgent.signed_in(installation, "mei", hz=MEI_HZ) as mei:
        await mei.becomes("available")
        await mei.accepts(await mei.offered())
        talking = await mei.call_is("talking")
        await phone.says_tone(CALLER_HZ)
        assert await phone.hears_tone(MEI_HZ)
        yield mei, talking


async def test_signing_out_in_a_call_puts_the_caller_back_first_in_line(installation: Installation) -> None:
    async with Phone.start() as phone, Phone.start() as other:
        async with mei_talking_to(phone, installation) as (mei, talking):
            await other.dial(f"sip:1000@127.0.0.1:{installation.sip_port}", number="+442079460199")
            await other.connected()
            await mei.signs_out()
            heard = await phone.listen(LISTEN_S)
            assert longest_silence_s(heard) < LONGEST_SILENCE_S
        assert not tones.hears(await phone.listen(1.0), MEI_HZ), "the agent is gone from the line"
        assert longest_silence_s(await phone.listen(LISTEN_S)) < LONGEST_SILENCE_S, "the flow speaks, then music"

        async with HeadlessAgent.signed_in(installation, "jonas", hz=JONAS_HZ) as jonas:
            await jonas.becomes("available")
            offer = await jonas.offered()
            assert offer["call_id"] == talking["call_id"], "before everybody who came later"
            await jonas.accepts(offer)
            again = await jonas.call_is("talking")
            assert again["call_id"] == talking["call_id"]
            assert await phone.hears_tone(JONAS_HZ)
            assert await jonas.hears_tone(CALLER_HZ)
            await phone.hang_up()
            await jonas.call_is("wrap_up")
            await jonas.writes_up(talking["call_id"], summary="Served by the second agent.")
            record = await jonas.reads(f"/calls/{talking['call_id']}")
            assert record["summary"] == "Served by the second agent."
    assert DANA.lstrip("+") not in installation.log
