"""`patchbay simulate --rules`: a whole installation, decided by the real engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.table import Table

from acd.model.refusals import Refused
from acd.simulation.drawn import Agents
from acd.simulation.draws import Demand
from acd.simulation.estimates import Estimate
from acd.simulation.installation import Installation, Plan
from acd.simulation.ledger import Ledger, Sums, estimates
from core.commands import ConfigureAcd
from core.ids import AgentId, QueueId
from server.cli.common import configuration, console, known_id, show
from server.cli.planning import moment, not_negative, percent, positive, print_json, refuse, refuse_all, seconds

MOST_CALLS = 2_000_000
COLUMNS = {
    "service_level": "service level",
    "mean_wait_s": "mean wait",
    "abandonment": "abandonment",
    "occupancy": "occupancy",
}

RulesFile = Annotated[
    Path | None,
    typer.Option("--rules", exists=True, dir_okay=False, help="YAML as of `patchbay config export`: queues and agents."),
]
QueueCalls = Annotated[
    list[str] | None, typer.Option(help="With --rules: billing=60 (calls per hour of one queue); may be repeated.")
]


class InstallationGiven(NamedTuple):
    """What the command was told."""

    file: Path
    queue_calls: Sequence[str]
    calls_per_hour: float | None
    demand: Demand
    agents: Agents
    hours: float
    runs: int
    seed: int
    start: str
    agent_count: int | None = None
    """Of agents, when it is not the file's."""


def agents_as_given(ring: float, decline: float, no_answer: float) -> Agents:
    if decline + no_answer >= 1.0:
        refuse("--decline and --no-answer together must be below 1: else nobody is ever served.")
    return Agents(ring_s=ring, declines=decline, misses=no_answer)


def simulate_installation(given: InstallationGiven, *, as_json: bool, config_file: Path | None) -> None:
    from server.cli.rules import rules_of  # noqa: PLC0415  the schema takes its time

    rules = staffed(rules_of(given.file), given.agent_count)
    demands = _demands(rules, given)
    zone = ZoneInfo(configuration(config_file).general.time_zone)
    calls = sum(demand.calls_per_s for demand in demands.values()) * 3600.0 * given.hours * given.runs
    if calls > MOST_CALLS:
        refuse(f"{calls:,.0f} calls are too many for the engine (at most {MOST_CALLS:,}); take fewer --hours or --runs.")
    plan = Plan(
        rules=rules,
        demands=demands,
        agents=given.agents,
        begin=moment("start", given.start, zone),
        hours=given.hours,
        seed=given.seed,
    )
    try:
        houses = [Installation(msgspec.structs.replace(plan, seed=given.seed + number), zone) for number in range(given.runs)]
    except Refused as refused:
        refuse(f"The ACD refuses these rules: {refused.reason}")
    ledgers = [installation.run() for installation in houses]
    report = _report(given, rules, demands, ledgers, sum(installation.closed for installation in houses))
    if as_json:
        print_json(report)
    else:
        _show(report)


def staffed(rules: ConfigureAcd, count: int | None) -> ConfigureAcd:
    """With so many agents: the file's first ones, and beyond them copies of all in turn. Nobody to copy: a sentence."""
    if count is None:
        return rules
    if not rules.agents:
        refuse("The file has no agents, so --agents cannot say how many there are of them.")
    agents = [
        agent if turn == 0 else msgspec.structs.replace(agent, agent_id=AgentId(f"{agent.agent_id}_{turn + 1}"))
        for turn, agent in ((number // len(rules.agents), rules.agents[number % len(rules.agents)]) for number in range(count))
    ]
    return msgspec.structs.replace(rules, agents=tuple(agents))


def _demands(rules: ConfigureAcd, given: InstallationGiven) -> dict[QueueId, Demand]:
    """Every queue's calls: as given one by one, else an equal share of all."""
    known = {queue.queue_id: queue for queue in rules.queues}
    if not known:
        refuse(f"{given.file} has no queues.")
    rates: dict[QueueId, float] = {}
    mistakes: list[str | None] = []
    for text in given.queue_calls:
        name, _, number = text.partition("=")
        queue_id = known_id(name, known, "queue_")
        if queue_id is None:
            mistakes.append(f"--queue-calls: there is no queue “{name}” in {given.file}; there are {', '.join(sorted(known))}.")
            continue
        try:
            rates[QueueId(queue_id)] = float(number)
        except ValueError:
            mistakes.append(f"--queue-calls is written billing=60, not “{text}”.")
            continue
        mistakes.append(not_negative("queue-calls", rates[QueueId(queue_id)]))
    refuse_all(*mistakes)
    if not rates:
        if given.calls_per_hour is None:
            refuse("Say how many call: --calls-per-hour 120 for all queues together, or --queue-calls billing=60 for each.")
        rates = dict.fromkeys(known, given.calls_per_hour / len(known))
    refuse_all(positive("calls-per-hour", sum(rates.values())))
    return {queue_id: msgspec.structs.replace(given.demand, calls_per_s=rate / 3600.0) for queue_id, rate in rates.items()}


def _report(
    given: InstallationGiven, rules: ConfigureAcd, demands: Mapping[QueueId, Demand], ledgers: Sequence[Ledger], closed: int
) -> dict[str, Any]:
    by_queue = [ledger.sums() for ledger in ledgers]
    queues = [
        {"queue_id": queue.queue_id, "name": queue.name, "calls_per_hour": _rate(demands, queue.queue_id)}
        | _figures([sums[queue.queue_id] for sums in by_queue])
        for queue in rules.queues
    ]
    return {
        **_figures([ledger.total_sums() for ledger in ledgers]),
        "queues": queues,
        "agents": len(rules.agents),
        "came_while_closed": closed,
        "hours": given.hours,
        "runs": given.runs,
        "seed": given.seed,
    }


def _rate(demands: Mapping[QueueId, Demand], queue_id: QueueId) -> float:
    return demands[queue_id].calls_per_s * 3600.0 if queue_id in demands else 0.0


def _figures(runs: Sequence[Sums]) -> dict[str, Any]:
    found: dict[str, Estimate] = estimates(runs)
    return {
        "arrived": sum(run.arrived for run in runs),
        **{name: estimate.value for name, estimate in found.items()},
        "confidence_95": {name: estimate.half_width for name, estimate in found.items()},
    }


def _show(report: dict[str, Any]) -> None:
    title = f"{report['agents']} agents, {report['runs']} runs of {report['hours']:g} h; ± is half of the 95 % interval"
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column("queue")
    table.add_column("work", justify="right")
    for words in COLUMNS.values():
        table.add_column(words, justify="right")
    for queue in report["queues"]:
        table.add_row(queue["name"], f"{queue['arrived']:,}", *_cells(queue))
    table.add_section()
    table.add_row("all", f"{report['arrived']:,}", *_cells(report))
    show(table)
    if report["came_while_closed"]:
        console.print(f"{report['came_while_closed']:,} more came while their queue was closed.", style="dim")


def _cells(figures: dict[str, Any]) -> list[str]:
    cells = []
    for name in COLUMNS:
        shown = seconds if name.endswith("_s") else percent
        value, half_width = figures[name], figures["confidence_95"][name]
        cells.append(shown(value) if half_width is None else f"{shown(value)} ± {shown(half_width)}")
    return cells
