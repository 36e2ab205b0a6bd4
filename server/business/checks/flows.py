"""What a flow needs from the installation is there; and no configuration takes away what a published flow needs.

Pure: whoever asks has looked at the files and the speech model.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from core.nearest import nearest
from core.problems import Complaint, Where
from ivr.flow import Flow
from ivr.names import Use
from ivr.verbs.menu import plain
from server.business.document import Document
from server.business.mistakes import ConfigurationMistake, UseMistake

FileFault = Literal["", "absent", "outside", "not_wav"]
"""Of a prompt's file; empty: it can be played."""
_FAULTS: Mapping[FileFault, UseMistake] = {
    "absent": UseMistake.FILE_ABSENT,
    "outside": UseMistake.FILE_OUTSIDE,
    "not_wav": UseMistake.FILE_NOT_WAV,
}
ALIKE_FILES = 0.85
"""All paths end alike."""
Unheard = Callable[[Collection[str]], frozenset[str]]
"""Words that a model can never hear, of those in some phrases."""


class Surroundings(NamedTuple):
    """What a flow may name."""

    queues: Collection[str]
    skills: Collection[str]
    file_fault: Callable[[str], FileFault]
    files: Collection[str]
    """Those there are, for a guess."""
    models: Mapping[str, Unheard]
    """By language; a language without a model is heard by keys only."""


def surrounding_complaints(flow: Flow, around: Surroundings) -> Iterator[Complaint]:
    """Places are relative to the file."""
    phrases: list[tuple[Where, Use]] = []
    for name, step in flow.steps.items():
        for use in step.uses():
            where: Where = ("steps", name, *use.where)
            match use.kind:
                case "queue" if use.name not in around.queues:
                    yield _unknown(ConfigurationMistake.UNKNOWN_QUEUE, where, use.name, around.queues)
                case "skill" if use.name not in around.skills:
                    yield _unknown(ConfigurationMistake.UNKNOWN_SKILL, where, use.name, around.skills)
                case "file":
                    yield from _file(where, use.name, around)
                case "phrase":
                    phrases.append((where, use))
                case _:
                    pass
    yield from _phrases(flow, phrases, around.models)


def _unknown(mistake: ConfigurationMistake, where: Where, name: str, known: Collection[str]) -> Complaint:
    return mistake.at(where, name=name, near=nearest(name, known))


def _file(where: Where, name: str, around: Surroundings) -> Iterator[Complaint]:
    fault = around.file_fault(name)
    if fault:
        near = nearest(name, around.files, ALIKE_FILES) if fault == "absent" else ""
        yield _FAULTS[fault].at(where, name=name, near=near)


def _phrases(flow: Flow, phrases: Iterable[tuple[Where, Use]], models: Mapping[str, Unheard]) -> Iterator[Complaint]:
    """A phrase is heard when the model of one of the flow's languages knows all its words."""
    phrases = list(phrases)
    if not phrases:
        return
    languages = [language.split("-", maxsplit=1)[0].lower() for language in flow.languages()]
    heard_by = {language: models[language] for language in languages if language in models}
    deaf = [language for language in languages if language not in models]
    said = [plain(use.name) for _, use in phrases]
    unheard = {language: unknown(said) for language, unknown in heard_by.items()}
    for (where, use), words in zip(phrases, said, strict=True):
        missing = [sorted(unheard[language].intersection(words.split())) for language in heard_by]
        if missing and all(missing):
            shortest = min(missing, key=len)
            yield _never_heard(where, use.name, shortest, deaf)
    if deaf:
        names = ", ".join(dict.fromkeys(deaf))
        yield UseMistake.NO_MODEL.at(phrases[0][0], languages=names)._replace(severity="warning")


def _never_heard(where: Where, phrase: str, words: list[str], deaf: list[str]) -> Complaint:
    """Where some language has no model the phrase may be that language's: nobody can say that it is wrong."""
    told = ", ".join(f"“{word}”" for word in words)
    never = UseMistake.NEVER_HEARD.at(where, name=phrase, words=told)
    return never._replace(severity="warning") if deaf else never


class Needed(NamedTuple):
    """Something of the configuration that a published flow uses, and where."""

    flow_id: str
    flow_name: str
    version: int
    line: int
    column: int
    kind: str
    name: str


SECTIONS: Mapping[str, str] = {"queue": "queues", "skill": "skills"}
"""Where the document has what flows name."""


def removal_complaints(before: Document, after: Document, needed: Iterable[Needed]) -> Iterator[tuple[Complaint, Needed]]:
    """What `after` takes away that a published flow uses; what was not there before either is no fault of this change."""
    for need in needed:
        section = SECTIONS.get(need.kind)
        if section is None or need.name in getattr(after, section) or need.name not in getattr(before, section):
            continue
        mistake = UseMistake.QUEUE_IN_USE if need.kind == "queue" else UseMistake.SKILL_IN_USE
        told = {"name": need.name, "flow": need.flow_name, "version": need.version, "line": need.line}
        yield mistake.at((section, need.name), **told), need
