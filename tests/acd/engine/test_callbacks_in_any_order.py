"""Callbacks in any order of everything: the place is kept, and each piece of work ends once."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from acd.engine.engine import Engine
from acd.model.refusals import Refused
from acd.model.work import WorkState
from core.causes import EndCause
from core.commands import AcceptOffer
from core.events import (
    OfferMade,
    WorkEnded,
)
from core.ids import WorkId
from core.model import AgentState
from tests.acd.contact_center import Contact, ContactCenter
from tests.acd.engine.callbacks import (
    asks_for_callback,
    call_ends,
    customer_answers,
    promised,
)


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
                agent.becomes(AgentState.AVAILABLE)
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
        for work in registry.work_items.values():
            if work.call_id is not None:
                assert registry.works_of_call(work.call_id) == [work]
        for contact in self.contacts:
            assert all(work.call_id == contact.call_id for work in registry.works_of_call(contact.call_id))

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
