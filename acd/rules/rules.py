"""What a piece of work asks for at this moment: its queue's rules, changed by the routing steps it has taken."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from acd.rules.conditions import parse
from acd.rules.skills import Requirements, combine, words
from core.model import QueueConfig


class Rules(NamedTuple):
    """Who may serve. Equal rules are equal values, so they can index a line."""

    requirements: Requirements = ()
    """The queue's and the work's own together."""
    condition: str = ""


def rules_of(config: QueueConfig, own: Requirements, steps: int) -> Rules:
    """After the first `steps` of the queue. What the flow asked for itself (`own`) is never relaxed: the customer needs it."""
    requirements, condition = config.requirements, config.condition
    for step in config.steps[:steps]:
        if step.overflow_to is not None:
            continue
        requirements = requirements if step.requirements is None else step.requirements
        condition = condition if step.condition is None else step.condition
    return Rules(combine(requirements, own), condition)


@lru_cache(maxsize=1024)
def rules_words(rules: Rules) -> str:
    """«billing ≥ 3 and not vip only»; empty when anyone will do."""
    condition = parse(rules.condition).words() if rules.condition else ""
    if condition and " or " in condition and rules.requirements:
        condition = f"({condition})"
    return " and ".join(part for part in (words(rules.requirements), condition) if part)
