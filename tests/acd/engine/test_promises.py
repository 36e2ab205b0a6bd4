"""Promised callbacks: they wait for their time and the opening hours, and can be withdrawn or given another time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from acd.model.refusals import Refused
from acd.model.work import WorkState
from core.causes import WorkEnd
from core.commands import ConfigureAcd, RescheduleCallback
from core.events import (
    CallbackScheduled,
    OfferMade,
    WorkEnqueued,
)
from core.ids import QueueId
from core.model import AgentState, Channel, QueueConfig
from core.opening_hours import OpeningHours
from tests.acd.contact_center import MORNING, Contact, ContactCenter
from tests.acd.engine.callbacks import (
    asks_for_callback,
    at,
    opens_by_the_clock,
    promised,
)


def test_a_promise_waits_outside_the_line_until_its_time(center: ContactCenter) -> None:
    line = center.queue("billing")
    mei = center.free_agent("mei")
    promise = promised(line, at=MORNING + 7200)
    assert (promise.view().state, promise.place(), mei.state()) == (WorkState.SCHEDULED, None, AgentState.AVAILABLE)
    assert line.view().waiting == 0
    assert center.of_type(WorkEnqueued) == []
    center.passes(7200 - 2)
    assert mei.state() is AgentState.AVAILABLE
    center.passes(2)
    assert line.offers(promise, to=mei)
    (entered,) = center.of_type(WorkEnqueued)
    assert (entered.at, entered.channel) == (MORNING + 7200, Channel.CALLBACK)


def test_a_promise_is_kept_by_who_made_it_if_free(center: ContactCenter) -> None:
    line = center.queue("billing")
    center.free_agent("jon")
    mei = center.free_agent("mei")
    promise = promised(line, at=MORNING + 600, wants=mei)
    center.passes(600)
    assert line.offers(promise, to=mei)


def test_a_promise_survives_a_restart_of_the_engine(center: ContactCenter) -> None:
    line = center.queue("billing")
    promise = promised(line, at=MORNING + 600)
    center.restarts()
    center.passes(601)
    assert promise.place() == 1


def test_a_call_to_a_closed_queue_is_refused_and_told_apart(center: ContactCenter) -> None:
    line = opens_by_the_clock(center)
    center.now = at("2026-06-26T18:00")
    with pytest.raises(Refused, match="is closed") as refusal:
        line.gets()
    assert refusal.value.code == "closed"
    ticket = line.gets(Channel.TICKET)
    assert ticket.place() == 1


def test_a_promise_for_a_closed_time_is_kept_at_the_next_opening(center: ContactCenter) -> None:
    line = opens_by_the_clock(center)
    center.now = at("2026-06-26T16:00")
    promise = promised(line, at=at("2026-06-26T20:00"))
    assert promise.view().until == at("2026-06-29T09:00")
    center.passes(at("2026-06-29T09:00") - center.now)
    assert promise.view().enqueued_at == at("2026-06-29T09:00")
    assert promise.place() == 1


def test_hours_that_do_not_exist_or_overlap_are_refused(center: ContactCenter) -> None:
    queue = QueueConfig(queue_id=QueueId("queue_office"), name="Office", hours="offce")
    torn = OpeningHours(time_zone="UTC", week={"mon": ("09:00-12:00", "11:00-17:00")})
    with pytest.raises(Refused) as refusal:
        center.does(ConfigureAcd(queues=(queue,), agents=(), hours={"office": torn}))
    assert "hours office: week.mon.1: “11:00-17:00” overlaps “09:00-12:00”" in refusal.value.reason
    assert "names opening hours “offce”" in refusal.value.reason


def gets_another_time(contact: Contact, at: float) -> None:
    contact.center.does(RescheduleCallback(work_id=contact.work_id, not_before=at, by="user_sup"))


def test_a_promise_can_be_withdrawn_before_its_time(center: ContactCenter) -> None:
    line = center.queue("billing")
    contact = promised(line, at=center.now + 3600)
    contact.is_withdrawn()
    assert contact.ends[0].cause is WorkEnd.WITHDRAWN
    center.passes(7200)
    assert center.of_type(OfferMade) == []
    assert line.view().offered == 0


def test_a_promise_gets_another_time(center: ContactCenter) -> None:
    line = center.queue("billing")
    center.free_agent("eva")
    contact = promised(line, at=center.now + 600)
    gets_another_time(contact, center.now + 3600)
    assert [told.due_at for told in center.of_type(CallbackScheduled)] == [center.now + 600, center.now + 3600]
    center.passes(3599)
    assert contact.ringing() is None
    center.passes(1)
    assert contact.ringing() is not None


def test_a_callback_that_rings_is_given_a_time_and_comes_back_then(center: ContactCenter) -> None:
    line = center.queue("billing")
    caller = line.gets()
    asks_for_callback(caller)
    eva = center.free_agent("eva")
    assert line.offers(caller, to=eva)
    gets_another_time(caller, center.now + 600)
    assert (eva.state(), line.view().waiting) == (AgentState.AVAILABLE, 0)
    center.passes(600)
    assert line.offers(caller, to=eva)
    assert line.view().offered == 1, "counted once"


def test_another_time_is_in_open_hours(center: ContactCenter) -> None:
    line = center.queue("billing", hours=OpeningHours(time_zone="UTC", week={"mon-sun": ("09:00-10:00",)}))
    contact = promised(line, at=center.now + 86400)
    gets_another_time(contact, datetime(2026, 6, 1, 3, tzinfo=UTC).timestamp())
    assert center.of_type(CallbackScheduled)[-1].due_at == datetime(2026, 6, 1, 9, tzinfo=UTC).timestamp()


def test_what_an_agent_has_taken_gets_no_other_time(center: ContactCenter) -> None:
    line = center.queue("billing")
    eva = center.free_agent("eva")
    caller = line.gets()
    asks_for_callback(caller)
    eva.accepts(caller)
    with pytest.raises(Refused, match="already taken"):
        gets_another_time(caller, center.now + 600)
