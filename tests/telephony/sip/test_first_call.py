"""One phone, one call: answered, a prompt heard, digits reported, the end reported once."""

from __future__ import annotations

from pathlib import Path

from telephony.media_engine import (
    DigitMethod,
    DigitPressed,
    PlaybackFinished,
    PlaybackOutcome,
    SipLegAnswered,
    SipLegEnded,
    SipLegOffered,
)
from tests.peers.phone import Phone
from tests.telephony.sip.conftest import Node


async def test_a_caller_hears_the_prompt_and_its_end_is_reported(node: Node, prompt: Path) -> None:
    async with Phone.start() as phone:
        leg = await node.call_from(phone)
        await node.engine.play(leg, "play_1", [prompt, prompt])
        assert await phone.hears_tone(440)
        finished = await node.event(PlaybackFinished)
        assert (finished.playback_id, finished.outcome) == ("play_1", PlaybackOutcome.COMPLETED)
        assert finished.played_ms == 2000


async def test_what_the_offer_says(node: Node) -> None:
    async with Phone.start() as phone:
        await phone.dial(node.uri, name="Ann Example", number="+49301234567")
        offer = await node.event(SipLegOffered)
        assert (offer.caller_number, offer.caller_name) == ("+49301234567", "Ann Example")
        assert (offer.called_number, offer.trunk, offer.transport) == ("100", "lab", "udp")
        assert (offer.remote_host, offer.remote_port) == ("127.0.0.1", phone.port)
        assert offer.user_agent.startswith("Patchbay test phone")


async def test_digits_arrive_once_each_by_both_methods(node: Node) -> None:
    async with Phone.start() as phone:
        leg = await node.call_from(phone)
        await phone.press("12#")
        await node.event(DigitPressed, where=lambda event: event.digit == "#")
        await phone.press("9", method="sip_info")
        await node.event(DigitPressed, where=lambda event: event.digit == "9")
        pressed = [(event.port_id, event.digit, event.method) for event in node.seen(DigitPressed)]
        rfc = DigitMethod.RFC4733
        assert pressed == [(leg, "1", rfc), (leg, "2", rfc), (leg, "#", rfc), (leg, "9", DigitMethod.SIP_INFO)]


async def test_the_end_is_reported_once_after_the_playback_it_stopped(node: Node, prompt: Path) -> None:
    async with Phone.start() as phone:
        leg = await node.call_from(phone)
        answered = await node.event(SipLegAnswered)
        assert (answered.leg_id, answered.codec) == (leg, "PCMU")
        await node.engine.play(leg, "music", [prompt], loop=True)
        assert await phone.hears_tone(440)
        await phone.hang_up()
        ended = await node.event(SipLegEnded)
        assert ended.by_remote
        assert ended.statistics is not None
        assert ended.statistics.packets_received > 0
        assert [type(event) for event in node.events[-2:]] == [PlaybackFinished, SipLegEnded]
        assert node.seen(PlaybackFinished)[0].outcome is PlaybackOutcome.STOPPED
        assert node.engine.health().legs == 0
