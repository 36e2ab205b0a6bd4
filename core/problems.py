"""What is wrong with a text that people write (a flow, a configuration): each with its file, line, column and a sentence."""

from __future__ import annotations

from typing import NamedTuple

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
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))
