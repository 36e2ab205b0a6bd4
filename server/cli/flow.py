"""Commands on flows: those of files, and the list of all (`flow_versions.py`)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from ivr.flow_test import Walk, flow_test
from ivr.load import load_flow_file
from ivr.problems import FlowRefused
from ivr.simulator import Say, script
from server.cli import flow_versions
from server.cli.common import BAD_INPUT, console, errors, fail, show

app = typer.Typer(help="Flows: write, check, try and publish what callers hear.", no_args_is_help=True)
FlowFile = Annotated[Path, typer.Argument(help="A flow in YAML; docs/flows.md")]


@app.command("test")
def walk(  # noqa: PLR0917  each is an option of the command
    file: FlowFile,
    caller: Annotated[str, typer.Option(help="The caller's number.")] = "",
    at: Annotated[str | None, typer.Option(help="Local time: 19:05 or 2026-12-24T19:05; now by default.")] = None,
    digits: Annotated[str, typer.Option(help="What the caller presses, menu by menu.")] = "",
    say: Annotated[list[str] | None, typer.Option(help="What the caller says; may be repeated.")] = None,
    fact: Annotated[list[str] | None, typer.Option(help="Something known of the customer: vip=true. May be repeated.")] = None,
) -> None:
    """Walk the flow once and print its path."""
    try:
        facts = _facts(fact) if fact else None
        answers = (*script(digits), *map(Say, say or ()))
        show(flow_test(file, Walk(caller=caller, at=at, answers=answers, facts=facts), time.time()))
    except FlowRefused as refused:
        errors.print(str(refused))
        raise typer.Exit(BAD_INPUT) from None
    except (ValueError, OSError) as error:
        fail(str(error), BAD_INPUT)


def _facts(given: list[str]) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in given]
    wrong = next((name for name, equals, _ in pairs if not name or not equals), None)
    if wrong is not None:
        fail(f"--fact is written vip=true, not “{wrong}”.", BAD_INPUT)
    return {name: value for name, _, value in pairs}


@app.command("check")
def check(files: Annotated[list[Path], typer.Argument(help="Flows in YAML.")]) -> None:
    """Check flows as publishing would, without publishing."""
    broken = False
    for file in files:
        try:
            flow = load_flow_file(file)
            console.print(f"{file}: {flow.name}, {len(flow.steps)} steps, no problem found")
        except FlowRefused as refused:
            errors.print(str(refused))
            broken = True
        except OSError as error:
            errors.print(f"{file}: {error.strerror}")
            broken = True
    if broken:
        raise typer.Exit(BAD_INPUT)


app.command("list")(flow_versions.listed)
app.command("show")(flow_versions.show_text)
app.command("publish")(flow_versions.publish)
app.command("versions")(flow_versions.versions)
app.command("diff")(flow_versions.compare)
app.command("rollback")(flow_versions.roll_back)
app.command("draft")(flow_versions.draft)
