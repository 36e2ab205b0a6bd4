"""`patchbay simulate`: what would happen with so many agents."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table

from acd.simulation.draws import Demand, Shape
from acd.simulation.erlang import Queue, Theory, steady_state
from acd.simulation.estimates import Estimate
from acd.simulation.single_queue import Effort, Result, Rules
from acd.simulation.single_queue import simulate as run
from acd.simulation.staffing import Target
from server.cli.common import ConfigFile, console, show
from server.cli.installation import InstallationGiven, QueueCalls, RulesFile, agents_as_given, simulate_installation
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

UNSETTLED = (
    "So near to its limit the line needs longer to forget its empty beginning than this run can wait: the simulated waits are too"
    " short, trust the theory."
)
MOST_CUSTOMERS, MOST_AGENTS, MOST_RUNS = 100_000_000, 10_000, 1000
NOTHING_SAID = "Say how many serve and how many call: --agents 10 --calls-per-hour 120."

FIGURES = ("probability_of_waiting", "mean_wait_s", "abandonment", "service_level", "occupancy")
WORDS = {
    "probability_of_waiting": "Probability of waiting",
    "mean_wait_s": "Mean wait of all",
    "mean_wait_answered_s": "Mean wait of the answered",
    "abandonment": "Abandonment",
    "service_level": "Service level",
    "occupancy": "Occupancy",
}

Seconds = Annotated[float | None, typer.Option(help="Mean; exponential. Left out: nobody leaves.")]


def simulate(  # noqa: PLR0917  each is an option of the command
    agents: Annotated[int | None, typer.Option(help="Agents of one queue; with --rules: instead of the file's number.")] = None,
    calls_per_hour: Annotated[float | None, typer.Option(help="Arrivals, Poisson.")] = None,
    talk: Annotated[float, typer.Option(help="Mean conversation in seconds.")] = 240.0,
    patience: Seconds = None,
    wrap_up: Annotated[float, typer.Option(help="Mean wrap-up in seconds; exponential.")] = 0.0,
    service_level: Annotated[str, typer.Option(help="80/20 or 0.8/20: 80 % answered within 20 s.")] = "80/20",
    talk_shape: Annotated[Shape, typer.Option(help="How conversations are spread around their mean.")] = Shape.EXPONENTIAL,
    short_abandon: Annotated[float, typer.Option(help="Callers who leave sooner (seconds) do not count as abandoned.")] = 0.0,
    hours: Annotated[float | None, typer.Option(help="At least these, after a warm-up; 2000, with --rules 24.")] = None,
    precision: Annotated[float, typer.Option(help="Go on until waits are known to this share (95 %); 0: just the hours.")] = 0.01,
    seed: Annotated[int, typer.Option(help="The same seed gives the same figures.")] = 1,
    rules: RulesFile = None,
    queue_calls: QueueCalls = None,
    ring: Annotated[float, typer.Option(help="With --rules: mean time until an agent answers, in seconds.")] = 0.0,
    decline: Annotated[float, typer.Option(help="With --rules: share of offers that agents decline.")] = 0.0,
    no_answer: Annotated[float, typer.Option(help="With --rules: share of offers that nobody answers.")] = 0.0,
    runs: Annotated[int, typer.Option(help="With --rules: independent runs; their spread gives the confidence.")] = 5,
    start: Annotated[str, typer.Option(help="With --rules: when it begins; shifts and opening hours go by it.")] = "2026-01-05",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    config_file: ConfigFile = None,
) -> None:
    """Simulate a queue, compared with theory (Erlang C; A with patience); with --rules a whole installation; docs/planning.md."""
    target, wrong = given(service_level_target(service_level))
    length = (24.0 if rules is not None else 2000.0) if hours is None else hours
    several = (("wrap-up", wrap_up), ("short-abandon", short_abandon), ("precision", precision), ("seed", seed), ("ring", ring))
    refuse_all(
        wrong,
        *(positive(name, value) for name, value in (("talk", talk), ("patience", patience), ("hours", length))),
        *(not_negative(name, value) for name, value in several),
        *(share_below_one(name, value) for name, value in (("decline", decline), ("no-answer", no_answer))),
        None if agents is None or 1 <= agents <= MOST_AGENTS else f"--agents is a number from 1 to {MOST_AGENTS}, not {agents}.",
        None if 1 <= runs <= MOST_RUNS else f"--runs is a number from 1 to {MOST_RUNS}, not {runs}.",
        None if rules is not None or (agents is not None and calls_per_hour is not None) else NOTHING_SAID,
    )
    demand = Demand(calls_per_s=0.0, talk_s=talk, wrap_up_s=wrap_up, patience_s=patience, talk_shape=talk_shape)
    if rules is not None:
        people = agents_as_given(ring, decline, no_answer)
        told = InstallationGiven(rules, queue_calls or [], calls_per_hour, demand, people, length, runs, seed, start, agents)
        simulate_installation(told, as_json=as_json, config_file=config_file)
        return
    one = _one_queue(agents, calls_per_hour, length)
    demand = msgspec.structs.replace(demand, calls_per_s=one[1] / 3600.0)
    figures = Rules(agents=one[0], within_s=target.within_s, short_abandon_s=short_abandon)
    report = _simulated(demand, figures, target, Effort(hours=length, precision=precision or math.inf), seed)
    if as_json:
        print_json(report)
    else:
        _show(report, target)


def _one_queue(agents: int | None, calls_per_hour: float | None, hours: float) -> tuple[int, float]:
    if agents is None or calls_per_hour is None:
        refuse(NOTHING_SAID)
    refuse_all(positive("calls-per-hour", calls_per_hour))
    if hours * calls_per_hour > MOST_CUSTOMERS:
        refuse(f"{hours * calls_per_hour:,.0f} calls are too many for one run (at most {MOST_CUSTOMERS:,}); take fewer --hours.")
    return agents, calls_per_hour


def _simulated(demand: Demand, rules: Rules, target: Target, effort: Effort, seed: int) -> dict[str, Any]:
    queue = Queue(agents=rules.agents, calls_per_s=demand.calls_per_s, handle_s=demand.handle_s, patience_s=demand.patience_s)
    result = run(demand, rules, effort, seed) if queue.stable else None
    return _report(demand, queue, target, result) | {"seed": seed}


def _report(demand: Demand, queue: Queue, target: Target, result: Result | None) -> dict[str, Any]:
    told = {
        "agents": queue.agents,
        "calls_per_hour": demand.calls_per_s * 3600.0,
        "talk_s": demand.talk_s,
        "talk_shape": demand.talk_shape.value,
        "wrap_up_s": demand.wrap_up_s,
        "patience_s": demand.patience_s,
        "offered_load_erlangs": queue.load,
        "stable": queue.stable,
        "service_level_target": {"share": target.share, "within_s": target.within_s},
    }
    if result is None:
        return told | _endless(queue)
    estimates: dict[str, Estimate] = {name: getattr(result, name) for name in WORDS}
    theory = steady_state(queue, target.within_s)
    return told | {
        **{name: estimate.value for name, estimate in estimates.items()},
        "wait_p50_s": result.wait_p50_s,
        "wait_p90_s": result.wait_p90_s,
        "meets_target": estimates["service_level"].value is not None and estimates["service_level"].value >= target.share,
        "confidence_95": {name: estimate.half_width for name, estimate in estimates.items()},
        "theory": {"model": "Erlang C" if queue.patience_s is None else "Erlang A"} | _figures(theory),
        "customers": result.customers,
        "hours": result.hours,
        "paths": result.paths,
        "warm_up_hours_per_path": result.warm_up_hours,
        "settled": result.settled,
    }


def _figures(theory: Theory) -> dict[str, float]:
    return {name: getattr(theory, name) for name in FIGURES}


def _endless(queue: Queue) -> dict[str, Any]:
    """As much work comes as the agents can do, or more, and nobody leaves. What is true of that in the long run."""
    grows = (queue.load / queue.agents - 1.0) * 3600.0
    return {
        "probability_of_waiting": 1.0,
        "mean_wait_s": None,
        "abandonment": 0.0,
        "service_level": 0.0,
        "occupancy": 1.0,
        "meets_target": False,
        "wait_grows_s_per_hour": grows,
        "note": (
            f"The offered load of {queue.load:.2f} erlangs is not below {queue.agents} agents and nobody leaves, so the line"
            f" grows without end: every hour adds about {grows:.0f} s to the wait. At least {math.floor(queue.load) + 1} agents"
            " are needed for any steady state; with --patience customers leave and the line is bounded."
        ),
    }


def _show(report: dict[str, Any], target: Target) -> None:
    if not report["stable"]:
        console.print(report["note"], style="yellow")
    theory: dict[str, float] = report.get("theory", {})
    confidence: dict[str, float | None] = report.get("confidence_95", {})
    table = Table(title=_title(report), title_justify="left", header_style="bold")
    table.add_column("")
    table.add_column("simulated", justify="right")
    table.add_column("± (95 %)", justify="right")
    table.add_column(str(theory.get("model", "theory")), justify="right")
    for name, words in WORDS.items():
        if name not in report:
            continue
        shown: Callable[[float | None], str] = seconds if name.endswith("_s") else percent
        label = f"{words} (within {target.within_s:g} s)" if name == "service_level" else words
        table.add_row(label, shown(report[name]), shown(confidence.get(name)), shown(theory.get(name)))
    for name, words in (("wait_p50_s", "Half wait less than"), ("wait_p90_s", "Nine of ten wait less than")):
        if name in report:
            table.add_row(words, seconds(report[name]), "", "")
    show(table)
    if report["stable"]:
        if not report["settled"]:
            console.print(UNSETTLED, style="yellow")
        verdict = "reached" if report["meets_target"] else "not reached"
        console.print(f"The target of {target.share:.0%} within {target.within_s:g} s is {verdict}.")
        console.print(
            f"{report['customers']:,} customers in {report['hours']:,.0f} h on {report['paths']} paths, after"
            f" {report['warm_up_hours_per_path']:.1f} h of warm-up on each; seed {report['seed']}.",
            style="dim",
        )


def _title(report: dict[str, Any]) -> str:
    patience = "nobody leaves" if report["patience_s"] is None else f"patience {report['patience_s']:g} s"
    return (
        f"{report['agents']} agents, {report['calls_per_hour']:g} calls an hour, conversation {report['talk_s']:g} s,"
        f" wrap-up {report['wrap_up_s']:g} s, {patience}: {report['offered_load_erlangs']:.2f} erlangs"
    )
