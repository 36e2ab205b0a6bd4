"""Callbacks: the caller hangs up and keeps the place; the system dials when an agent confirms; promises wait for their time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from acd.engine.callbacks import DIAL_LIMIT_S, LIMIT_S, RETRY_S, TRIES
from acd.engine.engine import Engine
from acd.model.refusals import Refused, Repeated
from acd.model.work import WorkState
from core.causes import EndCause, WorkEnd
from core.commands import AcceptOffer, ConfigureAcd, EnqueueWork, RequestCallback, RescheduleCallback
from core.events import (
    CallbackDue,
    CallbackRequested,
    CallbackScheduled,
    CallConnected,
    CallEnded,
    OfferAccepted,
    OfferMade,
    WorkEnded,
    WorkEnqueued,
)
from core.ids import CallId, LegId, QueueId, WorkId
from core.model import AgentState, Channel, QueueConfig, Strategy
from core.opening_hours import OpeningHours
from tests.acd.contact_center import MORNING, Contact, ContactCenter, Line, Person

CALLED_FROM = CallId("call_origin")


@pytest.fixture
def center() -> ContactCenter:
    return ContactCenter()


def asks_for_callback(contact: Contact) -> None:
    contact.center.does(RequestCallback(work_id=contact.work_id))


def promised(line: Line, *, at: float | None, wants: Person | None = None, priority: float = 0.0) -> Contact:
    """An agent has promised to call back at a time."""
    contact = Contact(line.center, WorkId(f"work_{line.center.number()}"), None)
    line.center.does(
        EnqueueWork(
            work_id=contact.work_id,
            call_id=None,
            channel=Channel.CALLBACK,
            queue_id=line.queue_id,
            priority=priority,
            preferred_agent=wants.agent_id if wants is not None else None,
            not_before=at,
            origin_call_id=CALLED_FROM,
        )
    )
    return contact


def dialled(contact: Contact) -> CallId:
    """The call that is being made for this work."""
    call_id = contact.view().call_id
    assert call_id is not None
    return call_id


def customer_answers(contact: Contact, agent: Person) -> None:
    center = contact.center
    center.does(
        CallConnected(
            at=center.now,
            call_id=dialled(contact),
            work_id=contact.work_id,
            agent_id=agent.agent_id,
            queue_id=contact.view().queue_id,
            customer_leg=LegId("leg_c"),
            agent_leg=LegId("leg_a"),
            waited_s=0.0,
        )
    )


def call_ends(contact: Contact, cause: EndCause) -> None:
    center = contact.center
    center.does(CallEnded(at=center.now, call_id=dialled(contact), cause=cause, started_at=center.now))


# ── keeping the place ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_caller_who_hangs_up_after_asking_keeps_the_place(center: ContactCenter) -> None:
    line = center.queue("billing")
    first = line.gets()
    center.passes(60)
    second = line.gets(priority=0.5)
    asks_for_callback(first)
    first.hangs_up()
    assert (first.place(), second.place()) == (1, 2)
    assert first.view().channel is Channel.CALLBACK
    assert first.view().enqueued_at == MORNING
    assert first.ends == []
    (told,) = center.of_type(CallbackRequested)
    assert (told.work_id, told.call_id) == (first.work_id, CallId("call_1"))


def test_the_agent_who_becomes_free_is_offered_the_callback_first_and_the_system_dials(center: ContactCenter) -> None:
    line = center.queue("billing")
    caller = line.gets()
    asks_for_callback(caller)
    caller.hangs_up()
    line.gets()
    mei = center.free_agent("mei")
    offer = caller.ringing()
    assert offer is not None
    assert (offer.channel, offer.call_id, offer.origin_call_id) == (Channel.CALLBACK, None, CallId("call_1"))
    mei.accepts(caller)
    (accepted,) = center.of_type(OfferAccepted)
    assert (accepted.channel, accepted.origin_call_id) == (Channel.CALLBACK, CallId("call_1"))
    assert accepted.call_id == dialled(caller) != CallId("call_1")
    customer_answers(caller, mei)
    assert mei.state() is AgentState.BUSY
    call_ends(caller, EndCause.CALLER_HUNG_UP)
    mei.writes_up(caller)
    (end,) = caller.ends
    assert (end.cause, end.origin_call_id) == (WorkEnd.SERVED, CallId("call_1"))


def test_what_rings_as_a_call_rings_on_as_a_callback(center: ContactCenter) -> None:
    line = center.queue("billing")
    mei = center.free_agent("mei")
    caller = line.gets()
    asks_for_callback(caller)
    assert line.offers(caller, to=mei)
    offer = caller.ringing()
    assert offer is not None
    assert offer.channel is Channel.CALLBACK


def test_what_rings_at_many_rings_on_at_many_and_one_dials(center: ContactCenter) -> None:
    line = center.queue("billing", strategy=Strategy.RING_ALL)
    mei, jon = center.free_agent("mei"), center.free_agent("jon")
    caller = line.gets()
    asks_for_callback(caller)
    ringing = {offer.agent_id: offer.offer_id for offer in caller.view().offers}
    assert set(ringing) == {mei.agent_id, jon.agent_id}
    center.does(AcceptOffer(offer_id=ringing[jon.agent_id], agent_id=jon.agent_id))
    assert mei.state() is AgentState.FREE
    customer_answers(caller, jon)
    assert jon.state() is AgentState.BUSY


def test_asking_twice_is_harmless_and_asking_too_late_is_told(center: ContactCenter) -> None:
    line = center.queue("billing")
    mei = center.free_agent("mei")
    caller = line.gets()
    mei.accepts(caller)
    with pytest.raises(Refused, match="just answered"):
        asks_for_callback(caller)
    other = line.gets()
    asks_for_callback(other)
    with pytest.raises(Repeated):
        asks_for_callback(other)
    with pytest.raises(Refused, match="not waiting"):
        center.does(RequestCallback(work_id=WorkId("work_unknown")))


def test_a_callback_outlives_the_longest_wait_of_callers_but_not_three_days(center: ContactCenter) -> None:
    line = center.queue("billing", max_wait_s=600.0)
    caller = line.gets()
    asks_for_callback(caller)
    caller.hangs_up()
    center.passes(LIMIT_S - 1)
    assert caller.place() == 1
    center.passes(2)
    (end,) = caller.ends
    assert end.cause is WorkEnd.TIMED_OUT


# ── not reached ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_busy_customer_frees_the_agent_at_once_and_is_tried_again_at_the_old_place(center: ContactCenter) -> None:
    line = center.queue("billing")
    caller = line.gets()
    asks_for_callback(caller)
    mei = center.free_agent("mei")
    mei.accepts(caller)
    call_ends(caller, EndCause.PEER_BUSY)
    assert mei.state() is AgentState.FREE
    assert (caller.view().state, caller.view().call_id, caller.place()) == (WorkState.SCHEDULED, None, None)
    mei.becomes(AgentState.AWAY)
    center.passes(RETRY_S - 1)
    later = line.gets()
    center.passes(2)
    assert (caller.place(), later.place()) == (1, 2)
    assert [event.work_id for event in center.of_type(CallbackDue)] == [caller.work_id]
    assert line.view().offered == 2


def test_after_the_last_try_the_work_ends_as_not_reached(center: ContactCenter) -> None:
    line = center.queue("billing")
    mei = center.free_agent("mei")
    promise = promised(line, at=None)
    for tries in range(1, TRIES + 1):
        mei.accepts(promise)
        call_ends(promise, EndCause.PEER_NO_ANSWER)
        assert mei.state() is AgentState.FREE
        assert bool(promise.ends) is (tries == TRIES)
        center.passes(RETRY_S + 1)
    (end,) = promise.ends
    assert (end.cause, end.origin_call_id) == (WorkEnd.NOT_REACHED, CALLED_FROM)
    assert [event.tries for event in center.of_type(CallbackScheduled)] == [1, 2]
    assert (line.view().waiting, line.view().answered, line.view().recent[-1]) == (0, 0, 0)


def test_a_node_that_dies_while_dialling_costs_no_try(center: ContactCenter) -> None:
    line = center.queue("billing")
    caller = line.gets()
    asks_for_callback(caller)
    mei, jon = center.free_agent("mei"), center.free_agent("jon")
    mei.accepts(caller)
    call_ends(caller, EndCause.NODE_LOST)
    assert line.offers(caller, to=jon)
    assert caller.view().enqueued_at == MORNING


def test_call_control_that_says_nothing_does_not_hold_the_agent_for_ever(center: ContactCenter) -> None:
    line = center.queue("billing")
    caller = line.gets()
    asks_for_callback(caller)
    mei = center.free_agent("mei")
    mei.accepts(caller)
    lost = dialled(caller)
    center.passes(DIAL_LIMIT_S + 1)
    assert mei.state() is AgentState.FREE
    assert caller.place() == 1
    # The lost try's end comes late: it ends nothing.
    center.does(CallEnded(at=center.now, call_id=lost, cause=EndCause.CALLER_HUNG_UP, started_at=center.now))
    assert caller.place() == 1


# ── promises ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_promise_waits_outside_the_line_until_its_time(center: ContactCenter) -> None:
    line = center.queue("billing")
    mei = center.free_agent("mei")
    promise = promised(line, at=MORNING + 7200)
    assert (promise.view().state, promise.place(), mei.state()) == (WorkState.SCHEDULED, None, AgentState.FREE)
    assert line.view().waiting == 0
    assert center.of_type(WorkEnqueued) == []
    center.passes(7200 - 2)
    assert mei.state() is AgentState.FREE
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


# ── hours ─────────────────────────────────────────────────────────────────────────────────────────────────────────


NINE_TO_FIVE = OpeningHours(time_zone="UTC", week={"mon-fri": ("09:00-17:00",)})


def opens_by_the_clock(center: ContactCenter) -> Line:
    queue = QueueConfig(queue_id=QueueId("queue_office"), name="Office", hours="office", max_wait_s=36000.0)
    center.does(ConfigureAcd(queues=(queue,), agents=(), hours={"office": NINE_TO_FIVE}))
    return Line(center, queue.queue_id)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


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


# ── any order of everything ───────────────────────────────────────────────────────────────────────────────────────


class Callbacks(RuleBasedStateMachine):
    """Callers ask, agents accept, phones are busy or answered, the engine restarts: the place is kept and each work ends once."""

    @initialize()
    def opens(self) -> None:
        self.center = ContactCenter()
        self.line = self.center.queue("billing", max_wait_s=900.0)
        self.agents = [self.center.free_agent(name) for name in ("mei", "jon")]
        self.contacts: list[Contact] = []
        self.places: dict[WorkId, float] = {}

    @rule(later_s=st.sampled_from([0, 0, 120, 4000]), is_call=st.booleans())
    def arrives(self, later_s: int, is_call: bool) -> None:
        due = self.center.now + later_s
        contact = self.line.gets() if is_call else promised(self.line, at=due)
        self.contacts.append(contact)
        self.places[contact.work_id] = self.center.now if is_call else due

    @precondition(lambda self: self.contacts)
    @rule(data=st.data())
    def asks(self, data: st.DataObject) -> None:
        contact = data.draw(st.sampled_from(self.contacts))
        try:
            asks_for_callback(contact)
        except Refused:
            return
        if contact.call_id is not None:
            contact.hangs_up()

    @precondition(lambda self: self.contacts)
    @rule(data=st.data())
    def accepts(self, data: st.DataObject) -> None:
        offers = list(self.center.engine.registry.offers)
        if offers:
            chosen = data.draw(st.sampled_from(offers))
            made = next(event for event in self.center.of_type(OfferMade) if event.offer_id == chosen)
            try:
                self.center.does(AcceptOffer(offer_id=made.offer_id, agent_id=made.agent_id))
            except Refused:
                return

    @precondition(lambda self: self.contacts)
    @rule(
        data=st.data(),
        cause=st.sampled_from([EndCause.PEER_BUSY, EndCause.NODE_LOST, EndCause.CALLER_HUNG_UP]),
        answered=st.booleans(),
    )
    def dials(self, data: st.DataObject, cause: EndCause, answered: bool) -> None:
        registry = self.center.engine.registry
        taken = [
            work for work in registry.work_items.values() if work.state in {WorkState.ACCEPTED, WorkState.ACTIVE} and work.call_id
        ]
        if not taken:
            return
        work = data.draw(st.sampled_from(taken))
        contact = next(contact for contact in self.contacts if contact.work_id == work.work_id)
        agent = next(agent for agent in self.agents if agent.agent_id == work.agent_id)
        if answered and work.state is WorkState.ACCEPTED:
            customer_answers(contact, agent)
        else:
            call_ends(contact, cause)

    @rule(seconds=st.sampled_from([1, 30, 70, 310, 5000]))
    def time_passes(self, seconds: int) -> None:
        self.center.passes(seconds)
        for agent in self.agents:  # who did not answer comes back
            try:
                agent.becomes(AgentState.FREE)
            except Refused:
                continue

    @rule()
    def restarts(self) -> None:
        before = self.center.engine.snapshot()
        self.center.restarts()
        assert self.center.engine.snapshot() == before == Engine.restore(before).snapshot()

    @invariant()
    def every_place_is_kept(self) -> None:
        for work in self.center.engine.registry.work_items.values():
            assert work.enqueued_at == self.places[work.work_id]

    @invariant()
    def every_state_has_a_deadline_that_fires(self) -> None:
        registry = self.center.engine.registry
        times = registry.deadlines.times()
        for work in registry.work_items.values():
            assert times["work", work.work_id] == work.until >= self.center.now

    @invariant()
    def no_call_is_tied_to_the_wrong_work(self) -> None:
        registry = self.center.engine.registry
        ties = {work.call_id: work.work_id for work in registry.work_items.values() if work.call_id is not None}
        assert registry.work_of_call == ties

    @invariant()
    def nobody_free_stands_beside_waiting_work(self) -> None:
        registry = self.center.engine.registry
        for work in registry.work_items.values():
            if work.state is WorkState.WAITING:
                assert not registry.available[work.channel] - set(work.skipped)

    @invariant()
    def each_ends_once(self) -> None:
        ended = [event.work_id for event in self.center.of_type(WorkEnded)]
        assert len(ended) == len(set(ended))

    @invariant()
    def the_line_counted_is_the_line(self) -> None:
        registry = self.center.engine.registry
        counted = registry.statistics.numbers.queues.get(self.line.queue_id)
        if counted is not None:
            assert counted.waiting == len(registry.queues[self.line.queue_id].line)


TestCallbacks = Callbacks.TestCase
TestCallbacks.settings = settings(max_examples=60, stateful_step_count=40, suppress_health_check=list(HealthCheck))


# ── withdrawn, given another time ─────────────────────────────────────────────────────────────────────────────────


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
    assert (eva.state(), line.view().waiting) == (AgentState.FREE, 0)
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


def test_who_calls_again_and_is_served_is_not_called_back(center: ContactCenter) -> None:
    line = center.queue("billing")
    first = line.gets(customer="cust_ana")
    asks_for_callback(first)
    eva = center.free_agent("eva")
    kept = promised(line, at=center.now + 3600, wants=eva)
    eva.declines(first)
    again = line.gets(customer="cust_ana")
    eva.answers(again)
    assert first.ends[0].cause is WorkEnd.CALLED_AGAIN
    assert kept.view().state is WorkState.SCHEDULED, "a promise for a time is kept"


def test_a_number_that_may_not_be_called_ends_the_callback_at_once(center: ContactCenter) -> None:
    line = center.queue("billing")
    eva = center.free_agent("eva")
    caller = line.gets()
    asks_for_callback(caller)
    eva.accepts(caller)
    caller.call_id = caller.view().call_id
    caller.hangs_up(EndCause.NUMBER_NOT_ALLOWED)
    assert caller.ends[0].cause is WorkEnd.NOT_ALLOWED
    assert eva.state() is AgentState.FREE


def test_when_the_hour_s_calls_are_used_up_it_is_no_try(center: ContactCenter) -> None:
    line = center.queue("billing")
    eva = center.free_agent("eva")
    caller = line.gets()
    asks_for_callback(caller)
    for _ in range(TRIES + 1):
        eva.accepts(caller)
        caller.call_id = caller.view().call_id
        caller.hangs_up(EndCause.DIAL_LIMIT)
        center.passes(RETRY_S)
    assert line.offers(caller, to=eva)
