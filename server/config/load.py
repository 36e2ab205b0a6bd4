"""File + environment → `Config`.

The environment wins over the file: ``PATCHBAY_<SECTION>_<KEY>`` (``PATCHBAY_TRUNK_<NAME>_NETWORKS`` for trunks, regions alike).
A variable that begins with a known section but names no key is an error, too: a typing mistake must not silently keep the old
value.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from core.ranges import one_line
from core.text_files import NotText, text_of
from server.config.convert import convert
from server.config.mistakes import ConfigError, Mistakes, Place
from server.config.reader import Entry, RawSection, hint, read_ini
from server.config.rules import named_complaints, section_complaints
from server.config.sections import SECTIONS, Config, Region, Section, Trunk

PREFIX = "PATCHBAY_"
LONGEST_SECTION_NAME = 64
Named = TypeVar("Named", Trunk, Region)


NAMED: Mapping[str, type[Section]] = {"trunk": Trunk, "region": Region}
"""Sections that may repeat, by what stands before their names."""


def load_config(path: Path | None, environment: Mapping[str, str]) -> Config:
    """Reads `path` (None: defaults only) and applies the environment. Raises `ConfigError` with every mistake."""
    sections: dict[str, RawSection] = {}
    mistakes = Mistakes()
    if path is not None:
        sections = read_ini(_text(path), path.name, mistakes)
    _apply_environment(sections, environment)
    config = _build(sections, path.resolve() if path else None, mistakes)
    mistakes.check()
    return config


def _text(path: Path) -> str:
    try:
        return text_of(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except NotText as error:
        raise ConfigError(f"{path}: {error}") from None


def _apply_environment(sections: dict[str, RawSection], environment: Mapping[str, str]) -> None:
    for variable, value in sorted(environment.items()):
        section_word, _, key = variable.removeprefix(PREFIX).lower().partition("_")
        if not variable.startswith(PREFIX) or not key:
            continue
        where = Place(f"environment variable {variable}")
        if (kind := NAMED.get(section_word)) is not None:
            name, key = _name_and_key(key, kind)
            section_word = f"{section_word}:{name}"
        elif section_word not in SECTIONS:
            continue
        section = sections.setdefault(section_word, RawSection(where, {}))
        section.entries[key] = Entry(value.strip(), where)


def _name_and_key(words: str, kind: type[Section]) -> tuple[str, str]:
    """``carrier_keep_alive_s`` is `keep_alive_s` of carrier: names and keys may both have more than one word."""
    known = max((key for key in kind.__struct_fields__ if words.endswith(f"_{key}")), key=len, default="")
    return (words[: -len(known) - 1], known) if known else (words.rpartition("_")[0], words.rpartition("_")[2])


def _build(sections: dict[str, RawSection], source: Path | None, mistakes: Mistakes) -> Config:
    built: dict[str, Any] = {"source": source}
    trunks: list[Trunk | None] = []
    regions: list[Region | None] = []
    for name, raw in sections.items():
        word, colon, title = name.partition(":")
        if colon and word == "trunk":
            trunks.append(_named(Trunk, word, title, raw, mistakes))
        elif colon and word == "region":
            regions.append(_named(Region, word, title, raw, mistakes))
        elif name in SECTIONS:
            built[name] = _section(name, raw, mistakes)
        else:
            mistakes.add(raw.where, f"unknown section [{name}]; {hint(name, [*SECTIONS, *(f'{each}:<name>' for each in NAMED)])}")
    good_trunks = tuple(trunk for trunk in trunks if trunk is not None)
    return Config(trunks=good_trunks, regions=tuple(region for region in regions if region is not None), **built)


def _section(name: str, raw: RawSection, mistakes: Mistakes) -> Section:
    """With the defaults for what is wrong; only what is right by itself is held against the rules of the section."""
    kind = SECTIONS[name]
    values = _values(kind, name, raw, mistakes)
    section = kind(**values)
    for complaint in section_complaints(section):
        if all(key in values or key not in raw.entries for key in complaint.keys):
            entry = next((raw.entries[key] for key in complaint.keys if key in raw.entries), raw)
            mistakes.add(entry.where, complaint.text)
    return section


def _values(kind: type[Section], name: str, raw: RawSection, mistakes: Mistakes) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    values = {}
    for key, entry in raw.entries.items():
        if key not in hints:
            mistakes.add(entry.where, f"unknown key «{key}» in [{name}]; {hint(key, hints)}")
            continue
        try:
            values[key] = convert(entry.value, hints[key])
        except ValueError as error:
            mistakes.add(entry.where, f"{key} = {error}")
    return values


def _named(kind: type[Named], word: str, name: str, raw: RawSection, mistakes: Mistakes) -> Named | None:
    """One of the sections that may repeat."""
    entries = dict(raw.entries)
    if (title := entries.pop("name", None)) is not None:
        mistakes.add(title.where, f"unknown key «name» in [{word}:{name}]; the section's title is its name")
    values = _values(kind, f"{word}:{name}", RawSection(raw.where, entries), mistakes)
    if not name or "networks" not in entries:
        mistakes.add(raw.where, f"a {word} is «[{word}:<name>]» with «networks = address, network/length, …»")
    if len(name) > LONGEST_SECTION_NAME or name != one_line(name) or not name.isprintable():
        text = f"«{name}»: the name of a {word} has at most {LONGEST_SECTION_NAME} characters, all of which are seen"
        mistakes.add(raw.where, text)
        return None
    if not name or "networks" not in values:
        return None
    made = kind(name=name, **values)
    for complaint in named_complaints(made):
        mistakes.add(entries[complaint.keys[0]].where, complaint.text)
    return made
