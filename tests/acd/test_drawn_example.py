"""The drawn example of `acd/README.md`, moment by moment."""

from __future__ import annotations

from core.model import AgentState
from tests.acd.contact_center import MORNING, ContactCenter, step


def test_the_drawn_example() -> None:
    center = ContactCenter()
    office = center.queue("office", asks={"office": 1})
    billing = center.queue(
        "billing", asks={"billing": 3}, steps=(step(120, asks={"billing": 1}), step(300, overflow_to=office)), wrap_up_s=60.0
    )
    eva, jon = center.free_agent("Eva", {"billing": 3}), center.agent("Jon", {"billing": 2})
    jon.has_audio()
    mei = center.agent("Mei", {"billing": 4})
    mei.has_audio()
    earlier = billing.gets()
    eva.answers(earlier)
    center.passes(MORNING + 60 - 1 - center.now)

    def at(clock_s: float) -> None:
        center.passes(MORNING + 60 + clock_s - center.now)

    at(0)
    ana = billing.gets()
    at(20)
    bo = billing.gets(priority=3)
    assert (bo.place(), ana.place()) == (1, 2)
    at(40)
    earlier.hangs_up()
    at(60)
    mei.becomes(AgentState.AVAILABLE)
    assert billing.offers(bo, to=mei)
    assert bo.decision().summary == "the only available agent with billing ≥ 3; Eva was in wrap-up"
    at(80)
    assert (mei.state(), bo.place()) == (AgentState.AWAY, 1)
    at(90)
    eva.writes_up(earlier)
    assert billing.offers(bo, to=eva)
    eva.answers(bo)
    jon.becomes(AgentState.AVAILABLE)
    assert ana.ringing() is None, "Eva could, and serves"
    at(120)
    assert billing.offers(ana, to=jon)
    assert ana.decision().relaxed == "billing ≥ 3 (until 120 s of waiting)"
    at(124)
    jon.declines(ana)
    jon.becomes(AgentState.AWAY, "lunch")
    at(150)
    cy = billing.gets(wants=eva)
    kim = center.free_agent("Kim", {"billing": 3})
    assert billing.offers(ana, to=kim), "Ana is first; Cy waits for Eva"
    kim.becomes(AgentState.AWAY)
    at(300)
    assert ana.view().queue_id == office.queue_id
    late = office.gets()
    assert (ana.place(), late.place()) == (1, 2)
    at(360)
    bo.hangs_up()
    eva.writes_up(bo)
    assert billing.offers(cy, to=eva)
