"""What is wrong with a text that people write (a flow, a configuration): each with its file, line, column and a sentence."""

from __future__ import annotations

from typing import Literal, NamedTuple

MOST_TOLD = 100
"""Mistakes of one text that are looked for and told: with more of them nobody mends one by one."""
LONGEST_QUOTE = 120

Where = tuple[str | int, ...]
"""The way to a place in a file: keys and list indexes."""


Severity = Literal["error", "warning"]
"""A text with an error is refused; with a warning it is taken, and does not do all that it says."""
Params = tuple[tuple[str, str], ...]


def instead(near: str) -> Params:
    """What to write instead of a word that does not exist, for an editor that offers it."""
    return (("instead", near),) if near else ()


class Complaint(NamedTuple):
    """One thing that is wrong in a text's data, whatever file it came from."""

    where: Where
    sentence: str
    at_key: bool = False
    """It is about the name at this place, not about its value."""
    severity: Severity = "error"
    code: str = ""
    """Names the sentence for other languages, which `params` complete; `instead` among them is the word that was meant."""
    params: Params = ()


class Problem(NamedTuple):
    """One thing to mend. Lines and columns count from 1."""

    file: str
    line: int
    column: int
    sentence: str
    length: int = 0
    """Characters of the value, or the name, that it is about; 0: it goes over several lines."""
    severity: Severity = "error"
    code: str = ""
    params: Params = ()

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.sentence}"


class TextRefused(Exception):
    """A text cannot be used; `problems` says why, in the order of the file."""

    def __init__(self, problems: list[Problem]) -> None:
        found = sorted(set(problems))
        self.problems = found[:MOST_TOLD]
        if len(found) > MOST_TOLD:
            self.problems.append(found[MOST_TOLD]._replace(sentence=f"and more mistakes: only {MOST_TOLD} are told"))
        super().__init__("\n".join(map(str, self.problems)))


def shortened(text: str) -> str:
    """A text of the sender's in a sentence."""
    return text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "…"
