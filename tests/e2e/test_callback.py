"""The life of a callback: a caller waits, asks to be called back, hangs up; an agent becomes free, and the phone rings.

The whole product with a real phone; the agent is a WebRTC peer without a browser. Each party sends its own tone.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
import pytest_asyncio

from tests.peers.agent import HeadlessAgent, Message
from tests.peers.flows import publish
from tests.peers.installation import Installation
from tests.peers.phone import Phone
from tests.peers.waiting import until_told

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480), pytest.mark.asyncio(loop_scope="module")]

DANA = "+442079460180"
CALLER_HZ, AGENT_HZ = 440, 620.0
GOODBYE_WITHIN_S = 120.0
"""7 s on an idle machine, where prompts are spoken for the first time; a whole installation was seen 17 times as slow."""
FLOW = """
flow: flow_demo
name: Straight into the queue
start: wait
steps:
  wait:
    verb: enqueue
    queue: queue_billing
    waiting: {announce: [position], first_after_s: 1, every_s: 30}
    callback: {after_s: 0, key: 1, offer: Press 1., confirm: "We will call {caller:digits}.", goodbye: Good-bye.}
    too_long: sorry
    failed: sorry
  sorry: {verb: hang_up, say: Sorry.}
"""


class Site(NamedTuple):
    installation: Installation
    phone: Phone


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """An installation whose calls out go to the customer's phone, and whose number leads straight into the queue."""
    async with Phone.start() as phone:
        trunk = {"TRUNK_CUSTOMER_NETWORKS": "127.0.0.1", "TRUNK_CUSTOMER_PROXY": f"sip:127.0.0.1:{phone.port}"}
        async with Installation(tmp_path_factory.mktemp("site"), **trunk, TRUNK_CUSTOMER_CALLER="+442071838750") as installation:
            await publish(installation, FLOW)
            yield Site(installation, phone)


async def asks_for_callback(site: Site) -> None:
    """Dana calls, waits, presses 1 until she is told good-bye."""
    phone = site.phone
    await phone.dial(f"sip:1000@127.0.0.1:{site.installation.sip_port}", number=DANA, name="D. Whitfield")
    await phone.connected()

    async def told_goodbye() -> bool:
        await phone.press("1")
        try:
            await phone.disconnected(within_s=3)
        except AssertionError:
            return False
        return True

    await until_told(told_goodbye, GOODBYE_WITHIN_S)


async def leaves_nothing(site: Site, mei: HeadlessAgent, offer: Message) -> None:
    """The next test's agent is offered no promise of this one, and its caller meets no free agent."""
    async with site.installation.signed_in("sam") as sam:
        (await sam.post(f"/work/{offer['work_id']}/withdraw", json={"reason": "The test is over."})).raise_for_status()
    await mei.becomes("away")
    await mei.is_now("away")


async def test_a_caller_asks_hangs_up_and_is_called_back(site: Site) -> None:
    await asks_for_callback(site)
    async with HeadlessAgent.signed_in(site.installation, "mei", hz=AGENT_HZ) as mei:
        await mei.becomes("available")
        offer = await mei.offered()
        assert (offer["channel"], offer["call_id"]) == ("callback", None)
        assert offer["pop"]["customer"]["name"] == "Dana Whitfield"
        await mei.accepts(offer)
        assert (await mei.call_is("dialling"))["outbound"] is True

        incoming = await site.phone.news("incoming")
        assert "+442071838750" in incoming["from"]
        back = str(incoming["call"])
        await site.phone.answer(back)
        await site.phone.connected(call=back)
        await site.phone.says_tone(CALLER_HZ, call=back)
        talking = await mei.call_is("talking")
        assert await site.phone.hears_tone(AGENT_HZ, call=back)
        assert await mei.hears_tone(CALLER_HZ)

        await site.phone.hang_up(call=back)
        await mei.call_is("wrap_up")
        soon = time.time() + 5
        await mei.writes_up(talking["call_id"], summary="Called back.", next_step="callback", callback_at=soon)
        record = await mei.reads(f"/calls/{talking['call_id']}")
        assert record["customer_name"] == "Dana Whitfield"

        async def it_is_recorded() -> bool:
            """The node tells of it when it has closed the file, which may be after the wrap-up."""
            return bool((await mei.reads(f"/calls/{talking['call_id']}"))["recording_ms"])

        async def the_promise_is_kept() -> bool:
            rows = (await mei.reads(f"/customers/{record['customer_id']}/timeline"))["items"]
            titles = {row["title"]: row["status"] for row in rows if row["channel"] == "callback"}
            return titles.get("Called back") == "closed"

        await until_told(it_is_recorded)
        await until_told(the_promise_is_kept)

        # What she promised at the end comes up at its time, to herself.
        again = await mei.offered()
        assert (again["channel"], again["pop"]["call_id"]) == ("callback", talking["call_id"])
        assert again["made_at"] >= soon
        await leaves_nothing(site, mei, again)
    assert DANA.lstrip("+") not in site.installation.log


async def test_a_busy_phone_frees_the_agent_at_once(site: Site) -> None:
    await asks_for_callback(site)
    async with HeadlessAgent.signed_in(site.installation, "mei", hz=AGENT_HZ) as mei:
        await mei.becomes("available")
        offer = await mei.offered()
        await mei.accepts(offer)
        call = await site.phone.ringing()
        await mei.is_now("busy")
        await site.phone.send("reject", call=call, status=486)
        assert (await mei.call_is("ended"))["cause"] == "peer:busy"
        await mei.is_now("available")
        await leaves_nothing(site, mei, offer)
