"""File + environment → `Config`.

The environment wins over the file: ``PATCHBAY_<SECTION>_<KEY>`` (``PATCHBAY_TRUNK_<NAME>_NETWORKS`` for trunks). A variable that
begins with a known section but names no key is an error, too: a typing mistake must not silently keep the old value.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_type_hints

from core.ranges import one_line
from core.text_files import NotText, text_of
from server.config.convert import convert
from server.config.mistakes import ConfigError, Mistakes, Place
from server.config.reader import Entry, RawSection, hint, read_ini
from server.config.rules import section_complaints, trunk_complaints
from server.config.sections import SECTIONS, Config, Section, Trunk

PREFIX = "PATCHBAY_"
TRUNK = "trunk:"
LONGEST_TRUNK_NAME = 64


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
        if section_word == "trunk":
            trunk_name, key = _trunk_and_key(key)
            section_word = TRUNK + trunk_name
        elif section_word not in SECTIONS:
            continue
        section = sections.setdefault(section_word, RawSection(where, {}))
        section.entries[key] = Entry(value.strip(), where)


def _trunk_and_key(words: str) -> tuple[str, str]:
    """``carrier_keep_alive_s`` is `keep_alive_s` of carrier: names and keys may both have more than one word."""
    known = max((key for key in Trunk.__struct_fields__ if words.endswith(f"_{key}")), key=len, default="")
    return (words[: -len(known) - 1], known) if known else (words.rpartition("_")[0], words.rpartition("_")[2])


def _build(sections: dict[str, RawSection], source: Path | None, mistakes: Mistakes) -> Config:
    built: dict[str, Any] = {"source": source}
    trunks: list[Trunk] = []
    for name, raw in sections.items():
        if name.startswith(TRUNK):
            trunk = _trunk(name.removeprefix(TRUNK), raw, mistakes)
            trunks += [trunk] if trunk is not None else []
        elif name in SECTIONS:
            built[name] = _section(name, raw, mistakes)
        else:
            mistakes.add(raw.where, f"unknown section [{name}]; {hint(name, [*SECTIONS, 'trunk:<name>'])}")
    return Config(trunks=tuple(trunks), **built)


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


def _trunk(name: str, raw: RawSection, mistakes: Mistakes) -> Trunk | None:
    entries = dict(raw.entries)
    if (title := entries.pop("name", None)) is not None:
        mistakes.add(title.where, f"unknown key «name» in [trunk:{name}]; the section's title is its name")
    values = _values(Trunk, f"trunk:{name}", RawSection(raw.where, entries), mistakes)
    if not name or "networks" not in entries:
        mistakes.add(raw.where, "a trunk is «[trunk:<name>]» with «networks = address, network/length, …»")
    if len(name) > LONGEST_TRUNK_NAME or name != one_line(name) or not name.isprintable():
        mistakes.add(
            raw.where, f"«{name}»: the name of a trunk has at most {LONGEST_TRUNK_NAME} characters, all of which are seen"
        )
        return None
    if not name or "networks" not in values:
        return None
    trunk = Trunk(name=name, **values)
    for complaint in trunk_complaints(trunk):
        mistakes.add(entries[complaint.keys[0]].where, complaint.text)
    return trunk
