"""The media node: one process, its legs, its loop.

Invariants: `NodeStarted` is the first event of a node and means that it has no legs from before; every command is answered,
with words when refused; sound between phones needs neither the bus nor this loop once it flows; after `run` returns no leg,
port or task is left.

Losing the bus ends no call: see `outbox.py`. An engine that hangs ends `run` with `EngineStalled`: the supervisor starts a
new node.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from core.causes import EndCause
from core.commands import (
    Answer,
    AnswerLeg,
    AnyCommand,
    CreateBrowserLeg,
    DialLeg,
    DrainNode,
    HangUpLeg,
    ListLegs,
    OpenLink,
    PlayPrompt,
    RejectLeg,
    SealDigits,
    SendDigits,
    SetMix,
    StartTap,
    StopPlayback,
    StopTap,
)
from core.events import NodeHeartbeat, NodeStarted
from core.ids import RecordingId
from core.ports import Bus, Clock, refused
from telephony import media_engine
from telephony.allowance import Allowance
from telephony.media_engine import EngineError, EngineEvent, MediaEngine, OnEngineEvent
from telephony.node.admission import Admission
from telephony.node.browser_side import BrowserSide
from telephony.node.config import NodeConfig
from telephony.node.dialling import Dialling
from telephony.node.digits import Digits
from telephony.node.door_log import DoorLog
from telephony.node.draining import Draining
from telephony.node.gate import Shut
from telephony.node.legs import IllegalTransition
from telephony.node.links import Links
from telephony.node.measuring import Measuring
from telephony.node.mixing import Mixing
from telephony.node.outbox import Outbox
from telephony.node.prompts import Directory, Prompts, Sounds
from telephony.node.recordings import Recordings
from telephony.node.shared import Shared
from telephony.node.sip_side import SipSide
from telephony.node.taps import Taps
from telephony.node.trunk_watch import TrunkWatch
from telephony.webrtc.sdp import SdpError
from telephony.webrtc.transport import TransportFailed, new_certificate

log = structlog.get_logger(__name__)

TICK_S = 0.25
NO_STATUS = {0: "unreadable", 1: "too_many"}
HEARTBEAT_EVERY_S = 1.0
STALLED_AFTER_S = 2.0
HANG_UP_WITHIN_S = 3.0
STOP_ENGINE_WITHIN_S = 3.0
FLUSH_WITHIN_S = 2.0

EngineFactory = Callable[[OnEngineEvent], MediaEngine]
"""Makes the engine, given who hears its events: `lambda on_event: SipMediaEngine(config, on_event)`."""


class EngineStalled(Exception):
    """The engine's owner thread has not gone round for too long: only a new process helps."""


class MediaNode:
    """Owns the engine, all legs and the loop of one node."""

    def __init__(
        self,
        bus: Bus,
        make_engine: EngineFactory,
        config: NodeConfig,
        clock: Clock,
        *,
        hand_over: Callable[[str], None] = lambda _: None,
        sounds: Sounds | None = None,
    ) -> None:
        """`hand_over` is told of each recording that is whole, by its path in the data directory. `sounds`: where files that are
        played come from; None: they are all in the data directory."""
        self._bus = bus
        self._config = config
        self._clock = clock
        self._engine = make_engine(self._on_engine_event)
        self._outbox = Outbox(bus, self._bus_is_away)
        self._shared = Shared(config, clock, self._engine, self._outbox)
        self._phones = SipSide(self._shared)
        self._browsers = BrowserSide(self._shared, new_certificate())
        self._links = Links(self._shared)
        self._admission = Admission(self._shared, self._phones, self._browsers, self._links)
        self._trunks = TrunkWatch(self._shared)
        self._dialling = Dialling(self._shared, self._phones, self._trunks.is_down)
        self._prompts = Prompts(self._shared, sounds or Directory(config.data_dir))
        self._recordings = Recordings(self._shared, self._prompts, hand_over)
        self._mixing = Mixing(self._shared, self._prompts, self._recordings, self._links)
        self._digits = Digits(self._shared)
        self._taps = Taps(self._shared)
        self._measuring = Measuring(self._shared, self._browsers, self._admission)
        self._draining = Draining(self._shared, self._heartbeat)
        self._door_log = DoorLog()
        self._failures_told = Allowance()
        self._stopping = asyncio.Event()
        self._loop_lag_s = 0.0
        self._handlers: dict[type, Callable[[Any], Awaitable[Answer]]] = {
            AnswerLeg: self._admission.answer,
            RejectLeg: self._admission.reject,
            HangUpLeg: self._admission.hang_up,
            CreateBrowserLeg: self._admission.create_browser_leg,
            DialLeg: self._dialling.dial,
            ListLegs: self._admission.list_legs,
            DrainNode: self._draining.drain,
            SealDigits: self._digits.seal_to,
            SendDigits: self._digits.send,
            PlayPrompt: self._prompts.play,
            StopPlayback: self._prompts.stop_playback,
            SetMix: self._mixing.set_mix,
            OpenLink: self._links.open,
            StartTap: self._taps.start,
            StopTap: self._taps.stop,
        }

    # ── life ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Serves until `stop_soon` or cancellation. Raises `EngineError` (cannot start), `EngineStalled`."""
        self._outbox.put(NodeStarted(at=self._clock.now(), node_id=self._config.node_id, pid=os.getpid()))
        await self._engine.start()
        if self._config.starts_draining:
            await self._draining.drain(DrainNode())
        log.info("node started", node_id=self._config.node_id, sip_port=self._engine.sip_port)
        workers = [
            asyncio.create_task(self._outbox.run(), name="outbox"),
            asyncio.create_task(self._bus.serve(f"node:{self._config.node_id}", self.handle), name="commands"),
            asyncio.create_task(self._tick_for_ever(), name="tick"),
            asyncio.create_task(self._measure_for_ever(), name="measure"),
        ]
        stop = asyncio.create_task(self._stopping.wait(), name="stop")
        try:
            done, _ = await asyncio.wait([stop, *workers], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stop}:
                task.result()
        finally:
            stop.cancel()
            await self._shut_down(workers)

    def stop_soon(self) -> None:
        """For SIGTERM: legs are hung up, then `run` returns."""
        self._stopping.set()

    async def _shut_down(self, workers: list[asyncio.Task[None]]) -> None:
        """Hangs up everywhere, says so, and leaves nothing behind. Each step has its own limit."""
        outbox, *others = workers
        for task in others:
            task.cancel()
        await asyncio.wait(others)
        try:
            async with asyncio.timeout(HANG_UP_WITHIN_S):
                await self._shared.gate.set(Shut.STOPPING, True)
                for leg in self._shared.legs:
                    await self._admission.end(leg, EndCause.SYSTEM_STOPPED)
                await self._shared.all_over()
        except (TimeoutError, EngineError, IllegalTransition) as error:
            log.warning("not every leg could be hung up", legs=len(self._shared.legs), reason=error)
        for leg in self._shared.legs:
            self._shared.leg_over(leg.leg_id, EndCause.SYSTEM_STOPPED)
        await self._within(STOP_ENGINE_WITHIN_S, self._engine.stop())
        await self._within(FLUSH_WITHIN_S, self._outbox.flushed())
        outbox.cancel()
        await asyncio.wait([outbox])
        log.info("node stopped", node_id=self._config.node_id, unsaid_events=self._outbox.dropped)

    async def _within(self, limit_s: float, work: Awaitable[None]) -> None:
        try:
            await asyncio.wait_for(work, limit_s)
        except (TimeoutError, EngineError) as error:
            log.warning("a step of stopping failed", error=error, limit_s=limit_s)

    # ── commands ────────────────────────────────────────────────────────────────────────────────────────────────

    async def handle(self, command: AnyCommand) -> Answer:
        """Answers one command addressed to this node."""
        handler = self._handlers.get(type(command))
        if handler is None:
            return refused(f"a media node cannot do {type(command).__name__}")
        try:
            return await handler(command)
        except (IllegalTransition, SdpError, TransportFailed, EngineError, OSError) as error:
            leg_id = getattr(command, "leg_id", None)
            log.info("command refused", command=type(command).__name__, leg_id=leg_id, reason=error)
            return refused(str(error), error.code if isinstance(error, IllegalTransition | EngineError | SdpError) else "")

    # ── the engine and the bus ──────────────────────────────────────────────────────────────────────────────────

    def _on_engine_event(self, event: EngineEvent) -> None:
        if not self._phones.handle(event) and not self._trunks.handle(event):
            self._sound_event(event)

    def _sound_event(self, event: EngineEvent) -> None:
        match event:
            case media_engine.DigitPressed():
                self._digits.pressed(event)
            case media_engine.PlaybackFinished():
                if not self._mixing.finished(event):
                    self._prompts.finished(event)
            case media_engine.RecordingFinished():
                self._recordings.finished(event)
            case media_engine.RecordingFailed():
                self._recordings.failed(RecordingId(event.recording_id), event.reason)

    async def _bus_is_away(self, away: bool) -> None:
        """Without control nobody could answer a new caller: better that the trunk goes elsewhere at once."""
        await self._shared.gate.set(Shut.NO_CONTROL, away)

    # ── time ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _tick_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        next_heartbeat = loop.time()
        while True:
            asked_at = loop.time()
            await asyncio.sleep(TICK_S)
            self._loop_lag_s = max(self._loop_lag_s, loop.time() - asked_at - TICK_S)
            self._browsers.tick()
            await self._guard(self._admission.refuse_unclaimed())
            await self._guard(self._admission.give_up_endless())
            await self._guard(self._dialling.stop_ringing())
            await self._guard(self._trunks.ask())
            await self._guard(self._taps.close_orphaned())
            await self._guard(self._mixing.forget_gone())
            await self._guard(self._links.close_unused())
            await self._guard(self._links.close_silent())
            self._draining.look()
            if loop.time() >= next_heartbeat:
                next_heartbeat += HEARTBEAT_EVERY_S
                self._heartbeat()

    async def _measure_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._config.measure_every_s)
            await self._guard(self._measuring.measure())

    async def _guard(self, work: Awaitable[None]) -> None:
        """A leg may go away while it is looked at; the next round sees the table without it."""
        try:
            await work
        except (EngineError, IllegalTransition) as error:
            log.info("a leg went away meanwhile", reason=error)
        except Exception:  # border of the process: what is wrong with one leg must not end the calls of all
            allowed, left_out = self._failures_told.take(self._clock.now())
            if allowed:
                log.exception("a look at the legs failed", count=left_out)

    def _heartbeat(self) -> None:
        health = self._engine.health()
        if health.loop_age_s >= STALLED_AFTER_S:
            raise EngineStalled(f"the engine's owner thread stands still for {health.loop_age_s:.1f} s")
        lag_ms = max(self._loop_lag_s, health.loop_age_s) * 1000
        self._loop_lag_s = 0.0
        ended = self._door_log.news(health.connections.ended, self._clock.now())
        if ended:
            log.warning("SIP connections were ended or refused", open=health.connections.open, **ended)
        self._outbox.put(
            NodeHeartbeat(
                at=self._clock.now(),
                node_id=self._config.node_id,
                legs=len(self._shared.legs),
                max_legs=self._config.max_legs,
                loop_lag_ms=round(lag_ms, 1),
                refused=dict(self._shared.refused),
                sip_refused={NO_STATUS.get(status, str(status)): count for status, count in health.refused.items()},
                connections=health.connections.open,
                connections_ended=dict(health.connections.ended),
                trunks=self._trunks.reports(),
                claim_wait_ms=round(self._shared.gate.longest_wait_s() * 1000, 1),
                dropped_packets=self._browsers.dropped(),
                name=self._config.name,
                region=self._config.region,
                state=self._draining.state,
                in_calls=self._shared.legs.in_calls(),
                public_key=self._shared.tap_key.public,
            )
        )
