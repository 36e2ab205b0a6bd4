"""What the bodies of requests have in common: unknown fields are refused, and texts that no database could keep."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, NamedTuple, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from core.ranges import LONGEST_ID, lines, one_line


class Body(BaseModel):
    """Base of every body. Half a surrogate pair is refused by the library itself (`string_unicode`)."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, data: Any) -> Any:
        """PostgreSQL stores no NUL in a text, and what is accepted must be stored."""
        if _holds_nul(data):
            raise PydanticCustomError("nul_character", "a text holds a NUL character, which cannot be kept")
        cleaners = _cleaners(cls)
        if not cleaners or not isinstance(data, dict):
            return data
        return {name: _clean(value, cleaners[name]) if name in cleaners else value for name, value in data.items()}


class Cleaned(NamedTuple):
    """Beside a type: how a text is made fit before its length and the rest are looked at."""

    by: Callable[[str], str]


OneLine = Annotated[str, Cleaned(one_line)]
"""What people write into one line and others read beside something else."""
Lines = Annotated[str, Cleaned(lines)]
Id = Annotated[str, Field(min_length=1, max_length=LONGEST_ID, pattern="^[!-~]+$")]
"""What could be one (`core.ranges.fit_id`); whether it stands for anything is another matter."""


@cache
def _cleaners(body: type[BaseModel]) -> dict[str, Callable[[str], str]]:
    """Of the fields that have one, also those that are lists of such texts or may be missing."""
    hints = get_type_hints(body, include_extras=True)
    return {name: found.by for name, hint in hints.items() if (found := _cleaned(hint)) is not None}


def _cleaned(hint: Any) -> Cleaned | None:
    marks = (mark for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, Cleaned))
    return next(marks, None) or next(filter(None, map(_cleaned, get_args(hint))), None)


def _clean(value: Any, by: Callable[[str], str]) -> Any:
    if isinstance(value, list):
        return [_clean(each, by) for each in value]
    return by(value) if isinstance(value, str) else value


def _holds_nul(value: Any) -> bool:
    """Without recursion: JSON may be as deep as it is long."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            if "\x00" in part:
                return True
        elif isinstance(part, dict):
            waiting += [*part.keys(), *part.values()]
        elif isinstance(part, list | tuple):
            waiting += part
    return False
