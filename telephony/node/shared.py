"""What the parts of one node share while it runs: the legs, the engine, the way out for events."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from core.agreeing import OwnKey
from core.causes import EndCause
from core.events import LegEnded
from core.ids import LegId
from core.ports import Clock
from telephony.media_engine import EngineError, MediaEngine
from telephony.node.config import NodeConfig
from telephony.node.gate import Gate
from telephony.node.legs import IllegalTransition, LegTable
from telephony.node.outbox import Outbox

log = structlog.get_logger(__name__)


class Shared:
    """What the parts of one node have in common. Owns the short tasks that callbacks begin."""

    def __init__(self, config: NodeConfig, clock: Clock, engine: MediaEngine, outbox: Outbox) -> None:
        self.config = config
        self.clock = clock
        self.engine = engine
        self.outbox = outbox
        self.legs = LegTable()
        self.tap_key = OwnKey()
        """Whoever hears a tap of this node agrees upon keys with it."""
        self.gate = Gate(engine, config.shed_after_s)
        self.refused: dict[str, int] = {}
        """INVITEs and browser legs refused since start, by `EndCause` value."""
        self._jobs: set[asyncio.Task[None]] = set()
        self._one_less = asyncio.Event()

    def count_refused(self, cause: EndCause) -> None:
        self.refused[cause.value] = self.refused.get(cause.value, 0) + 1

    def begin(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Work that a callback cannot wait for. At most a few for each leg; all are waited for at the end."""
        task = asyncio.create_task(self._guard(work, name), name=name)
        self._jobs.add(task)
        task.add_done_callback(self._job_done)

    def _job_done(self, task: asyncio.Task[None]) -> None:
        self._jobs.discard(task)
        self._one_less.set()

    async def _guard(self, work: Coroutine[Any, Any, None], name: str) -> None:
        try:
            await work
        except EngineError as error:
            log.warning("the engine refused", job=name, code=error.code, reason=error)
        except IllegalTransition as error:
            log.info("a job came too late", job=name, reason=error)  # the peer was faster

    async def all_over(self) -> None:
        """Returns when the last leg has gone and the last job is done."""
        while self._jobs or len(self.legs):
            self._one_less.clear()
            await self._one_less.wait()

    def leg_over(self, leg_id: LegId, cause: EndCause) -> None:
        """Takes a leg out of the table and tells everybody, once."""
        leg = self.legs.remove(leg_id)
        if leg is None:
            return
        self._one_less.set()
        now = self.clock.now()
        log.info("leg ended", leg_id=leg_id, call_id=leg.call_id, agent_id=leg.agent_id, cause=cause.value)
        self.outbox.put(
            LegEnded(
                at=now,
                leg_id=leg_id,
                node_id=self.config.node_id,
                call_id=leg.call_id,
                purpose=leg.purpose,
                agent_id=leg.agent_id,
                cause=cause,
            )
        )
