"""The control server is killed and starts again: whom an agent had handed back is served, everybody's own audio stays theirs.

The whole product with a real phone; agents and the supervisor are WebRTC peers without a browser. Each party sends its own tone.
"""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.test_callback import DANA, FLOW
from tests.e2e.test_handing_back import CALLER_HZ, JONAS_HZ, LISTEN_S, longest_silence_s, mei_talking_to
from tests.peers.agent import HeadlessAgent
from tests.peers.flows import publish
from tests.peers.installation import Installation
from tests.peers.phone import Phone
from tests.peers.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]
LONGEST_GAP_S = 2.0
"""A flow may take a breath between two sounds; on a machine that starts four installations at once it takes a longer one."""

SAM_HZ = 1020.0


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    async with Installation(tmp_path) as made:
        await publish(made, FLOW)
        yield made


async def hears_no_gap(phone: Phone, listen_s: float = LISTEN_S) -> None:
    """The flow's voice and music, one after the other."""
    assert longest_silence_s(await phone.listen(listen_s)) < LONGEST_GAP_S


async def test_a_restart_loses_neither_a_caller_handed_back_nor_whose_audio_it_is(installation: Installation) -> None:
    async with Phone.start() as phone, HeadlessAgent.signed_in(installation, "sam", hz=SAM_HZ) as sam:
        async with mei_talking_to(phone, installation) as (mei, talking):
            await mei.signs_out()
        await hears_no_gap(phone)

        installation.child("serve", "--only", "api").send_signal(signal.SIGKILL)
        await hears_no_gap(phone)
        await installation.until_ready()
        await hears_no_gap(phone, 2 * LISTEN_S)
        assert sam.audio == "connected"

        async with HeadlessAgent.signed_in(installation, "jonas", hz=JONAS_HZ) as jonas:
            await jonas.becomes("available")
            offer = await jonas.offered()
            assert offer["call_id"] == talking["call_id"]
            await jonas.accepts(offer)
            await jonas.call_is("talking")
            assert await phone.hears_tone(JONAS_HZ)
            assert await jonas.hears_tone(CALLER_HZ)
            await phone.hang_up()
            await jonas.call_is("wrap_up")
            await jonas.writes_up(talking["call_id"], summary="Served after the restart.")
            assert (await jonas.reads(f"/calls/{talking['call_id']}"))["summary"] == "Served after the restart."

        async with HeadlessAgent.signed_in(installation, "sam", hz=SAM_HZ) as again:
            await until(lambda: sam.audio == "closed")
            await again.leaves_everywhere()
            await until(lambda: again.audio == "closed")
    assert DANA.lstrip("+") not in installation.log
