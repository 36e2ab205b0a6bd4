"""What is wrong with a text that people write (a flow, a configuration): each with its file, line, column and a sentence."""

from __future__ import annotations

from typing import NamedTuple

MOST_TOLD = 100
"""Mistakes of one text that are looked for and told: with more of them nobody mends one by one."""
LONGEST_QUOTE = 120

Where = tuple[str | int, ...]
"""The way to a place in a file: keys and list indexes."""


class Complaint(NamedTuple):
    """One thing that is wrong in a text's data, whatever file it came from."""

    where: Where
    sentence: str
    at_key: bool = False
    """It is about the name at this place, not about its value."""


class Problem(NamedTuple):
    """One thing to mend. Lines and columns count from 1."""

    file: str
    line: int
    column: int
    sentence: str

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
