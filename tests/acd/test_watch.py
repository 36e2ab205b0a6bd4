"""Who waits for nobody."""

from __future__ import annotations

from acd.views.watch import QueueWatch, watch_view
from core.model import AgentState
from tests.acd.contact_center import ContactCenter, Line


def watch(line: Line) -> QueueWatch:
    return watch_view(line.center.engine.registry, line.queue_id, line.center.now)


def test_somebody_waits_and_nobody_is_there() -> None:
    center = ContactCenter()
    billing = center.queue("billing", asks={"skill_german": 3}, max_wait_s=600)
    center.agent("mei", {"skill_german": 4}).becomes(AgentState.AVAILABLE)  # without audio
    center.free_agent("jonas", {"skill_german": 1})
    contact = billing.gets()
    began = center.now
    center.passes(70)
    stranded = watch(billing).stranded
    assert stranded is not None
    assert (stranded.waiting, stranded.oldest_since, stranded.work_id) == (1, began, contact.work_id)
    assert (stranded.unreachable, stranded.away) == (1, 0)
    assert stranded.leaves_at == began + 600


def test_who_waits_for_a_busy_agent_waits_for_somebody() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    jonas = center.free_agent("jonas")
    jonas.answers(billing.gets())
    billing.gets()
    assert watch(billing).stranded is None
    assert (watch(billing).waiting, watch(billing).busy) == (1, 1)


def test_an_agent_who_is_away_is_named_as_one_who_could_come_back() -> None:
    center = ContactCenter()
    billing = center.queue("billing", max_wait_s=600)
    center.free_agent("jonas").becomes(AgentState.AWAY)
    began = center.now
    billing.gets()
    stranded = watch(billing).stranded
    assert stranded is not None
    assert (stranded.away, stranded.leaves_at) == (1, began + 600)


def test_contacts_of_the_last_half_hour_are_counted() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    gone = billing.gets()
    center.passes(30)
    gone.hangs_up()
    center.free_agent("jonas").answers(billing.gets())
    now = watch(billing)
    assert (now.answered, now.answered_in_time, now.abandoned) == (1, 1, 1)


def test_an_agent_who_asks_a_queue_in_vain_is_no_stranded_customer() -> None:
    center = ContactCenter()
    billing, orders = center.queue("billing"), center.queue("orders")
    mei = center.free_agent("mei", only=(orders,))
    dana = orders.gets()
    mei.answers(dana)
    center.free_agent("jonas", only=(billing,)).becomes(AgentState.AWAY)
    asked = mei.consults(dana, line=billing)
    assert (watch(billing).waiting, watch(billing).stranded) == (0, None)
    mei.has_left(dana, with_=asked)
    assert watch(billing).stranded is not None, "now it is one"
