"""Every rule of a queue can be fulfilled by somebody: the skill exists at that level, and one agent of the queue has it all.

Asked of the queue's own rule and of each step, as they hold one after the other. What nobody can fulfil for
the same reason is told once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from acd.rules.conditions import Condition, parse
from acd.rules.skills import label
from core.ids import SkillId
from core.problems import Complaint, Where
from server.business.document import AgentRules, Document, QueueRules
from server.business.mistakes import ConfigurationMistake


class Rule(NamedTuple):
    """What is asked for from some moment on, and where each part of it is written."""

    requirements: Mapping[str, int]
    requirements_at: Where
    condition: Condition | None
    condition_at: Where


def reach_complaints(document: Document) -> Iterator[Complaint]:
    best: dict[str, int] = {}
    for agent in document.agents.values():
        for skill, level in agent.skills.items():
            best[skill] = max(level, best.get(skill, 0))
    for queue_id, queue in document.queues.items():
        staff = [agent for agent in document.agents.values() if not agent.queues or queue_id in agent.queues]
        yield from _queue(document, queue_id, queue, staff, best)


def _queue(
    document: Document, queue_id: str, queue: QueueRules, staff: list[AgentRules], best: Mapping[str, int]
) -> Iterator[Complaint]:
    where: Where = ("queues", queue_id)
    if not staff:
        yield ConfigurationMistake.NOBODY_SERVES.at(where, name=queue.name).about_key()
        return
    told: set[tuple[str, int]] = set()
    for rule in rules(where, queue):
        missing = [(skill, level) for skill, level in rule.requirements.items() if best.get(skill, 0) < level]
        for skill, level in missing:
            if (skill, level) not in told:
                told.add((skill, level))
                yield _nobody_has((*rule.requirements_at, skill), document.skills[skill], level, best.get(skill))
        if not missing and not any(_meets(agent, rule) for agent in staff):
            able = any(_meets(agent, rule._replace(condition=None)) for agent in staff)
            at = rule.condition_at if able or not rule.requirements else rule.requirements_at
            yield ConfigurationMistake.RULE_NEVER_MATCHES.at(at, name=queue.name, rule=_words(rule))
            return


def rules(where: Where, queue: QueueRules) -> Iterator[Rule]:
    """The queue's own rule, then each that a step changes."""
    rule = Rule(queue.requirements, (*where, "requirements"), _condition(queue.condition), (*where, "condition"))
    yield rule
    for index, step in enumerate(queue.steps):
        if step.overflow_to is not None:
            return
        at = (*where, "steps", index)
        if step.requirements is not None:
            rule = rule._replace(requirements=step.requirements, requirements_at=(*at, "requirements"))
        if step.condition is not None:
            rule = rule._replace(condition=_condition(step.condition), condition_at=(*at, "condition"))
        yield rule


def _condition(text: str) -> Condition | None:
    return parse(text) if text.strip() else None


def _meets(agent: AgentRules, rule: Rule) -> bool:
    if any(agent.skills.get(skill, 0) < level for skill, level in rule.requirements.items()):
        return False
    levels = {SkillId(skill): level for skill, level in agent.skills.items()}
    return rule.condition is None or rule.condition.holds(levels, agent.attributes)


def _nobody_has(where: Where, name: str, level: int, best: int | None) -> Complaint:
    if best is None:
        return ConfigurationMistake.NOBODY_HAS_SKILL.at(where, name=name).about_key()
    return ConfigurationMistake.NOBODY_HAS_LEVEL.at(where, name=name, level=level, best=best).about_key()


def _words(rule: Rule) -> str:
    asked = [f"{label(SkillId(skill))} ≥ {level}" for skill, level in rule.requirements.items()]
    if rule.condition is not None:
        asked.append(rule.condition.words())
    return " and ".join(asked)
