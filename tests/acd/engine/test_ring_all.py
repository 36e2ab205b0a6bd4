"""Ring all asks again: whoever declined, after the stated time, while others still ring; whoever did not answer, once free."""

from __future__ import annotations

import pytest

from acd.engine.offers import SKIP_S
from core.model import AgentState, Strategy
from tests.acd.contact_center import ContactCenter


def test_who_declined_is_asked_again_while_it_still_rings_at_others() -> None:
    center = ContactCenter()
    line = center.queue("billing", strategy=Strategy.RING_ALL, ring_s=300)
    eva, jon = center.free_agent("Eva"), center.free_agent("Jon")
    call = line.gets()
    eva.declines(call)
    center.passes(SKIP_S - 1)
    assert not line.offers(call, to=eva)
    center.passes(1)
    assert line.offers(call, to=eva)
    assert line.offers(call, to=jon), "his phone has rung on"


def test_who_declined_is_asked_again_when_it_rang_at_others_in_turns() -> None:
    center = ContactCenter()
    line = center.queue("billing", strategy=Strategy.RING_ALL, ring_s=50)
    eva = center.free_agent("Eva")
    call = line.gets()
    eva.declines(call)
    center.passes(30)
    jon = center.free_agent("Jon")
    assert line.offers(call, to=jon)
    center.passes(SKIP_S - 31)
    assert line.offers(call, to=eva)


def test_who_did_not_answer_is_asked_again_as_soon_as_free() -> None:
    center = ContactCenter()
    line = center.queue("billing", strategy=Strategy.RING_ALL, ring_s=20)
    eva, jon = center.free_agent("Eva"), center.free_agent("Jon")
    call = line.gets()
    center.passes(10)
    ida = center.free_agent("Ida")
    center.passes(10)
    assert (eva.state(), jon.state()) == (AgentState.AWAY, AgentState.AWAY)
    assert line.offers(call, to=ida)
    eva.becomes(AgentState.AVAILABLE)
    assert line.offers(call, to=eva)


def test_each_agent_sees_how_long_it_rings_there_whoever_else_may_be_asked_meanwhile() -> None:
    center = ContactCenter()
    line = center.queue("all", strategy=Strategy.RING_ALL, ring_s=90.0)
    mei, jon = center.free_agent("Mei"), center.free_agent("Jon")
    call = line.gets()
    jon.declines(call)
    assert mei.view().until == pytest.approx(center.now + 90), "that Jon may be asked again after 60 s is not Mei's business"
    center.passes(61)
    before = center.engine.snapshot()
    center.restarts()
    assert center.engine.snapshot() == before
