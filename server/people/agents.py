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
    able = {
        queue_id
        for queue_id, queue in document.queues.items()
        if all(rules.skills.get(skill, 0) >= level for skill, level in queue.requirements.items())
    }
    return frozenset(map(QueueId, rules.queues or able))


def work_problem(document: Document, agent_id: str | None) -> WorkProblem | None:
    """Why somebody who takes work will be given none."""
    rules = document.agents.get(agent_id or "")
    if rules is None or queues_of(document, agent_id):
        return None
    return "no_queue" if rules.skills else "no_skills"


def _with(document: Document, agent_id: str, rules: AgentRules) -> Document:
    return msgspec.structs.replace(document, agents={**document.agents, agent_id: rules})
