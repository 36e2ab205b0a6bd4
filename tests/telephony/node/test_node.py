"""The node's promises: claims, refusals, prompts, taps, a missing bus, a hanging engine, an orderly end."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from core.agreeing import TAP, OwnKey
from core.causes import EndCause
from core.commands import (
    AnswerLeg,
    CreateBrowserLeg,
    EnqueueWork,
    HangUpLeg,
    ListLegs,
    PlayPrompt,
    RejectLeg,
    SealDigits,
    SendDigits,
    StartTap,
    StopPlayback,
    StopTap,
)
from core.events import (
    DigitPressed,
    LegAnswered,
    LegEnded,
    LegOffered,
    NodeHeartbeat,
    NodeStarted,
    PlaybackFinished,
)
from core.ids import CallId, LegId, PlaybackId, QueueId, TapId, WorkId
from core.model import Channel, LegPurpose
from core.sealing import seal
from telephony import media_engine
from telephony.engine_settings import Codec
from telephony.media_engine import DigitMethod, EngineError, OnEngineEvent, RtpDirection
from telephony.node.node import EngineStalled, MediaNode
from tests.peers.digits import SEAL_DIGITS, opened
from tests.peers.memory_bus import MemoryBus
from tests.peers.waiting import until
from tests.telephony.node.engine_double import EngineDouble
from tests.telephony.node.running import RunningNode, WallClock, config_for
from tests.telephony.node.scene import AGENT, CALL, CALLER, Scene, capture

# ── coming and going ────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_claimed_caller_is_answered(scene: Scene) -> None:
    await scene.answered_call()

    answered = await scene.bus.wait_for(LegAnswered, leg_id=CALLER)
    assert (answered.call_id, answered.codec) == (CALL, "PCMU")


async def test_answering_twice_answers_once(scene: Scene) -> None:
    await scene.answered_call()
    await scene.do(AnswerLeg(leg_id=CALLER))

    assert scene.engine.requests("answer") == [(CALLER,)]


async def test_an_unclaimed_caller_hears_503(tmp_path: Path) -> None:
    engines: list[EngineDouble] = []
    async with RunningNode(capture(engines), config_for(tmp_path, claim_within_s=0.1)) as running:
        await Scene(running, engines[0]).caller_at_the_door()

        ended = await running.bus.wait_for(LegEnded, leg_id=CALLER)
        assert ended.cause is EndCause.REFUSED_NO_CONTROL
        assert engines[0].requests("reject") == [(CALLER, 503, {"Retry-After": "5"})]


async def test_a_caller_who_cannot_be_answered_is_sent_away_and_leaves_the_place(scene: Scene) -> None:
    """Such legs stayed for good, until the node was full of them: control forgets the call with the refusal."""
    await scene.caller_at_the_door()
    scene.engine.fails["answer"] = EngineError("sip_error", "Invalid operation")
    assert not (await scene.ask(AnswerLeg(leg_id=CALLER))).ok
    assert (await scene.bus.wait_for(LegEnded, leg_id=CALLER)).cause is EndCause.TRANSPORT_FAILED
    assert scene.engine.requests("hang_up") == [(CALLER,)]


@pytest.mark.parametrize("refused", [True, False])
async def test_a_leg_whose_end_nobody_tells_gives_its_place_back(tmp_path: Path, refused: bool) -> None:
    engines: list[EngineDouble] = []
    async with RunningNode(capture(engines), config_for(tmp_path, no_end_s=0.2)) as running:
        scene = Scene(running, engines[0])
        await scene.caller_at_the_door()
        scene.engine.fails["reject"] = scene.engine.fails["hang_up"] = EngineError("no_such_port", "no leg")
        if refused:
            await scene.ask(RejectLeg(leg_id=CALLER, cause=EndCause.REFUSED_UNKNOWN_NUMBER))
        else:
            scene.engine.fails["answer"] = EngineError("no_such_port", "no leg")
            await scene.ask(AnswerLeg(leg_id=CALLER))
        ended = await running.bus.wait_for(LegEnded, leg_id=CALLER)
        assert ended.cause is (EndCause.REFUSED_UNKNOWN_NUMBER if refused else EndCause.TRANSPORT_FAILED)
        assert (await scene.do(ListLegs())).result["legs"] == []


async def test_a_rejected_caller_hears_the_status_of_the_cause(scene: Scene) -> None:
    await scene.caller_at_the_door()
    await scene.do(RejectLeg(leg_id=CALLER, cause=EndCause.REFUSED_UNKNOWN_NUMBER))

    assert scene.engine.requests("reject") == [(CALLER, 404, {})]
    assert (await scene.bus.wait_for(LegEnded, leg_id=CALLER)).cause is EndCause.REFUSED_UNKNOWN_NUMBER


async def test_a_caller_who_gives_up_before_the_answer_cancelled(scene: Scene) -> None:
    await scene.caller_at_the_door()
    scene.engine.phone_hangs_up(CALLER, time.time())

    assert (await scene.bus.wait_for(LegEnded, leg_id=CALLER)).cause is EndCause.CALLER_CANCELLED


async def test_who_hangs_up_is_named(scene: Scene) -> None:
    await scene.answered_call()
    scene.engine.phone_hangs_up(CALLER, time.time())
    assert (await scene.bus.wait_for(LegEnded, leg_id=CALLER)).cause is EndCause.CALLER_HUNG_UP

    await scene.answered_call(LegId("leg_2"), CallId("call_2"))
    await scene.do(HangUpLeg(leg_id=LegId("leg_2"), cause=EndCause.FLOW_HUNG_UP))
    assert (await scene.bus.wait_for(LegEnded, leg_id=LegId("leg_2"))).cause is EndCause.FLOW_HUNG_UP


async def test_hanging_up_a_leg_that_is_gone_is_no_error(scene: Scene) -> None:
    await scene.do(HangUpLeg(leg_id=LegId("leg_gone"), cause=EndCause.FLOW_HUNG_UP))


async def test_a_full_node_refuses_one_leg_more(scene: Scene) -> None:
    for n in range(3):
        await scene.answered_call(LegId(f"leg_{n}"), CallId(f"call_{n}"))
    scene.engine.phone_calls("leg_3", "call_3", time.time())

    ended = await scene.bus.wait_for(LegEnded, leg_id=LegId("leg_3"))
    assert ended.cause is EndCause.REFUSED_FULL
    assert not [e for e in scene.bus.of_type(LegOffered) if e.leg_id == "leg_3"]
    assert (await scene.bus.wait_for(NodeHeartbeat, legs=3)).refused == {EndCause.REFUSED_FULL.value: 1}


async def test_a_full_node_refuses_a_browser_in_words(scene: Scene) -> None:
    for n in range(3):
        await scene.answered_call(LegId(f"leg_{n}"), CallId(f"call_{n}"))
    answer = await scene.ask(CreateBrowserLeg(leg_id=LegId("leg_b"), purpose=LegPurpose.AGENT, sdp_offer="v=0"))

    assert not answer.ok
    assert "full" in answer.reason


async def test_a_broken_offer_is_refused_in_words_and_leaves_nothing(scene: Scene) -> None:
    answer = await scene.ask(CreateBrowserLeg(leg_id=LegId("leg_b"), purpose=LegPurpose.AGENT, sdp_offer="v=0\r\ns=-\r\n"))

    assert not answer.ok
    assert (answer.reason, answer.result["code"]) == ("the offer has no audio section", "bad_sdp")
    assert (await scene.do(ListLegs())).result["legs"] == []
    assert scene.engine.ports == {}


async def test_an_answer_for_nobody_is_refused(scene: Scene) -> None:
    answer = await scene.ask(AnswerLeg(leg_id=LegId("leg_gone")))

    assert (answer.reason, answer.result) == ("no such leg", {"code": "leg_over"})


async def test_a_command_for_somebody_else_is_refused(scene: Scene) -> None:
    command = EnqueueWork(work_id=WorkId("w"), call_id=CALL, channel=Channel.CALL, queue_id=QueueId("q"))

    assert not (await scene.ask(command)).ok


# ── sound ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_prompt_is_played_once_and_its_end_told(scene: Scene, tmp_path: Path) -> None:
    await scene.answered_call()
    prompt = PlayPrompt(leg_id=CALLER, playback_id=PlaybackId("p1"), files=("prompts/a.wav", "prompts/b.wav"))
    await scene.do(prompt)
    await scene.do(prompt)
    scene.engine.playback_ends(CALLER, "p1")

    files = (tmp_path / "prompts/a.wav", tmp_path / "prompts/b.wav")
    assert scene.engine.requests("play") == [(CALLER, "p1", files, False)]
    finished = await scene.bus.wait_for(PlaybackFinished, playback_id=PlaybackId("p1"))
    assert (finished.call_id, finished.outcome) == (CALL, "completed")

    await scene.do(prompt)
    assert len(scene.engine.requests("play")) == 1, "asked for once more by whoever took the call over, it is not said twice"


async def test_no_file_outside_the_data_directory_is_played(scene: Scene) -> None:
    await scene.answered_call()
    for path in ("../secret.wav", "/etc/passwd"):
        answer = await scene.ask(PlayPrompt(leg_id=CALLER, playback_id=PlaybackId("p"), files=(path,)))
        assert not answer.ok
    assert scene.engine.requests("play") == []


async def test_an_unreadable_prompt_is_refused_in_words(scene: Scene) -> None:
    await scene.answered_call()
    scene.engine.fails["play"] = EngineError("bad_prompt", "x.wav: No such file or directory")

    answer = await scene.ask(PlayPrompt(leg_id=CALLER, playback_id=PlaybackId("p"), files=("x.wav",)))
    assert (answer.ok, answer.reason) == (False, "x.wav: No such file or directory")


async def test_a_digit_belongs_to_its_call(scene: Scene) -> None:
    await scene.answered_call()
    scene.engine.say(media_engine.DigitPressed(port_id=CALLER, digit="5", method=DigitMethod.RFC4733, at=1.0))

    pressed = await scene.bus.wait_for(DigitPressed)
    assert (pressed.call_id, opened(pressed), pressed.method) == (CALL, "5", "rfc4733")


async def test_a_tap_sends_ulaw_with_the_recognizers_ssrc(scene: Scene) -> None:
    await scene.answered_call()
    tap = StartTap(tap_id=TapId("tap_1"), leg_id=CALLER, host="127.0.0.1", port=4000, ssrc=77)
    await scene.do(tap)
    await scene.do(tap)

    assert scene.engine.requests("open_rtp_port") == [("tap_1", Codec.PCMU, RtpDirection.SEND_ONLY, 77)]
    assert scene.engine.requests("listen") == [(CALLER, "tap_1")]
    await scene.do(StopTap(tap_id=TapId("tap_1")))
    assert scene.engine.ports == {}


async def test_a_tap_is_encrypted_for_the_recognizer_that_asked_for_it_and_never_twice_alike(scene: Scene) -> None:
    await scene.answered_call()
    recognizer = OwnKey()
    tap = StartTap(tap_id=TapId("tap_1"), leg_id=CALLER, host="127.0.0.1", port=4, ssrc=77, public_key=recognizer.public)
    await scene.do(tap)
    node_key = (await scene.ask(ListLegs())).result["public_key"]
    ours, theirs = scene.engine.keys["tap_1"], recognizer.agreed(TAP, node_key)
    assert ours is not None
    assert (ours.tx, ours.rx) == (theirs.rx, theirs.tx)
    for nonsense in (recognizer.public, b"short", node_key):
        other = StartTap(tap_id=TapId("tap_2"), leg_id=CALLER, host="127.0.0.1", port=4, ssrc=77, public_key=nonsense)
        assert not (await scene.ask(other)).ok
    assert set(scene.engine.ports) == {"tap_1"}


async def test_a_tap_ends_with_its_leg(scene: Scene) -> None:
    await scene.answered_call()
    await scene.do(StartTap(tap_id=TapId("tap_1"), leg_id=CALLER, host="127.0.0.1", port=4000, ssrc=77))
    scene.engine.phone_hangs_up(CALLER, time.time())

    await until(lambda: not scene.engine.ports)


async def test_stopping_a_playback_of_a_leg_that_is_gone_is_no_error(scene: Scene) -> None:
    await scene.do(StopPlayback(leg_id=LegId("leg_gone")))


async def test_what_nobody_expects_to_fail_ends_no_call(tmp_path: Path) -> None:
    """Whatever one leg's figures are, the node goes on with all of them."""
    engines: list[EngineDouble] = []
    async with RunningNode(capture(engines), config_for(tmp_path, measure_every_s=0.02)) as running:
        engines[0].fails["statistics"] = ZeroDivisionError()
        await Scene(running, engines[0]).answered_call()
        await until(lambda: len(engines[0].requests("statistics")) > 2)
        assert (await running.ask(ListLegs())).ok


# ── the bus goes away ───────────────────────────────────────────────────────────────────────────────────────────


async def test_without_a_bus_calls_go_on_and_new_ones_are_refused(scene: Scene) -> None:
    await scene.answered_call()
    scene.bus.go_away()
    await until(lambda: scene.engine.refusing == "no control")
    scene.engine.phone_hangs_up(CALLER, time.time())
    await scene.bus.come_back()

    assert (await scene.bus.wait_for(LegEnded, leg_id=CALLER)).cause is EndCause.CALLER_HUNG_UP
    await until(lambda: scene.engine.refusing is None)


async def test_a_caller_who_slips_in_without_a_bus_is_refused_at_once(scene: Scene) -> None:
    scene.bus.go_away()
    await until(lambda: scene.engine.refusing == "no control")
    scene.engine.phone_calls("leg_9", "call_9", time.time())

    await until(lambda: bool(scene.engine.requests("reject")))
    await scene.bus.come_back()
    assert (await scene.bus.wait_for(LegEnded, leg_id=LegId("leg_9"))).cause is EndCause.REFUSED_NO_CONTROL


async def test_a_node_that_starts_without_a_bus_says_so_first_when_it_returns(tmp_path: Path) -> None:
    bus = MemoryBus()
    bus.go_away()
    engines: list[EngineDouble] = []
    running = RunningNode(capture(engines), config_for(tmp_path), bus)
    entering = asyncio.create_task(running.__aenter__())
    await until(lambda: engines[0].refusing == "no control")
    assert bus.published == []
    await bus.come_back()
    await entering
    await running.__aexit__(None, None, None)

    assert isinstance(bus.published[0], NodeStarted)


# ── ending ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_stopped_node_hangs_up_and_says_so(tmp_path: Path) -> None:
    engines: list[EngineDouble] = []
    async with RunningNode(capture(engines), config_for(tmp_path)) as running:
        scene = Scene(running, engines[0])
        await scene.answered_call()
        running.node.stop_soon()
        await running.ended()

    assert engines[0].stopped
    assert [e.cause for e in running.bus.of_type(LegEnded)] == [EndCause.SYSTEM_STOPPED]


async def test_an_engine_that_hangs_ends_the_node(tmp_path: Path) -> None:
    engines: list[EngineDouble] = []
    running = RunningNode(capture(engines), config_for(tmp_path))
    await running.__aenter__()
    engines[0].loop_age_s = 2.5

    with pytest.raises(EngineStalled):
        await running.ended()


async def test_an_engine_that_cannot_start_is_an_error(tmp_path: Path) -> None:
    def make(on_event: OnEngineEvent) -> EngineDouble:
        engine = EngineDouble(on_event)
        engine.fails["start"] = EngineError("sip_error", "port 5060 is taken")
        return engine

    with pytest.raises(EngineError, match="taken"):
        await MediaNode(MemoryBus(), make, config_for(tmp_path), WallClock()).run()


async def test_digits_that_come_before_the_key_wait_for_it(tmp_path: Path) -> None:
    """Nothing is published that can be read, and nothing is lost."""
    engines: list[EngineDouble] = []
    async with RunningNode(capture(engines), config_for(tmp_path), digits_key=False) as running:
        scene = Scene(running, engines[0])
        await scene.answered_call()
        for digit in "47":
            scene.engine.say(media_engine.DigitPressed(port_id=CALLER, digit=digit, method=DigitMethod.RFC4733, at=1.0))
        await scene.answered_call(AGENT, CallId("call_2"))
        assert scene.bus.of_type(DigitPressed) == []
        assert not (await scene.ask(SealDigits(public_key=b"short"))).ok
        await scene.do(SEAL_DIGITS)
        await until(lambda: [opened(event) for event in scene.bus.of_type(DigitPressed)] == ["4", "7"])


async def test_an_agents_digits_reach_the_phone_and_only_this_node_can_read_them(tmp_path: Path) -> None:
    engines: list[EngineDouble] = []
    async with RunningNode(capture(engines), config_for(tmp_path)) as running:
        scene = Scene(running, engines[0])
        await scene.answered_call()
        public_key = (await scene.ask(SEAL_DIGITS)).result["public_key"]
        await scene.do(SendDigits(leg_id=CALLER, sealed=seal(public_key, "7#", CALLER)))
        assert scene.engine.requests("send_digits") == [(CALLER, "7#")]
        for sealed in (seal(public_key, "7", "leg_other"), seal(SEAL_DIGITS.public_key, "7", CALLER), b"", b"7"):
            assert not (await scene.ask(SendDigits(leg_id=CALLER, sealed=sealed))).ok
