"""`patchbay doctor`: what is well, what is not, and what to do about it."""

from __future__ import annotations

import asyncio

import typer
from rich.table import Table
from rich.text import Text

from server.cli.common import ConfigFile, configuration, show, working
from server.health import examine

_MARKS = {"ok": Text("ok", "green"), "warning": Text("look", "yellow"), "failed": Text("wrong", "red")}


def doctor(config_file: ConfigFile = None) -> None:
    """Check this installation: what is there, what answers, what is missing. Exit status 1 when something is wrong."""
    config = configuration(config_file)
    with working("Checking this installation") as tell:
        findings = asyncio.run(examine(config, lambda what: tell(f"Checking: {what}")))
    table = Table("", "part")
    table.add_column("finding", overflow="fold")
    table.add_column("what to do", overflow="fold")
    for finding in findings:
        table.add_row(_MARKS[finding.verdict], finding.part, finding.text, finding.remedy)
    show(table)
    if any(finding.verdict == "failed" for finding in findings):
        raise typer.Exit(1)
