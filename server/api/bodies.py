"""What the bodies of requests have in common: unknown fields are refused, and texts that no database could keep."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError


class Body(BaseModel):
    """Base of every body. Half a surrogate pair is refused by the library itself (`string_unicode`)."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, data: Any) -> Any:
        """PostgreSQL stores no NUL in a text, and what is accepted must be stored."""
        if _holds_nul(data):
            raise PydanticCustomError("nul_character", "a text holds a NUL character, which cannot be kept")
        return data


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
