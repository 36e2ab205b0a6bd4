"""Who cannot be reached is free for nobody: counted apart, estimated without, stepped over; reports say so, too."""

from __future__ import annotations

from acd.engine.agent_inputs import STEPPED_OVER_AFTER_S
from acd.numbers.agent_time import StateChange
from acd.numbers.intervals import Interval, edges
from core.events import AgentStateChanged, WorkRelaxed
from core.model import AgentState, Channel, UnreachableReason
from tests.acd.contact_center import MORNING, ContactCenter, step
from tests.acd.numbers.counted import agent_rows


def test_free_agents_whose_browsers_are_gone_are_not_counted_as_free(center: ContactCenter) -> None:
    """The board said 14 free, expected wait 27 s; nobody was reachable."""
    line = center.queue("billing")
    people = [center.free_agent(f"agent{number}") for number in range(14)]
    served = line.gets()
    people[0].answers(served)
    center.passes(60)
    served.hangs_up()
    people[0].writes_up(served)
    assert line.view().agents_available == 14
    assert line.view().expected_wait_s is not None
    for person in people:
        person.loses_audio(UnreachableReason.DESK_CLOSED)
    seen = line.view()
    assert (seen.agents_available, seen.agents_unreachable, seen.agents_busy) == (0, 14, 0)
    assert seen.expected_wait_s is None, "no estimate is invented"
    people[3].has_audio()
    assert (line.view().agents_available, line.view().agents_unreachable) == (1, 13)
    assert line.view().expected_wait_s is not None


def test_who_never_had_a_browser_is_not_free_either(center: ContactCenter) -> None:
    line = center.queue("billing")
    eva = center.agent("eva")
    eva.becomes(AgentState.AVAILABLE)
    assert eva.state() is AgentState.UNREACHABLE
    assert eva.view().reason == UnreachableReason.NOT_CONNECTED
    assert (line.view().agents_available, line.view().agents_unreachable) == (0, 1)
    eva.becomes(AgentState.AWAY)
    assert line.view().agents_unreachable == 0
    eva.becomes(AgentState.AVAILABLE)
    eva.has_audio()
    assert eva.state() is AgentState.AVAILABLE


def test_who_talks_stays_busy_and_is_not_reachable_after_it(center: ContactCenter) -> None:
    line = center.queue("billing", wrap_up_s=0)
    eva = center.free_agent("eva")
    call = line.gets()
    eva.answers(call)
    eva.loses_audio()
    assert (eva.state(), line.view().agents_busy, line.view().agents_unreachable) == (AgentState.BUSY, 1, 0)
    call.hangs_up()
    assert eva.state() is AgentState.UNREACHABLE


def test_a_step_is_taken_early_when_all_who_could_serve_are_unreachable(center: ContactCenter) -> None:
    line = center.queue("billing", asks={"billing": 4}, steps=(step(600, asks={}),))
    eva, jon = center.free_agent("eva", {"billing": 5}), center.free_agent("jon")
    eva.loses_audio()
    call = line.gets()
    center.passes(STEPPED_OVER_AFTER_S - 1)
    assert call.ringing() is None, "a page that is loaded anew gives nothing up"
    center.passes(1)
    assert line.offers(call, to=jon)
    assert center.of_type(WorkRelaxed)[-1].skipped


def test_a_page_that_is_loaded_anew_gives_nothing_up(center: ContactCenter) -> None:
    line = center.queue("billing", asks={"billing": 4}, steps=(step(600, asks={}),))
    eva, jon = center.free_agent("eva", {"billing": 5}), center.free_agent("jon")
    eva.loses_audio()
    call = line.gets()
    center.passes(3)
    center.restarts()
    eva.has_audio()
    assert line.offers(call, to=eva)
    center.passes(STEPPED_OVER_AFTER_S)
    assert jon.state() is AgentState.AVAILABLE
    assert center.of_type(WorkRelaxed) == []


def test_nobody_waits_alone_for_an_agent_whose_browser_is_gone(center: ContactCenter) -> None:
    line = center.queue("billing", preferred_s=300)
    eva, jon = center.free_agent("eva"), center.free_agent("jon")
    eva.loses_audio()
    call = line.gets(wants=eva)
    center.passes(STEPPED_OVER_AFTER_S)
    assert line.offers(call, to=jon)


def test_text_is_given_to_whom_no_call_reaches_until_the_desk_is_gone(center: ContactCenter) -> None:
    line = center.queue("billing")
    eva = center.free_agent("eva")
    eva.loses_audio()
    chat = line.gets(Channel.CHAT)
    assert line.offers(chat, to=eva)
    eva.loses_desk()
    assert chat.ringing() is None
    assert eva.state() is AgentState.UNREACHABLE


def test_reports_tell_unreachable_time_apart(center: ContactCenter) -> None:
    center.queue("billing")
    eva = center.free_agent("eva")
    center.passes(599)
    eva.loses_audio()
    center.passes(300)
    changes = [
        StateChange(agent_id=told.agent_id, at=told.at, state=told.state, reason=told.reason)
        for told in center.of_type(AgentStateChanged)
    ]
    between = edges(MORNING, center.now, Interval.HOUR, center.engine.registry.zone)
    (row,) = agent_rows([], {eva.agent_id: changes}, between, [eva.agent_id], center.now)
    assert [round(seconds) for seconds in (row.available_s, row.unreachable_s, row.away_s)] == [600, 300, 0]
