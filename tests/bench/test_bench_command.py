"""`make bench`: rows are kept, shown with their method, and one bench that fails hides no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from rich.console import Console

from bench.__main__ import measure, modules, save, show

Row = dict[str, Any]


def row(name: str, value: float) -> Row:
    return {"row": name, "value": value, "unit": "ms", "peer_value": None, "method": f"how {name} was measured"}


def module_with(rows: object) -> ModuleType:
    module = ModuleType("bench.made_up")
    module.rows = rows  # type: ignore[attr-defined]
    return module


def test_every_measurement_is_found_by_its_rows() -> None:
    assert {"acd", "asr", "browser_legs", "screen_pop", "sip_legs", "whole_call"} <= set(modules())


def test_new_rows_replace_those_of_the_same_name_and_others_stay(tmp_path: Path) -> None:
    latest = tmp_path / "latest.json"
    save([row("a", 1.0), row("b", 2.0)], latest)
    save([row("b", 3.0)], latest)
    written = {entry["row"]: entry["value"] for entry in json.loads(latest.read_text())}
    assert written == {"a": 1.0, "b": 3.0}
    assert set(json.loads(latest.read_text())[0]) == {"row", "value", "unit", "peer_value", "method"}


def test_rows_measured_before_a_failure_are_kept() -> None:
    def rows() -> Iterator[Row]:
        yield row("a", 1.0)
        raise RuntimeError("sipp is [not] installed")

    console = Console(record=True, width=120)
    assert measure("made_up", module_with(rows), console) == [row("a", 1.0)]
    assert "sipp is [not] installed" in console.export_text()


def test_the_table_names_every_method() -> None:
    console = Console(record=True, width=160)
    show([row("a", 1.0), row("b", 2.5)], console)
    text = console.export_text()
    assert "how a was measured" in text
    assert "how b was measured" in text
    assert "2.5" in text
