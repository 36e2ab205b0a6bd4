"""Skills: whether an agent can do a piece of work, and how to say so.

Levels are 1–5; a skill an agent does not have counts as 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.ids import SkillId
from core.model import AgentSkill, SkillRequirement

Levels = Mapping[SkillId, int]
"""Skill → level of one agent."""

Requirements = tuple[SkillRequirement, ...]
"""Sorted by skill, each skill once: equal needs are equal tuples, so they can index a line."""


def levels_of(skills: Iterable[AgentSkill]) -> dict[SkillId, int]:
    """The best level of each skill."""
    levels: dict[SkillId, int] = {}
    for entry in skills:
        levels[entry.skill] = max(entry.level, levels.get(entry.skill, 0))
    return levels


def combine(*groups: Iterable[SkillRequirement]) -> Requirements:
    """All requirements together: the highest level asked for each skill."""
    needed: dict[SkillId, int] = {}
    for group in groups:
        for requirement in group:
            needed[requirement.skill] = max(requirement.level, needed.get(requirement.skill, 0))
    return tuple(SkillRequirement(skill=skill, level=level) for skill, level in sorted(needed.items()))


def shortfall(levels: Levels, requirements: Requirements) -> SkillRequirement | None:
    """The first requirement the agent does not meet, or None."""
    for requirement in requirements:
        if levels.get(requirement.skill, 0) < requirement.level:
            return requirement
    return None


def label(skill: SkillId) -> str:
    """The skill as people call it: ids may carry a prefix."""
    return skill.removeprefix("skill_").replace("_", " ")


def words(requirements: Requirements) -> str:
    """«billing ≥ 3 and chinese ≥ 2»; empty when anyone will do."""
    return " and ".join(f"{label(requirement.skill)} ≥ {requirement.level}" for requirement in requirements)


def shortfall_words(levels: Levels, requirement: SkillRequirement) -> str:
    """«billing 2 < 3», «no billing»."""
    level = levels.get(requirement.skill, 0)
    if level == 0:
        return f"no {label(requirement.skill)}"
    return f"{label(requirement.skill)} {level} < {requirement.level}"
