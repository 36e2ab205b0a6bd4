"""What phones and carriers do that nobody planned for, with the whole product: nothing of it reaches a person as a fault.

One agent, who is free; the callers are written by hand, byte by byte, but the rush, which is SIPp's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.interop.sipp import run_sipp
from tests.peers.agent import HeadlessAgent
from tests.peers.flows import publish
from tests.peers.installation import Installation
from tests.peers.raw_dialog import Dialog, sdp
from tests.peers.raw_sip import GOOD_SDP, Answer, RawSip, header_of
from tests.peers.rtp_peer import RtpPeer
from tests.peers.waiting import until_told

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]

FLOW = """
flow: flow_demo
name: Straight into the queue
start: wait
steps:
  wait:
    verb: enqueue
    queue: queue_billing
    too_long: sorry
    failed: sorry
  sorry: {verb: hang_up, say: Sorry.}
"""
CALLER_HZ, AGENT_HZ = 440.0, 620.0
ASK_AFTER_S, ANSWERS_WITHIN_S = 2, 4
"""After six silent seconds a phone that answers nothing is hung up; it is looked at every five."""
RUSH, RUSH_PER_S = 200, 40


class Site(NamedTuple):
    installation: Installation
    mei: HeadlessAgent
    carrier: RawSip


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    limits = {"SIP_ASK_PHONE_AFTER_S": str(ASK_AFTER_S), "SIP_PHONE_ANSWERS_WITHIN_S": str(ANSWERS_WITHIN_S)}
    limits["LIMITS_SHED_AFTER_S"] = "1"  # as usual: there is a rush
    async with Installation(tmp_path, SIP_SILENT_PHONE_AFTER_S="1", **limits) as installation:
        await publish(installation, FLOW)
        async with (
            HeadlessAgent.signed_in(installation, "mei", hz=AGENT_HZ) as mei,
            RawSip.to(installation.sip_port) as carrier,
        ):
            await mei.becomes("available")
            yield Site(installation, mei, carrier)


async def calls(carrier: RawSip, *, offer: str = "", name: bytes = b"") -> Dialog:
    """To the main number, until it is answered; nothing is acknowledged."""
    invite = carrier.request("INVITE", body=offer).replace("sip:100@", "sip:1000@")
    carrier.send(invite.encode().replace(b"From: <", b'From: "' + name + b'" <' if name else b"From: <"))
    return Dialog(carrier, invite, Answer(await carrier.received("SIP/2.0 200")), "")


async def gets_in_again(carrier: RawSip) -> None:
    async def answered() -> bool:
        answer = await carrier.final(carrier.request("INVITE", body=GOOD_SDP).replace("sip:100@", "sip:1000@"))
        return answer.status == 200

    await until_told(answered)


async def test_what_nobody_planned_for_is_nobodys_fault(site: Site, tmp_path: Path) -> None:
    mei, carrier = site.mei, site.carrier

    # A late offer that nobody answers is no call: the first that is offered to her is the next caller's.
    silent = await calls(carrier)
    silent.acknowledge()
    assert "cause=488" in header_of(await carrier.received("BYE"), "Reason")

    async with RtpPeer(CALLER_HZ) as sound:
        # An older exchange writes names in ISO 8859-1 (RFC 3261 says UTF-8): she reads who it is.
        dialog = await calls(carrier, offer=sdp(sound.address), name=b"M\xfcller")
        dialog.acknowledge()
        offer = await mei.offered()
        assert offer["pop"]["customer"]["name"] == "Müller"
        await mei.accepts(offer)
        talking = await mei.call_is("talking")
        assert talking["customer_name"] == "Müller"

        # On hold nothing is sent for longer than any limit: who answers when asked stays.
        await dialog.offers(sdp(sound.address, direction="sendonly"))
        for _ in range(3):
            dialog.replies(await carrier.received("OPTIONS"))
        await dialog.offers(sdp(sound.address))
        sound.send_to(dialog.media)
        assert await mei.hears_tone(CALLER_HZ)

        # A rush: who is one too many is told so at once and when to come again; those who talk go on talking.
        rush = asyncio.create_task(run_sipp("rush", site.installation.sip_port, tmp_path, calls=RUSH, rate=RUSH_PER_S))
        while not rush.done():
            assert await mei.hears_tone(CALLER_HZ)
            assert (await dialog.asks("OPTIONS")).status == 200
        outcome = await rush
        outcome.assert_all_went_well(RUSH)
        assert outcome.said.count("answered") + outcome.said.count("refused") == RUSH
        await gets_in_again(carrier)

        carrier.send(dialog.request("BYE"))
        over = await mei.call_is("wrap_up")
        assert (over["call_id"], over["cause"]) == (talking["call_id"], "caller:hung_up")
