"""The machine's invariant, over any inputs in any order; and what all verbs have in common."""

from __future__ import annotations

from functools import cache

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.causes import EndCause, WorkEnd
from ivr.actions import Enqueue, Finish, LeaveQueue, Listen, Play, StopListening
from ivr.flow import CallFacts, Flow
from ivr.inputs import (
    AgentAccepted,
    Connected,
    Digit,
    EnqueueRefused,
    HungUp,
    Identified,
    Input,
    PlaybackDone,
    QueuePosition,
    Speech,
    WaitEnded,
)
from ivr.load import DEMO_FLOW, load_flow_file
from ivr.machine import Machine
from ivr.state import FlowState
from tests.ivr.callers import NOON, Caller, flow_of

EVERY_VERB = """
    hello: {verb: say, text: Welcome., next: who}
    who: {verb: lookup, wait_s: 1, next: order, not_found: language}
    language: {verb: set, values: {spoken_language: zh}, next: order}
    order: {verb: collect, ask: "Number?", into: number, min_digits: 2, max_digits: 4, next: choose, otherwise: choose}
    choose:
      verb: menu
      ask: "Which?"
      tries: 2
      options:
        - {digit: 1, phrases: [orders], go: orders}
        - {digit: 2, phrases: [again], go: hello}
        - {digit: 3, go: decide}
      otherwise: bye
    decide:
      verb: branch
      cases: [{if: vip, is: true, go: orders}]
      otherwise: hours
    hours: {verb: hours, time_zone: UTC, week: {mon-sun: ["00:00-12:30"]}, open: orders, closed: choose}
    orders: {verb: enqueue, queue: queue_orders, max_wait_s: 100, too_long: choose, failed: bye}
    bye: {verb: hang_up, say: Good-bye.}
"""


@cache
def every_verb() -> Flow:
    return flow_of(EVERY_VERB, limit_s=600)


@cache
def demo() -> Flow:
    return load_flow_file(DEMO_FLOW)


inputs: st.SearchStrategy[Input] = st.one_of(
    st.builds(Digit, digit=st.sampled_from("0123456789*#A")),
    st.builds(PlaybackDone, number=st.integers(-1, 12)),
    st.builds(Speech, phrase=st.sampled_from(["orders", "again", "billing", "", "nonsense"]), confidence=st.floats(0, 1)),
    st.builds(
        Identified,
        variables=st.dictionaries(st.sampled_from(["vip", "open_tickets", "customer_name", "language"]), st.text(max_size=5)),
    ),
    st.builds(QueuePosition, position=st.integers(-1, 40), expected_wait_s=st.none() | st.floats(0, 1e6)),
    st.builds(EnqueueRefused, reason=st.text(max_size=5)),
    st.builds(WaitEnded, cause=st.sampled_from(WorkEnd)),
    st.just(AgentAccepted()),
)
endings: st.SearchStrategy[Input] = st.sampled_from([Connected(), HungUp(), HungUp(by_caller=False)])
moments = st.tuples(st.floats(0, 90), st.none() | inputs | st.just("restart"))


@given(flow=st.sampled_from([every_verb, demo]), moments=st.lists(moments, max_size=30), ending=st.none() | endings)
def test_any_inputs_end_or_leave_a_deadline(flow: object, moments: list[tuple[float, object]], ending: Input | None) -> None:
    """After every input the walk is over, or it stands in a step with a deadline; nothing raises; all that began ends."""
    caller = Caller(flow())  # type: ignore[operator]
    for pause_s, heard in moments:
        caller.now += pause_s
        if heard is None:
            caller._note(caller.machine.handle_timer(caller.now))
        elif heard == "restart":
            caller.survives_a_restart()
        else:
            caller.meets(heard)  # type: ignore[arg-type]
        state = caller.machine.state
        assert (state.outcome is None) == (caller.machine.next_deadline() is not None)
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=FlowState) == state
    if ending is not None:
        caller.meets(ending)
        assert caller.outcome is not None
    if caller.outcome is not None:
        assert_all_that_began_has_ended(caller)


@given(pauses=st.lists(st.floats(0.1, 30), min_size=1, max_size=5))
def test_a_caller_who_does_nothing_is_not_kept_for_ever(pauses: list[float]) -> None:
    caller = Caller(every_verb())
    while caller.outcome is None:
        for pause_s in pauses:
            caller.waits(pause_s)
        assert caller.now < NOON + 700, "the flow's limit has passed"
    assert_all_that_began_has_ended(caller)


def assert_all_that_began_has_ended(caller: Caller) -> None:
    finishes = [action for action in caller.actions if isinstance(action, Finish)]
    assert [caller.actions[-1]] == finishes
    assert not caller.listening
    assert sum(isinstance(a, StopListening) for a in caller.actions) <= sum(isinstance(a, Listen) for a in caller.actions)
    waits = {action.number for action in caller.actions if isinstance(action, Enqueue)}
    left = [action.number for action in caller.actions if isinstance(action, LeaveQueue)]
    assert len(left) == len(set(left))
    assert set(left) <= waits
    numbers = [action.number for action in caller.actions if isinstance(action, Play)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_nothing_happens_after_the_end() -> None:
    caller = Caller(every_verb())
    caller.hangs_up()
    ended = len(caller.actions)
    caller.presses("1")
    caller.is_connected()
    caller.hangs_up()
    caller.waits(1000)
    caller.survives_a_restart()
    assert len(caller.actions) == ended


def test_the_end_of_an_older_prompt_is_not_the_end_of_this_one() -> None:
    caller = Caller(flow_of("a: {verb: say, text: One., next: b}\nb: {verb: hang_up, say: Two.}"))
    caller.listens()
    caller.meets(PlaybackDone(number=1))
    assert (caller.hears, caller.outcome) == ("Two.", None)


def test_keys_pressed_early_skip_what_can_be_skipped_and_answer_the_next_question() -> None:
    caller = Caller(
        flow_of("""
        hello: {verb: say, text: Welcome., next: news}
        news: {verb: say, text: News., next: choose}
        choose: {verb: menu, ask: "Which?", options: [{digit: 1, go: choose}, {digit: 2, go: bye}], otherwise: bye}
        bye: {verb: hang_up, say: Good-bye.}
    """)
    )
    caller.presses("2")
    assert caller.path == ["hello", "news", "choose", "bye"]
    assert "News." not in caller.heard


def test_a_flow_has_a_longest_time() -> None:
    caller = Caller(
        flow_of("a: {verb: menu, ask: Again, options: [{digit: 1, go: a}], otherwise: b}\nb: {verb: hang_up}", limit_s=60)
    )
    for _ in range(30):
        caller.waits(3)
        caller.presses("1")
    assert caller.outcome == "failed"
    assert caller.hung_up_on is not None
    assert caller.hung_up_on.cause is EndCause.FLOW_FAILED


def test_facts_of_the_caller_are_there_whenever_they_come() -> None:
    caller = Caller(flow_of('a: {verb: say, text: Hi., next: b}\nb: {verb: hang_up, say: "{customer_name}"}'))
    caller.is_known_as(customer_name="Mei", certainty="certain")
    caller.listens()
    assert caller.hears == "Mei"


def test_a_walk_begins_anew_when_its_step_is_gone() -> None:
    """A restart with a flow that was changed under a running call (never by us: a call keeps its version)."""
    flow = flow_of("a: {verb: say, text: One., next: b}\nb: {verb: hang_up, say: Two.}")
    state = msgspec.structs.replace(Machine.for_call(flow, CallFacts(), NOON).state, step="gone")
    machine = Machine(flow, state)
    machine.resume(NOON)
    assert machine.state.step == "a"


@pytest.mark.parametrize("pause_s", [0.0, 5.0])
def test_a_timer_that_fires_early_changes_nothing(pause_s: float) -> None:
    caller = Caller(every_verb())
    before = caller.machine.state
    caller.machine.handle_timer(NOON + pause_s)
    assert caller.machine.state == before
