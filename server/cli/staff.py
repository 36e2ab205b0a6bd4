"""`patchbay staff`: how many agents a target needs."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table

from acd.simulation.erlang import Queue, steady_state
from acd.simulation.staffing import Staffing, Target, agents_needed
from server.cli.common import ConfigFile, configuration, console, show
from server.cli.history import HistoryGiven, staff_from_history
from server.cli.planning import (
    given,
    not_negative,
    percent,
    positive,
    print_json,
    refuse,
    refuse_all,
    seconds,
    service_level_target,
    share_below_one,
)

HALF_HOUR_S = 1800.0


def staff(  # noqa: PLR0917  each is an option of the command
    calls_per_half_hour: Annotated[float | None, typer.Option(help="Arrivals, Poisson.")] = None,
    talk: Annotated[float, typer.Option(help="Mean conversation in seconds.")] = 240.0,
    wrap_up: Annotated[float, typer.Option(help="Mean wrap-up in seconds.")] = 0.0,
    patience: Annotated[float | None, typer.Option(help="Mean in seconds (Erlang A); without: nobody leaves (Erlang C).")] = None,
    service_level: Annotated[str, typer.Option(help="80/20 or 0.8/20: 80 % answered within 20 s.")] = "80/20",
    occupancy_max: Annotated[float, typer.Option(help="Highest occupancy allowed: 0.85.")] = 1.0,
    shrinkage: Annotated[float, typer.Option(help="Share of paid time off the phones: breaks, training, illness.")] = 0.0,
    begin: Annotated[str | None, typer.Option("--from", help="Use your own history from this day on: 2026-10-01.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="End of that history, not included.")] = None,
    queue: Annotated[str | None, typer.Option(help="History of this queue only (its id).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    config_file: ConfigFile = None,
) -> None:
    """Say how many agents a half-hour needs for a service level, from given numbers or your own history; docs/planning.md."""
    limit = f"--occupancy-max is a share above 0 and up to 1, such as 0.85, not {occupancy_max:g}."
    target, wrong = given(service_level_target(service_level, occupancy_max))
    refuse_all(
        None if 0.0 < occupancy_max <= 1.0 else limit,
        share_below_one("shrinkage", shrinkage),
        wrong,
        positive("talk", talk),
        not_negative("wrap-up", wrap_up),
        positive("patience", patience),
        not_negative("calls-per-half-hour", calls_per_half_hour),
    )
    if begin is not None or end is not None:
        if begin is None or end is None or calls_per_half_hour is not None:
            refuse("Own history needs --from and --to, and no --calls-per-half-hour.")
        told = HistoryGiven(begin, end, queue, talk + wrap_up, patience, target, shrinkage)
        staff_from_history(told, configuration(config_file), as_json=as_json)
        return
    if calls_per_half_hour is None:
        refuse("Say how many call: --calls-per-half-hour 100, or --from 2026-10-01 --to 2026-11-01 for own history.")
    line = Queue(agents=1, calls_per_s=calls_per_half_hour / HALF_HOUR_S, handle_s=talk + wrap_up, patience_s=patience)
    _one_half_hour(line, target, shrinkage, as_json=as_json)


def _one_half_hour(line: Queue, target: Target, shrinkage: float, *, as_json: bool) -> None:
    try:
        staffing = agents_needed(line.calls_per_s, line.handle_s, line.patience_s, target, shrinkage)
    except ValueError as error:
        refuse(f"That is beyond this command: {error}.")
    found = msgspec.structs.replace(line, agents=max(1, staffing.agents))
    if as_json:
        print_json(_report(found, target, staffing, shrinkage))
    else:
        _show(found, target, staffing, shrinkage)


def _report(line: Queue, target: Target, staffing: Staffing, shrinkage: float) -> dict[str, Any]:
    theory = staffing.theory
    return {
        "agents": staffing.agents,
        "rostered": staffing.rostered,
        "model": _model(line),
        "calls_per_half_hour": line.calls_per_s * HALF_HOUR_S,
        "handle_s": line.handle_s,
        "patience_s": line.patience_s,
        "offered_load_erlangs": line.load,
        "service_level_target": {"share": target.share, "within_s": target.within_s},
        "occupancy_max": target.occupancy_max,
        "shrinkage": shrinkage,
        "service_level": theory.service_level,
        "probability_of_waiting": theory.probability_of_waiting,
        "mean_wait_s": theory.mean_wait_s,
        "abandonment": theory.abandonment,
        "occupancy": theory.occupancy,
    }


def _model(line: Queue) -> str:
    return "Erlang C" if line.patience_s is None else "Erlang A"


def _show(line: Queue, target: Target, staffing: Staffing, shrinkage: float) -> None:
    patience = "nobody leaves" if line.patience_s is None else f"patience {line.patience_s:g} s"
    title = (
        f"{line.calls_per_s * HALF_HOUR_S:g} calls per half-hour, {line.handle_s:g} s each, {patience}:"
        f" {line.load:.2f} erlangs ({_model(line)})"
    )
    table = Table(title=title, title_justify="left", header_style="bold")
    for column in ("agents", f"within {target.within_s:g} s", "waiting", "mean wait", "leaving", "occupancy"):
        table.add_column(column, justify="right")
    for agents in range(max(1, staffing.agents - 2), staffing.agents + 3):
        queue = Queue(agents=agents, calls_per_s=line.calls_per_s, handle_s=line.handle_s, patience_s=line.patience_s)
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
    show(table)
    text = f"{staffing.agents} agents must be serving for {target.share:.0%} within {target.within_s:g} s"
    if target.occupancy_max < 1.0:
        text += f" and no more than {target.occupancy_max:.0%} occupancy"
    console.print(text + (f"; {staffing.rostered} on the roster with {shrinkage:.0%} shrinkage." if shrinkage else "."))
