"""`patchbay staff`: how many agents a target needs."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table

from acd.simulation.erlang import Queue, steady_state
from acd.simulation.staffing import Staffing, Target, agents_needed
from server.cli.common import ConfigFile, configuration, console
from server.cli.history import HistoryGiven, staff_from_history
from server.cli.planning import not_negative, percent, positive, print_json, refuse, seconds, service_level_target

HALF_HOUR_S = 1800.0


def staff(  # noqa: PLR0917  each is an option of the command
    calls_per_half_hour: Annotated[float | None, typer.Option(help="Arrivals, Poisson.")] = None,
    talk: Annotated[float, typer.Option(help="Mean conversation in seconds.")] = 240.0,
    wrap_up: Annotated[float, typer.Option(help="Mean wrap-up in seconds.")] = 0.0,
    patience: Annotated[float | None, typer.Option(help="Mean in seconds (Erlang A); without: nobody leaves (Erlang C).")] = None,
    service_level: Annotated[str, typer.Option(help="80/20: 80 % answered within 20 s.")] = "80/20",
    occupancy_max: Annotated[float, typer.Option(help="Largest share of their time agents are busy: 0.85.")] = 1.0,
    shrinkage: Annotated[float, typer.Option(help="Share of paid time not served: breaks, training, illness.")] = 0.0,
    begin: Annotated[str | None, typer.Option("--from", help="Own history from here: 2026-10-01.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Own history up to and without this time.")] = None,
    queue: Annotated[str | None, typer.Option(help="Own history of this queue only (its id).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    config_file: ConfigFile = None,
) -> None:
    """Say how many agents a half-hour needs for a service level, from given numbers or own history; docs/planning.md."""
    if not 0.0 < occupancy_max <= 1.0:
        refuse(f"--occupancy-max is a share above 0 and up to 1, such as 0.85, not {occupancy_max:g}.")
    if not 0.0 <= shrinkage < 1.0:
        refuse(f"--shrinkage is a share from 0 to below 1, such as 0.3, not {shrinkage:g}.")
    target = service_level_target(service_level, occupancy_max)
    positive("talk", talk)
    not_negative("wrap-up", wrap_up)
    if patience is not None:
        positive("patience", patience)
    if begin is not None or end is not None:
        if begin is None or end is None or calls_per_half_hour is not None:
            refuse("Own history needs --from and --to, and no --calls-per-half-hour.")
        given = HistoryGiven(begin, end, queue, talk + wrap_up, patience, target, shrinkage)
        staff_from_history(given, configuration(config_file), as_json=as_json)
        return
    if calls_per_half_hour is None:
        refuse("Say how many call: --calls-per-half-hour 100, or --from 2026-10-01 --to 2026-11-01 for own history.")
    not_negative("calls-per-half-hour", calls_per_half_hour)
    line = Queue(agents=1, calls_per_s=calls_per_half_hour / HALF_HOUR_S, handle_s=talk + wrap_up, patience_s=patience)
    _one_half_hour(line, target, shrinkage, as_json=as_json)


def _one_half_hour(line: Queue, target: Target, shrinkage: float, *, as_json: bool) -> None:
    try:
        staffing = agents_needed(line.calls_per_s, line.handle_s, line.patience_s, target, shrinkage)
    except ValueError as error:
        refuse(f"That is beyond this command: {error}.")
    given = msgspec.structs.replace(line, agents=max(1, staffing.agents))
    if as_json:
        print_json(_report(given, target, staffing, shrinkage))
    else:
        _show(given, target, staffing, shrinkage)


def _report(given: Queue, target: Target, staffing: Staffing, shrinkage: float) -> dict[str, Any]:
    theory = staffing.theory
    return {
        "agents": staffing.agents,
        "rostered": staffing.rostered,
        "model": _model(given),
        "calls_per_half_hour": given.calls_per_s * HALF_HOUR_S,
        "handle_s": given.handle_s,
        "patience_s": given.patience_s,
        "offered_load_erlangs": given.load,
        "service_level_target": {"share": target.share, "within_s": target.within_s},
        "occupancy_max": target.occupancy_max,
        "shrinkage": shrinkage,
        "service_level": theory.service_level,
        "probability_of_waiting": theory.probability_of_waiting,
        "mean_wait_s": theory.mean_wait_s,
        "abandonment": theory.abandonment,
        "occupancy": theory.occupancy,
    }


def _model(given: Queue) -> str:
    return "Erlang C" if given.patience_s is None else "Erlang A"


def _show(given: Queue, target: Target, staffing: Staffing, shrinkage: float) -> None:
    patience = "nobody leaves" if given.patience_s is None else f"patience {given.patience_s:g} s"
    title = (
        f"{given.calls_per_s * HALF_HOUR_S:g} calls per half-hour, {given.handle_s:g} s each, {patience}:"
        f" {given.load:.2f} erlangs ({_model(given)})"
    )
    table = Table(title=title, title_justify="left", header_style="bold")
    for column in ("agents", f"within {target.within_s:g} s", "waiting", "mean wait", "leaving", "occupancy"):
        table.add_column(column, justify="right")
    for agents in range(max(1, staffing.agents - 2), staffing.agents + 3):
        queue = Queue(agents=agents, calls_per_s=given.calls_per_s, handle_s=given.handle_s, patience_s=given.patience_s)
        style = "bold green" if agents == staffing.agents else None
        if not queue.stable:
            table.add_row(str(agents), "the line grows without end", "", "", "", "", style="dim")
            continue
        theory = steady_state(queue, target.within_s)
        table.add_row(
            str(agents),
            percent(theory.service_level),
            percent(theory.probability_of_waiting),
            seconds(theory.mean_wait_s),
            percent(theory.abandonment),
            percent(theory.occupancy),
            style=style,
        )
    console.print(table)
    text = f"{staffing.agents} agents must be serving for {target.share:.0%} within {target.within_s:g} s"
    if target.occupancy_max < 1.0:
        text += f" and no more than {target.occupancy_max:.0%} occupancy"
    console.print(text + (f"; {staffing.rostered} on the roster with {shrinkage:.0%} shrinkage." if shrinkage else "."))
