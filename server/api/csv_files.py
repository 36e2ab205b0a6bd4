"""CSV that table programs open: people's words in it stay words. Pure.

Invariant: no cell begins as a formula (OWASP, «CSV injection»), and none ends before its end, whatever a country's programs take
for a separator: texts stand in quotation marks.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULAS = tuple("=+-@|%\uff1d\uff0b\uff0d\uff20")
"""What table programs take for the beginning of a formula, also in full width."""


def to_csv(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """A line of names and one for each row; what was not measured is empty, seconds by reason are ``lunch=1800``."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return text.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, dict):
        return _plain(" ".join(f"{key}={seconds:.0f}" for key, seconds in value.items()))
    return _plain(value) if isinstance(value, str) else value


def _plain(text: str) -> str:
    return f"'{text}" if text.lstrip().startswith(_FORMULAS) else text
