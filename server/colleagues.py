"""Whom an agent can ask for help or hand a conversation to: colleagues and queues, who fits best first. Pure.

Invariant: of a colleague it says what a desk beside theirs would show (name, state, skills), and nothing of customers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from acd.views.agent import Standing
from acd.views.queue import QueueView
from core.ids import AgentId, QueueId, SkillId
from core.model import AgentState, Value

WhyNot = Literal["offered", "busy", "wrap_up", "unreachable", "away", "signed_out"]
_WHY_NOT: dict[AgentState, WhyNot] = {
    AgentState.WRAP_UP: "wrap_up",
    AgentState.OFFERED: "offered",
    AgentState.BUSY: "busy",
    AgentState.UNREACHABLE: "unreachable",
    AgentState.AWAY: "away",
    AgentState.SIGNED_OUT: "signed_out",
}
"""Whoever may be free soonest first; available is not among them."""
_RANK = {state: rank for rank, state in enumerate((AgentState.AVAILABLE, *_WHY_NOT))}
_LAST = float("inf")


class ColleagueSkill(Value, frozen=True, kw_only=True):
    skill: SkillId
    name: str
    level: int


class Colleague(Value, frozen=True, kw_only=True):
    """An agent, as another one may know."""

    agent_id: AgentId
    name: str
    state: AgentState
    reason: str
    """Of being away; empty: none was given."""
    since: float
    until: float | None
    """When the state ends by itself, if it does."""
    skills: tuple[ColleagueSkill, ...]
    available_for_call: bool
    why_not: WhyNot | None


class ColleagueQueue(Value, frozen=True, kw_only=True):
    """A queue, as one who hands a conversation to it wants to know."""

    queue_id: QueueId
    name: str
    waiting: int
    agents_available: int
    expected_p50_s: float | None
    """Half of those who join now wait less than this."""
    expected_p90_s: float | None
    open: bool


class ColleagueList(Value, frozen=True, kw_only=True):
    """The first of each; how many there are in all stands beside them."""

    agents: tuple[Colleague, ...]
    agents_found: int
    queues: tuple[ColleagueQueue, ...]
    queues_found: int


def colleagues(everybody: Iterable[Standing], skills: Mapping[str, str], me: AgentId, query: str) -> list[Standing]:
    """The others who fit `query`: available first, then whoever may be free soonest. Signed-out ones only when asked for.

    `skills`: their names.
    """
    words = _words(query)
    others = (each for each in everybody if each.agent_id != me and (words or each.state is not AgentState.SIGNED_OUT))
    fit = (each for each in others if _fits(words, each.name, *(skills.get(own.skill, own.skill) for own in each.skills)))
    return sorted(fit, key=_soonest)


def queues(views: Iterable[QueueView], is_open: Mapping[QueueId, bool], query: str) -> list[ColleagueQueue]:
    """Those that fit `query`: open ones first, then by the wait that is expected."""
    shown = (_queue(view, is_open.get(view.queue_id, True)) for view in views)
    words = _words(query)
    fit = (each for each in shown if _fits(words, each.name))
    return sorted(fit, key=lambda each: (not each.open, _wait(each), each.name))


def shown(one: Standing, names: Mapping[str, str]) -> Colleague:
    """What they know best first."""
    why_not = _WHY_NOT.get(one.state)
    known = (ColleagueSkill(skill=each.skill, name=names.get(each.skill, each.skill), level=each.level) for each in one.skills)
    return Colleague(
        agent_id=one.agent_id,
        name=one.name,
        state=one.state,
        reason=one.reason,
        since=one.since,
        until=one.until,
        skills=tuple(sorted(known, key=lambda each: (-each.level, each.name))),
        available_for_call=why_not is None,
        why_not=why_not,
    )


def _queue(view: QueueView, is_open: bool) -> ColleagueQueue:
    return ColleagueQueue(
        queue_id=view.queue_id,
        name=view.name,
        waiting=view.waiting,
        agents_available=view.agents_available,
        expected_p50_s=view.expected_wait_s,
        expected_p90_s=view.expected_p90_s,
        open=is_open,
    )


def _words(query: str) -> Sequence[str]:
    return query.casefold().split()


def _fits(words: Sequence[str], *texts: str) -> bool:
    """Every word stands somewhere in the texts."""
    if not words:
        return True
    heap = " ".join(texts).casefold()
    return all(word in heap for word in words)


def _soonest(each: Standing) -> tuple[int, float, float, str]:
    """Whoever has waited longest for work, then whose state ends next, then who is in theirs the longest."""
    ends = each.until if each.state is not AgentState.AVAILABLE and each.until is not None else _LAST
    return _RANK[each.state], ends, each.since, each.name


def _wait(each: ColleagueQueue) -> float:
    if each.agents_available:
        return 0.0
    return _LAST if each.expected_p50_s is None else each.expected_p50_s
