"""A node at work for a test: in-process bus, wall clock, stopped and checked at the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from core.commands import Answer, AnyCommand
from core.events import NodeStarted
from core.ids import NodeId
from telephony.node.config import NodeConfig
from telephony.node.node import EngineFactory, MediaNode
from telephony.node.prompts import Sounds
from telephony.webrtc.liveness import LivenessConfig
from tests.peers.digits import SEAL_DIGITS
from tests.peers.memory_bus import MemoryBus
from tests.peers.waiting import PATIENCE_S

NODE = NodeId("node_test")


UNHURRIED_S = 600.0
"""Longer than any test: a deadline that is not what the test is about must not pass while the machine is busy."""


class WallClock:
    def now(self) -> float:
        return time.time()


def config_for(data_dir: Path, **changes: object) -> NodeConfig:
    """A node that gives nobody up by itself, unless `changes` say so."""
    patient = LivenessConfig(impaired_after_s=UNHURRIED_S, lost_after_s=UNHURRIED_S)
    settings: dict[str, object] = {"node_id": NODE, "data_dir": data_dir, "claim_within_s": UNHURRIED_S, "liveness": patient}
    settings["shed_after_s"] = UNHURRIED_S
    return NodeConfig(**(settings | changes))  # type: ignore[arg-type]


class RunningNode:
    """Use as an async context manager; `ask` sends a command over the bus, as call control does."""

    def __init__(
        self,
        make_engine: EngineFactory,
        config: NodeConfig,
        bus: MemoryBus | None = None,
        *,
        digits_key: bool = True,
        hand_over: Callable[[str], None] = lambda _: None,
        sounds: Sounds | None = None,
    ) -> None:
        self.bus = bus or MemoryBus()
        self.node = MediaNode(self.bus, make_engine, config, WallClock(), hand_over=hand_over, sounds=sounds)
        self._digits_key = digits_key
        self._run: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._run = asyncio.create_task(self.node.run(), name="node")
        started = asyncio.create_task(self.bus.wait_for(NodeStarted))
        await asyncio.wait([self._run, started], return_when=asyncio.FIRST_COMPLETED)
        if self._run.done():
            started.cancel()
            self._run.result()
        await started
        if self._digits_key:
            assert (await self.node.handle(SEAL_DIGITS)).ok
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.node.stop_soon()
        await self.ended()

    async def ended(self, within_s: float = PATIENCE_S) -> None:
        """Waits until `run` has returned; raises what it raised."""
        assert self._run is not None
        await asyncio.wait_for(asyncio.shield(self._run), within_s)

    async def ask(self, command: AnyCommand) -> Answer:
        return await self.bus.send(f"node:{NODE}", command)

    async def do(self, command: AnyCommand) -> Answer:
        """Asks for something that must succeed."""
        answer = await self.ask(command)
        assert answer.ok, answer.reason
        return answer
