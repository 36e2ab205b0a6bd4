"""Every name that is used exists; a near one is suggested."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from core.model import Channel
from core.nearest import nearest
from core.problems import Complaint, Where
from core.ranges import LARGEST_SIZE, one_line
from server.business.document import AgentRules, AttributeRules, Document, Fact, QueueRules
from server.business.mistakes import ConfigurationMistake

ID = re.compile(r"(?=.{1,64}$)[A-Za-z_][\w-]*(\.[\w-]+)*", re.ASCII)
"""As conditions can name it."""
SECTIONS = ("skills", "attributes", "hours", "queues", "agents", "access")
"""Whose entries have ids."""
LONGEST = 200
"""Characters of a name."""
RESERVED = frozenset({"and", "or", "not", "true", "false"})
"""Words of conditions."""
_KINDS: Mapping[str, tuple[type, str]] = {
    "yes_no": (bool, "yes_no"),
    "number": (int, "whole_number"),
    "text": (str, "text"),
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
            yield ConfigurationMistake.VALUES_WITHOUT_TEXT.at(("attributes", name, "values"))


def unknown_queue(where: Where, name: str, document: Document) -> Complaint:
    return ConfigurationMistake.UNKNOWN_QUEUE.at(where, name=name, near=nearest(name, document.queues))


def _ids(document: Document) -> Iterator[Complaint]:
    for section in SECTIONS:
        for name in getattr(document, section):
            if not ID.fullmatch(name):
                yield ConfigurationMistake.NOT_AN_ID.at((section, name), name=name).about_key()
            elif name in RESERVED:
                yield ConfigurationMistake.RESERVED_WORD.at((section, name), name=name).about_key()
    for name in document.attributes.keys() & document.skills.keys():
        yield ConfigurationMistake.ID_OF_A_SKILL.at(("attributes", name), name=name).about_key()


def _shown(document: Document) -> Iterator[Complaint]:
    """Names stand beside numbers and other names, on every screen."""
    for skill, name in document.skills.items():
        yield from _one_line(("skills", skill), name)
    for section in ("attributes", "queues", "agents"):
        for name, part in getattr(document, section).items():
            if section != "attributes" and not one_line(part.name):
                yield ConfigurationMistake.NAME_MISSING.at((section, name, "name"))
            else:
                yield from _one_line((section, name, "name"), part.name)
    for name, attribute in document.attributes.items():
        for index, value in enumerate(attribute.values):
            yield from _one_line(("attributes", name, "values", index), value)


def _one_line(where: Where, text: str) -> Iterator[Complaint]:
    if len(text) > LONGEST:
        yield ConfigurationMistake.NAME_TOO_LONG.at(where, length=f"{len(text):,}", most=LONGEST)
    elif one_line(text) != " ".join(text.split()):
        yield ConfigurationMistake.HIDDEN_CHARACTERS.at(where)


def _queue(document: Document, where: Where, queue: QueueRules) -> Iterator[Complaint]:
    yield from _skills(document, (*where, "requirements"), queue.requirements)
    if queue.hours and queue.hours not in document.hours:
        near = nearest(queue.hours, document.hours)
        yield ConfigurationMistake.UNKNOWN_HOURS.at((*where, "hours"), name=queue.hours, near=near)
    for index, step in enumerate(queue.steps):
        yield from _skills(document, (*where, "steps", index, "requirements"), step.requirements or {})
        if step.overflow_to is not None and step.overflow_to not in document.queues:
            yield unknown_queue((*where, "steps", index, "overflow_to"), step.overflow_to, document)


def _agent(document: Document, where: Where, agent: AgentRules) -> Iterator[Complaint]:
    yield from _skills(document, (*where, "skills"), agent.skills)
    for index, queue_id in enumerate(agent.queues):
        if queue_id not in document.queues:
            yield unknown_queue((*where, "queues", index), queue_id, document)
        elif queue_id in agent.queues[:index]:
            yield ConfigurationMistake.GIVEN_TWICE.at((*where, "queues", index), name=queue_id)
    for name, value in agent.attributes.items():
        yield from _attribute((*where, "attributes", name), document.attributes, name, value)
    yield from _channels((*where, "capacity"), agent.capacity)
    yield from _channels((*where, "interruptions"), agent.interruptions)
    for channel, opened in agent.interruptions.items():
        yield from _channels((*where, "interruptions", channel), opened)


def _skills(document: Document, where: Where, levels: Mapping[str, int]) -> Iterator[Complaint]:
    for skill, level in levels.items():
        if skill not in document.skills:
            near = nearest(skill, document.skills)
            yield ConfigurationMistake.UNKNOWN_SKILL.at((*where, skill), name=skill, near=near).about_key()
        if not 1 <= level <= 5:
            yield ConfigurationMistake.LEVEL_OUT_OF_RANGE.at((*where, skill), level=level)


def _attribute(where: Where, known: Mapping[str, AttributeRules], name: str, value: Fact) -> Iterator[Complaint]:
    attribute = known.get(name)
    if attribute is None:
        yield ConfigurationMistake.UNKNOWN_ATTRIBUTE.at(where, name=name, near=nearest(name, known)).about_key()
        return
    kind, kinds = _KINDS[attribute.kind]
    if type(value) is not kind:
        yield ConfigurationMistake.ATTRIBUTE_OF_ANOTHER_KIND.at(where, name=name, kinds=kinds)
    elif isinstance(value, str):
        yield from _one_line(where, value)
    elif not -LARGEST_SIZE <= value <= LARGEST_SIZE:
        yield ConfigurationMistake.NUMBER_TOO_LARGE.at(where, most=LARGEST_SIZE)
    if type(value) is kind and attribute.values and value not in attribute.values:
        near, values = nearest(str(value), attribute.values), ", ".join(attribute.values)
        yield ConfigurationMistake.VALUE_NOT_ALLOWED.at(where, value=value, values=values, near=near)


def _channels(where: Where, named: Collection[str]) -> Iterator[Complaint]:
    known = tuple(Channel)
    for channel in named:
        if channel not in known:
            near = nearest(channel, known)
            yield ConfigurationMistake.UNKNOWN_CHANNEL.at((*where, channel), name=channel, near=near).about_key()
