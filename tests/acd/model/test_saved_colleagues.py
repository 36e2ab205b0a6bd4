"""Saved state with consultations and transfers in it: taken up whole, from older releases too, and damaged in every field."""

from __future__ import annotations

import copy

import msgspec

from acd.engine.engine import Engine
from acd.model.saved import VERSION
from acd.model.work import WorkState
from core.model import AgentState, Purpose
from tests.acd.contact_center import ContactCenter
from tests.acd.model.test_saved import State, agrees, busy, not_a_number, restored, spoilt, state_of, without

NEW_OF_WORK = ("purpose", "asked_by", "only_agent", "continues", "asked")


def asking() -> ContactCenter:
    """Mei asks Jon, whose phone rings; Bo talks with Ann, who asked him; Eva has left Dana, who waits for Ira by name."""
    center = ContactCenter()
    orders = center.queue("orders")
    mei, ann, eva = (center.free_agent(name) for name in ("Mei", "Ann", "Eva"))
    calls = [orders.gets() for _ in range(3)]
    for agent, call in zip((mei, ann, eva), calls, strict=True):
        agent.answers(call)
    jon, bo, ira = (center.free_agent(name) for name in ("Jon", "Bo", "Ira"))
    mei.consults(calls[0], with_=jon)
    bo.helps(ann.consults(calls[1], with_=bo))
    eva.has_left(calls[2], with_=eva.transfers(calls[2], to=ira))
    orders.gets()
    center.passes(5)
    return center


def test_it_is_taken_up_whole() -> None:
    engine = asking().engine
    again = Engine.restore(engine.snapshot())
    assert (again.aside, again.snapshot()) == ((), engine.snapshot())
    states = {(work.purpose, work.state) for work in again.registry.work_items.values()}
    assert states == {
        (Purpose.CONTACT, WorkState.ACTIVE),
        (Purpose.CONTACT, WorkState.WRAP_UP),
        (Purpose.CONTACT, WorkState.WAITING),
        (Purpose.CONSULTATION, WorkState.OFFERED),
        (Purpose.CONSULTATION, WorkState.ACTIVE),
        (Purpose.TRANSFER, WorkState.OFFERED),
    }
    agrees(again)


def test_what_0_1_and_the_release_after_it_saved_is_all_customers() -> None:
    engine = busy()
    for version in (1, 2):
        state = state_of(engine)
        assert state.pop("version") == VERSION
        if version > 1:
            state["version"] = version
        for work in state["memory"]["works"]:
            for name in NEW_OF_WORK:
                del work[name]
        for work in state["memory"]["numbers"]["open"].values():
            del work["purpose"]
        taken_up = restored(state)
        assert (taken_up.aside, taken_up.snapshot()) == ((), engine.snapshot())


def test_a_consultation_without_its_conversation_is_set_aside_and_its_agent_is_free() -> None:
    center = asking()
    state = state_of(center.engine)
    works: list[State] = state["memory"]["works"]
    (consultation,) = (work for work in works if work["purpose"] == "consultation" and work["state"] == "active")
    works.remove(next(work for work in works if work["work_id"] == consultation["continues"]))
    engine = restored(state)
    assert ("works", "the conversation it is about is not there") in {(aside.kind, aside.why) for aside in engine.aside}
    assert engine.registry.agents[consultation["agent_id"]].shown.state is AgentState.AVAILABLE
    agrees(engine)


def test_a_damaged_field_of_any_of_it_costs_at_most_what_hangs_on_it() -> None:
    whole = state_of(asking().engine)
    for index, work in enumerate(whole["memory"]["works"]):
        for field in (*NEW_OF_WORK, "state", "call_id", "agent_id", "offers", "active_since"):
            assert field in work
            for damage in (without, spoilt, not_a_number):
                state = copy.deepcopy(whole)
                damage(state["memory"]["works"][index], field)
                agrees(restored(state))


def test_any_mixture_of_purposes_and_names_goes_on() -> None:
    whole = state_of(asking().engine)
    count = len(whole["memory"]["works"])
    for index in range(count):
        for purpose in Purpose:
            for other in range(0, count, 2):
                for by_name in (None, "agent_nobody"):
                    state = msgspec.msgpack.decode(msgspec.msgpack.encode(whole))
                    about = whole["memory"]["works"][other]
                    state["memory"]["works"][index] |= {
                        "purpose": purpose,
                        "continues": about["work_id"],
                        "asked_by": about["agent_id"],
                        "only_agent": by_name,
                    }
                    agrees(restored(state))
