"""The IVR on a live call: events in, commands out, across restarts, lost voices and a lost Redis."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from core.causes import EndCause, WorkEnd
from core.commands import EnqueueWork, PlayPrompt
from core.events import Alert, OfferAccepted, WorkEnded
from core.ids import AgentId, FlowId, LegId, OfferId, QueueId, StreamId
from ivr import asking_in
from ivr.sounds import HOLD_MUSIC, MISSING_PROMPT_TONE
from ivr.verbs.enqueue import Phase
from tests.ivr.callers import flow_of
from tests.ivr.installation import CALL, FLOW, Installation
from tests.ivr.running import STEPS, WORK, waits_in_queue


async def test_a_call_walks_from_the_first_word_to_the_agent(ivr: Installation) -> None:
    await ivr.call_starts()
    await ivr.hears("Welcome.")
    await ivr.is_known_as("Mei", vip="yes")
    await ivr.prompt_ends()
    await ivr.hears("Orders or billing.")
    await ivr.presses("1")
    await ivr.hears("One moment.")
    (work,) = ivr.enqueued
    assert (work.work_id, work.call_id, work.queue_id, work.customer_id) == (WORK, CALL, "queue_orders", "cust_1")
    await ivr.prompt_ends()
    await ivr.hears(HOLD_MUSIC)
    await ivr.connects()
    await ivr.hears("")
    await ivr.ends("connected")
    assert ivr.path == ["hello", "who", "choose", "orders"]
    assert ivr.left_queue == []


async def test_a_spoken_choice_is_heard_and_the_recognizer_let_go(ivr: Installation) -> None:
    await ivr.call_starts()
    await ivr.hears("Welcome.")
    await ivr.prompt_ends()
    await ivr.sees(lambda: ivr.recognizer.streams)
    assert ivr.recognizer.streams == {StreamId("stream_1"): ("orders", "billing")}
    await ivr.says("billing", StreamId("stream_of_another_call"))
    await ivr.says("orders", StreamId("stream_1"))
    await ivr.hears("One moment.")
    await ivr.sees(lambda: not ivr.recognizer.streams)


async def test_without_a_recognizer_the_keys_still_work(ivr: Installation) -> None:
    ivr.recognizer.lost = True
    await ivr.call_starts()
    await ivr.hears("Welcome.")
    await ivr.prompt_ends()
    await ivr.hears("Orders or billing.")
    await ivr.presses("1")
    await ivr.hears("One moment.")


async def test_keys_count_while_a_recognizer_takes_its_time(ivr: Installation) -> None:
    ivr.recognizer.ready.clear()
    await ivr.call_starts()
    await ivr.hears("Welcome.")
    await ivr.prompt_ends()
    await ivr.hears("Orders or billing.")
    await ivr.presses("1")
    await ivr.hears("One moment.")
    ivr.recognizer.ready.set()
    await ivr.call_ends()
    await ivr.sees(lambda: not ivr.store.kinds["ivr"])
    assert ivr.recognizer.streams == {}, "a stream that began too late is stopped all the same"


async def test_keys_pressed_before_the_flow_has_begun_count(ivr: Installation) -> None:
    """As when a phone is told to dial «1000,,1»: the node hears the key before call control has told of the call."""
    await ivr.presses("2", LegId("leg_agent"))
    await ivr.presses("1")
    await ivr.call_starts()
    await ivr.hears("One moment.")
    assert ivr.path == ["hello", "who", "choose", "orders"]


async def test_keys_pressed_when_the_flow_is_over_mean_nothing_to_the_next_one(ivr: Installation) -> None:
    await waits_in_queue(ivr)
    await ivr.connects()
    await ivr.ends("connected")
    await ivr.presses("1")
    await ivr.call_ends()
    await ivr.sees(lambda: not ivr.store.kinds["ivr"])
    await ivr.call_starts()
    await ivr.hears("Welcome.")
    await ivr.prompt_ends()
    await ivr.hears("Orders or billing.")


async def test_the_keys_of_another_leg_mean_nothing(ivr: Installation) -> None:
    await ivr.call_starts()
    await ivr.hears("Welcome.")
    await ivr.presses("1", LegId("leg_agent"))
    await ivr.prompt_ends()
    await ivr.hears("Orders or billing.")


async def test_a_prompt_cut_off_by_the_end_of_the_call_is_not_its_end(ivr: Installation) -> None:
    """The node reports the stopped playback before call control knows that the call is over."""
    await ivr.call_starts()
    await ivr.hears("Welcome.")
    await ivr.prompt_ends("stopped")
    await ivr.call_ends()
    await ivr.sees(lambda: not ivr.store.kinds["ivr"])
    assert ivr.path == ["hello"]


async def test_a_caller_who_hangs_up_while_waiting_leaves_the_queue(ivr: Installation) -> None:
    await waits_in_queue(ivr)
    await ivr.call_ends()
    await ivr.sees(lambda: ivr.left_queue)
    assert (ivr.left_queue[0].work_id, ivr.left_queue[0].abandoned) == (WORK, True)
    await ivr.sees(lambda: not ivr.store.kinds["ivr"])
    assert ivr.runner.calls_in_flows == 0


async def test_a_call_that_ends_by_a_lost_node_is_not_abandoned(ivr: Installation) -> None:
    await waits_in_queue(ivr)
    await ivr.call_ends(EndCause.NODE_LOST)
    await ivr.sees(lambda: ivr.left_queue)
    assert not ivr.left_queue[0].abandoned


async def test_a_flow_that_hangs_up_asks_call_control(ivr: Installation) -> None:
    await ivr.call_starts()
    await ivr.hears("Welcome.")
    await ivr.presses("2")
    await ivr.hears("Good-bye.")
    await ivr.prompt_ends()
    await ivr.sees(lambda: ivr.hung_up)
    assert ivr.hung_up[0].cause is EndCause.FLOW_HUNG_UP


async def test_a_queue_that_refuses_has_its_own_way(ivr: Installation) -> None:
    ivr.refuse[EnqueueWork] = ("too late", "call_over")
    await ivr.call_starts()
    await ivr.hears("Welcome.")
    await ivr.presses("1")
    await ivr.hears("Please call later.")


async def test_a_queue_that_is_not_known_yet_is_asked_again_while_the_music_plays(ivr: Installation) -> None:
    """A leader of the ACD without its saved state gets its queues seconds later."""
    ivr.refuse[EnqueueWork] = ("there is no queue queue_orders", "unknown_queue")
    await waits_in_queue(ivr)
    await ivr.sees(lambda: len(ivr.enqueued) >= 2)
    del ivr.refuse[EnqueueWork]
    tries = len(ivr.enqueued)
    await ivr.sees(lambda: len(ivr.enqueued) > tries)
    await ivr.queue_moves(ivr.enqueued[0].work_id)
    await ivr.connects()
    await ivr.ends("connected")
    assert {work.work_id for work in ivr.enqueued} == {WORK}
    assert "trouble" not in ivr.path


async def test_a_queue_that_stays_unknown_is_given_up_after_a_stated_time(
    ivr: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking_in, "ASK_AGAIN_S", (0.05, 0.05))
    ivr.refuse[EnqueueWork] = ("there is no queue queue_orders", "unknown_queue")
    await waits_in_queue(ivr)
    await ivr.hears("Please call later.")
    assert len(ivr.enqueued) == 3


async def test_a_mistake_while_a_queue_is_asked_again_leaves_nobody_in_the_music(
    ivr: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking_in, "ASK_AGAIN_S", (0.05, 0.05))
    ivr.refuse[EnqueueWork] = ("there is no queue queue_orders", "unknown_queue")
    await waits_in_queue(ivr)
    ivr.breaks.add(EnqueueWork)
    await ivr.hears("Please call later.")


async def test_who_hangs_up_is_not_put_into_a_queue_that_becomes_known(ivr: Installation) -> None:
    ivr.refuse[EnqueueWork] = ("there is no queue queue_orders", "unknown_queue")
    await waits_in_queue(ivr)
    await ivr.call_ends()
    await ivr.sees(lambda: ivr.left_queue)
    tries = len(ivr.enqueued)
    await ivr.sees(lambda: not ivr.store.kinds["ivr"])
    assert len(ivr.enqueued) == tries


async def test_a_wait_that_the_acd_ends_goes_on_elsewhere(ivr: Installation) -> None:
    await waits_in_queue(ivr)
    ended = WorkEnded(
        at=0.0,
        work_id=ivr.enqueued[0].work_id,
        call_id=CALL,
        queue_id=QueueId("queue_orders"),
        agent_id=None,
        cause=WorkEnd.TIMED_OUT,
        waited_s=9.0,
    )
    await ivr.happens(ended)
    await ivr.hears("Good-bye.")


async def test_places_in_the_queue_are_announced(tmp_path: Path) -> None:
    async with Installation(flow_of(STEPS.replace("first_after_s: 60", "first_after_s: 1")), tmp_path).running() as ivr:
        await waits_in_queue(ivr)
        await ivr.queue_moves(*(type(ivr.enqueued[0].work_id)(work) for work in ("work_other", WORK)), expected_wait_s=100)
        await ivr.hears("You are number two in line. The expected wait is about two minutes. Thank you.")
        await ivr.prompt_ends()
        await ivr.hears(HOLD_MUSIC)


async def test_falls_silent_in_time_for_the_agent_who_accepted(ivr: Installation) -> None:
    await waits_in_queue(ivr)
    accepted = OfferAccepted(
        at=0.0,
        offer_id=OfferId("offer_1"),
        work_id=ivr.enqueued[0].work_id,
        call_id=CALL,
        queue_id=QueueId("queue_orders"),
        agent_id=AgentId("agent_mei"),
        waited_s=1.0,
    )
    await ivr.happens(accepted)
    await ivr.sees(lambda: getattr(ivr.saved.state.memory, "phase", "") is Phase.CONNECTING if ivr.saved.state else False)


# ── what is missing ───────────────────────────────────────────────────────────────────────────────────────────


async def test_without_a_voice_the_caller_hears_a_tone_and_people_are_told_once(tmp_path: Path) -> None:
    installation = Installation(flow_of(STEPS), tmp_path)
    installation.voice.lost = True
    async with installation.running() as ivr:
        await ivr.runner.prepared()
        await ivr.call_starts()
        await ivr.hears(MISSING_PROMPT_TONE)
        assert (ivr.data_dir / MISSING_PROMPT_TONE).exists()
        await ivr.prompt_ends()
        await ivr.presses("1")
        await ivr.sees(lambda: ivr.enqueued and ivr.playing)
        (alert,) = ivr.bus.of_type(Alert)
        assert (alert.severity, "no voice is installed" in alert.text) == ("critical", True)
        ivr.voice.lost = False
        await ivr.prompt_ends()
        await ivr.hears(HOLD_MUSIC)
        ivr.runner.prepare(FLOW)
        await ivr.bus.wait_for(Alert, severity="cleared")


async def test_a_redis_that_is_away_stops_the_flow_and_not_the_call(ivr: Installation) -> None:
    await ivr.call_starts()
    await ivr.hears("Welcome.")
    with capture_logs() as logs:
        ivr.store.away = True
        await ivr.prompt_ends()
        await ivr.sees(lambda: any((log["event"], log.get("who")) == ("waits", "flow") for log in logs))
        ivr.bus.go_away()
        ivr.store.away = False
        stood_still = len(logs)
        await ivr.sees(lambda: len(logs) > stood_still)
    await ivr.bus.come_back()
    await ivr.hears("Orders or billing.")
    await ivr.presses("1")
    await ivr.hears("One moment.")
    assert ivr.hung_up == []


async def test_a_database_that_is_away_delays_the_first_word(ivr: Installation) -> None:
    ivr.flows.away = True
    await ivr.call_starts()
    ivr.flows.away = False
    await ivr.hears("Welcome.")


async def test_a_flow_that_is_not_published_ends_the_call_and_is_told(ivr: Installation) -> None:
    await ivr.call_starts(FlowId("flow_gone"))
    await ivr.sees(lambda: ivr.hung_up)
    assert ivr.hung_up[0].cause is EndCause.FLOW_FAILED
    assert ivr.bus.of_type(Alert)[-1].text == "A call reached the flow flow_gone, which is not published."


async def test_what_is_known_of_the_caller_survives_a_restart(ivr: Installation) -> None:
    await ivr.call_starts()
    await ivr.hears("Welcome.")
    await ivr.is_known_as("Mei", vip="yes")
    await ivr.sees(lambda: ivr.saved.state is not None and ivr.saved.state.variables.get("vip") == "yes")
    await ivr.restart()
    await ivr.presses("1")
    await ivr.hears("One moment.")
    assert ivr.enqueued[0].customer_id == "cust_1"


async def test_a_mistake_in_one_flow_ends_that_call_and_no_other(ivr: Installation) -> None:
    async def broken(flow_id: FlowId, version: int | None = None) -> None:
        raise RuntimeError("a mistake")

    await ivr.runner.prepared()
    right, ivr.flows.get = ivr.flows.get, broken  # type: ignore[method-assign]
    await ivr.call_starts()
    await ivr.sees(lambda: ivr.hung_up)
    assert ivr.hung_up[0].cause is EndCause.FLOW_FAILED
    await ivr.call_ends(EndCause.FLOW_FAILED)
    await ivr.sees(lambda: ivr.runner.calls_in_flows == 0)
    ivr.flows.get = right  # type: ignore[method-assign]


async def test_a_prompt_that_the_node_cannot_play_does_not_hold_the_flow(ivr: Installation) -> None:
    ivr.refuse[PlayPrompt] = ("no such file", "")
    await ivr.call_starts()
    await ivr.sees(lambda: ivr.path == ["hello", "who", "choose"])
    await ivr.presses("1")
    await ivr.sees(lambda: ivr.enqueued)


async def test_prompts_of_a_published_flow_are_spoken_before_the_first_call(ivr: Installation) -> None:
    await ivr.runner.prepared()
    spoken = set(ivr.voice.spoken)
    assert {"Welcome.", "Orders or billing.", "One moment.", "Thank you.", "You are next in line.", "twenty"} <= spoken
    ivr.voice.spoken.clear()
    await waits_in_queue(ivr)
    assert ivr.voice.spoken == []


async def test_logs_carry_ids_and_nothing_personal(ivr: Installation) -> None:
    with capture_logs() as logs:
        await ivr.call_starts()
        await ivr.hears("Welcome.")
        await ivr.is_known_as("Mei Chen")
        await ivr.presses("1")
        await ivr.hears("One moment.")
    assert any(log.get("call_id") == CALL and log["event"] == "flow_stepped" for log in logs)
    written = str(logs)
    for personal in ("+441632960001", "Mei", "Welcome"):
        assert personal not in written


async def test_who_calls_is_known_in_the_queue_without_a_lookup(tmp_path: Path) -> None:
    """`last_agent_days` needs it: a flow that enters a queue with its first step does so with the customer."""
    steps = """
    orders: {verb: enqueue, queue: queue_orders, too_long: bye, failed: bye}
    bye: {verb: hang_up}
"""
    async with Installation(flow_of(steps), tmp_path).running() as ivr:
        await ivr.call_starts()
        await ivr.sees(lambda: ivr.store.kinds["ivr"])
        assert ivr.enqueued == []
        await ivr.is_known_as("Mei")
        await ivr.sees(lambda: ivr.enqueued)
        assert ivr.enqueued[0].customer_id == "cust_1"
