"""An agent asks a colleague while the customer waits: it rings at who was asked, and nobody is counted or held for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from acd.engine.offers import CONNECT_LIMIT_S, NO_ANSWER
from acd.model.refusals import Refused, Repeated
from core.causes import WorkEnd
from core.commands import EnqueueWork, RequestCallback
from core.events import CallConnected, OfferAccepted, OfferMade, WorkEnded, WorkEnqueued, WorkMoved
from core.ids import AgentId, CallId, LegId, WorkId
from core.model import AgentState, Channel, Purpose
from tests.acd.contact_center import (
    ALWAYS_CLOSED,
    Contact,
    ContactCenter,
    Line,
    Person,
    party_joined,
    party_left,
    step,
)


class Scene:
    """Mei talks with Dana about an order; Jon does billing, and is free."""

    def __init__(self, **queue: float) -> None:
        self.center = ContactCenter()
        self.orders: Line = self.center.queue("orders", **queue)  # type: ignore[arg-type]
        self.billing: Line = self.center.queue("billing", asks={"billing": 3})
        self.mei: Person = self.center.free_agent("Mei", only=(self.orders,))
        self.dana: Contact = self.orders.gets(customer="cust_dana")
        self.mei.answers(self.dana)
        self.jon: Person = self.center.free_agent("Jon", {"billing": 3}, only=(self.billing,))
        self.center.passes(30)

    def asks_jon(self) -> Contact:
        return self.mei.consults(self.dana, with_=self.jon)


def cause_of(contact: Contact) -> WorkEnd:
    (ended,) = contact.ends
    return ended.cause


# ── asking ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_rings_at_who_was_asked_whatever_queues_and_skills_that_one_has() -> None:
    scene = Scene()
    asked = scene.asks_jon()
    ringing = asked.ringing()
    assert ringing is not None
    assert (ringing.agent_id, ringing.purpose, ringing.asked_by) == (scene.jon.agent_id, Purpose.CONSULTATION, scene.mei.agent_id)
    assert ringing.expires_at - ringing.at == 20.0
    assert scene.jon.state() is AgentState.OFFERED
    (offer,) = asked.view().offers
    assert (offer.purpose, offer.asked_by) == (Purpose.CONSULTATION, scene.mei.agent_id)


def test_the_record_says_that_it_was_asked_for_by_name() -> None:
    decision = Scene().asks_jon().decision()
    (chosen,) = decision.candidates
    assert (chosen.eligible, chosen.code) == (True, "asked_for")
    assert "asked for by name" in chosen.why
    assert decision.summary == "asked for by name"
    assert decision.requirements == ""


def test_a_queue_is_asked_like_for_any_work_but_never_who_asks() -> None:
    scene = Scene()
    zoe = scene.center.free_agent("Zoe", {"billing": 5}, call=2)
    caller = scene.orders.gets()
    zoe.answers(caller)
    asked = zoe.consults(caller, line=scene.billing)
    assert scene.billing.offers(asked, to=scene.jon), "Zoe could take a second call, but does not ask herself"
    scene.jon.becomes(AgentState.AWAY)
    assert asked.ringing() is None
    assert asked.view().position is None


def test_steps_apply_to_what_is_asked_of_a_queue() -> None:
    center = ContactCenter()
    office = center.queue("office")
    billing = center.queue("billing", asks={"billing": 3}, steps=(step(15, overflow_to=office),))
    eva = center.free_agent("Eva", {"billing": 3}, only=(billing,))
    dana = office.gets()
    ann = center.free_agent("Ann", only=(office,))
    ann.answers(dana)
    eva.answers(billing.gets())
    asked = ann.consults(dana, line=billing)
    assert asked.ringing() is None
    center.passes(15)
    assert asked.view().queue_id == office.queue_id
    assert center.of_type(WorkMoved)[0].record is None
    bob = center.free_agent("Bob", only=(office,))
    assert office.offers(asked, to=bob)
    assert (office.view().offered, office.view().waiting, billing.view().waiting) == (1, 0, 0)


OBSTACLES: dict[str, tuple[Callable[[Scene], object], str]] = {
    "signed out": (lambda scene: scene.jon.becomes(AgentState.SIGNED_OUT), "signed out"),
    "at lunch": (lambda scene: scene.jon.becomes(AgentState.AWAY, "lunch"), "away: lunch"),
    "no microphone": (lambda scene: scene.jon.loses_audio(), "not reachable: microphone denied"),
    "in a call": (lambda scene: scene.jon.answers(scene.billing.gets()), "busy"),
    "rings already": (lambda scene: scene.billing.gets(), "being offered other work"),
    "in wrap-up": (lambda scene: writes_up(scene, scene.billing.gets()), "in wrap-up"),
}


def writes_up(scene: Scene, other: Contact) -> None:
    scene.jon.answers(other)
    other.hangs_up()


@pytest.mark.parametrize("what", OBSTACLES)
def test_who_cannot_be_rung_now_is_not_asked_and_it_is_said_why(what: str) -> None:
    scene = Scene()
    happens, words = OBSTACLES[what]
    happens(scene)
    with pytest.raises(Refused) as refusal:
        scene.asks_jon()
    assert (refusal.value.code, refusal.value.reason) == ("agent_not_available", words)
    assert scene.mei.state() is AgentState.BUSY


def wish(scene: Scene, **changes: object) -> EnqueueWork:
    wanted: dict[str, object] = {
        "work_id": WorkId("work_wish"),
        "call_id": scene.dana.call_id,
        "channel": Channel.CALL,
        "queue_id": scene.orders.queue_id,
        "purpose": Purpose.CONSULTATION,
        "asked_by": scene.mei.agent_id,
        "only_agent": scene.jon.agent_id,
    }
    return EnqueueWork(**(wanted | changes))  # type: ignore[arg-type]


NONSENSE: dict[str, tuple[dict[str, object], str]] = {
    "nobody asks": ({"asked_by": None}, "not_asked_for"),
    "no call": ({"call_id": None}, "not_asked_for"),
    "a chat": ({"channel": Channel.CHAT}, "not_asked_for"),
    "a customer's own work": ({"purpose": Purpose.CONTACT}, "not_asked_for"),
    "asks oneself": ({"only_agent": AgentId("agent_Mei")}, "agent_not_available"),
    "asks a stranger": ({"only_agent": AgentId("agent_none")}, "agent_not_available"),
    "who asks is elsewhere": ({"asked_by": AgentId("agent_Jon"), "only_agent": AgentId("agent_Mei")}, "not_in_conversation"),
    "another call": ({"call_id": CallId("call_none")}, "not_in_conversation"),
    "goes on with nothing": ({"purpose": Purpose.TRANSFER, "continues": WorkId("work_none")}, "unknown_work"),
    "no such queue": ({"queue_id": "queue_none", "only_agent": None}, "unknown_queue"),
}


@pytest.mark.parametrize("what", NONSENSE)
def test_what_nobody_can_have_meant_is_refused(what: str) -> None:
    scene = Scene()
    before = scene.center.engine.snapshot()
    changes, code = NONSENSE[what]
    with pytest.raises(Refused) as refusal:
        scene.center.does(wish(scene, **changes))
    assert refusal.value.code == code
    assert scene.center.engine.snapshot() == before


def test_what_goes_on_with_another_call_or_with_ended_work_is_refused() -> None:
    scene = Scene()
    other = scene.orders.gets()
    eve = scene.center.free_agent("Eve", only=(scene.orders,))
    eve.answers(other)
    with pytest.raises(Refused) as refusal:
        scene.center.does(wish(scene, purpose=Purpose.TRANSFER, continues=other.work_id))
    assert refusal.value.code == "not_in_conversation"
    other.hangs_up()
    eve.writes_up(other)
    with pytest.raises(Refused) as refusal:
        scene.center.does(wish(scene, purpose=Purpose.TRANSFER, continues=other.work_id))
    assert refusal.value.code == "work_over"


def test_a_closed_queue_is_not_asked_but_a_colleague_may_be() -> None:
    center = ContactCenter()
    orders = center.queue("orders")
    mei, jon = center.free_agent("Mei"), center.agent("Jon")
    dana = orders.gets()
    mei.answers(dana)
    night = center.queue("night", hours=ALWAYS_CLOSED)
    jon.has_audio()
    jon.becomes(AgentState.AVAILABLE)
    with pytest.raises(Refused) as refusal:
        mei.consults(dana, line=night)
    assert refusal.value.code == "closed"
    assert mei.consults(dana, with_=jon, line=night).ringing() is not None


# ── how it ends ───────────────────────────────────────────────────────────────────────────────────────────────────


ENDS: dict[str, tuple[Callable[[Scene, Contact], object], WorkEnd]] = {
    "declined": (lambda scene, asked: scene.jon.declines(asked), WorkEnd.DECLINED),
    "not answered": (lambda scene, asked: scene.center.passes(20), WorkEnd.NOT_ANSWERED),
    "microphone lost": (lambda scene, asked: scene.jon.loses_audio(), WorkEnd.WITHDRAWN),
    "browser closed": (lambda scene, asked: scene.jon.loses_desk(), WorkEnd.WITHDRAWN),
    "signs out": (lambda scene, asked: scene.jon.becomes(AgentState.SIGNED_OUT), WorkEnd.WITHDRAWN),
    "not employed any more": (lambda scene, asked: scene.center.dismiss(scene.jon), WorkEnd.WITHDRAWN),
    "asker changes their mind": (lambda scene, asked: asked.is_over(), WorkEnd.WITHDRAWN),
    "withdrawn": (lambda scene, asked: asked.is_withdrawn(), WorkEnd.WITHDRAWN),
    "call control removes it": (lambda scene, asked: scene.center.does(party_left(asked)), WorkEnd.WITHDRAWN),
    "customer hangs up": (lambda scene, asked: scene.dana.hangs_up(), WorkEnd.WITHDRAWN),
    "conversation over": (lambda scene, asked: scene.dana.is_over(), WorkEnd.WITHDRAWN),
    "asker leaves": (lambda scene, asked: scene.mei.leaves(scene.dana), WorkEnd.WITHDRAWN),
}


@pytest.mark.parametrize("what", ENDS)
def test_it_ends_once_while_it_rings_and_nobody_is_held(what: str) -> None:
    scene = Scene()
    asked = scene.asks_jon()
    happens, cause = ENDS[what]
    happens(scene, asked)
    assert cause_of(asked) is cause
    assert all(agent.work.keys() <= {scene.dana.work_id} for agent in scene.center.engine.registry.agents.values())
    (ended,) = asked.ends
    assert (ended.purpose, ended.record, ended.agent_id) == (Purpose.CONSULTATION, None, None)
    scene.center.passes(10 * 3600)
    assert len(asked.ends) == 1


def test_who_did_not_answer_is_away_like_for_any_ring_and_who_declined_is_not() -> None:
    scene = Scene()
    scene.jon.declines(scene.asks_jon())
    assert scene.jon.state() is AgentState.AVAILABLE
    scene.asks_jon()
    scene.center.passes(20)
    assert (scene.jon.state(), scene.jon.view().reason) == (AgentState.AWAY, NO_ANSWER)


def test_asked_of_a_queue_it_goes_to_the_next_who_is_able_and_ends_with_the_longest_wait() -> None:
    scene = Scene()
    eva = scene.center.free_agent("Eva", {"billing": 4}, only=(scene.billing,))
    asked = scene.mei.consults(scene.dana, line=scene.billing)
    scene.jon.declines(asked)
    assert scene.billing.offers(asked, to=eva)
    eva.becomes(AgentState.AWAY)
    scene.jon.becomes(AgentState.AWAY)
    scene.center.passes(3600)
    assert cause_of(asked) is WorkEnd.TIMED_OUT


def test_accepted_and_never_joined_it_ends_and_never_hangs() -> None:
    for line in (False, True):
        scene = Scene()
        asked = scene.mei.consults(scene.dana, line=scene.billing) if line else scene.asks_jon()
        scene.jon.accepts(asked)
        assert scene.center.of_type(OfferAccepted)[-1].purpose is Purpose.CONSULTATION
        scene.center.passes(CONNECT_LIMIT_S)
        assert cause_of(asked) is WorkEnd.WITHDRAWN
        assert scene.jon.state() is AgentState.AVAILABLE
        with pytest.raises(Repeated):
            scene.jon.joins(asked)


# ── the two talk ──────────────────────────────────────────────────────────────────────────────────────────────────


OVER: dict[str, Callable[[Scene, Contact], object]] = {
    "colleague leaves": lambda scene, asked: scene.jon.leaves_consultation(asked),
    "said to the queues": lambda scene, asked: asked.is_over(abandoned=True),
    "customer hangs up": lambda scene, asked: scene.dana.hangs_up(),
    "conversation over": lambda scene, asked: scene.dana.is_over(),
    "asker leaves": lambda scene, asked: scene.mei.leaves(scene.dana),
    "nobody says anything for 8 h": lambda scene, asked: scene.center.passes(8 * 3600),
}


@pytest.mark.parametrize("what", OVER)
def test_when_it_is_over_the_colleague_is_free_at_once_and_has_nothing_to_write(what: str) -> None:
    scene = Scene()
    asked = scene.asks_jon()
    scene.jon.helps(asked)
    assert (scene.jon.state(), scene.mei.state()) == (AgentState.BUSY, AgentState.BUSY)
    scene.center.passes(60)
    OVER[what](scene, asked)
    assert cause_of(asked) is WorkEnd.CONSULTED
    assert scene.jon.state() is AgentState.AVAILABLE
    (ended,) = asked.ends
    assert (ended.agent_id, ended.record) == (scene.jon.agent_id, None)


def test_the_askers_conversation_goes_on_when_the_colleague_has_left() -> None:
    scene = Scene()
    asked = scene.asks_jon()
    scene.jon.helps(asked)
    scene.jon.leaves_consultation(asked)
    assert scene.mei.state() is AgentState.BUSY
    again = scene.asks_jon()
    assert again.ringing() is not None
    scene.dana.hangs_up()
    assert scene.mei.state() is AgentState.WRAP_UP
    assert cause_of(again) is WorkEnd.WITHDRAWN


def test_it_is_in_no_number_about_queues_but_the_colleague_was_busy() -> None:
    scene = Scene()
    before = scene.billing.view(), scene.orders.view()
    asked = scene.mei.consults(scene.dana, line=scene.billing)
    scene.jon.helps(asked)
    busy = scene.jon.view().occupancy or 0.0
    scene.center.passes(300)
    scene.jon.leaves_consultation(asked)
    after = scene.billing.view(), scene.orders.view()
    for then, now in zip(before, after, strict=True):
        assert (now.offered, now.answered, now.abandoned) == (then.offered, then.answered, then.abandoned)
        assert (now.waiting, now.average_handle_time_s) == (0, then.average_handle_time_s)
    assert (scene.jon.view().occupancy or 0.0) > busy
    assert scene.jon.view().handled_today == 0


def test_callers_who_wait_do_not_hear_of_it() -> None:
    scene = Scene()
    scene.jon.becomes(AgentState.AWAY)
    waiting = scene.billing.gets()
    asked = scene.mei.consults(scene.dana, line=scene.billing)
    later = scene.billing.gets()
    assert (waiting.place(), asked.place(), later.place()) == (1, None, 2)
    assert scene.billing.view().waiting == 2
    (said,) = (event for event in scene.center.of_type(WorkEnqueued) if event.work_id == asked.work_id)
    assert (said.purpose, said.expected_p50_s) == (Purpose.CONSULTATION, None)
    assert scene.center.engine.registry.statistics.numbers.queues[scene.billing.queue_id].waiting == 2


def test_who_was_only_asked_did_not_serve_the_customer() -> None:
    scene = Scene(last_agent_days=7.0)
    asked = scene.asks_jon()
    scene.jon.helps(asked)
    scene.dana.hangs_up()
    again = scene.orders.gets(customer="cust_dana")
    assert again.view().preferred_agent == scene.mei.agent_id


# ── late, twice, by the wrong one ─────────────────────────────────────────────────────────────────────────────────


def test_heard_twice_or_late_it_changes_nothing() -> None:
    scene = Scene()
    asked = scene.asks_jon()
    with pytest.raises(Refused):
        scene.jon.joins(asked)  # not accepted yet
    scene.jon.accepts(asked)
    with pytest.raises(Refused):
        scene.center.does(party_joined(asked, scene.mei))
    scene.jon.joins(asked)
    with pytest.raises(Repeated):
        scene.jon.joins(asked)
    scene.jon.leaves_consultation(asked)
    with pytest.raises(Repeated):
        scene.jon.leaves_consultation(asked)
    with pytest.raises(Repeated):
        scene.jon.joins(asked)
    with pytest.raises(Refused):
        scene.center.does(party_left(scene.dana))
    with pytest.raises(Refused):
        scene.center.does(party_left(Contact(scene.center, WorkId("work_none"), scene.dana.call_id)))


def test_it_is_not_connected_moved_raised_or_called_back_like_a_customers_work() -> None:
    scene = Scene()
    asked = scene.asks_jon()
    connection = CallConnected(
        at=scene.center.now,
        call_id=scene.dana.call_id or CallId(""),
        work_id=asked.work_id,
        agent_id=scene.jon.agent_id,
        queue_id=scene.orders.queue_id,
        customer_leg=LegId("leg_c"),
        agent_leg=LegId("leg_a"),
        waited_s=0.0,
    )
    tries: list[Callable[[], object]] = [
        lambda: scene.center.does(connection),
        lambda: asked.is_moved(scene.billing),
        lambda: asked.is_reprioritised(5),
        lambda: scene.center.does(RequestCallback(work_id=asked.work_id)),
    ]
    for wrong in tries:
        with pytest.raises(Refused):
            wrong()
    assert scene.jon.state() is AgentState.OFFERED


def test_a_restart_in_the_middle_changes_nothing() -> None:
    scene = Scene()
    asked = scene.asks_jon()
    steps: list[Callable[[], None]] = [
        lambda: scene.jon.accepts(asked),
        lambda: scene.jon.joins(asked),
        scene.dana.hangs_up,
    ]
    for happens in steps:
        before = scene.center.engine.snapshot()
        scene.center.restarts()
        assert scene.center.engine.snapshot() == before
        assert scene.center.engine.aside == ()
        happens()
    assert cause_of(asked) is WorkEnd.CONSULTED
    assert scene.mei.state() is AgentState.WRAP_UP
    assert len(scene.center.of_type(WorkEnded)) == 1
    assert len(scene.center.of_type(OfferMade)) == 2
