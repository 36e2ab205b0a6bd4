"""Callers on one media node, agents on another: sound both ways, hold, and a node that dies takes only the legs it had.

The whole product with a real phone; the agent is a WebRTC peer without a browser. Everybody says a tone.
"""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.test_callback import DANA, FLOW
from tests.e2e.test_consulting import MUSIC, NOBODY, caller_hears
from tests.peers.agent import HeadlessAgent
from tests.peers.flows import publish
from tests.peers.installation import Installation
from tests.peers.phone import Phone
from tests.peers.waiting import until_told

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]
CALLER_HZ, MEI_HZ = 1030.0, 620.0


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    async with Installation(tmp_path) as made:
        await publish(made, FLOW)
        yield made


async def hears_music(phone: Phone) -> bool:
    return await caller_hears(phone) == MUSIC


async def test_an_agent_on_another_node_than_the_caller(installation: Installation) -> None:
    async with Phone.start() as phone, installation.second_node() as second:
        await phone.dial(f"sip:1000@127.0.0.1:{installation.sip_port}", number=DANA)
        await phone.connected()
        await installation.knows_nodes(2)
        async with HeadlessAgent.signed_in(installation, "mei", hz=MEI_HZ) as mei:
            await mei.becomes("available")
            await mei.accepts(await mei.offered())
            call = await mei.shows(lambda now: now["state"] == "talking" and len(now["parties"]) == 2)
            await phone.says_tone(int(CALLER_HZ))
            assert await phone.hears_tone(MEI_HZ)
            assert await mei.hears_tone(CALLER_HZ)
            assert "link opened" in installation.log

            await mei.talks_with(call)
            await until_told(lambda: hears_music(phone))
            await mei.talks_with(call, "customer")
            assert await phone.hears_tone(MEI_HZ)

            second.send_signal(signal.SIGKILL)
            await until_told(lambda: hears_music(phone))
            assert await mei.hears(CALLER_HZ) == NOBODY
            await mei.connects_audio_again()
            assert await phone.hears_tone(MEI_HZ), "on the node that is left"
            assert await mei.hears_tone(CALLER_HZ)
            await phone.hang_up()
            await mei.call_is("wrap_up")
    assert DANA.lstrip("+") not in installation.log
