"""Skills in one column, so that records can be counted by them without a second table.

Ids have no spaces (`core/ranges.py`). Sorted, with a space before and behind each: what asks for the same has the same text, and
one skill is found in it without meeting part of another's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, literal

from core.ids import SkillId


def to_text(skills: Sequence[str] | None) -> str | None:
    """None: not recorded; nothing asked for is an empty text."""
    if skills is None:
        return None
    return f" {' '.join(sorted(skills))} " if skills else ""


def from_text(text: str | None) -> tuple[SkillId, ...] | None:
    return None if text is None else tuple(SkillId(skill) for skill in text.split())


def asks_for(column: ColumnElement[Any], skill: str) -> ColumnElement[bool]:
    """As letters are: LIKE would take large and small ones for the same on SQLite."""
    return func.replace(column, literal(f" {skill} "), literal(" ")) != column
