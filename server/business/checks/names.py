"""Every name that is used exists; a near one is suggested."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from core.model import Channel
from core.nearest import did_you_mean
from core.problems import Complaint, Where
from core.ranges import LARGEST_SIZE, one_line
from server.business.document import AgentRules, AttributeRules, Document, Fact, QueueRules

ID = re.compile(r"(?=.{1,64}$)[A-Za-z_][\w-]*(\.[\w-]+)*", re.ASCII)
"""As conditions can name it."""
SECTIONS = ("skills", "attributes", "hours", "queues", "agents", "access")
"""Whose entries have ids."""
LONGEST = 200
"""Characters of a name."""
RESERVED = frozenset({"and", "or", "not", "true", "false"})
"""Words of conditions."""
_KINDS: Mapping[str, tuple[type, str]] = {
    "yes_no": (bool, "true or false"),
    "number": (int, "a whole number"),
    "text": (str, "a text"),
}


def name_complaints(document: Document) -> Iterator[Complaint]:
    yield from _ids(document)
    yield from _shown(document)
    for queue_id, queue in document.queues.items():
        yield from _queue(document, ("queues", queue_id), queue)
    for agent_id, agent in document.agents.items():
        yield from _agent(document, ("agents", agent_id), agent)
    for name, attribute in document.attributes.items():
        if attribute.values and attribute.kind != "text":
            yield Complaint(("attributes", name, "values"), "only a text has a list of allowed values")


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    return f"there is no {what} “{name}”{did_you_mean(name, known)}"


def _ids(document: Document) -> Iterator[Complaint]:
    for section in SECTIONS:
        for name in getattr(document, section):
            if not ID.fullmatch(name):
                sentence = f"“{name}” is no id: letters, digits, “_”, “-” and “.”, beginning with a letter, at most 64"
                yield Complaint((section, name), sentence, at_key=True)
            elif name in RESERVED:
                yield Complaint((section, name), f"“{name}” is a word of conditions and cannot be an id", at_key=True)
    for name in document.attributes.keys() & document.skills.keys():
        yield Complaint(("attributes", name), f"“{name}” is the id of a skill already", at_key=True)


def _shown(document: Document) -> Iterator[Complaint]:
    """Names stand beside numbers and other names, on every screen."""
    for skill, name in document.skills.items():
        yield from _one_line(("skills", skill), name)
    for section in ("attributes", "queues", "agents"):
        for name, part in getattr(document, section).items():
            if section != "attributes" and not one_line(part.name):
                yield Complaint((section, name, "name"), "a name is needed: people read it")
            else:
                yield from _one_line((section, name, "name"), part.name)
    for name, attribute in document.attributes.items():
        for index, value in enumerate(attribute.values):
            yield from _one_line(("attributes", name, "values", index), value)


def _one_line(where: Where, text: str) -> Iterator[Complaint]:
    if len(text) > LONGEST:
        yield Complaint(where, f"it has {len(text):,} characters, at most {LONGEST} fit on a screen")
    elif one_line(text) != " ".join(text.split()):
        yield Complaint(where, "it holds characters that nobody sees or that turn the text beside them")


def _queue(document: Document, where: Where, queue: QueueRules) -> Iterator[Complaint]:
    yield from _skills(document, (*where, "requirements"), queue.requirements)
    if queue.hours and queue.hours not in document.hours:
        yield Complaint((*where, "hours"), unknown("schedule of opening hours", queue.hours, document.hours))
    for index, step in enumerate(queue.steps):
        yield from _skills(document, (*where, "steps", index, "requirements"), step.requirements or {})
        if step.overflow_to is not None and step.overflow_to not in document.queues:
            yield Complaint((*where, "steps", index, "overflow_to"), unknown("queue", step.overflow_to, document.queues))


def _agent(document: Document, where: Where, agent: AgentRules) -> Iterator[Complaint]:
    yield from _skills(document, (*where, "skills"), agent.skills)
    for index, queue_id in enumerate(agent.queues):
        if queue_id not in document.queues:
            yield Complaint((*where, "queues", index), unknown("queue", queue_id, document.queues))
        elif queue_id in agent.queues[:index]:
            yield Complaint((*where, "queues", index), f"“{queue_id}” is given twice")
    for name, value in agent.attributes.items():
        yield from _attribute((*where, "attributes", name), document.attributes, name, value)
    yield from _channels((*where, "capacity"), agent.capacity)
    yield from _channels((*where, "interruptions"), agent.interruptions)
    for channel, opened in agent.interruptions.items():
        yield from _channels((*where, "interruptions", channel), opened)


def _skills(document: Document, where: Where, levels: Mapping[str, int]) -> Iterator[Complaint]:
    for skill, level in levels.items():
        if skill not in document.skills:
            yield Complaint((*where, skill), unknown("skill", skill, document.skills), at_key=True)
        if not 1 <= level <= 5:
            yield Complaint((*where, skill), f"{level} is no level: levels are 1 to 5")


def _attribute(where: Where, known: Mapping[str, AttributeRules], name: str, value: Fact) -> Iterator[Complaint]:
    attribute = known.get(name)
    if attribute is None:
        yield Complaint(where, unknown("attribute", name, known), at_key=True)
        return
    kind, words = _KINDS[attribute.kind]
    if type(value) is not kind:
        yield Complaint(where, f"“{name}” must be {words}")
    elif isinstance(value, str):
        yield from _one_line(where, value)
    elif not -LARGEST_SIZE <= value <= LARGEST_SIZE:
        yield Complaint(where, f"a number is at most {LARGEST_SIZE}")
    if type(value) is kind and attribute.values and value not in attribute.values:
        near = did_you_mean(str(value), attribute.values)
        yield Complaint(where, f"“{value}” is none of {', '.join(attribute.values)}{near}")


def _channels(where: Where, named: Collection[str]) -> Iterator[Complaint]:
    known = tuple(Channel)
    for channel in named:
        if channel not in known:
            yield Complaint((*where, channel), unknown("channel", channel, known), at_key=True)
