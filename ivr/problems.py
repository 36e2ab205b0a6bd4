"""What is wrong with a flow file: each problem with its file, line, column and a sentence."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """One thing to mend. Lines and columns count from 1."""

    file: str
    line: int
    column: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.sentence}"


class FlowRefused(Exception):
    """A flow file cannot be used; `problems` says why, in the order of the file."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))
