"""Calling out, as the node decides it: only numbers, only through trunks, for a limited time, and every end has its cause."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.causes import EndCause
from core.commands import DialLeg, DrainNode, HangUpLeg, ListLegs
from core.events import LegAnswered, LegEnded
from core.ids import CallId, LegId
from core.model import LegPurpose
from telephony.media_engine import EngineError, OnEngineEvent
from telephony.node.config import OutboundTrunk
from telephony.node.dialling import caller_uri_of, uri_of
from tests.telephony.node.engine_double import EngineDouble
from tests.telephony.node.running import RunningNode, config_for

CARRIER = OutboundTrunk(name="carrier", proxy="sip:203.0.113.5:5070;transport=tcp", caller="+442079460000")
SPARE = OutboundTrunk(name="spare", proxy="sip:192.0.2.1")
LEG, CALL, NUMBER = LegId("leg_customer"), CallId("call_back"), "+442079460180"
DIAL = DialLeg(leg_id=LEG, call_id=CALL, number=NUMBER)


class Site(RunningNode):
    """A running node whose engine only notes what it is asked."""

    engine: EngineDouble

    def __init__(self, folder: Path, *outbound: OutboundTrunk) -> None:
        def make(on_event: OnEngineEvent) -> EngineDouble:
            self.engine = EngineDouble(on_event)
            return self.engine

        super().__init__(make, config_for(folder, outbound=outbound))


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    running = Site(tmp_path, CARRIER, SPARE)
    async with running:
        yield running


async def test_a_number_goes_through_the_first_trunk_with_the_company_s_number_shown(site: Site) -> None:
    await site.do(DIAL)
    uri, caller = "sip:+442079460180@203.0.113.5:5070;transport=tcp", "sip:+442079460000@203.0.113.5:5070"
    assert site.engine.asked[-1] == ("dial", LEG, uri, caller, "carrier")
    site.engine.phone_answers(LEG, time.time())
    answered = await site.bus.wait_for(LegAnswered, leg_id=LEG)
    assert (answered.call_id, answered.codec) == (CALL, "PCMU")


async def test_a_trunk_can_be_named_and_asking_twice_dials_once(site: Site) -> None:
    command = DialLeg(leg_id=LEG, call_id=CALL, number="1000", trunk="spare")
    await site.do(command)
    await site.do(command)
    assert [entry for entry in site.engine.asked if entry[0] == "dial"] == [("dial", LEG, "sip:1000@192.0.2.1", None, "spare")]


async def test_a_phone_that_has_rung_does_not_ring_again_for_whoever_asks_twice(site: Site) -> None:
    """Who asked was killed before the answer was noted; the end of the leg has been told."""
    await site.do(DIAL)
    site.engine.phone_refuses(LEG, 486, time.time())
    await site.bus.wait_for(LegEnded, leg_id=LEG)
    await site.do(DIAL)
    assert [entry[0] for entry in site.engine.asked].count("dial") == 1


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (486, EndCause.PEER_BUSY),
        (600, EndCause.PEER_BUSY),
        (480, EndCause.PEER_NO_ANSWER),
        (603, EndCause.PEER_REJECTED),
        (404, EndCause.PEER_REJECTED),
        (503, EndCause.TRANSPORT_FAILED),
    ],
)
async def test_a_refusal_says_whose_doing_it_was(site: Site, status: int, cause: EndCause) -> None:
    await site.do(DIAL)
    site.engine.phone_refuses(LEG, status, time.time())
    ended = await site.bus.wait_for(LegEnded, leg_id=LEG)
    assert (ended.cause, ended.purpose, ended.call_id) == (cause, LegPurpose.CALLER, CALL)
    assert (await site.do(ListLegs())).result["legs"] == []


async def test_a_phone_that_nobody_answers_stops_ringing(site: Site) -> None:
    await site.do(DialLeg(leg_id=LEG, call_id=CALL, number=NUMBER, ring_s=0.3))
    ended = await site.bus.wait_for(LegEnded, leg_id=LEG)
    assert ended.cause is EndCause.PEER_NO_ANSWER
    assert ("hang_up", LEG) in site.engine.asked


async def test_an_answered_phone_is_not_hung_up_when_the_ringing_time_is_over(site: Site) -> None:
    await site.do(DialLeg(leg_id=LEG, call_id=CALL, number=NUMBER, ring_s=0.3))
    site.engine.phone_answers(LEG, time.time())
    await site.do(DialLeg(leg_id=LegId("leg_other"), call_id=CallId("call_other"), number=NUMBER, ring_s=0.3))
    await site.bus.wait_for(LegEnded, leg_id=LegId("leg_other"))
    assert ("hang_up", LEG) not in site.engine.asked


async def test_the_agent_may_hang_up_while_it_rings(site: Site) -> None:
    await site.do(DIAL)
    await site.do(HangUpLeg(leg_id=LEG, cause=EndCause.AGENT_HUNG_UP))
    ended = await site.bus.wait_for(LegEnded, leg_id=LEG)
    assert ended.cause is EndCause.AGENT_HUNG_UP


@pytest.mark.parametrize("number", ["", "sip:evil@example.org", "1000@example.org", "1 000", "0" * 40, "+", "١٢٣"])
async def test_what_is_no_number_is_never_dialled(site: Site, number: str) -> None:
    answer = await site.ask(DialLeg(leg_id=LEG, call_id=CALL, number=number))
    assert (answer.ok, answer.reason) == (False, "this is no telephone number")
    assert not [entry for entry in site.engine.asked if entry[0] == "dial"]


async def test_unknown_trunks_and_drained_nodes_refuse(site: Site) -> None:
    answer = await site.ask(DialLeg(leg_id=LEG, call_id=CALL, number=NUMBER, trunk="nobody"))
    assert "proxy" in answer.reason
    site.engine.fails["dial"] = EngineError("bad_argument", "cannot be called")
    assert not (await site.ask(DIAL)).ok
    assert (await site.do(ListLegs())).result["legs"] == []
    site.engine.phone_calls("leg_caller", "call_caller", time.time())
    await site.do(DrainNode())
    assert "drained" in (await site.ask(DIAL)).reason


async def test_without_an_outbound_trunk_nothing_is_dialled(tmp_path: Path) -> None:
    async with Site(tmp_path) as site:
        assert "no trunk takes calls from us" in (await site.ask(DIAL)).reason


def test_addresses_of_trunks() -> None:
    assert uri_of("100", SPARE) == "sip:100@192.0.2.1"
    assert caller_uri_of(SPARE) is None
    with pytest.raises(ValueError, match="no usable proxy"):
        uri_of("100", OutboundTrunk(name="x", proxy="192.0.2.1"))
