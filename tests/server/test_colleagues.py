"""Whom an agent is shown to ask: who fits, in which order, and why somebody cannot be called."""

from __future__ import annotations

from typing import Any

from acd.views.agent import Standing
from acd.views.queue import QueueView
from core.ids import AgentId, QueueId, SkillId
from core.model import AgentSkill, AgentState
from server import colleagues as found
from server.colleagues import Colleague, colleagues, queues

MEI = AgentId("agent_mei")
SKILLS = {"orders": "Orders", "english": "English", "zh": "中文"}


def agent(name: str, state: AgentState = AgentState.AVAILABLE, **fields: Any) -> Standing:
    known: dict[str, Any] = {"agent_id": AgentId(f"agent_{name.lower()}"), "name": name, "state": state, "reason": ""}
    return Standing(**known | {"since": 0.0, "until": None, "skills": ()} | fields)


def queue(name: str, p50: float | None, available: int = 0, waiting: int = 3) -> QueueView:
    known: dict[str, Any] = dict.fromkeys(QueueView.__struct_fields__)
    known |= {"queue_id": QueueId(f"queue_{name.lower()}"), "name": name, "waiting": waiting, "agents_available": available}
    return QueueView(**known | {"expected_wait_s": p50, "expected_p90_s": None if p50 is None else 2 * p50})


def shown(*everybody: Standing, query: str = "") -> list[Colleague]:
    return [found.shown(each, SKILLS) for each in colleagues(everybody, SKILLS, MEI, query)]


def test_available_ones_come_first_then_whoever_may_be_free_soonest() -> None:
    views = (
        agent("Tom", AgentState.AWAY, reason="lunch"),
        agent("Ben", AgentState.BUSY, since=9),
        agent("Ana", AgentState.BUSY, since=5),
        agent("Pia", AgentState.WRAP_UP, until=70),
        agent("Ida", AgentState.WRAP_UP, until=40),
        agent("Jonas", since=8),
        agent("Noor", since=2),
        agent("Uwe", AgentState.UNREACHABLE, reason="desk_closed"),
    )
    assert [each.name for each in shown(*views)] == ["Noor", "Jonas", "Ida", "Pia", "Ana", "Ben", "Uwe", "Tom"]


def test_who_cannot_be_called_is_shown_with_the_reason() -> None:
    away, closed = shown(
        agent("Tom", AgentState.AWAY, reason="lunch"), agent("Uwe", AgentState.UNREACHABLE, reason="desk_closed")
    )[::-1]
    assert (away.available_for_call, away.why_not, away.reason) == (False, "away", "lunch")
    assert (closed.why_not, closed.reason) == ("unreachable", "desk_closed")
    assert (shown(agent("Jonas"))[0].available_for_call, shown(agent("Jonas"))[0].why_not) == (True, None)


def test_nobody_is_their_own_colleague_and_whoever_went_home_is_only_found_by_name() -> None:
    views = (agent("Mei"), agent("Jonas"), agent("Tom", AgentState.SIGNED_OUT))
    assert [each.name for each in shown(*views)] == ["Jonas"]
    assert [each.why_not for each in shown(*views, query="tom")] == ["signed_out"]


def test_words_are_found_in_names_and_skills_of_any_script() -> None:
    skilled = (AgentSkill(skill=SkillId("english"), level=2), AgentSkill(skill=SkillId("orders"), level=4))
    views = (agent("Jonas", skills=skilled), agent("Lin", skills=(AgentSkill(skill=SkillId("zh"), level=5),)))
    assert [each.name for each in shown(*views, query="ORD eng")] == ["Jonas"]
    assert [each.name for each in shown(*views, query="中")] == ["Lin"]
    assert [skill.name for skill in shown(*views, query="jonas")[0].skills] == ["Orders", "English"], "what they know best first"


def test_queues_come_by_the_wait_and_closed_ones_last() -> None:
    views = (queue("Slow", 90), queue("Closed", 0), queue("Unknown", None), queue("Quick", 5), queue("Free", 30, available=2))
    found = queues(views, {QueueId("queue_closed"): False}, "")
    assert [each.name for each in found] == ["Free", "Quick", "Slow", "Unknown", "Closed"]
    assert [each.open for each in found] == [True, True, True, True, False]
    assert [each.name for each in queues(views, {}, "ow")] == ["Slow", "Unknown"]
