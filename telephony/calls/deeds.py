"""Carries out single actions: asks nodes, the ACD, the number plan and the recognizers, and says what follows from their answers.

Invariant: whatever is done here is harmless when it is done twice, because a process may end between an answer and its being
noted. What follows is decided when the caller of `carry_out` says so: that an action is done, and what follows from it, is known
in the same moment.
"""

from __future__ import annotations

from collections.abc import MutableMapping

import structlog

from core.causes import EndCause
from core.commands import Answer, AnyCommand, EndCall, OpenLink, SetMix
from core.ids import CallId, LegId, StreamId
from core.partitions import calls_of
from core.ports import (
    ANSWER_WITHIN_S,
    Bus,
    CallbackBook,
    CallbackRefusal,
    CallbackTarget,
    Clock,
    NumberPlan,
    Transcribing,
    Unavailable,
    log_level,
    refused,
)
from telephony.calls import outbound
from telephony.calls.actions import (
    Action,
    Ask,
    AskAcd,
    Batch,
    EndElsewhere,
    Link,
    LookUpCallback,
    LookUpNumber,
    Publish,
    StartText,
    StopText,
)
from telephony.calls.control import CallControl
from telephony.calls.lane import Then
from telephony.calls.ways import Ways

log = structlog.get_logger(__name__)

Streams = MutableMapping[LegId, StreamId]


class Deeds:
    """What call control does to the world."""

    def __init__(
        self,
        *,
        bus: Bus,
        numbers: NumberPlan,
        callbacks: CallbackBook,
        transcribing: Transcribing,
        clock: Clock,
        control: CallControl,
    ) -> None:
        self._bus = bus
        self._numbers = numbers
        self._callbacks = callbacks
        self._transcribing = transcribing
        self._clock = clock
        self._control = control

    async def carry_out(self, call_id: CallId | None, streams: Streams, ways: Ways, action: Action) -> Then:
        """`streams` of the call's legs, and its `ways`, are noted there."""
        match action:
            case Ask():
                return await self._ask(call_id, ways, action)
            case AskAcd():
                return await self._ask_acd(call_id, action)
            case Link() if call_id is not None:
                await self._link(call_id, ways, action)
            case EndElsewhere():
                await self._end_elsewhere(action)
            case LookUpNumber() if call_id is not None:
                return await self._look_up(call_id, action)
            case LookUpCallback() if call_id is not None:
                return await self._look_up_callback(call_id, action.origin_call_id)
            case StartText() if call_id is not None:
                return await self._start_text(call_id, streams, action)
            case StopText():
                await self._stop_text(streams, action)
            case _:
                pass
        return _nothing_more

    async def _send(self, addressee: str, command: AnyCommand, within_s: float = ANSWER_WITHIN_S) -> Answer:
        try:
            return await self._bus.send(addressee, command, timeout_s=within_s)
        except Unavailable as error:
            return refused(str(error))

    async def _ask(self, call_id: CallId | None, ways: Ways, ask: Ask) -> Then:
        answer = await self._send(f"node:{ask.node_id}", ask.command, ask.within_s)
        command = ask.command
        missing = frozenset(answer.result.get("missing", ()))
        if isinstance(command, SetMix):
            ways.mixed(ask.node_id, command.hears, missing)
        if answer.ok:
            if not missing or call_id is None or not isinstance(command, SetMix):
                return _nothing_more
            return lambda: self._control.legs_missing(call_id, command, missing, self._clock.now())
        name = type(command).__name__
        log.log(log_level(answer), "command_refused", call_id=call_id, node_id=ask.node_id, command=name, reason=answer.reason)
        if not ask.essential:
            return _nothing_more
        if call_id is None:
            return lambda: ([], False)
        return lambda: (self._control.ask_failed(call_id, ask, answer.reason, self._clock.now()), False)

    async def _link(self, call_id: CallId, ways: Ways, link: Link) -> None:
        """Both ends know each other's address and public key; without a way the mix that follows says that it misses one."""
        if ways.has(link):
            return
        host, port, public_key = "", 0, b""
        for node_id in (link.near, link.far, link.near):
            open_link = OpenLink(link_id=link.link_id, call_id=call_id, host=host, port=port, public_key=public_key)
            answer = await self._send(f"node:{node_id}", open_link)
            if not answer.ok:
                log.warning("no_link", call_id=call_id, node_id=node_id, reason=answer.reason)
                return
            host, port, public_key = (answer.result[field] for field in ("host", "port", "public_key"))
        ways.opened(link)

    async def _end_elsewhere(self, action: EndElsewhere) -> None:
        answer = await self._send(calls_of(action.call_id), EndCall(call_id=action.call_id, cause=action.cause))
        if not answer.ok:
            log.log(log_level(answer), "not_ended", call_id=action.call_id, reason=answer.reason)

    async def _ask_acd(self, call_id: CallId | None, ask: AskAcd) -> Then:
        answer = await self._send("acd", ask.command)
        if answer.ok:
            return _nothing_more
        log.log(log_level(answer), "not_in_line", call_id=call_id, work_id=ask.command.work_id, reason=answer.reason)
        if call_id is None:
            return lambda: ([], False)
        return lambda: (self._control.not_in_line(call_id, ask.command, self._clock.now()), False)

    async def _look_up(self, call_id: CallId, action: LookUpNumber) -> Then:
        try:
            entry = await self._numbers.find(action.called, action.trunk)
        except Unavailable as error:
            log.error("number_plan_unavailable", call_id=call_id, reason=error)
            return _nothing_more
        return lambda: (self._control.number_found(call_id, entry, self._clock.now()), True)

    async def _look_up_callback(self, call_id: CallId, origin_call_id: CallId | None) -> Then:
        target: CallbackTarget | CallbackRefusal | None = None
        cause = EndCause.REFUSED_UNKNOWN_NUMBER
        try:
            target = await self._callbacks.target(origin_call_id, call_id) if origin_call_id is not None else None
        except Unavailable as error:
            log.error("callback_book_unavailable", call_id=call_id, reason=error)
            cause = EndCause.SYSTEM_STOPPED
        return lambda: (self._called_back(call_id, target, cause), True)

    def _called_back(self, call_id: CallId, target: CallbackTarget | CallbackRefusal | None, cause: EndCause) -> list[Batch]:
        now = self._clock.now()
        if not isinstance(target, CallbackRefusal):
            return self._control.callback_found(call_id, target, now, cause)
        log.warning("callback_not_allowed", call_id=call_id, code=target.why)
        told = Batch(call_id=call_id, actions=(Publish(event=outbound.not_allowed(call_id, target, now)),))
        ends = self._control.callback_found(call_id, None, now, target.cause)
        return [told, *ends] if ends else []

    async def _start_text(self, call_id: CallId, streams: Streams, action: StartText) -> Then:
        if action.leg_id in streams:
            return _nothing_more
        try:
            stream = await self._transcribing.start(call_id, action.leg_id, action.speaker, action.language, action.offset_ms)
        except Unavailable as error:
            log.log(log_level(error), "no_live_text", call_id=call_id, leg_id=action.leg_id, reason=error)
            return _nothing_more
        streams[action.leg_id] = stream
        return _nothing_more

    async def _stop_text(self, streams: Streams, action: StopText) -> None:
        stream = streams.pop(action.leg_id, None)
        if stream is None:
            return
        try:
            await self._transcribing.stop(stream)
        except Unavailable as error:
            log.warning("text_not_stopped", leg_id=action.leg_id, reason=error)


def _nothing_more() -> tuple[list[Batch], bool]:
    return [], True
