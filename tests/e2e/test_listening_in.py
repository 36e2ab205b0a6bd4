"""A supervisor listens to a call, whispers to its agent, joins, and leaves. Each says a tone of its own; ears are judged."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.e2e.test_callback import DANA, FLOW
from tests.peers import tones
from tests.peers.agent import HeadlessAgent
from tests.peers.flows import publish
from tests.peers.installation import Installation
from tests.peers.phone import Phone
from tests.peers.waiting import PATIENCE_S

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]

CALLER_HZ, MEI_HZ, SAM_HZ = 440, 620, 1300
EVERY_TONE = (CALLER_HZ, MEI_HZ, SAM_HZ)


class Ears:
    def __init__(self, phone: Phone, mei: HeadlessAgent, sam: HeadlessAgent) -> None:
        self._phone, self._mei, self._sam = phone, mei, sam

    async def now(self) -> dict[str, set[float]]:
        heard = await self._phone.listen(0.5)
        return {
            "caller": {hz for hz in EVERY_TONE if tones.hears(heard, hz)},
            "mei": await self._mei.hears(*EVERY_TONE),
            "sam": await self._sam.hears(*EVERY_TONE),
        }

    async def come_to(self, caller: set[float], mei: set[float], sam: set[float]) -> None:
        wanted, patient_until = {"caller": caller, "mei": mei, "sam": sam}, time.monotonic() + PATIENCE_S
        while (heard := await self.now()) != wanted and time.monotonic() < patient_until:
            pass
        assert heard == wanted


async def test_listen_whisper_join_and_leave(tmp_path: Path) -> None:
    async with Installation(tmp_path) as installation, Phone.start() as phone:
        await publish(installation, FLOW)
        await phone.dial(f"sip:1000@127.0.0.1:{installation.sip_port}", number=DANA)
        await phone.connected()
        async with (
            HeadlessAgent.signed_in(installation, "mei", hz=MEI_HZ) as mei,
            HeadlessAgent.signed_in(installation, "sam", hz=SAM_HZ) as sam,
        ):
            await mei.becomes("available")
            await mei.accepts(await mei.offered())
            call_id = str((await mei.call_is("talking"))["call_id"])
            await phone.says_tone(CALLER_HZ)
            ears = Ears(phone, mei, sam)
            await ears.come_to(caller={MEI_HZ}, mei={CALLER_HZ}, sam=set())

            assert (await mei.supervises(call_id, "listen")).status_code == 403, "agents supervise nobody"
            assert (await sam.supervises(call_id, "listen")).status_code == 204
            await ears.come_to(caller={MEI_HZ}, mei={CALLER_HZ}, sam={CALLER_HZ, MEI_HZ})
            seen = await mei.sees(lambda message: message["type"] == "call" and bool(message["call"]["supervisors"]))
            assert [each["mode"] for each in seen["call"]["supervisors"]] == ["listen"]

            assert (await sam.supervises(call_id, "whisper")).status_code == 204
            await ears.come_to(caller={MEI_HZ}, mei={CALLER_HZ, SAM_HZ}, sam={CALLER_HZ, MEI_HZ})
            assert (await sam.supervises(call_id, "join")).status_code == 204
            await ears.come_to(caller={MEI_HZ, SAM_HZ}, mei={CALLER_HZ, SAM_HZ}, sam={CALLER_HZ, MEI_HZ})

            await sam.stops_supervising(call_id)
            await ears.come_to(caller={MEI_HZ}, mei={CALLER_HZ}, sam=set())
            await mei.sees(lambda message: message["type"] == "call" and not message["call"]["supervisors"])
            await phone.hang_up()
            await mei.call_is("wrap_up")
            async with installation.signed_in("ada") as ada:
                entries = (await ada.get("/audit", params={"limit": 50})).json()["items"]
            done = [each["action"] for each in entries if each["subject"] == call_id and each["result"] == "done"]
            assert {"listen_to_call", "whisper_in_call", "join_call"} <= set(done)
