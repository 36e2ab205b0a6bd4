"""An agent whose browser could not take a call is not offered one, and is told what to do."""

from __future__ import annotations

from typing import Any

import pytest

from core.causes import EndCause
from core.events import BrowserSound, LegConnected, LegEnded, LegImpaired, NodeLost, NodeStarted
from core.ids import AgentId, LegId, NodeId
from core.model import LegPurpose, UnreachableReason
from server.presence.audio import REPORT_FRESH_S, AgentAudio, after_event, after_report, agent_of_leg_event, judge

MEI = AgentId("agent_mei")
LEG = LegId("leg_1")


def report(**fields: Any) -> BrowserSound:
    return BrowserSound(**{"leg_id": LEG, "microphone": "live", "running": True, "connected": True, **fields})


def connected(leg: str = LEG) -> LegConnected:
    return LegConnected(at=0, leg_id=LegId(leg), node_id=NodeId("n"), purpose=LegPurpose.AGENT, agent_id=MEI)


def healthy() -> AgentAudio:
    return after_report(after_event(AgentAudio(), connected()), report(), now=100)


def test_a_connected_leg_and_a_healthy_report_make_an_agent_reachable() -> None:
    assert judge(healthy(), 101).reachable
    assert judge(after_report(healthy(), report(microphone="muted"), 101), 101).reachable, "muting is the agent's choice"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"microphone": "denied"}, UnreachableReason.MICROPHONE_DENIED),
        ({"microphone": "ended"}, UnreachableReason.MICROPHONE_LOST),
        ({"running": False}, UnreachableReason.AUDIO_PAUSED),
        ({"connected": False}, UnreachableReason.INTERRUPTED),
        ({"leg_id": LegId("leg_old")}, UnreachableReason.RECONNECTING),
    ],
)
def test_what_is_wrong_is_said(fields: dict[str, Any], reason: UnreachableReason) -> None:
    verdict = judge(after_report(healthy(), report(**fields), 101), 101)
    assert (verdict.reachable, verdict.reason) == (False, reason)


def test_a_node_that_dies_takes_the_legs_of_its_agents_along() -> None:
    dead = judge(after_event(healthy(), NodeLost(at=1, node_id=NodeId("n"), reason="killed")), 101)
    assert (dead.reachable, dead.reason) == (False, UnreachableReason.NOT_CONNECTED)
    assert not judge(after_event(healthy(), NodeStarted(at=1, node_id=NodeId("n"), pid=1)), 101).reachable
    assert judge(after_event(healthy(), NodeLost(at=1, node_id=NodeId("another"), reason="killed")), 101).reachable


def test_a_tab_that_falls_asleep_is_not_reachable() -> None:
    assert judge(healthy(), 100 + REPORT_FRESH_S).reachable
    assert not judge(healthy(), 100.1 + REPORT_FRESH_S).reachable


def test_no_sound_from_the_browser_counts_until_it_comes_back() -> None:
    impaired = after_event(healthy(), LegImpaired(at=1, leg_id=LEG, agent_id=MEI, impaired=True))
    assert not judge(impaired, 101).reachable
    assert judge(after_event(impaired, LegImpaired(at=2, leg_id=LEG, agent_id=MEI, impaired=False)), 101).reachable


def test_the_end_of_an_older_leg_does_not_matter() -> None:
    def ended(leg: str) -> LegEnded:
        return LegEnded(
            at=1,
            leg_id=LegId(leg),
            node_id=NodeId("n"),
            call_id=None,
            purpose=LegPurpose.AGENT,
            agent_id=MEI,
            cause=EndCause.AGENT_HUNG_UP,
        )

    assert judge(after_event(healthy(), ended("leg_0")), 101).reachable
    assert not judge(after_event(healthy(), ended(LEG)), 101).reachable
    assert agent_of_leg_event(ended(LEG)) == MEI
