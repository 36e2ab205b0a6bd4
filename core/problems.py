"""What is wrong with a text that people write (a flow, a configuration): each with its file, line, column, code and sentence.

Invariant: nothing is told without a code. `Mistake.at` alone makes complaints: the English sentence comes from its table, the
screens have the same in every language under the same code (`mistake` in the translation files; a test compares them).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Literal, NamedTuple

MOST_TOLD = 100
"""Mistakes of one text that are looked for and told: with more of them nobody mends one by one."""
LONGEST_QUOTE = 120

Where = tuple[str | int, ...]
"""The way to a place in a file: keys and list indexes."""


Severity = Literal["error", "warning"]
"""A text with an error is refused; with a warning it is taken, and does not do all that it says."""
Params = tuple[tuple[str, str], ...]


KINDS: Mapping[str, str] = {
    "text": "a text",
    "whole_number": "a whole number",
    "number": "a number",
    "yes_no": "true or false",
    "list": "a list",
    "mapping": "a mapping",
    "nothing": "nothing",
    "text_per_language": "one text per language",
}
"""What a value may be; screens translate these words, too (`mistake.kind`)."""
OF_KINDS = frozenset({"kinds", "use"})
"""Parameters that hold names of `KINDS`, with commas between them."""


class Complaint(NamedTuple):
    """One thing that is wrong in a text's data, whatever file it came from. Made by `Mistake.at`."""

    where: Where
    sentence: str
    code: str
    """Names the sentence for other languages, which `params` complete; `instead` among them is the word that was meant."""
    params: Params = ()
    at_key: bool = False
    """It is about the name at this place, not about its value."""
    severity: Severity = "error"

    def below(self, *where: str | int) -> Complaint:
        """The same about what stands at `where`."""
        return self._replace(where=(*where, *self.where))

    def about_key(self) -> Complaint:
        return self._replace(at_key=True)


class Mistake(Enum):
    """Base of the tables of mistakes: a member's name in small letters is its code, its value the sentence in English.

    Sentences begin small, behind file and line, and end without a full stop: screens add both.
    """

    @property
    def code(self) -> str:
        return self.name.lower()

    def at(self, where: Where = (), /, **params: object) -> Complaint:
        """One such mistake. `near` among the parameters: an existing word that may have been meant."""
        near = params.pop("near", "")
        told = {name: str(value) for name, value in params.items()}
        sentence = self.value.format(**{name: _shown(name, value) for name, value in told.items()})
        if near:
            sentence, told = f"{sentence}; did you mean “{near}”?", {**told, "instead": str(near)}
        return Complaint(where, sentence, self.code, tuple(told.items()))


def _shown(name: str, value: str) -> str:
    return " or ".join(KINDS[each] for each in value.split(",")) if name in OF_KINDS else value


class Mistaken(ValueError):
    """Something that people wrote cannot be read; `complaint` says why, without a place."""

    def __init__(self, complaint: Complaint) -> None:
        super().__init__(complaint.sentence)
        self.complaint = complaint


class Problem(NamedTuple):
    """One thing to mend. Lines and columns count from 1."""

    file: str
    line: int
    column: int
    sentence: str
    code: str
    params: Params = ()
    length: int = 0
    """Characters of the value, or the name, that it is about; 0: it goes over several lines."""
    severity: Severity = "error"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.sentence}"


class TextMistake(Mistake):
    """Of any text, whatever it is to become."""

    FILE_UNREADABLE = "cannot be read: {reason}"
    NOT_TEXT = "this is no text that can be read: {reason}"
    FILE_TOO_LARGE = "the file is larger than {most} characters"
    UNPRINTABLE = "the file contains characters that are not text"
    FILE_EMPTY = "the file is empty"
    ESCAPE_UNKNOWN = "this is not YAML: an escape that names no character"
    ALIAS_USED = "aliases (`*name`) are not used here; write the value again"
    TOO_MANY_VALUES = "there are more than {most} values"
    TOO_DEEP = "the file is nested too deeply"
    NAME_NOT_PLAIN = "a name must be a plain word"
    GIVEN_BEFORE = "“{name}” is already given in line {line}"
    VALUE_UNREADABLE = "“{value}” cannot be read as a value"
    NOT_STORABLE = "a NUL character or half a surrogate pair is not text"
    MORE_MISTAKES = "there are more mistakes: only {most} are listed"


class TextRefused(Exception):
    """A text cannot be used; `problems` says why, in the order of the file."""

    def __init__(self, problems: list[Problem]) -> None:
        found = sorted(set(problems))
        self.problems = found[:MOST_TOLD]
        if len(found) > MOST_TOLD:
            more = TextMistake.MORE_MISTAKES.at(most=MOST_TOLD)
            self.problems.append(found[MOST_TOLD]._replace(sentence=more.sentence, code=more.code, params=more.params))
        super().__init__("\n".join(map(str, self.problems)))


def shortened(text: str) -> str:
    """A text of the sender's in a sentence."""
    return text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "…"
