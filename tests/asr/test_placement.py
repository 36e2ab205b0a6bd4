"""A leg's sound finds a recognizer, and lets it go again, also after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from asr.placement import Speech
from core.causes import EndCause
from core.commands import Answer, AnyCommand, ListLegs, StartTap, StartTranscription, StopTap, StopTranscription
from core.events import (
    AsrWorkerHeartbeat,
    AsrWorkerLost,
    CallEnded,
    LegConnected,
    NodeHeartbeat,
    TranscriptFinal,
    TranscriptionDeferred,
    TranscriptPartial,
)
from core.ids import CallId, LegId, NodeId, StreamId, WorkerId
from core.model import LegPurpose, Speaker
from core.partitions import ALL
from core.ports import Gone, Unavailable, ok, refused
from server.clock import SystemClock
from server.fleet import Fleet
from tests.peers.memory_bus import MemoryBus
from tests.peers.memory_store import MemoryStore

CALL, LEG, NODE, WORKER = CallId("call_1"), LegId("leg_1"), NodeId("node_1"), WorkerId("asr_1")


class HandClock:
    """Stands still until it is moved."""

    def __init__(self, at: float) -> None:
        self._at = at

    def now(self) -> float:
        return self._at

    def advance(self, seconds: float) -> None:
        self._at += seconds


SOUND = {"host": "127.0.0.1", "port": 4000, "ssrc": 7, "public_key": b"recognizer"}


class Peers:
    """A node and a recognizer that remember what they were asked."""

    def __init__(self) -> None:
        self.asked: list[AnyCommand] = []
        self.recognizer_refuses = ""
        self.node_key = b"node"
        self.node_refuses: Answer | None = None

    async def recognizer(self, command: AnyCommand) -> Answer:
        self.asked.append(command)
        if isinstance(command, StartTranscription):
            return refused(self.recognizer_refuses) if self.recognizer_refuses else ok(**SOUND)
        return ok()

    async def node(self, command: AnyCommand) -> Answer:
        self.asked.append(command)
        if isinstance(command, ListLegs):
            leg: dict[str, Any] = {"leg_id": LEG, "call_id": CALL, "kind": "sip", "purpose": "caller", "agent_id": None}
            return ok(legs=[leg | {"answered": True}], public_key=self.node_key)
        return self.node_refuses if isinstance(command, StartTap) and self.node_refuses else ok()

    @property
    def kinds(self) -> list[str]:
        return [type(command).__name__ for command in self.asked]


@pytest.fixture
def peers() -> Peers:
    return Peers()


@pytest.fixture
async def bus(peers: Peers) -> AsyncIterator[MemoryBus]:
    made = MemoryBus()
    serving: list[tuple[str, Any]] = [(f"asr:{WORKER}", peers.recognizer), (f"node:{NODE}", peers.node)]
    tasks = [asyncio.create_task(made.serve(*pair)) for pair in serving]
    yield made
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def fleet(with_leg: bool = True, worker: bool = True, node_key: bytes = b"node") -> Fleet:
    made = Fleet()
    made.handle(NodeHeartbeat(at=0, node_id=NODE, legs=1, max_legs=10, loop_lag_ms=0, public_key=node_key), 0)
    if worker:
        made.handle(AsrWorkerHeartbeat(at=0, worker_id=WORKER, model="en", streams=0, load=0), 0)
    if with_leg:
        made.handle(LegConnected(at=0, leg_id=LEG, node_id=NODE, purpose=LegPurpose.CALLER, call_id=CALL), 0)
    return made


async def test_the_node_is_told_where_the_recognizer_listens(bus: MemoryBus, peers: Peers) -> None:
    speech = Speech(bus, MemoryStore(), fleet(), SystemClock())
    await speech.start(CALL, LEG, Speaker.CUSTOMER, "en")
    tap = peers.asked[1]
    assert isinstance(tap, StartTap)
    assert (tap.leg_id, tap.host, tap.port, tap.ssrc) == (LEG, "127.0.0.1", 4000, 7)


async def test_both_are_told_each_others_key(bus: MemoryBus, peers: Peers) -> None:
    await Speech(bus, MemoryStore(), fleet(), SystemClock()).start(CALL, LEG, Speaker.CUSTOMER, "en")
    started, tap = peers.asked
    assert isinstance(started, StartTranscription)
    assert isinstance(tap, StartTap)
    assert (started.node_key, tap.public_key) == (b"node", b"recognizer")


async def test_a_node_that_has_told_no_key_yet_is_asked_and_without_one_nothing_is_sent(bus: MemoryBus, peers: Peers) -> None:
    speech = Speech(bus, MemoryStore(), fleet(node_key=b""), SystemClock())
    await speech.start(CALL, LEG, Speaker.CUSTOMER, "en")
    assert peers.kinds == ["ListLegs", "StartTranscription", "StartTap"]
    peers.node_key = b""
    with pytest.raises(Unavailable):
        await speech.listen(CALL, LEG, ("billing",), "en")
    assert peers.kinds[3:] == ["ListLegs"]


async def test_a_flow_hears_only_its_phrases(bus: MemoryBus, peers: Peers) -> None:
    await Speech(bus, MemoryStore(), fleet(), SystemClock()).listen(CALL, LEG, ("billing", "orders"), "en")
    started = peers.asked[0]
    assert isinstance(started, StartTranscription)
    assert (started.phrases, started.speaker) == (("billing", "orders"), Speaker.CUSTOMER)


async def test_stopping_lets_the_last_sentence_finish_before_the_sound_ends(bus: MemoryBus, peers: Peers) -> None:
    speech = Speech(bus, MemoryStore(), fleet(), SystemClock())
    stream = await speech.start(CALL, LEG, Speaker.CUSTOMER, "en")
    await speech.stop(stream)
    await speech.stop(stream)
    assert peers.kinds == ["StartTranscription", "StartTap", "StopTranscription", "StopTap"]


async def test_a_stream_of_an_earlier_process_can_be_stopped(bus: MemoryBus, peers: Peers) -> None:
    store = MemoryStore()
    stream = await Speech(bus, store, fleet(), SystemClock()).start(CALL, LEG, Speaker.AGENT, "en")
    later = Speech(bus, store, fleet(), SystemClock())
    await later.take(ALL)
    await later.stop(stream)
    assert isinstance(peers.asked[-1], StopTap)
    assert store.kinds["speech"] == {}


async def test_a_leg_that_is_written_down_is_not_written_down_twice(bus: MemoryBus, peers: Peers) -> None:
    store = MemoryStore()
    stream = await Speech(bus, store, fleet(), SystemClock()).start(CALL, LEG, Speaker.AGENT, "en")
    later = Speech(bus, store, fleet(), SystemClock())
    await later.take(ALL)
    assert await later.start(CALL, LEG, Speaker.AGENT, "en") == stream
    assert peers.kinds.count("StartTranscription") == 1
    assert await later.start(CallId("call_2"), LEG, Speaker.AGENT, "en") != stream


async def test_after_a_restart_the_nodes_are_asked_who_has_the_leg(bus: MemoryBus, peers: Peers) -> None:
    await Speech(bus, MemoryStore(), fleet(with_leg=False), SystemClock()).start(CALL, LEG, Speaker.CUSTOMER, "en")
    assert peers.kinds == ["ListLegs", "StartTranscription", "StartTap"]
    with pytest.raises(Unavailable, match="no node has this leg"):
        await Speech(bus, MemoryStore(), fleet(), SystemClock()).start(CALL, LegId("leg_gone"), Speaker.CUSTOMER, "en")


async def test_a_leg_that_nobody_takes_now_is_written_down_from_its_recording(bus: MemoryBus) -> None:
    with pytest.raises(Unavailable):
        await Speech(bus, MemoryStore(), fleet(worker=False), SystemClock()).start(CALL, LEG, Speaker.AGENT, "en")
    deferred = await bus.wait_for(TranscriptionDeferred, call_id=CALL)
    assert (deferred.speaker, deferred.from_ms, deferred.reason) == (Speaker.AGENT, 0, "no recognizer is running")


async def test_without_a_recognizer_the_call_goes_on_without_text(bus: MemoryBus, peers: Peers) -> None:
    with pytest.raises(Unavailable, match="no recognizer is running"):
        await Speech(bus, MemoryStore(), fleet(worker=False), SystemClock()).start(CALL, LEG, Speaker.CUSTOMER, "en")
    peers.recognizer_refuses = "full"
    with pytest.raises(Unavailable, match="full"):
        await Speech(bus, MemoryStore(), fleet(), SystemClock()).start(CALL, LEG, Speaker.CUSTOMER, "en")


async def test_a_recognizer_is_not_left_waiting_when_the_node_sends_nothing(bus: MemoryBus, peers: Peers) -> None:
    for refusal, raised in ((refused("no such leg", "leg_over"), Gone), (refused("no port is free"), Unavailable)):
        peers.node_refuses = refusal
        with pytest.raises(Unavailable, match=refusal.reason) as error:
            await Speech(bus, MemoryStore(), fleet(), SystemClock()).start(CALL, LEG, Speaker.CUSTOMER, "en")
        assert error.type is raised
        assert isinstance(peers.asked[-1], StopTranscription)


# ── a recognizer dies ─────────────────────────────────────────────────────────────────────────────────────────


def beat(started_at: float, at: float = 100.0) -> AsrWorkerHeartbeat:
    return AsrWorkerHeartbeat(at=at, worker_id=WORKER, model="en", streams=0, load=0, started_at=started_at)


def said(stream_id: StreamId, start_ms: int, end_ms: int) -> TranscriptFinal:
    return TranscriptFinal(
        at=1,
        call_id=CALL,
        leg_id=LEG,
        stream_id=stream_id,
        speaker=Speaker.CUSTOMER,
        utterance=0,
        text="good morning",
        start_ms=start_ms,
        end_ms=end_ms,
    )


def being_said(stream_id: StreamId) -> TranscriptPartial:
    return TranscriptPartial(
        at=1,
        call_id=CALL,
        leg_id=LEG,
        stream_id=stream_id,
        speaker=Speaker.CUSTOMER,
        utterance=1,
        text="i was",
        start_ms=2500,
    )


async def test_text_goes_on_at_a_recognizer_that_was_started_anew(bus: MemoryBus, peers: Peers) -> None:
    clock = HandClock(1000.0)
    speech = Speech(bus, MemoryStore(), fleet(), clock)
    stream = await speech.start(CALL, LEG, Speaker.CUSTOMER, "en")
    for event in (said(stream, 200, 1800), being_said(stream)):
        await speech.handle(event)
    clock.advance(7.0)
    await speech.handle(beat(started_at=1005.0))
    await speech.handle(beat(started_at=1005.0))
    assert peers.kinds == ["StartTranscription", "StartTap", "StopTap", "StartTranscription", "StartTap"]
    again = peers.asked[3]
    assert isinstance(again, StartTranscription)
    assert again.stream_id != stream
    assert (again.offset_ms, again.first_utterance, again.speaker) == (7000, 70, Speaker.CUSTOMER)


async def test_what_was_said_meanwhile_is_written_down_from_the_recording(bus: MemoryBus, peers: Peers) -> None:
    clock = HandClock(1000.0)
    speech = Speech(bus, MemoryStore(), fleet(), clock)
    stream = await speech.start(CALL, LEG, Speaker.CUSTOMER, "en", offset_ms=500)
    for event in (said(stream, 700, 1800), being_said(stream)):
        await speech.handle(event)
    clock.advance(7.0)
    await speech.handle(beat(started_at=1005.0))
    ended = await bus.wait_for(TranscriptFinal, stream_id=stream)
    assert (ended.utterance, ended.text) == (1, "")
    gap = await bus.wait_for(TranscriptionDeferred, call_id=CALL)
    assert (gap.from_ms, gap.until_ms) == (1800, 7500)


async def test_a_lost_stream_waits_for_a_recognizer_to_come(bus: MemoryBus, peers: Peers) -> None:
    clock = HandClock(1000.0)
    speech = Speech(bus, MemoryStore(), fleet(), clock)
    stream = await speech.start(CALL, LEG, Speaker.CUSTOMER, "en")
    await speech.handle(said(stream, 200, 1800))
    peers.recognizer_refuses = "starting"
    clock.advance(4.0)
    await speech.handle(AsrWorkerLost(at=1004.0, worker_id=WORKER))
    assert (await bus.wait_for(TranscriptionDeferred, from_ms=1800)).until_ms is None
    peers.recognizer_refuses = ""
    clock.advance(6.0)
    await speech.handle(beat(started_at=1009.0))
    assert (await bus.wait_for(TranscriptionDeferred, from_ms=1800, until_ms=10_000)).call_id == CALL
    await speech.stop(stream)
    assert peers.kinds[-2:] == ["StopTranscription", "StopTap"]


async def test_a_lost_stream_of_an_ended_call_is_not_taken_up_again(bus: MemoryBus, peers: Peers) -> None:
    speech = Speech(bus, MemoryStore(), fleet(), HandClock(1000.0))
    stream = await speech.start(CALL, LEG, Speaker.CUSTOMER, "en")
    peers.recognizer_refuses = "starting"
    await speech.handle(AsrWorkerLost(at=1004.0, worker_id=WORKER))
    await speech.stop(stream)
    peers.asked.clear()
    await speech.handle(beat(started_at=1009.0))
    assert peers.asked == []


async def test_a_side_that_was_shed_stays_with_its_recording(bus: MemoryBus, peers: Peers) -> None:
    speech = Speech(bus, MemoryStore(), fleet(), HandClock(1000.0))
    stream = await speech.start(CALL, LEG, Speaker.AGENT, "en")
    await speech.handle(
        TranscriptionDeferred(
            at=1002.0,
            call_id=CALL,
            leg_id=LEG,
            stream_id=stream,
            speaker=Speaker.AGENT,
            from_ms=2000,
            reason="nearly full",
        )
    )
    peers.asked.clear()
    await speech.handle(beat(started_at=1009.0))
    assert peers.asked == []


async def test_a_flow_that_listens_keeps_its_stream(bus: MemoryBus, peers: Peers) -> None:
    speech = Speech(bus, MemoryStore(), fleet(), HandClock(1000.0))
    stream = await speech.listen(CALL, LEG, ("billing",), "en")
    await speech.handle(beat(started_at=1009.0))
    again = peers.asked[3]
    assert isinstance(again, StartTranscription)
    assert (again.stream_id, again.phrases) == (stream, ("billing",))


async def test_old_news_of_a_recognizer_changes_nothing(bus: MemoryBus, peers: Peers) -> None:
    speech = Speech(bus, MemoryStore(), fleet(), HandClock(1000.0))
    await speech.start(CALL, LEG, Speaker.CUSTOMER, "en")
    peers.asked.clear()
    for event in (beat(started_at=0.0), AsrWorkerLost(at=900.0, worker_id=WORKER)):
        await speech.handle(event)
    assert peers.asked == []


async def test_the_end_of_a_call_ends_what_nobody_stopped(bus: MemoryBus, peers: Peers) -> None:
    """Call control was killed right after it had begun a stream, and knows nothing of it."""
    store = MemoryStore()
    await Speech(bus, store, fleet(), SystemClock()).start(CALL, LEG, Speaker.AGENT, "en")
    later = Speech(bus, store, fleet(), SystemClock())
    await later.take(ALL)
    for call_id in (CallId("call_other"), CALL, CALL):
        await later.handle(CallEnded(at=9.0, call_id=call_id, cause=EndCause.CALLER_HUNG_UP, started_at=1.0))
    assert peers.kinds == ["StartTranscription", "StartTap", "StopTranscription", "StopTap"]
    assert store.kinds["speech"] == {}


async def test_nothing_is_kept_of_a_stream_that_is_over(bus: MemoryBus, peers: Peers) -> None:
    speech = Speech(bus, MemoryStore(), fleet(), HandClock(1000.0))
    stream = await speech.start(CALL, LEG, Speaker.CUSTOMER, "en")
    await speech.stop(stream)
    await speech.handle(said(stream, 200, 1800))  # the last sentence, finished after the end
    assert speech.followed == 0
