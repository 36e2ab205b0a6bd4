"""`SipMediaEngine`: the asyncio face of the SIP and media engine (contract: telephony.media_engine).

Follow a command: `play` → `OwnerThread.call` → `Ports.play` on the owner thread → the native player.
Follow an event: the native player → `EventQueue` and its eventfd → `_drain` on the event loop → `on_event`; or a pjsua2
callback → `Legs` → `_emit` → `_deliver` on the event loop. `_deliver` drains the native queue first, which keeps the order.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence, Set
from pathlib import Path

import structlog
from patchbay_media import MediaLink

from core.agreeing import SrtpKeys
from telephony.engine_settings import Codec, SipEngineConfig
from telephony.media_engine import (
    DigitMethod,
    DigitPressed,
    EngineError,
    EngineEvent,
    EngineHealth,
    LegStatistics,
    OnEngineEvent,
    PortLevels,
    RtpAddress,
    RtpDirection,
    SipLegEnded,
)
from telephony.sip.dialog import TrunkAccount
from telephony.sip.endpoint import SipEndpoint, connections
from telephony.sip.keys import Keys
from telephony.sip.legs import Legs
from telephony.sip.native_events import Handles, translate
from telephony.sip.owner import OwnerThread
from telephony.sip.ports import Ports, RtpPortRequest
from telephony.sip.sdk import destroy, native
from telephony.sip.text import line

log = structlog.get_logger(__name__)
LAST_BYES_S = 1.0
"""How long `stop` waits for the answers to its BYEs."""
LAST_FILES_S = 5.0
"""How long `stop` waits for the writer to close recordings."""


class SipMediaEngine:
    """Owns the owner thread and, through it, every pjsua2 object. At most one runs in a process."""

    def __init__(self, config: SipEngineConfig, on_event: OnEngineEvent, now: Callable[[], float] = time.time) -> None:
        """`now` is the time that events carry: that of the clock by which others judge them."""
        self._config = config
        self._now = now
        self._on_event = on_event
        self._handles = Handles()
        self._keys = Keys()
        self._endpoint = SipEndpoint(config)
        self._ports = Ports(config.clock_rate_hz, self._handles)
        self._legs = Legs(self._ports, self._handles, self._trunk_of, self._emit, now, trunks=config.trunks)
        self._owner = OwnerThread(self._open, self._close, self._tidy)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._files_closed = asyncio.Event()

    @property
    def sip_port(self) -> int:
        return self._endpoint.sip_port

    # life

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(native.event_fd(), self._drain)
        try:
            await self._owner.start()
        except BaseException:  # also a cancelled start leaves no thread and no reader behind
            await self.stop()
            raise
        log.info("engine.started", sip_port=self.sip_port)

    async def stop(self) -> None:
        if self._loop is None:
            return
        await self._owner.stop()
        if self._handles.recordings_open():
            try:
                async with asyncio.timeout(LAST_FILES_S):
                    await self._files_closed.wait()
            except TimeoutError:
                log.error("engine.recordings.unfinished")
        self._drain()
        self._loop.remove_reader(native.event_fd())
        self._loop = None

    def health(self) -> EngineHealth:
        return EngineHealth(
            running=self._owner.running,
            legs=len(self._legs),
            rtp_ports=self._ports.rtp_count,
            loop_age_s=self._owner.round_age_s,
            max_loop_lag_ms=self._owner.max_lag_s * 1000,
            refused=dict(native.SipGuard.counts()),
            connections=connections(),
            native_events_dropped=native.events_dropped(),
        )

    async def refuse_new_legs(self, reason: str | None, *, questions: bool = False) -> None:
        await self._owner.call(lambda: self._endpoint.guard.refuse_all(reason or "", questions))

    # SIP legs

    async def ring(self, leg_id: str) -> None:
        await self._owner.call(lambda: self._legs.ring(leg_id))

    async def answer(self, leg_id: str) -> None:
        await self._owner.call(lambda: self._legs.answer(leg_id))

    async def reject(self, leg_id: str, sip_status: int, reason: str = "", headers: Mapping[str, str] | None = None) -> None:
        await self._owner.call(lambda: self._legs.reject(leg_id, sip_status, reason, headers or {}))

    async def hang_up(self, leg_id: str) -> None:
        await self._owner.call(lambda: self._legs.hang_up(leg_id))

    async def dial(self, leg_id: str, uri: str, *, caller_uri: str | None = None, trunk: str = "") -> None:
        await self._owner.call(lambda: self._legs.dial(leg_id, uri, caller_uri, trunk))

    async def ask(self, leg_id: str) -> None:
        await self._owner.call(lambda: self._legs.ask(leg_id))

    async def ask_peer(self, peer: str, uri: str, *, from_uri: str | None = None) -> None:
        await self._owner.call(lambda: self._ask_peer(peer, uri, from_uri))

    async def send_digits(self, leg_id: str, digits: str, *, method: DigitMethod = DigitMethod.RFC4733) -> None:
        await self._owner.call(lambda: self._legs.send_digits(leg_id, digits, method))

    # RTP ports

    async def open_rtp_port(
        self,
        port_id: str,
        *,
        codec: Codec,
        remote: RtpAddress | None = None,
        direction: RtpDirection = RtpDirection.BOTH,
        local_port: int = 0,
        payload_type: int | None = None,
        event_payload_type: int | None = None,
        ptime_ms: int = 20,
        ssrc: int | None = None,
        keys: SrtpKeys | None = None,
    ) -> RtpAddress:
        request = RtpPortRequest(
            codec=codec,
            remote=remote,
            direction=direction,
            local=RtpAddress(self._config.internal_host, local_port),
            payload_type=payload_type,
            event_payload_type=event_payload_type,
            ptime_ms=ptime_ms,
            ssrc=ssrc,
            keys=keys,
        )
        return await self._owner.call(lambda: self._ports.open_rtp(port_id, request))

    async def open_linked_port(
        self,
        port_id: str,
        *,
        link: MediaLink,
        codec: Codec,
        payload_type: int,
        event_payload_type: int | None = None,
    ) -> None:
        request = RtpPortRequest(codec=codec, link=link, payload_type=payload_type, event_payload_type=event_payload_type)
        await self._owner.call(lambda: self._ports.open_rtp(port_id, request))

    async def close_rtp_port(self, port_id: str) -> None:
        await self._owner.call(lambda: self._ports.close_rtp(port_id))
        self._keys.forget(port_id)

    # prompts

    async def play(self, port_id: str, playback_id: str, files: Sequence[Path], *, loop: bool = False) -> None:
        try:
            # The disk may be slow: a worker thread reads into the shared store, the owner thread only looks it up.
            await asyncio.to_thread(self._load, files)
        except RuntimeError as problem:
            raise EngineError("bad_prompt", str(problem)) from problem
        await self._owner.call(lambda: self._ports.play(port_id, playback_id, files, loop))

    async def stop_playback(self, port_id: str) -> None:
        await self._owner.call(lambda: self._ports.stop_playback(port_id))

    # bridge

    async def listen(self, source: str, listener: str) -> None:
        await self._owner.call(lambda: self._ports.listen(source, listener))

    async def rewire(self, *, part: Sequence[tuple[str, str]], join: Sequence[tuple[str, str]]) -> None:
        await self._owner.call(lambda: self._ports.rewire(part, join))

    # recordings

    async def start_recording(self, recording_id: str, path: Path, *, left: Set[str], right: Set[str]) -> None:
        await self._owner.call(lambda: self._ports.start_recording(recording_id, path, left, right))

    async def record_sides(self, recording_id: str, *, left: Set[str], right: Set[str]) -> None:
        await self._owner.call(lambda: self._ports.record_sides(recording_id, left, right))

    async def stop_recording(self, recording_id: str) -> None:
        await self._owner.call(lambda: self._ports.stop_recording(recording_id))

    # measurements

    async def levels(self, port_ids: Sequence[str]) -> Mapping[str, PortLevels]:
        return await self._owner.call(lambda: self._ports.levels(port_ids))

    async def statistics(self, port_id: str) -> LegStatistics:
        def measure() -> LegStatistics:
            return self._ports.rtp_statistics(port_id) or self._legs.statistics(port_id)

        return await self._owner.call(measure)

    # owner thread

    def _open(self) -> None:
        self._endpoint.open()
        account = TrunkAccount(self._legs)
        account.create(self._endpoint.account_config(), True)
        self._legs.account = account
        for trunk in self._config.trunks:
            if trunk.username:
                self._legs.trunk_accounts[trunk.name] = own = TrunkAccount(self._legs)
                own.create(self._endpoint.account_config(trunk), False)
        if self._endpoint.has_both_kinds:
            named = {trunk.name: trunk for trunk in self._config.trunks if trunk.username}
            for name in ("", *named):
                self._legs.ipv6_accounts[name] = own = TrunkAccount(self._legs)
                own.create(self._endpoint.account_config(named.get(name), ipv6=True), False)

    def _close(self) -> None:
        if self._legs.account is not None:
            self._endpoint.hang_up_all()
            deadline = time.monotonic() + LAST_BYES_S
            while len(self._legs) and time.monotonic() < deadline:
                self._endpoint.handle(20)
            self._legs.abandon()
            self._ports.close()
            self._endpoint.handle(20)  # one tick of the bridge, which drops its references
            self._legs.tidy()
            for account in (*self._legs.ipv6_accounts.values(), *self._legs.trunk_accounts.values(), self._legs.account):
                destroy(account)
            self._legs.ipv6_accounts.clear()
            self._legs.trunk_accounts.clear()
            self._legs.account = None
        self._endpoint.close()

    def _tidy(self) -> None:
        native.deliver_names()
        native.end_overdue_connections()
        self._ports.tidy()
        self._legs.tidy()

    def _ask_peer(self, peer: str, uri: str, from_uri: str | None) -> None:
        sender = line("the sender's address", from_uri or self._endpoint.own_uri)
        handle = self._handles.for_question(peer)
        try:
            native.ask_peer(handle, line("the address", uri), sender)
        except RuntimeError as problem:
            self._handles.forget(handle)
            raise EngineError("bad_argument", f"cannot be asked: {problem}") from problem

    def _trunk_of(self, host: str) -> str:
        return self._endpoint.guard.trunk_of(host)

    def _emit(self, event: EngineEvent) -> None:
        """From the owner thread to the event loop."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._deliver, event)

    # event loop

    def _load(self, files: Sequence[Path]) -> None:
        for path in files:
            native.load_prompt(str(path), self._config.clock_rate_hz)

    def _deliver(self, event: EngineEvent) -> None:
        self._drain()
        self._tell(event)

    def _tell(self, event: EngineEvent) -> None:
        if isinstance(event, DigitPressed) and not self._keys.is_new(event):
            return
        if isinstance(event, SipLegEnded):
            self._keys.forget(event.leg_id)
        self._on_event(event)

    def _drain(self) -> None:
        native.clear_event_fd()
        raw = native.NativeEvent()
        while native.next_event(raw):
            event = translate(raw, self._handles, self._now())
            if event is not None:
                self._tell(event)
        if not self._handles.recordings_open():
            self._files_closed.set()
        else:
            self._files_closed.clear()
