"""A node that is to be emptied: nobody new comes in, and it says when nothing is left."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.commands import CreateBrowserLeg, DrainNode
from core.events import NodeHeartbeat
from core.ids import LegId
from core.model import LegPurpose, NodeState
from telephony.media_engine import EngineError
from telephony.node.draining import DESKS_MOVE_WITHIN_S, state_of
from telephony.webrtc.transport import TransportConfig
from tests.telephony.node.engine_double import EngineDouble
from tests.telephony.node.running import RunningNode, config_for
from tests.telephony.node.scene import CALLER, Scene, capture

OFFER = (Path(__file__).parent.parent / "webrtc" / "offers" / "chromium.sdp").read_text(encoding="utf-8")
BROWSER = CreateBrowserLeg(leg_id=LegId("b"), purpose=LegPurpose.AGENT, sdp_offer=OFFER)
HERE = TransportConfig(addresses=("127.0.0.1",))


@pytest.mark.parametrize(
    ("since", "now", "legs", "in_calls", "state"),
    [
        (None, 100.0, 0, 0, NodeState.UP),
        (None, 100.0, 5, 3, NodeState.UP),
        (100.0, 100.0, 0, 0, NodeState.DRAINED),
        (100.0, 101.0, 4, 0, NodeState.DRAINING),  # desks move now
        (100.0, 100.0 + DESKS_MOVE_WITHIN_S, 4, 0, NodeState.DRAINED),  # and these will not
        (100.0, 9_000.0, 4, 1, NodeState.DRAINING),  # a call has all the time that it needs
    ],
)
def test_the_state_of_a_node(since: float | None, now: float, legs: int, in_calls: int, state: NodeState) -> None:
    assert state_of(since, now, legs=legs, in_calls=in_calls) is state


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    engines: list[EngineDouble] = []
    async with RunningNode(capture(engines), config_for(tmp_path, browsers=HERE, name="north", region="leeds")) as running:
        yield Scene(running, engines[0])


async def test_calls_end_in_their_own_time_and_then_it_says_so(scene: Scene) -> None:
    await scene.answered_call()
    assert (await scene.do(DrainNode())).result == {"in_calls": 1}
    assert scene.engine.refusing == "draining"
    assert scene.engine.refuses_questions
    refusal = await scene.ask(BROWSER)
    assert (refusal.ok, refusal.result) == (False, {"code": "draining"})
    told = await scene.bus.wait_for(NodeHeartbeat, state=NodeState.DRAINING)
    assert (told.in_calls, told.name, told.region) == (1, "north", "leeds")

    scene.engine.phone_hangs_up(CALLER, time.time())
    await scene.bus.wait_for(NodeHeartbeat, state=NodeState.DRAINED, in_calls=0)
    assert not (await scene.ask(BROWSER)).ok, "it stays, empty, until somebody stops it or takes it into use again"


async def test_one_whose_engine_fails_can_be_asked_again(scene: Scene) -> None:
    scene.engine.fails["refuse_new_legs"] = EngineError("not_running", "it is stalled")
    assert not (await scene.ask(DrainNode())).ok
    del scene.engine.fails["refuse_new_legs"]
    await scene.do(DrainNode())
    assert scene.engine.refusing == "draining"
    await scene.bus.wait_for(NodeHeartbeat, state=NodeState.DRAINED)


async def test_what_is_asked_again_of_a_leg_that_was_there_before_is_answered(scene: Scene) -> None:
    """Whoever asked may have been killed before the answer."""
    before = await scene.do(BROWSER)
    await scene.do(DrainNode())
    assert (await scene.do(BROWSER)).result == before.result


async def test_it_can_be_taken_into_use_again(scene: Scene) -> None:
    await scene.do(DrainNode())
    await scene.bus.wait_for(NodeHeartbeat, state=NodeState.DRAINED)
    await scene.do(DrainNode(draining=False))
    assert scene.engine.refusing is None
    await scene.answered_call()
    await scene.bus.wait_for(NodeHeartbeat, state=NodeState.UP, in_calls=1)


async def test_one_that_was_being_drained_takes_nothing_new_when_it_is_back(tmp_path: Path) -> None:
    engines: list[EngineDouble] = []
    async with RunningNode(capture(engines), config_for(tmp_path, starts_draining=True)) as running:
        await running.bus.wait_for(NodeHeartbeat, state=NodeState.DRAINED)
        assert engines[0].refusing == "draining"
        assert not (await running.ask(BROWSER)).ok
