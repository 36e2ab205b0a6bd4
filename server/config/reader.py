"""INI text → sections with the line of every key, and the error that points at a line.

Invariant: pure; every entry knows where it came from. The grammar: ``[section]``, ``key = value``, comments after ``;`` or ``#``
at the start of a line or after white space. A section or key given twice is an error, not a silent winner.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

import msgspec


class ConfigError(Exception):
    """A mistake in the configuration; the message names file, line and section and is meant for people."""


class Entry(msgspec.Struct, frozen=True):
    value: str
    where: str
    """«sip.conf, line 12» or «environment variable PATCHBAY_SIP_PORT»."""


class RawSection(msgspec.Struct, frozen=True):
    where: str
    entries: dict[str, Entry]


_HEADER = re.compile(r"^\[\s*([^\]\s]+)\s*\]$")
_COMMENT = re.compile(r"(^|\s)[;#].*$")


def read_ini(text: str, file_name: str) -> dict[str, RawSection]:
    """Sections in order of appearance. Raises `ConfigError` for a line that is neither section, key nor comment."""
    sections: dict[str, RawSection] = {}
    current: RawSection | None = None
    for number, raw_line in enumerate(text.splitlines(), start=1):
        where = f"{file_name}, line {number}"
        line = _COMMENT.sub("", raw_line).strip()
        if not line:
            continue
        header = _HEADER.match(line)
        if header:
            current = _open_section(sections, header.group(1), where)
        elif current is None:
            raise ConfigError(f"{where}: «{line}» stands before the first [section]")
        else:
            _add_key(current, line, where)
    return sections


def _open_section(sections: dict[str, RawSection], name: str, where: str) -> RawSection:
    if name in sections:
        raise ConfigError(f"{where}: section [{name}] was already begun at {sections[name].where}")
    sections[name] = RawSection(where, {})
    return sections[name]


def _add_key(section: RawSection, line: str, where: str) -> None:
    key, equals, value = line.partition("=")
    key = key.strip().lower()
    if not equals or not key:
        raise ConfigError(f"{where}: expected «key = value», found «{line}»")
    if key in section.entries:
        raise ConfigError(f"{where}: {key} was already set at {section.entries[key].where}")
    section.entries[key] = Entry(value.strip(), where)


def nearest(word: str, known: Iterable[str]) -> str:
    """`` Did you mean «port»?`` or the list of what exists."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    return f"did you mean «{close[0]}»?" if close else f"known: {', '.join(names)}"
