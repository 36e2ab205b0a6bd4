"""Two supervisors in one conversation: each hears it, each is heard by whom they chose; who leaves takes nothing from the other.

The whole product with a real phone; everybody else is a WebRTC peer that says its tone all the time, so that who only listens is
kept from being heard by the server and not by a page.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.test_callback import DANA, FLOW
from tests.peers import tones
from tests.peers.agent import HeadlessAgent
from tests.peers.flows import publish
from tests.peers.installation import Installation
from tests.peers.phone import Phone
from tests.peers.waiting import PATIENCE_S

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]

EVERY_TONE = CALLER_HZ, MEI_HZ, SAM_HZ, JONAS_HZ = 1030.0, 620.0, 1300.0, 1710.0
CALLER, MEI, SAM, JONAS, NOBODY = {CALLER_HZ}, {MEI_HZ}, {SAM_HZ}, {JONAS_HZ}, set[float]()


class People(NamedTuple):
    phone: Phone
    mei: HeadlessAgent
    sam: HeadlessAgent
    jonas: HeadlessAgent

    async def come_to_hear(self, caller: set[float], mei: set[float], sam: set[float], jonas: set[float]) -> None:
        wanted, patient_until = [caller, mei, sam, jonas], time.monotonic() + PATIENCE_S
        while (heard := await self._now()) != wanted and time.monotonic() < patient_until:
            pass
        assert heard == wanted

    async def _now(self) -> list[set[float]]:
        heard = await self.phone.listen(0.5)
        caller = {hz for hz in EVERY_TONE if tones.hears(heard, hz)}
        return [caller, *[await each.hears(*EVERY_TONE) for each in (self.mei, self.sam, self.jonas)]]


@asynccontextmanager
async def promoted(installation: Installation, name: str) -> AsyncIterator[None]:
    """To supervisor. An agent besides, who takes no calls now."""
    async with installation.signed_in("ada") as ada:
        people = (await ada.get("/users")).raise_for_status().json()["items"]
        user_id = next(each["user_id"] for each in people if each["name"] == name)
        seen = (await ada.get(f"/users/{user_id}")).raise_for_status().headers["ETag"]
        (await ada.patch(f"/users/{user_id}", json={"role": "supervisor"}, headers={"If-Match": seen})).raise_for_status()
        yield


async def test_one_leaves_and_the_other_still_hears(tmp_path: Path) -> None:
    async with (
        Installation(tmp_path) as installation,
        Phone.start() as phone,
        promoted(installation, "Jonas Weber"),
        HeadlessAgent.signed_in(installation, "mei", hz=MEI_HZ) as mei,
        HeadlessAgent.signed_in(installation, "sam", hz=SAM_HZ) as sam,
        HeadlessAgent.signed_in(installation, "jonas", hz=JONAS_HZ) as jonas,
    ):
        await publish(installation, FLOW)
        people = People(phone, mei, sam, jonas)
        await mei.becomes("available")
        await phone.dial(f"sip:1000@127.0.0.1:{installation.sip_port}", number=DANA)
        await phone.connected()
        await mei.accepts(await mei.offered())
        call_id = (await mei.shows(lambda now: now["state"] == "talking"))["call_id"]
        await phone.says_tone(int(CALLER_HZ))

        await sam.supervises(call_id, "listen")
        await jonas.supervises(call_id, "listen")
        await people.come_to_hear(caller=MEI, mei=CALLER, sam=CALLER | MEI, jonas=CALLER | MEI)

        await sam.supervises(call_id, "whisper")
        await jonas.supervises(call_id, "join")
        await people.come_to_hear(caller=MEI | JONAS, mei=CALLER | SAM | JONAS, sam=CALLER | MEI | JONAS, jonas=CALLER | MEI)

        await sam.stops_supervising(call_id)
        await people.come_to_hear(caller=MEI | JONAS, mei=CALLER | JONAS, sam=NOBODY, jonas=CALLER | MEI)
        await sam.supervises(call_id, "listen")
        await people.come_to_hear(caller=MEI | JONAS, mei=CALLER | JONAS, sam=CALLER | MEI | JONAS, jonas=CALLER | MEI)

        await jonas.loses_audio()  # whoever goes without a word takes nothing from the other
        await people.come_to_hear(caller=MEI, mei=CALLER, sam=CALLER | MEI, jonas=NOBODY)
        await phone.hang_up()
        await mei.call_is("wrap_up")
        assert await sam.hears(*EVERY_TONE) == NOBODY
