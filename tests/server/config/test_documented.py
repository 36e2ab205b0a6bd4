"""Every setting stands in docs/configuration.md with its default and its range, and a value outside it is told with both."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
import pytest

from server.config import ConfigError, load_config
from server.config.sections import (
    SECTIONS,
    Port,
    Positive,
    PositiveDays,
    PositiveHours,
    PositiveSeconds,
    Trunk,
)

TABLE = (Path(__file__).resolve().parents[3] / "docs" / "configuration.md").read_text()
KINDS: dict[str, Any] = {**SECTIONS, "trunk:<name>": Trunk}
USUAL = (Port, Positive, PositiveSeconds, PositiveHours, PositiveDays)
"""Their ranges stand above the table."""
NAME_OF_SECTION = {"name"}
"""Of a trunk: its section's title."""


def cell(text: str) -> list[str]:
    return re.findall(r"`([^`]*)`", text)


def documented() -> dict[tuple[str, str], tuple[str, str]]:
    """Default and meaning by section and key."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    section = ""
    for line in TABLE.splitlines():
        columns = [column.strip() for column in line.split("|")]
        if len(columns) < 6 or not cell(columns[2]):
            continue
        section = next(iter(cell(columns[1])), section)
        if section not in KINDS:
            continue
        keys, defaults = cell(columns[2]), cell(columns[3])
        keys = [keys[0] + key.removeprefix("…") if key.startswith("…") else key for key in keys]
        defaults = defaults * len(keys) if len(defaults) == 1 else defaults or [""] * len(keys)
        found |= {(section, key): (default, "|".join(columns[4:])) for key, default in zip(keys, defaults, strict=True)}
    return found


def fields() -> dict[tuple[str, str], msgspec.structs.FieldInfo]:
    return {
        (section, field.name): field
        for section, kind in KINDS.items()
        for field in msgspec.structs.fields(kind)
        if not (kind is Trunk and field.name in NAME_OF_SECTION)
    }


def shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def hint(section: str, key: str) -> Any:
    return get_type_hints(KINDS[section], include_extras=True)[key]


def limits(annotation: Any) -> list[float]:
    if get_origin(annotation) is not Annotated:
        return []
    metas = [meta for meta in get_args(annotation) if isinstance(meta, msgspec.Meta)]
    return [limit for meta in metas for limit in (meta.ge, meta.gt, meta.le) if limit is not None]


def test_every_setting_is_documented_and_nothing_else() -> None:
    assert set(documented()) == set(fields())


@pytest.mark.parametrize(("section", "key"), [each for each in fields() if fields()[each].default is not msgspec.NODEFAULT])
def test_the_default_is_the_one_that_is_documented(section: str, key: str) -> None:
    default, told = fields()[section, key].default, documented()[section, key][0]
    if isinstance(default, float):
        assert float(told) == default
    else:
        assert told == shown(default)


@pytest.mark.parametrize(("section", "key"), [each for each in fields() if limits(hint(*each))])
def test_a_value_outside_its_range_is_told_with_its_place_and_range(section: str, key: str, tmp_path: Path) -> None:
    annotation, file = hint(section, key), tmp_path / "sip.conf"
    for wrong in ("-1", "1e300", "inf", "nan", "many", ""):
        file.write_text(f"[{section.replace('<name>', 'a')}]\n{key} = {wrong}")
        with pytest.raises(ConfigError) as error:
            load_config(file, {})
        for part in ("sip.conf, line 2", key, *(f" {limit}" for limit in limits(annotation))):
            assert part in str(error.value)
    if annotation not in USUAL:
        meaning = documented()[section, key][1]
        for limit in limits(annotation):
            assert limit == 0 or re.search(rf"\b{limit:g}\b", meaning), f"{key}: {limit:g} is not in its line"
