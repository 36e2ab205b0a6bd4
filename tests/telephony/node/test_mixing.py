"""What the node does for a mix: who hears whom, what is played meanwhile, what is recorded."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from core.commands import CreateBrowserLeg, ListLegs, PlayPrompt, SetMix
from core.events import LegEnded, PlaybackFinished, RecordingFailed, RecordingFinished, RecordingStarted
from core.ids import CallId, LegId, PlaybackId, RecordingId
from core.model import LegPurpose
from telephony import media_engine
from telephony.media_engine import EngineError
from tests.peers.mixes import alone, recorded, talk
from tests.peers.waiting import until
from tests.telephony.node.engine_double import EngineDouble
from tests.telephony.node.running import RunningNode, config_for
from tests.telephony.node.scene import AGENT, CALL, CALLER, Scene, capture

THIRD = LegId("leg_third")
MUSIC = "music.wav"


def both(a: LegId, b: LegId) -> set[tuple[str, str]]:
    return {(a, b), (b, a)}


async def on_hold(scene: Scene, version: int) -> None:
    await scene.do(alone(CALL, CALLER, AGENT, version=version, sounds={CALLER: MUSIC}))


def plays(scene: Scene) -> list[tuple[object, str]]:
    """To whom what was played."""
    return [(port, Path(str(files[0])).name) for port, _, files, _ in scene.engine.requests("play")]  # type: ignore[index]


async def prompt_ends(scene: Scene, playback_id: str) -> None:
    scene.engine.playback_ends(CALLER, playback_id)
    await scene.bus.wait_for(PlaybackFinished, playback_id=PlaybackId(playback_id))


# ── who hears whom ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_plays_ends_before_two_come_together(scene: Scene) -> None:
    await scene.two_answered_legs()
    await scene.do(talk(CALL, CALLER, AGENT))

    names = [request[0] for request in scene.engine.asked if request[0] in {"stop_playback", "rewire"}]
    assert names == ["stop_playback", "stop_playback", "rewire"]
    assert scene.engine.hears == both(CALLER, AGENT)


async def test_what_comes_twice_or_late_changes_nothing(scene: Scene) -> None:
    await scene.two_answered_legs()
    newest = talk(CALL, CALLER, AGENT, version=7)
    await scene.do(newest)
    asked = list(scene.engine.asked)
    for old in (newest, alone(CALL, CALLER, AGENT, version=6), talk(CALL, version=3)):
        await scene.do(old)
    assert scene.engine.asked == asked


async def test_a_leg_that_comes_into_another_call_leaves_its_own(scene: Scene) -> None:
    await scene.two_answered_legs()
    await scene.answered_call(THIRD, CallId("call_3"))
    await scene.do(talk(CALL, CALLER, AGENT))
    await scene.do(talk(CallId("call_3"), THIRD, AGENT))

    assert scene.engine.hears == both(THIRD, AGENT)


async def test_three_hear_each_other(scene: Scene) -> None:
    await scene.two_answered_legs()
    await scene.answered_call(THIRD, CallId("call_3"))
    await scene.do(talk(CALL, CALLER, AGENT, THIRD))
    assert scene.engine.hears == both(CALLER, AGENT) | both(CALLER, THIRD) | both(AGENT, THIRD)


async def test_a_listener_hears_everyone_and_is_heard_by_nobody(scene: Scene) -> None:
    await scene.two_answered_legs()
    await scene.answered_call(THIRD, CallId("call_3"))
    await scene.do(talk(CALL, CALLER, AGENT))
    hears = talk(CALL, CALLER, AGENT).hears | {THIRD: (CALLER, AGENT)}
    await scene.do(SetMix(call_id=CALL, version=2, hears=hears))
    assert scene.engine.requests("rewire")[1:] == [((), ((CALLER, THIRD), (AGENT, THIRD)))], "nobody else notices"


async def test_a_leg_that_has_just_gone_is_told_and_the_others_hear_each_other(scene: Scene) -> None:
    """A listener's browser that dies with the command on its way must not part those who talk."""
    await scene.two_answered_legs()
    answer = await scene.do(talk(CALL, CALLER, AGENT, LegId("leg_gone")))

    assert answer.result == {"missing": ["leg_gone"]}
    assert scene.engine.hears == both(CALLER, AGENT)


async def test_a_supervisors_browser_listens_before_its_first_packet_is_here(scene: Scene) -> None:
    """It says that it is connected a moment before the node has heard of it, and is asked for at once."""
    offer = (Path(__file__).parent.parent / "webrtc" / "offers" / "chromium.sdp").read_text(encoding="utf-8")
    await scene.do(CreateBrowserLeg(leg_id=THIRD, purpose=LegPurpose.SUPERVISOR, sdp_offer=offer))
    await scene.two_answered_legs()
    hears = talk(CALL, CALLER, AGENT).hears | {THIRD: (CALLER, AGENT)}
    answer = await scene.do(SetMix(call_id=CALL, version=1, hears=hears))

    assert answer.result == {}
    assert scene.engine.hears == both(CALLER, AGENT) | {(CALLER, THIRD), (AGENT, THIRD)}


async def test_who_talks_with_somebody_who_has_gone_hears_nobody(scene: Scene) -> None:
    await scene.answered_call()
    assert (await scene.do(talk(CALL, CALLER, LegId("leg_gone")))).result == {"missing": ["leg_gone"]}
    assert scene.engine.hears == set()


@pytest.mark.parametrize("hears", [{CALLER: (CALLER,)}, {CALLER: (AGENT,)}])
async def test_nobody_hears_himself_or_somebody_outside(scene: Scene, hears: dict[LegId, tuple[LegId, ...]]) -> None:
    await scene.two_answered_legs()
    answer = await scene.ask(SetMix(call_id=CALL, version=1, hears=hears))
    assert answer.reason == "a leg hears others of the same mix"


async def test_a_mix_ends_with_its_legs_also_when_nobody_says_so(scene: Scene) -> None:
    """Whoever leads the call may be gone, too: a recording of nobody would run for ever."""
    await scene.two_answered_legs()
    await scene.do(talk(CALL, CALLER, AGENT, recordings=(recorded("r", "a.wav", CALLER, AGENT),)))
    for leg in (CALLER, AGENT):
        scene.engine.phone_hangs_up(leg, time.time())
        await scene.bus.wait_for(LegEnded, leg_id=leg)

    await scene.bus.wait_for(RecordingFinished, recording_id=RecordingId("r"))
    assert (await scene.do(ListLegs())).result["legs"] == []


# ── what whoever hears nobody hears ─────────────────────────────────────────────────────────────────────────────


async def test_on_hold_one_hears_music_until_they_talk_again(scene: Scene) -> None:
    await scene.two_answered_legs()
    await scene.do(talk(CALL, CALLER, AGENT))
    await on_hold(scene, 2)
    assert plays(scene) == [(CALLER, MUSIC)]
    assert scene.engine.hears == set()

    stopped = len(scene.engine.requests("stop_playback"))
    await scene.do(talk(CALL, CALLER, AGENT, version=3))
    assert (CALLER,) in scene.engine.requests("stop_playback")[stopped:]
    assert scene.engine.hears == both(CALLER, AGENT)


async def test_music_waits_for_the_end_of_a_prompt_and_goes_on_after_the_next(scene: Scene) -> None:
    await scene.two_answered_legs()
    await scene.do(PlayPrompt(leg_id=CALLER, playback_id=PlaybackId("one"), files=("one.wav",)))
    await on_hold(scene, 1)
    assert plays(scene) == [(CALLER, "one.wav")], "a mix cuts nothing"
    await prompt_ends(scene, "one")
    await until(lambda: plays(scene) == [(CALLER, "one.wav"), (CALLER, MUSIC)])

    await scene.do(PlayPrompt(leg_id=CALLER, playback_id=PlaybackId("two"), files=("two.wav",)))
    await prompt_ends(scene, "two")
    await until(lambda: [file for _, file in plays(scene)] == ["one.wav", MUSIC, "two.wav", MUSIC])


async def test_nobody_is_told_of_the_end_of_music(scene: Scene) -> None:
    await scene.two_answered_legs()
    await on_hold(scene, 1)
    ((_, playback_id, _, _),) = scene.engine.requests("play")
    scene.engine.playback_ends(CALLER, str(playback_id))
    await scene.do(PlayPrompt(leg_id=CALLER, playback_id=PlaybackId("one"), files=("one.wav",)))
    await prompt_ends(scene, "one")
    assert [event.playback_id for event in scene.bus.of_type(PlaybackFinished)] == ["one"]


async def test_a_leg_that_leaves_a_mix_takes_no_music_with_it(scene: Scene) -> None:
    await scene.two_answered_legs()
    await on_hold(scene, 1)
    ((_, _, _, loop),) = scene.engine.requests("play")
    assert loop
    stopped = len(scene.engine.requests("stop_playback"))
    await scene.do(alone(CALL, AGENT, version=2))
    assert scene.engine.requests("stop_playback")[stopped:] == [(CALLER,)]


async def test_music_that_cannot_be_played_disturbs_nobody(scene: Scene) -> None:
    await scene.two_answered_legs()
    scene.engine.fails["play"] = EngineError("bad_prompt", "no such file")
    await on_hold(scene, 1)
    await scene.do(talk(CALL, CALLER, AGENT, version=2))
    assert scene.engine.hears == both(CALLER, AGENT)


async def test_music_out_of_the_data_directory_is_not_played(scene: Scene) -> None:
    await scene.two_answered_legs()
    await scene.do(alone(CALL, CALLER, version=1, sounds={CALLER: "../music.wav"}))
    assert plays(scene) == []


# ── recordings ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_recording_is_begun_once_and_finished(scene: Scene, tmp_path: Path) -> None:
    await scene.two_answered_legs()
    recording = recorded("rec_1", "recordings/a.wav", CALLER, AGENT)
    await scene.do(talk(CALL, CALLER, AGENT, recordings=(recording,)))
    await scene.do(talk(CALL, CALLER, AGENT, version=2, recordings=(recording,)))
    await scene.do(talk(CALL, version=3))
    await scene.do(talk(CALL, version=4))

    started = ("rec_1", tmp_path / "recordings/a.wav", {CALLER}, {AGENT})
    assert scene.engine.requests("start_recording") == [started]
    assert scene.engine.requests("stop_recording") == [("rec_1",)]
    await scene.bus.wait_for(RecordingStarted, path="recordings/a.wav")
    finished = await scene.bus.wait_for(RecordingFinished, recording_id=RecordingId("rec_1"))
    assert (finished.call_id, finished.path, finished.duration_ms) == (CALL, "recordings/a.wav", 1500)


async def test_a_recording_goes_on_with_whoever_comes_instead(scene: Scene) -> None:
    await scene.two_answered_legs()
    await scene.answered_call(THIRD, CallId("call_3"))
    for version, right in enumerate((AGENT, THIRD), 1):
        await scene.do(talk(CALL, CALLER, right, version=version, recordings=(recorded("r", "a.wav", CALLER, right),)))

    assert scene.engine.requests("record_sides") == [("r", {CALLER}, {THIRD})]


async def test_a_path_out_of_the_data_directory_is_refused(scene: Scene) -> None:
    await scene.two_answered_legs()
    answer = await scene.ask(talk(CALL, CALLER, AGENT, recordings=(recorded("r", "../a.wav", CALLER, AGENT),)))
    assert answer.reason == "the path leads out of the data directory"
    assert scene.engine.requests("rewire") == []


async def test_a_full_disk_is_told_and_ends_no_call(scene: Scene) -> None:
    await scene.two_answered_legs()
    scene.engine.fails["start_recording"] = EngineError("io_error", "No space left on device")
    await scene.do(talk(CALL, CALLER, AGENT, recordings=(recorded("r", "a.wav", CALLER, AGENT),)))

    failed = await scene.bus.wait_for(RecordingFailed, recording_id=RecordingId("r"))
    assert "No space left" in failed.reason
    assert scene.engine.hears == both(CALLER, AGENT)
    assert len((await scene.do(ListLegs())).result["legs"]) == 2


async def test_a_disk_that_fills_up_is_told(scene: Scene) -> None:
    await scene.two_answered_legs()
    await scene.do(talk(CALL, CALLER, AGENT, recordings=(recorded("r", "a.wav", CALLER, AGENT),)))
    scene.engine.say(
        media_engine.RecordingFailed(recording_id="r", path=Path("a.wav"), reason="No space left on device", duration_ms=10, at=1)
    )

    assert (await scene.bus.wait_for(RecordingFailed)).call_id == CALL
    await scene.do(talk(CALL, CALLER, AGENT, version=2))


async def test_a_recording_is_handed_over_when_it_is_whole(tmp_path: Path) -> None:
    engines: list[EngineDouble] = []
    handed_over: list[str] = []
    async with RunningNode(capture(engines), config_for(tmp_path), hand_over=handed_over.append) as running:
        scene = Scene(running, engines[0])
        await scene.two_answered_legs()
        await scene.do(talk(CALL, CALLER, AGENT, recordings=(recorded("rec_1", "recordings/a.wav", CALLER, AGENT),)))
        assert handed_over == []
        await scene.do(talk(CALL, version=2))
        await scene.bus.wait_for(RecordingFinished)
    assert handed_over == ["recordings/a.wav"]
