"""A running engine, and what it reported."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from telephony.engine_settings import SipEngineConfig, Trunk
from telephony.media_engine import EngineEvent, SipLegOffered
from telephony.sip.engine import SipMediaEngine
from tests.peers import tones
from tests.peers.phone import USER_AGENT, Phone
from tests.peers.waiting import PATIENCE_S, until

E = TypeVar("E")


class Node:
    """The engine under test, with its events kept in order."""

    def __init__(self, config: SipEngineConfig) -> None:
        self.events: list[EngineEvent] = []
        self.engine = SipMediaEngine(config, self.events.append)

    @property
    def uri(self) -> str:
        return f"sip:100@127.0.0.1:{self.engine.sip_port}"

    def seen(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    async def event(self, kind: type[E], *, within_s: float = PATIENCE_S, where: Callable[[E], bool] = lambda event: True) -> E:
        """The first event of this kind that fits, now or soon."""

        def fitting() -> list[E]:
            return [event for event in self.seen(kind) if where(event)]

        await until(lambda: bool(fitting()), within_s)
        return fitting()[0]

    async def call_from(self, phone: Phone, *, call: str = "1") -> str:
        """The phone calls, the node answers, both are connected; returns the leg's id."""
        before = len(self._offers_of_phones())
        await phone.dial(self.uri, call=call)
        await until(lambda: len(self._offers_of_phones()) > before)
        leg_id = self._offers_of_phones()[before].leg_id
        await self.engine.answer(leg_id)
        await phone.connected(call=call)
        return leg_id

    def _offers_of_phones(self) -> list[SipLegOffered]:
        """Not those of raw peers, whose rubbish may still be on its way."""
        return [offer for offer in self.seen(SipLegOffered) if offer.user_agent.startswith(USER_AGENT)]


@asynccontextmanager
async def running_node(**changes: object) -> AsyncIterator[Node]:
    values = {
        "bind_host": "127.0.0.1",
        "sip_port": 0,
        "trunks": (Trunk(name="lab", networks=("127.0.0.0/8",)),),
        "first_rtp_port": 20000,
        "last_rtp_port": 24000,
        **changes,
    }
    node = Node(SipEngineConfig(**values))  # type: ignore[arg-type]
    await node.engine.start()
    try:
        yield node
    finally:
        await node.engine.stop()


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    async with running_node() as running:
        yield running


@pytest.fixture
def prompt(tmp_path: Path) -> Path:
    """One second of 440 Hz."""
    return tones.write_wav(tmp_path / "prompt.wav", tones.tone(440, 1.0))
