"""The agent that a person is: what of it stands in the routing document, and how that changes with the person. Pure.

A person who takes work has an agent there, with the person's name; skills, queues, capacity and shifts are the agent's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

import msgspec

from core.ids import AgentId, QueueId
from server.business.document import AgentRules, Document
from server.people.names import free, slug
from server.sight import Sight

WorkProblem = Literal["no_skills", "no_queue"]


class AgentTaken(Exception):
    """Another agent was given this id in the same moment."""


def new_agent_id(name: str, known: Collection[str]) -> AgentId:
    """`known`: ids of all that there ever were, whose history must not become this one's."""
    return AgentId(free(f"agent_{slug(name) or 'person'}", known, "_"))


def with_agent(document: Document, agent_id: AgentId, name: str, skills: Mapping[str, int]) -> Document:
    """One more agent. Raises `AgentTaken`."""
    if agent_id in document.agents:
        raise AgentTaken
    return _with(document, agent_id, AgentRules(name=name, skills=dict(skills)))


def renamed(document: Document, agent_id: str | None, name: str) -> Document:
    rules = document.agents.get(agent_id or "")
    return document if rules is None or agent_id is None else _with(document, agent_id, msgspec.structs.replace(rules, name=name))


def with_skills(document: Document, agent_id: str | None, skills: Mapping[str, int]) -> Document:
    rules = document.agents.get(agent_id or "")
    if rules is None or agent_id is None:
        return document
    return _with(document, agent_id, msgspec.structs.replace(rules, skills=dict(skills)))


def without_agent(document: Document, agent_id: str | None) -> Document:
    left = {each: rules for each, rules in document.agents.items() if each != agent_id}
    return msgspec.structs.replace(document, agents=left)


def queues_of(document: Document, agent_id: str | None) -> frozenset[QueueId]:
    """Those that an agent is given, or, when none is named, whose skills the agent has."""
    rules = document.agents.get(agent_id or "")
    if rules is None:
        return frozenset()
    able = {queue_id for queue_id, queue in document.queues.items() if _is_able(rules, queue.requirements)}
    return frozenset(map(QueueId, rules.queues or able))


def staff_of(document: Document, queue_ids: Collection[QueueId]) -> frozenset[AgentId]:
    """The agents who serve one of these, also after some steps of its routing."""
    wanted = frozenset(queue_ids)
    asked = [set_of for queue_id in sorted(wanted) for set_of in _asked_for(document, queue_id)]
    return frozenset(
        AgentId(agent_id)
        for agent_id, rules in document.agents.items()
        if (wanted & frozenset(map(QueueId, rules.queues)) if rules.queues else any(_is_able(rules, each) for each in asked))
    )


def _asked_for(document: Document, queue_id: QueueId) -> list[Mapping[str, int]]:
    """Of a queue, from the first step to the last."""
    queue = document.queues.get(queue_id)
    if queue is None:
        return []
    return [queue.requirements, *(step.requirements for step in queue.steps if step.requirements is not None)]


def _is_able(rules: AgentRules, requirements: Mapping[str, int]) -> bool:
    return all(rules.skills.get(skill, 0) >= level for skill, level in requirements.items())


def sight_of(document: Document, *, board: bool, agent_id: AgentId | None, only: Collection[QueueId] | None) -> Sight:
    """As far as somebody sees who is given `only` these queues; None: all."""
    served = queues_of(document, agent_id)
    if only is None:
        return Sight(board=board, served=served, agent_id=agent_id)
    queues = frozenset(queue_id for queue_id in only if queue_id in document.queues)
    return Sight(board=board, queues=queues, agents=staff_of(document, queues), served=served, agent_id=agent_id)


def work_problem(document: Document, agent_id: str | None) -> WorkProblem | None:
    """Why somebody who takes work will be given none. Without any queue that is nobody's own fault: First steps asks for one."""
    rules = document.agents.get(agent_id or "")
    if rules is None or not document.queues or queues_of(document, agent_id):
        return None
    return "no_queue" if rules.skills else "no_skills"


def _with(document: Document, agent_id: str, rules: AgentRules) -> Document:
    return msgspec.structs.replace(document, agents={**document.agents, agent_id: rules})
