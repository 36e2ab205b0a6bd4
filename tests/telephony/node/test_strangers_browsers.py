"""Callers from web pages cannot take every leg of a node: phones keep some, and who never connects is let go."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.causes import EndCause
from core.commands import Answer, CreateBrowserLeg, ListLegs
from core.events import LegEnded, NodeHeartbeat
from core.ids import AgentId, CallId, LegId
from core.model import LegPurpose
from telephony.media_engine import OnEngineEvent
from telephony.webrtc.liveness import LivenessConfig
from telephony.webrtc.transport import TransportConfig
from tests.telephony.node.engine_double import EngineDouble
from tests.telephony.node.running import RunningNode, config_for

OFFER = (Path(__file__).parent.parent / "webrtc" / "offers" / "chromium.sdp").read_text(encoding="utf-8")


@asynccontextmanager
async def node(folder: Path, **settings: object) -> AsyncIterator[RunningNode]:
    engines: list[EngineDouble] = []

    def make(on_event: OnEngineEvent) -> EngineDouble:
        engines.append(EngineDouble(on_event))
        return engines[-1]

    here = TransportConfig(addresses=("127.0.0.1",))
    async with RunningNode(make, config_for(folder, browsers=here, **settings)) as running:
        yield running


def caller(number: int) -> CreateBrowserLeg:
    return CreateBrowserLeg(
        leg_id=LegId(f"leg_{number}"), purpose=LegPurpose.CALLER, sdp_offer=OFFER, call_id=CallId(f"call_{number}"), called="100"
    )


def agent(number: int) -> CreateBrowserLeg:
    return CreateBrowserLeg(
        leg_id=LegId(f"leg_a{number}"), purpose=LegPurpose.AGENT, sdp_offer=OFFER, agent_id=AgentId(f"agent_{number}")
    )


async def until_refused(running: RunningNode, make: Callable[[int], CreateBrowserLeg]) -> tuple[int, Answer]:
    """How many got in, and what the first who did not was told."""
    for number in range(100):
        answer = await running.ask(make(number))
        if not answer.ok:
            return number, answer
    raise AssertionError("everybody got in")


async def test_a_share_of_the_legs_is_kept_for_phones_and_for_who_signs_in(tmp_path: Path) -> None:
    async with node(tmp_path, max_legs=8, reserved_for_phones=0.25) as running:
        got_in, told = await until_refused(running, caller)
        assert (got_in, told.result["code"]) == (6, "full")
        assert (await running.ask(agent(0))).ok
        assert (await running.ask(agent(1))).ok
        assert (await running.ask(agent(2))).result["code"] == "full"
        beat = await running.bus.wait_for(NodeHeartbeat, legs=8)
        assert beat.refused == {EndCause.REFUSED_FULL.value: 2}


async def test_only_so_many_may_be_connecting_at_a_time(tmp_path: Path) -> None:
    async with node(tmp_path, max_legs=100, most_connecting=3) as running:
        got_in, told = await until_refused(running, caller)
        assert (got_in, told.result["code"]) == (3, "too_many_connecting")
        assert (await running.ask(agent(0))).ok, "who signs in is known"
        assert (await running.ask(caller(1))).ok, "a command that comes twice is answered like the first time"


@pytest.mark.parametrize("make", [caller, agent])
async def test_a_browser_that_never_comes_loses_its_leg_soon(tmp_path: Path, make: Callable[[int], CreateBrowserLeg]) -> None:
    async with node(tmp_path, liveness=LivenessConfig(connect_within_s=0.3), most_connecting=1) as running:
        await running.do(make(0))
        ended = await running.bus.wait_for(LegEnded)
        assert ended.cause is EndCause.TRANSPORT_FAILED
        assert (await running.do(ListLegs())).result["legs"] == []
        await running.do(make(1))
