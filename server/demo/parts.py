"""Which parts of the routing document are the demo's, and what is left without them. Pure.

A part that somebody has changed is the company's by now and stays; so does what is still used by what stays.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar

import msgspec

from core.model import Value
from customers.callable_numbers import CallbackRules
from server.business.document import Document

T = TypeVar("T")


class Kept(Value, frozen=True, kw_only=True):
    """Something of the demo that stays."""

    what: str
    why: str


class WithoutDemo(Value, frozen=True, kw_only=True):
    document: Document
    agents: frozenset[str]
    """Removed."""
    queues: frozenset[str]
    kept: dict[str, tuple[Kept, ...]]
    """By kind."""


def without_demo(now: Document, demo: Document, agents_kept: Collection[str], flows: Iterable[str]) -> WithoutDemo:
    """`agents_kept`: those of people who stay. `flows`: texts of the flows that stay."""
    kept: dict[str, tuple[Kept, ...]] = {}
    agents = frozenset(each for each in demo.agents if each in now.agents and each not in agents_kept)
    kept["agent"] = tuple(
        Kept(what=now.agents[each].name, why="belongs to somebody who stays")
        for each in demo.agents
        if each in now.agents and each in agents_kept
    )
    words = " ".join(flows)
    reasons = {each: why for each in demo.queues if each in now.queues and (why := _why_kept(each, now, demo, words))}
    queues = frozenset(each for each in demo.queues if each in now.queues and each not in reasons)
    for each in sorted(queues):  # what a queue that stays leads to stays
        users = [rules.name for queue, rules in now.queues.items() if queue not in queues and _leads_to(rules, each)]
        if users:
            reasons[each] = f"{', '.join(users)} overflows to it"
    queues -= reasons.keys()
    kept["queue"] = tuple(Kept(what=now.queues[each].name, why=why) for each, why in reasons.items())
    left = msgspec.structs.replace(
        now,
        agents=_without(now.agents, agents),
        queues=_without(now.queues, queues),
        callbacks=CallbackRules() if now.callbacks == demo.callbacks else now.callbacks,
    )
    used = _words_of(left) + words
    return WithoutDemo(
        document=msgspec.structs.replace(
            left,
            skills=_without(left.skills, _unused(demo.skills, left.skills, used)),
            attributes=_without(left.attributes, _unused(demo.attributes, left.attributes, used)),
            hours=_without(left.hours, _unused(demo.hours, left.hours, used)),
        ),
        agents=agents,
        queues=queues,
        kept={kind: entries for kind, entries in kept.items() if entries},
    )


def _why_kept(queue_id: str, now: Document, demo: Document, flows: str) -> str:
    if now.queues[queue_id] != demo.queues[queue_id]:
        return "changed since the demo was written"
    if re.search(rf"\b{re.escape(queue_id)}\b", flows):
        return "a flow leads to it"
    return ""


def _leads_to(rules: object, queue_id: str) -> bool:
    return any(step.overflow_to == queue_id for step in getattr(rules, "steps", ()))


def _unused(demo: Mapping[str, object], now: Mapping[str, object], used: str) -> frozenset[str]:
    """Of the demo's own, as it wrote them, those that nothing names."""
    return frozenset(
        each for each, part in demo.items() if now.get(each) == part and not re.search(rf"\b{re.escape(each)}\b", used)
    )


def _words_of(document: Document) -> str:
    """Every name and condition of queues and agents, to look for ids in."""
    return msgspec.json.encode((document.queues, document.agents)).decode()


def _without(parts: Mapping[str, T], gone: Collection[str]) -> dict[str, T]:
    return {each: part for each, part in parts.items() if each not in gone}
