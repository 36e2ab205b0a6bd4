"""`make bench`: every measurement, in one table with its method, and in `bench/latest.json`.

    python -m bench                    all of them
    python -m bench acd sip_legs       only these modules
    python -m bench --list

Each module of this folder that has `rows()` measures something; every row says its value, unit, what a peer system was measured
to need, and the method. Modules run one after the other, never at the same time. A module that cannot run here is reported and
the others go on. Rows of modules that did not run keep their last values in the file.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import platform
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
from rich.console import Console
from rich.markup import escape
from rich.table import Table

import bench

Row = dict[str, Any]
FIELDS = ("row", "value", "unit", "peer_value", "method")
LATEST = Path(__file__).parent / "latest.json"
CALM_LOAD = 0.5
"""Programs wanting a core besides the bench. Above it every CPU figure is larger than the machine's own, up to twice (shared
cores and caches), and every latency waits for a turn."""


def modules() -> dict[str, ModuleType]:
    """Every module here with `rows()`, by name."""
    names = sorted(found.name for found in pkgutil.iter_modules(bench.__path__) if not found.name.startswith("_"))
    loaded = {name: importlib.import_module(f"bench.{name}") for name in names}
    return {name: module for name, module in loaded.items() if hasattr(module, "rows")}


def measure(name: str, module: ModuleType, console: Console) -> list[Row]:
    """The module's rows; as many as it could measure, with a word, when it cannot go on."""
    console.rule(name, align="left", style="dim")
    began = time.monotonic()
    found: list[Row] = []
    try:
        for row in module.rows():  # a list, or one after the other
            found.append({field: row.get(field) for field in FIELDS})  # noqa: PERF401  keeps what came before a failure
    except Exception as error:  # noqa: BLE001  border of the process: one bench that cannot run must not hide the others
        console.print_exception(max_frames=3)
        console.print(f"[red]{name} could not go on:[/] {type(error).__name__}: {escape(str(error))}")
    console.print(f"{len(found)} rows in {time.monotonic() - began:.0f} s", style="dim")
    return found


def show(found: Iterable[Row], console: Console) -> None:
    """The table, its methods below: they are longer than a column."""
    table = Table(title="Patchbay, measured", title_justify="left", header_style="bold", row_styles=["", "dim"])
    table.add_column("#", justify="right")
    table.add_column("what")
    table.add_column("value", justify="right")
    table.add_column("unit")
    table.add_column("a peer's", overflow="fold")
    listed = list(found)
    for number, row in enumerate(listed, start=1):
        peer = "" if row["peer_value"] is None else str(row["peer_value"])
        table.add_row(str(number), escape(row["row"]), f"{row['value']:g}", escape(str(row["unit"])), escape(peer))
    console.print(table)
    methods: dict[str, list[int]] = {}
    for number, row in enumerate(listed, start=1):
        methods.setdefault(row["method"], []).append(number)
    console.print("How it was measured", style="bold")
    for method, numbers in methods.items():
        console.print(f"[dim]{', '.join(map(str, numbers))}[/]  {escape(method)}")


def save(found: Sequence[Row], path: Path = LATEST) -> None:
    """Rows of this run replace those of the same name; the file is replaced at once or not at all."""
    before: list[Row] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    measured = {row["row"] for row in found}
    kept = [row for row in before if row["row"] not in measured]
    new = path.with_suffix(".new")
    new.write_text(json.dumps([*kept, *found], indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    new.replace(path)


def machine() -> str:
    """What all rows depend on."""
    return f"{psutil.cpu_count()} cores, {psutil.virtual_memory().total / 1e9:.0f} GB, {platform.platform(terse=True)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="MODULE", help="measure only these")
    parser.add_argument("--list", action="store_true", help="say what there is, and measure nothing")
    options = parser.parse_args()
    console = Console()
    known = modules()
    if options.list:
        for name, module in known.items():
            console.print(f"[bold]{name}[/]  {escape((module.__doc__ or '').strip().splitlines()[0])}")
        return 0
    unknown = [name for name in options.names if name not in known]
    if unknown:
        parser.error(f"no such module: {', '.join(unknown)}; there are {', '.join(known)}")
    load = psutil.getloadavg()[0]
    console.print(f"{machine()}; load before the first measurement {load:.1f}")
    if load > CALM_LOAD:
        console.print("[yellow]Other programs are busy here: costs may show up to twice, latencies many times their own size.[/]")
    chosen = options.names or list(known)
    found = [row for name in chosen for row in measure(name, known[name], console)]
    show(found, console)
    save(found)
    console.print(f"written to {LATEST.relative_to(Path.cwd()) if LATEST.is_relative_to(Path.cwd()) else LATEST}", style="dim")
    return 0 if found else 1


if __name__ == "__main__":
    raise SystemExit(main())
