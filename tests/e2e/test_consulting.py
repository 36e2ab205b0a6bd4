"""An agent asks a colleague, swaps, talks with both, hands over; and hands a call on without asking. Everybody says a tone.

The whole product with a real phone; the agents are WebRTC peers without a browser. Ears are judged, not plans.
"""

from __future__ import annotations

import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tests.e2e.test_callback import DANA, FLOW
from tests.peers import tones
from tests.peers.agent import HeadlessAgent, Message
from tests.peers.flows import publish
from tests.peers.installation import Installation
from tests.peers.phone import Phone
from tests.peers.waiting import PATIENCE_S

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]

EVERY_TONE = CALLER_HZ, MEI_HZ, JONAS_HZ = 1030.0, 620.0, 1300.0
"""None of them a string of the music."""
CALLER, MEI, JONAS = {CALLER_HZ}, {MEI_HZ}, {JONAS_HZ}
MUSIC, NOBODY = "music", set[float]()
QUIET = 0.005
LISTEN_S = 0.5


async def caller_hears(phone: Phone) -> set[float] | str:
    """Tones; or music, when it is something else."""
    heard = await phone.listen(LISTEN_S)
    said = {hz for hz in EVERY_TONE if tones.hears(heard, hz)}
    return MUSIC if not said and np.abs(heard).max() > QUIET else said


class People(NamedTuple):
    phone: Phone
    mei: HeadlessAgent
    jonas: HeadlessAgent

    async def come_to_hear(self, caller: set[float] | str, mei: set[float], jonas: set[float]) -> None:
        wanted = (caller, mei, jonas)
        patient_until = time.monotonic() + PATIENCE_S
        while (heard := await self._now()) != wanted and time.monotonic() < patient_until:
            pass
        assert heard == wanted

    async def _now(self) -> tuple[set[float] | str, set[float], set[float]]:
        return await caller_hears(self.phone), await self.mei.hears(*EVERY_TONE), await self.jonas.hears(*EVERY_TONE)


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    async with Installation(tmp_path) as made:
        await publish(made, FLOW)
        yield made


async def test_consult_swap_talk_together_and_hand_over(installation: Installation) -> None:
    async with (
        Phone.start() as phone,
        HeadlessAgent.signed_in(installation, "mei", hz=MEI_HZ) as mei,
        HeadlessAgent.signed_in(installation, "jonas", hz=JONAS_HZ) as jonas,
    ):
        people = People(phone, mei, jonas)
        call = await talk_to_mei(installation, people)
        await consults(people, call)
        await goes_back_and_forth(people, call)
        await the_server_is_killed(installation, people, call)
        await hands_over(people, call)
        await hands_on_to_the_queue(people, call["call_id"])
        await phone.hang_up()
        await mei.call_is("wrap_up")
        await mei.writes_up(call["call_id"], summary="Mei had it again.")
        has_them_all(await mei.reads(f"/calls/{call['call_id']}"))
    assert DANA.lstrip("+") not in installation.log


def has_them_all(record: Message) -> None:
    """Who had it, who was asked, and what each wrote."""
    assert [(each["agent_id"], each["began"], each["ended"], each["summary"]) for each in record["engagements"]] == [
        ("agent_mei", "taken", "conferenced", "Asked Jonas."),
        ("agent_jonas", "consulted", "transferred", ""),
        ("agent_mei", "transferred", "call_ended", "Mei had it again."),
    ]
    assert record["summary"] == "Mei had it again."


async def talk_to_mei(installation: Installation, people: People) -> Message:
    phone, mei, _ = people
    await mei.becomes("available")
    await phone.dial(f"sip:1000@127.0.0.1:{installation.sip_port}", number=DANA)
    await phone.connected()
    await mei.accepts(await mei.offered())
    call = await mei.call_is("talking")
    await phone.says_tone(int(CALLER_HZ))
    await people.come_to_hear(caller=MEI, mei=CALLER, jonas=NOBODY)
    return call


async def consults(people: People, call: Message) -> None:
    """Not answered by who is away; declined, and the customer waits until Mei is back; then it is answered."""
    _, mei, jonas = people
    refused = await mei.asks_in_vain(call["call_id"], agent_id="agent_jonas")
    assert refused == (409, "agent_not_available")
    await jonas.becomes("available")
    await mei.consults(call["call_id"], agent_id="agent_jonas", note="Is the parcel with you?")
    offer = await jonas.offered()
    assert (offer["purpose"], offer["asked_by"], offer["note"]) == ("consultation", "agent_mei", "Is the parcel with you?")
    assert offer["pop"]["customer"]["name"] == "Dana Whitfield"
    await people.come_to_hear(caller=MUSIC, mei=NOBODY, jonas=NOBODY)
    await jonas.declines(offer)
    shown = await mei.shows(lambda now: now["consultation_end"] is not None)
    assert shown["consultation_end"]["cause"] == "agent:declined"
    await people.come_to_hear(caller=MUSIC, mei=NOBODY, jonas=NOBODY)
    await mei.talks_with(shown, "customer")
    await people.come_to_hear(caller=MEI, mei=CALLER, jonas=NOBODY)


async def goes_back_and_forth(people: People, call: Message) -> None:
    _, mei, jonas = people
    await mei.consults(call["call_id"], queue_id="queue_billing", note="Is the parcel with you?")
    await jonas.accepts(await jonas.offered())
    await people.come_to_hear(caller=MUSIC, mei=JONAS, jonas=MEI)
    shown = await mei.shows(lambda now: len(now["parties"]) == 3)
    await mei.talks_with(shown, "customer")
    await people.come_to_hear(caller=MEI, mei=CALLER, jonas=NOBODY)
    await mei.talks_with(shown, "customer", "consultant")
    await people.come_to_hear(caller=MEI | JONAS, mei=CALLER | JONAS, jonas=CALLER | MEI)


async def the_server_is_killed(installation: Installation, people: People, call: Message) -> None:
    """In mid-consultation: nobody hears anything else meanwhile, and what is wanted afterwards is done."""
    _, mei, jonas = people
    shown = await mei.shows(lambda now: now["state"] == "talking" and len(now["parties"]) == 3)
    await mei.talks_with(shown, "consultant")
    await people.come_to_hear(caller=MUSIC, mei=JONAS, jonas=MEI)
    installation.child("serve", "--only", "api").send_signal(signal.SIGKILL)
    await people.come_to_hear(caller=MUSIC, mei=JONAS, jonas=MEI)
    await installation.until_ready()
    await people.come_to_hear(caller=MUSIC, mei=JONAS, jonas=MEI)
    for agent in (mei, jonas):
        await agent.opens_the_desk()
    await mei.talks_with(shown, "customer", "consultant")
    await people.come_to_hear(caller=MEI | JONAS, mei=CALLER | JONAS, jonas=CALLER | MEI)


async def hands_over(people: People, call: Message) -> None:
    """Mei writes up while Jonas talks on."""
    mei = people.mei
    await mei.hands_over(call["call_id"])
    await people.come_to_hear(caller=JONAS, mei=NOBODY, jonas=CALLER)
    await mei.is_now("wrap_up")
    await mei.writes_up(call["call_id"], summary="Asked Jonas.")
    await mei.is_now("available")


async def hands_on_to_the_queue(people: People, call_id: str) -> None:
    """Without asking; it is offered to Mei, who is the only other one."""
    _, mei, jonas = people
    await jonas.transfers(call_id, queue_id="queue_billing", note="Wants a refund.")
    offer = await mei.offered()
    assert (offer["purpose"], offer["asked_by"], offer["note"]) == ("transfer", "agent_jonas", "Wants a refund.")
    assert await caller_hears(people.phone) != NOBODY
    await mei.accepts(offer)
    await people.come_to_hear(caller=MEI, mei=CALLER, jonas=NOBODY)
    await jonas.is_now("wrap_up")
