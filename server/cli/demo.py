"""Commands on the demo company: write it, take it out again."""

from __future__ import annotations

import sys
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from customers.importing import ImportReport
from server.cli.common import BAD_INPUT, ConfigFile, configuration, console, fail, show, working
from server.cli.data import run, show_report
from server.clock import SystemClock
from server.config import Config
from server.demo.remove import Removed, remove_demo
from server.demo.seed import demo_sign_ins, seed_demo
from server.demo.whether import DemoUnwanted, why_no_demo
from server.people.opening import open_people

app = typer.Typer(help="The demo company: add it, remove it.", invoke_without_command=True)
_ONE_OF = {"people": "person", "agents": "agent", "queues": "queue", "flows": "flow", "customers": "customer"}
"""What one of them is called where it is kept."""
_WHY_NOT: dict[DemoUnwanted, str] = {
    "own_administrator": "This installation has an administrator of its own; the demo with its public passwords is not written.",
    "removed": "The demo was removed from this installation; `patchbay demo --again` writes it all the same.",
}


@app.callback()
def demo(
    ctx: typer.Context,
    again: bool = typer.Option(False, "--again", help="Add it even if it was removed before."),
    config_file: ConfigFile = None,
) -> None:
    """Without a command: write the demo company into the database, if it is not there."""
    if ctx.invoked_subcommand is not None:
        return
    report = run(_demo(configuration(config_file), again))
    if report is None:
        console.print("The demo company is there already.")
    else:
        show_report(report)
    people = Table("user", "password", "role", "name")
    for person in demo_sign_ins():
        people.add_row(person.username, person.password, person.role, person.name)
    console.print(people)


@app.command("remove")
def remove(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask: for scripts.")] = False,
    config_file: ConfigFile = None,
) -> None:
    """Take the demo's people, queues, numbers, flow and customers away. What real calls refer to stays, and is named.

    Shows first what will go and what will stay, and asks.
    """
    config = configuration(config_file)
    with working("Looking at what belongs to the demo company"):
        planned = run(_remove(config, rehearse=True))
    if planned is None:
        console.print("There is no demo company here.")
        return
    if not yes:
        _show(planned, "will go", "will stay")
        _asked()
    with working("Removing the demo company"):
        removed = run(_remove(config, rehearse=False))
    if removed is None:  # somebody else was faster
        console.print("There is no demo company here.")
        return
    _show(removed, "removed", "kept")
    for sentence in removed.to_mend:
        console.print(f"to mend in the configuration: {sentence}", style="yellow")
    if not removed.administrator_left:
        console.print("Nobody can administer it now: `patchbay user first-link` prints a link for the first administrator.")


def _asked() -> None:
    """Goes on when somebody at a terminal says yes."""
    if not sys.stdin.isatty():
        fail("Nothing was removed: nobody can be asked here. Give --yes to remove it all the same.", BAD_INPUT)
    if not typer.confirm("Remove the demo company?"):
        fail("Nothing was removed.")


def _show(what: Removed, goes: str, stays: str) -> None:
    table = Table("what", goes, stays)
    for name, count in what.counts.items():
        kept = what.kept.get(_ONE_OF.get(name, ""), ())
        table.add_row(name, str(count), str(len(kept)) if kept else "")
    show(table)
    for name, kept in what.kept.items():
        for each in kept:
            console.print(f"{stays}: {name} {each.what}: {each.why}")


async def _demo(config: Config, again: bool) -> ImportReport | None:
    async with open_people(config) as opened:
        database = opened.database
        why = await why_no_demo(database)
        if why == "own_administrator" or (why == "removed" and not again):
            fail(_WHY_NOT[why])
        zone, region = ZoneInfo(config.general.time_zone), config.general.country
        return await seed_demo(database, now=SystemClock().now(), zone=zone, region=region, again=again)


async def _remove(config: Config, *, rehearse: bool) -> Removed | None:
    zone, region = ZoneInfo(config.general.time_zone), config.general.country
    async with open_people(config) as opened:
        return await remove_demo(opened, now=SystemClock().now(), zone=zone, region=region, rehearse=rehearse)
