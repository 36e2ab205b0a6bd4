"""INI text → sections with the place of every key.

Invariant: pure; every entry knows where it came from. The grammar: ``[section]``, ``key = value``, comments after ``;`` or ``#``
at the start of a line or after white space. A section or key given twice is a mistake, not a silent winner.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from core.nearest import nearest
from server.config.mistakes import Mistakes, Place


class Entry(msgspec.Struct, frozen=True):
    value: str
    where: Place


class RawSection(msgspec.Struct, frozen=True):
    where: Place
    entries: dict[str, Entry]


_HEADER = re.compile(r"^\[\s*([^\]\s]+)\s*\]$")
_INCLUDE = re.compile(r"^\s*(#(?:try)?include|#exec)\s", re.IGNORECASE)
"""As in Asterisk's files, where a comment begins with a semicolon only."""
_COMMENT = re.compile(r"(^|\s)[;#].*$")


def read_ini(text: str, file_name: str, mistakes: Mistakes) -> dict[str, RawSection]:
    """Sections in order of appearance; a line that is neither section, key nor comment is a mistake."""
    sections: dict[str, RawSection] = {}
    current: RawSection | None = None
    for number, raw_line in enumerate(text.splitlines(), start=1):
        where = Place(file_name, number)
        if included := _INCLUDE.match(raw_line):
            mistakes.add(where, f"{included[1]} reads no other file here: everything stands in this one")
            continue
        line = _COMMENT.sub("", raw_line).strip()
        if not line:
            continue
        header = _HEADER.match(line)
        if header:
            current = _open_section(sections, header.group(1), where, mistakes)
        elif current is None:
            mistakes.add(where, f"«{line}» stands before the first [section]")
        else:
            _add_key(current, line, where, mistakes)
    return sections


def _open_section(sections: dict[str, RawSection], name: str, where: Place, mistakes: Mistakes) -> RawSection:
    if name in sections:
        mistakes.add(where, f"section [{name}] was already begun at {sections[name].where}")
    return sections.setdefault(name, RawSection(where, {}))


def _add_key(section: RawSection, line: str, where: Place, mistakes: Mistakes) -> None:
    key, equals, value = line.partition("=")
    key = key.strip().lower()
    if not equals or not key:
        mistakes.add(where, f"expected «key = value», found «{line}»")
    elif key in section.entries:
        mistakes.add(where, f"{key} was already set at {section.entries[key].where}")
    else:
        section.entries[key] = Entry(value.strip(), where)


def hint(word: str, known: Iterable[str]) -> str:
    """``did you mean «port»?`` or the list of what exists."""
    names = sorted(known)
    near = nearest(word, names)
    return f"did you mean «{near}»?" if near else f"known: {', '.join(names)}"
