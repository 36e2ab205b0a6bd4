"""The IVR process ends, and another one goes on: with the prompt, the place in the queue, the agent; no key counts twice."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from core.causes import EndCause
from core.events import PlaybackFinished
from core.ids import AgentId, WorkId
from ivr.sounds import HOLD_MUSIC
from ivr.state import LivingCall, SavedCall
from tests.ivr.callers import flow_of
from tests.ivr.installation import CALL, FLOW, LEG, NODE, Installation, LoopClock
from tests.ivr.running import STEPS, WORK, waits_in_queue
from tests.peers.digits import pressed


async def test_a_restart_in_the_middle_of_a_prompt_begins_the_prompt_again(ivr: Installation) -> None:
    await ivr.call_starts()
    await ivr.hears("Welcome.")
    await ivr.prompt_ends()
    await ivr.hears("Orders or billing.")
    await ivr.sees(lambda: b"stream_1" in ivr.store.kinds["ivr"][CALL])
    ivr.commands.clear()
    await ivr.restart()
    await ivr.hears("Orders or billing.")
    await ivr.sees(lambda: list(ivr.recognizer.streams) == ["stream_2"], lambda: f"listens with {ivr.recognizer.streams}")
    await ivr.presses("1")
    await ivr.hears("One moment.")
    assert ivr.path == ["hello", "who", "choose", "orders"]


async def test_a_restart_while_waiting_keeps_the_place_and_the_music(ivr: Installation) -> None:
    await waits_in_queue(ivr)
    await ivr.restart()
    await ivr.sees(lambda: len(ivr.enqueued) == 2)
    assert {work.work_id for work in ivr.enqueued} == {WORK}
    await ivr.hears(HOLD_MUSIC)
    await ivr.connects()
    await ivr.ends("connected")


OTHER_WORK = WorkId("work_other")
LIVING = LivingCall(
    call=SavedCall(call_id=CALL, leg_id=LEG, node_id=NODE, flow_id=FLOW, caller="+441632960001", called="1000", language="en"),
    work_id=WorkId(WORK),
)


@pytest.mark.parametrize("what_is_left", [None, b"\xc1 nothing", b"\x82\xa7call_id\xa6call_1\xabcustomer_id\xa6cust_1"])
async def test_a_living_call_whose_flow_cannot_be_read_begins_it_anew(ivr: Installation, what_is_left: bytes | None) -> None:
    await waits_in_queue(ivr)
    await ivr.runner.stop()
    if what_is_left is None:
        await ivr.store.delete("ivr", CALL)
    else:
        await ivr.store.save("ivr", CALL, what_is_left)
    ivr.commands.clear()
    await ivr.restart(LIVING)
    assert [work.work_id for work in ivr.left_queue] == [WORK]
    await ivr.call_starts()  # a replayed event
    await ivr.hears("Welcome.")
    await ivr.prompt_ends()
    await ivr.hears("Orders or billing.")
    await ivr.presses("1")
    await ivr.hears("One moment.")
    again = ivr.enqueued[-1]
    assert again.work_id != WORK, "the ACD remembers what has ended"
    assert again.customer_id == ("cust_1" if what_is_left and b"customer_id" in what_is_left else None)
    await ivr.connects()
    await ivr.ends("connected")


async def test_a_living_call_that_had_only_to_be_hung_up_is(ivr: Installation) -> None:
    await ivr.restart(msgspec.structs.replace(LIVING, work_id=None, is_leaving=True))
    assert [(end.call_id, end.cause) for end in ivr.hung_up] == [(CALL, EndCause.FLOW_HUNG_UP)]


async def test_a_call_whose_flow_ended_with_its_process_is_hung_up_by_the_next(ivr: Installation) -> None:
    await ivr.call_starts()
    await ivr.hears("Welcome.")
    await ivr.presses("2")
    await ivr.hears("Good-bye.")
    await ivr.prompt_ends()
    await ivr.ends("hung_up")
    ivr.commands.clear()  # the order was lost
    await ivr.restart(LIVING)
    assert [(end.call_id, end.cause) for end in ivr.hung_up] == [(CALL, EndCause.FLOW_HUNG_UP)]


async def test_a_call_that_is_with_an_agent_stays_so_after_a_restart(ivr: Installation) -> None:
    await waits_in_queue(ivr)
    await ivr.connects()
    await ivr.ends("connected")
    ivr.commands.clear()
    await ivr.restart()
    await ivr.call_starts()  # a replayed event
    await ivr.call_ends()
    await ivr.sees(lambda: not ivr.store.kinds["ivr"])
    assert ivr.commands == []


INTERRUPTED = "Sorry, we were interrupted. Please stay on the line, you will be connected to another agent."
TRANSFERRED = "One moment please, you are being transferred."


async def test_a_caller_whose_agent_left_is_spoken_to_and_waits_at_the_same_place(ivr: Installation) -> None:
    await waits_in_queue(ivr)
    await ivr.connects()
    await ivr.is_handed_back()
    await ivr.hears(INTERRUPTED)
    assert {work.work_id for work in ivr.enqueued} == {WORK}, "asked for again under the same id: the place is kept"
    assert ivr.left_queue == []
    await ivr.prompt_ends()
    await ivr.hears(HOLD_MUSIC)
    await ivr.is_handed_back()  # heard twice
    await ivr.connects()
    await ivr.ends("connected")
    await ivr.is_handed_back()
    await ivr.hears(INTERRUPTED)


async def test_who_is_handed_on_waits_with_other_work_in_its_queue(ivr: Installation) -> None:
    await waits_in_queue(ivr)
    await ivr.connects()
    await ivr.ends("connected")
    await ivr.is_handed_on(OTHER_WORK)
    await ivr.hears(TRANSFERRED)
    again = ivr.enqueued[-1]
    assert (again.work_id, again.queue_id) == (OTHER_WORK, "queue_other"), "asked for again it stays where it was put"
    await ivr.prompt_ends()
    await ivr.hears(HOLD_MUSIC)
    await ivr.restart()
    await ivr.hears(HOLD_MUSIC)
    assert ivr.runner.waiting == {OTHER_WORK: CALL}
    await ivr.connects()
    await ivr.ends("connected")
    await ivr.is_handed_back()
    await ivr.hears(INTERRUPTED)
    assert ivr.enqueued[-1].work_id == OTHER_WORK, "and when that agent leaves it is the same work that waits"


async def test_a_flow_has_nothing_to_say_to_whom_a_colleague_has_taken(ivr: Installation) -> None:
    await waits_in_queue(ivr)
    await ivr.connects()
    await ivr.ends("connected")
    asked = len(ivr.enqueued)
    await ivr.is_handed_on(OTHER_WORK, to_agent=AgentId("agent_jon"))
    await ivr.runner.prepared()
    assert (len(ivr.enqueued), ivr.runner.calls_in_flows) == (asked, 0)


async def test_an_agent_who_left_while_the_flows_were_away_is_noticed_by_the_next_process(ivr: Installation) -> None:
    """Call control says that the call is in its flow, which had ended with an agent."""
    await waits_in_queue(ivr)
    await ivr.connects()
    await ivr.ends("connected")
    await ivr.restart(LIVING)
    await ivr.hears(INTERRUPTED)
    await ivr.is_handed_back()
    await ivr.prompt_ends()
    await ivr.hears(HOLD_MUSIC)
    await ivr.connects()


async def test_an_event_that_comes_twice_changes_nothing(ivr: Installation) -> None:
    await ivr.call_starts()
    await ivr.call_starts()
    await ivr.hears("Welcome.")
    ended = PlaybackFinished(at=0.0, leg_id=LEG, call_id=CALL, playback_id=ivr.playing.playback_id, outcome="completed")  # type: ignore[union-attr]
    await ivr.happens(ended)
    await ivr.hears("Orders or billing.")
    await ivr.happens(ended)
    await ivr.presses("1")
    await ivr.hears("One moment.")
    assert ivr.path == ["hello", "who", "choose", "orders"]


MENUS = """
    first:
      verb: menu
      ask: Settings.
      options:
        - {digit: 1, go: second}
      otherwise: kept
    second:
      verb: menu
      ask: Erase it all?
      options:
        - {digit: 1, go: erased}
        - {digit: 2, go: kept}
      otherwise: kept
    erased: {verb: hang_up, say: Erased.}
    kept: {verb: hang_up, say: Kept.}
"""


async def test_a_key_that_is_handed_in_again_after_a_restart_is_no_second_key(tmp_path: Path) -> None:
    """Failed before: what stood in the stream since the slowest service's cursor was pressed once more, in the next menu."""
    async with Installation(flow_of(MENUS), tmp_path).running() as ivr:
        await ivr.call_starts()
        await ivr.hears("Settings.")
        pressed_lately = pressed("1", LEG, CALL, at=LoopClock().now() - 5.0)
        await ivr.happens(pressed_lately)
        await ivr.hears("Erase it all?")
        await ivr.restart()
        await ivr.happens(pressed_lately)
        await ivr.presses("2")
        await ivr.hears("Kept.")
        assert ivr.path == ["first", "second", "kept"]


async def test_what_another_version_saved_is_dropped(tmp_path: Path) -> None:
    installation = Installation(flow_of(STEPS), tmp_path)
    await installation.store.save("ivr", "call_old", b"\xc1 not ours")
    async with installation.running():
        assert installation.store.kinds["ivr"] == {}
