"""Who is let in: the weightiest reason is told, control that is behind gets no more, and everybody hears at once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from core.causes import EndCause
from core.commands import AnswerLeg, CreateBrowserLeg
from core.events import LegEnded, LegOffered, NodeHeartbeat
from core.ids import LegId
from core.model import LegPurpose
from telephony.allowance import Allowance
from telephony.media_engine import EngineError, IncomingRefused
from telephony.node.gate import Gate, Shut, is_late
from tests.peers.waiting import until
from tests.telephony.node.engine_double import EngineDouble
from tests.telephony.node.running import RunningNode, config_for
from tests.telephony.node.scene import capture


@pytest.fixture
def engine() -> EngineDouble:
    return EngineDouble(lambda event: None)


@pytest.mark.parametrize(
    ("waited_s", "was_late", "late"),
    [(0.0, False, False), (0.99, False, False), (1.0, False, True), (0.6, True, True), (0.49, True, False), (0.0, True, False)],
)
def test_control_is_late_until_it_has_well_caught_up(waited_s: float, was_late: bool, late: bool) -> None:
    assert is_late(waited_s, shed_after_s=1.0, was_late=was_late) is late


async def test_the_weightiest_reason_stands_until_it_goes(engine: EngineDouble) -> None:
    gate = Gate(engine, shed_after_s=1.0)
    assert (gate.refusal(), engine.refusing) == (None, None)
    await gate.set(Shut.LATE, True)
    await gate.set(Shut.NO_CONTROL, True)
    assert (gate.refusal(), engine.refusing) == (EndCause.REFUSED_NO_CONTROL, "no control")
    await gate.set(Shut.NO_CONTROL, False)
    assert (gate.refusal(), engine.refusing) == (EndCause.REFUSED_LATE, "busy")
    await gate.set(Shut.LATE, False)
    assert engine.refusing is None


async def test_a_returning_bus_does_not_open_a_node_that_is_drained(engine: EngineDouble) -> None:
    gate = Gate(engine, shed_after_s=1.0)
    await gate.set(Shut.DRAINING, True)
    await gate.set(Shut.NO_CONTROL, True)
    await gate.set(Shut.NO_CONTROL, False)
    assert engine.refusing == "draining"


async def test_an_engine_that_could_not_be_told_is_told_with_the_next_change(engine: EngineDouble) -> None:
    gate = Gate(engine, shed_after_s=1.0)
    engine.fails["refuse_new_legs"] = EngineError("not_running", "it is stalled")
    with pytest.raises(EngineError):
        await gate.set(Shut.DRAINING, True)
    assert (gate.draining, engine.refusing) == (True, None)
    del engine.fails["refuse_new_legs"]
    await gate.set(Shut.DRAINING, True)
    assert engine.refusing == "draining"


async def test_the_longest_wait_is_told_once(engine: EngineDouble) -> None:
    gate = Gate(engine, shed_after_s=1.0)
    for waited_s in (0.1, 0.7, 0.2):
        await gate.look(waited_s)
    assert [gate.longest_wait_s(), gate.longest_wait_s()] == [0.7, 0.0]


async def test_new_calls_are_shed_while_control_is_behind_and_let_in_when_it_has_caught_up(tmp_path: Path) -> None:
    """At 30 calls a second the control plane was seconds behind, and every caller heard nothing for as long."""
    engines: list[EngineDouble] = []
    async with RunningNode(capture(engines), config_for(tmp_path, shed_after_s=0.3)) as running:
        engine, bus = engines[0], running.bus
        engine.phone_calls("leg_1", "call_1", time.time())
        await bus.wait_for(LegOffered, leg_id=LegId("leg_1"))
        await until(lambda: engine.refusing == "busy")
        engine.say(IncomingRefused(sip_status=503, reason="busy", remote_host="192.0.2.1", at=time.time()))
        engine.phone_calls("leg_2", "call_2", time.time())  # was on its way through the engine
        assert (await bus.wait_for(LegEnded, leg_id=LegId("leg_2"))).cause is EndCause.REFUSED_LATE
        assert engine.requests("reject") == [("leg_2", 503, {"Retry-After": "5"})]
        refusal = await running.ask(CreateBrowserLeg(leg_id=LegId("leg_web"), purpose=LegPurpose.CALLER, sdp_offer=""))
        assert (refusal.ok, refusal.result["code"]) == (False, "full")
        await until(lambda: any(beat.claim_wait_ms >= 300 for beat in bus.of_type(NodeHeartbeat)))
        await until(lambda: bus.of_type(NodeHeartbeat)[-1].refused == {"system:late": 3})

        await running.do(AnswerLeg(leg_id=LegId("leg_1")))
        await until(lambda: engine.refusing is None)
        engine.phone_calls("leg_3", "call_3", time.time())
        await bus.wait_for(LegOffered, leg_id=LegId("leg_3"))


async def test_a_flood_of_refused_calls_is_counted_and_does_not_fill_the_log(tmp_path: Path) -> None:
    engines: list[EngineDouble] = []
    async with RunningNode(capture(engines), config_for(tmp_path)) as running:
        with capture_logs() as lines:
            for _ in range(1000):
                engines[0].say(IncomingRefused(sip_status=403, reason="no trunk", remote_host="192.0.2.1", at=1.0))
        assert sum(line["event"] == "call refused at the door" for line in lines) == Allowance.LINES
        await until(
            lambda: running.bus.of_type(NodeHeartbeat)[-1:] != [] and bool(running.bus.of_type(NodeHeartbeat)[-1].refused)
        )
        assert running.bus.of_type(NodeHeartbeat)[-1].refused == {"system:unknown_source": 1000}
