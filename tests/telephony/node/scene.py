"""A node at work with an engine double, and callers who come to its door."""

from __future__ import annotations

import time
from collections.abc import Callable

from core.commands import AnswerLeg
from core.events import LegOffered
from core.ids import CallId, LegId
from telephony.media_engine import OnEngineEvent
from tests.telephony.node.engine_double import EngineDouble
from tests.telephony.node.running import RunningNode

CALL, CALLER, AGENT = CallId("call_1"), LegId("leg_caller"), LegId("leg_other")


class Scene:
    """A running node with an engine double."""

    def __init__(self, running: RunningNode, engine: EngineDouble) -> None:
        self.running = running
        self.engine = engine
        self.bus = running.bus
        self.do = running.do
        self.ask = running.ask

    async def caller_at_the_door(self, leg_id: LegId = CALLER, call_id: CallId = CALL) -> None:
        self.engine.phone_calls(leg_id, call_id, time.time())
        await self.bus.wait_for(LegOffered, leg_id=leg_id)

    async def answered_call(self, leg_id: LegId = CALLER, call_id: CallId = CALL) -> None:
        await self.caller_at_the_door(leg_id, call_id)
        await self.do(AnswerLeg(leg_id=leg_id))

    async def two_answered_legs(self) -> None:
        await self.answered_call()
        await self.answered_call(AGENT, CallId("call_2"))


def capture(engines: list[EngineDouble]) -> Callable[[OnEngineEvent], EngineDouble]:
    def make(on_event: OnEngineEvent) -> EngineDouble:
        engines.append(EngineDouble(on_event))
        return engines[-1]

    return make
