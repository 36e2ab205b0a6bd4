"""Conditions can be read, ask for known names in the way these are, and somebody conceivable could fulfil them.

The search tries, for each name, every value that could make a difference: a skill's levels, an attribute's allowed values, and
for numbers the neighbours of those it is compared with. That is exact: between two neighbours no comparison changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from math import prod

from acd.rules.conditions import KIND_NAMES, PREFIX, All, AnyNode, Compare, Condition, ConditionError, Has, Kind, Not, Some, parse
from core.ids import SkillId
from core.nearest import nearest
from core.problems import Complaint, Where
from server.business.document import Document, Fact
from server.business.mistakes import ConfigurationMistake

MOST_TRIED = 200_000
"""Combinations of values, of all conditions of a document; a condition beyond it counts as possible."""
OTHER_TEXT = "\x00"
"""Stands for any text that the condition does not name."""
_KINDS: Mapping[str, Kind] = {"yes_no": Kind.FLAG, "number": Kind.NUMBER, "text": Kind.TEXT}


def condition_complaints(document: Document) -> Iterator[Complaint]:
    left = MOST_TRIED
    for where, text, requirements in conditions(document):
        try:
            condition = parse(text)
        except ConditionError as error:
            yield error.complaint.below(*where)
            continue
        wrong = list(_names(document, where, condition))
        yield from wrong
        if wrong:
            continue
        possible, tried = _possible(document, condition, requirements, left)
        left -= tried
        if not possible:
            mistake = ConfigurationMistake.NEVER_TRUE_WITH_SKILLS if requirements else ConfigurationMistake.NEVER_TRUE
            yield mistake.at(where, condition=condition.words())


def conditions(document: Document) -> Iterator[tuple[Where, str, Mapping[str, int]]]:
    """Every condition with the requirements that hold beside it."""
    for queue_id, queue in document.queues.items():
        requirements = queue.requirements
        if queue.condition:
            yield ("queues", queue_id, "condition"), queue.condition, requirements
        for index, step in enumerate(queue.steps):
            requirements = requirements if step.requirements is None else step.requirements
            if step.condition:
                yield ("queues", queue_id, "steps", index, "condition"), step.condition, requirements


def skill_named(document: Document, name: str) -> str | None:
    """A skill as conditions may call it: by its id, or without the id's prefix."""
    return next((each for each in (name, PREFIX + name) if each in document.skills), None)


def _names(document: Document, where: Where, condition: Condition) -> Iterator[Complaint]:
    for name, use in condition.uses().items():
        if skill_named(document, name) is not None:
            if use is Kind.TEXT:
                yield ConfigurationMistake.SKILL_WITHOUT_LEVEL.at(where, name=name)
            continue
        attribute = document.attributes.get(name)
        if attribute is None:
            short = [skill.removeprefix(PREFIX) for skill in document.skills]
            near = nearest(name, [*short, *document.skills, *document.attributes])
            yield ConfigurationMistake.UNKNOWN_SKILL_OR_ATTRIBUTE.at(where, name=name, near=near)
        elif _KINDS[attribute.kind] is not use:
            kinds = KIND_NAMES[_KINDS[attribute.kind]]
            yield ConfigurationMistake.ATTRIBUTE_USED_OTHERWISE.at(where, name=name, kinds=kinds, use=KIND_NAMES[use])
    for compared in _comparisons(condition.root):
        attribute = document.attributes.get(compared.name)
        if attribute is None or not attribute.values or not isinstance(compared.value, str):
            continue
        if compared.value not in (*attribute.values, ""):
            values = ", ".join(attribute.values)
            yield ConfigurationMistake.VALUE_NEVER_HELD.at(where, value=compared.value, name=compared.name, values=values)


def _possible(document: Document, condition: Condition, requirements: Mapping[str, int], most: int) -> tuple[bool, int]:
    """Whether some agent, real or not, with the required skills could fulfil it; and how many were tried, at most `most`."""
    names = condition.names()
    values = [_values(document, name, condition.root, requirements) for name in names]
    if prod(map(len, values)) > most:
        return True, 0
    tried = 0
    for tried, chosen in enumerate(product(*values), 1):
        levels: dict[SkillId, int] = {}
        attributes: dict[str, Fact] = {}
        for name, value in zip(names, chosen, strict=True):
            skill = skill_named(document, name)
            if skill is None:
                attributes[name] = value
            else:
                levels[SkillId(skill)] = int(value)
        if condition.holds(levels, attributes):
            return True, tried
    return False, tried


def _values(document: Document, name: str, root: AnyNode, requirements: Mapping[str, int]) -> list[Fact]:
    skill = skill_named(document, name)
    if skill is not None:
        least = requirements.get(skill, 0)
        return list(range(least, 6))
    attribute = document.attributes[name]
    if attribute.kind == "yes_no":
        return [False, True]
    named = [compared.value for compared in _comparisons(root) if compared.name == name]
    if attribute.kind == "number":
        return sorted({int(value) + near for value in named for near in (-1, 0, 1)} | {0})
    return list(attribute.values) or [*dict.fromkeys(str(value) for value in named), OTHER_TEXT]


def _comparisons(node: AnyNode) -> Iterator[Compare]:
    match node:
        case Compare():
            yield node
        case Not():
            yield from _comparisons(node.part)
        case All() | Some():
            for part in node.parts:
                yield from _comparisons(part)
        case Has():
            pass
