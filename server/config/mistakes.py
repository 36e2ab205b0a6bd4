"""What is wrong with a configuration: all of it at once, each mistake with its place.

Invariant: what follows only from another mistake is not told.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MOST = 200
"""Mistakes that are told; nobody reads more."""
_LONG_QUOTATION = re.compile(r"«([^»]{100})[^»]{2,}»?")


class Place(NamedTuple):
    """Where something stands: «sip.conf, line 12» or «environment variable PATCHBAY_SIP_PORT»."""

    source: str
    line: int = 0
    """0: not in a file."""

    def __str__(self) -> str:
        return f"{self.source}, line {self.line}" if self.line else self.source


class ConfigError(Exception):
    """A configuration that cannot be used. Its text is meant for people: a line for each mistake, with its place."""


class Mistakes:
    """Collects them while a configuration is read."""

    def __init__(self) -> None:
        self._found: list[tuple[Place, str]] = []

    def add(self, place: Place, text: str) -> None:
        self._found.append((place, _for_a_terminal(text)))

    def check(self) -> None:
        """Raises `ConfigError` if there are any; they are told in the order of the file, then those of the environment."""
        if self._found:
            ordered = sorted(self._found, key=lambda found: (found[0].line == 0, found[0].line, found[0].source))
            lines = [f"{place}: {text}" for place, text in ordered[:MOST]]
            more = len(ordered) - MOST
            raise ConfigError("\n".join([*lines, f"and {more} more"] if more > 0 else lines))


def _for_a_terminal(text: str) -> str:
    """What is quoted may be any bytes, and megabytes of them."""
    short = _LONG_QUOTATION.sub("«\\1…»", text)
    return "".join(letter if letter.isprintable() else "·" for letter in short)
