"""Runs one queue in chance's hands until its figures are known well enough.

The run is made of independent paths side by side, each with a warm-up of its own that is not counted, because a path begins with
an empty line. It ends when the hours asked for are simulated and the mean wait and the probability of waiting are known to
`precision`, or when `most_customers` have come. The same seed gives the same figures.
"""

from __future__ import annotations

import math

import msgspec
import numpy as np

from acd.simulation.draws import BLOCK_CUSTOMERS, Array, Block, Demand, customers
from acd.simulation.estimates import Estimate, ratio
from acd.simulation.lines import MOST_IN_STEP, line

PATHS = 512
FEWEST_PATHS = 20

WARM_UP_HANDLE_TIMES = 10.0
WARM_UP_RELAXATIONS = 8.0
"""The line forgets its empty beginning like e^(-t / relaxation), and without patience the relaxation time of M/M/n is about
handle / (n (1 - √load per agent)²) (Morse 1958); an agent's own conversation takes a handle time to be forgotten."""

PATH_LENGTHS = 2.0
"""A path is counted for twice its warm-up, if enough hours were asked for."""

GROUPS = 8
"""Paths are begun in about this many groups at most, so that a run can stop early."""

CUSTOMERS, CUSTOMERS_BY_HEAP = 36_000_000, 6_000_000
"""After some seconds' worth on one core the precision found is told instead of the one asked for."""

MOST_WAITS = 500_000
"""Waits kept for the percentiles."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What the figures are about."""

    agents: int
    within_s: float = 20.0
    """Threshold of the service level."""
    short_abandon_s: float = 0.0
    """Who leaves sooner is in neither service level nor abandonment."""


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """How long to go on."""

    hours: float
    """At least these are simulated, warm-up not counted."""
    precision: float = 0.01
    """Half width of the 95 % interval / value; infinite: just the hours."""
    most_customers: int | None = None
    """Warm-ups included. None: some seconds' worth on one core, and always the hours asked for."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a run, with their confidence."""

    customers: int
    hours: float
    """Counted, over all paths."""
    paths: int
    warm_up_hours: float
    """Of each path; not counted."""
    settled: bool
    """False: the line needs longer to forget its empty beginning than this run could wait, so waits come out too short."""
    probability_of_waiting: Estimate
    mean_wait_s: Estimate
    """Of all customers: served at once, served later, or gone."""
    mean_wait_answered_s: Estimate
    abandonment: Estimate
    service_level: Estimate
    occupancy: Estimate
    wait_p50_s: float | None
    wait_p90_s: float | None


class _Plan(msgspec.Struct, frozen=True):
    """Seconds of each path."""

    paths: int
    begin_s: float
    end_s: float
    settled: bool
    """The warm-up is as long as it should be."""


def simulate(demand: Demand, rules: Rules, effort: Effort, seed: int) -> Result:
    """Raises `ValueError` when the line would grow without end."""
    if demand.patience_s is None and demand.calls_per_s * demand.handle_s >= rules.agents:
        raise ValueError("without patience the line grows without end")
    most = effort.most_customers or _most_customers(demand, rules, effort)
    counts = _Counts(demand, rules, _plan(demand, rules, effort, most))
    for group in range(1_000_000):
        _one_group(demand, counts, np.random.SeedSequence([seed, group]))
        known = counts.estimate("had_to_wait").within(effort.precision) and counts.estimate("wait").within(effort.precision)
        precise = known or math.isinf(effort.precision)
        if (counts.hours >= effort.hours * (1.0 - 1e-9) and precise) or counts.drawn >= most:
            break
    return counts.result()


def _plan(demand: Demand, rules: Rules, effort: Effort, most: int) -> _Plan:
    """Many short paths for the processor's sake, but never so many that the time goes into warm-up."""
    needed_s = _warm_up_s(demand, rules)
    begin_s = min(needed_s, most / (FEWEST_PATHS * (1.0 + PATH_LENGTHS) * demand.calls_per_s))
    settled = begin_s == needed_s
    wanted_s = effort.hours * 3600.0
    if math.isinf(effort.precision):
        paths = int(min(PATHS, max(FEWEST_PATHS, wanted_s / (PATH_LENGTHS * begin_s))))
        return _Plan(paths, begin_s, begin_s + wanted_s / paths, settled)
    length_s = PATH_LENGTHS * begin_s  # more groups of paths follow until the precision is reached
    customers_of_path = demand.calls_per_s * length_s
    paths = int(min(PATHS, max(FEWEST_PATHS, most / GROUPS / customers_of_path)))
    return _Plan(paths, begin_s, begin_s + length_s, settled)


def _most_customers(demand: Demand, rules: Rules, effort: Effort) -> int:
    worth = CUSTOMERS if rules.agents <= MOST_IN_STEP else CUSTOMERS_BY_HEAP
    return int(max(worth, 2.0 * effort.hours * 3600.0 * demand.calls_per_s))


def _warm_up_s(demand: Demand, rules: Rules) -> float:
    load = min(demand.calls_per_s * demand.handle_s / rules.agents, 1.0 - 1e-9)
    relaxation_s = demand.handle_s / (rules.agents * (1.0 - math.sqrt(load)) ** 2)
    if demand.patience_s is not None:
        relaxation_s = min(relaxation_s, demand.patience_s)
    return WARM_UP_HANDLE_TIMES * demand.handle_s + WARM_UP_RELAXATIONS * relaxation_s


def _one_group(demand: Demand, counts: _Counts, seed: np.random.SeedSequence) -> None:
    """All paths of the plan once more, with other customers."""
    plan = counts.plan
    served_by = line(counts.rules.agents, plan.paths)
    counts.begin_group()
    for block in customers(demand, seed, plan.paths, BLOCK_CUSTOMERS):
        counts.add(block, served_by.waits(block))
        if block.arrivals[-1].min() >= plan.end_s:
            return


COLUMNS = ("came", "had_to_wait", "wait", "served", "served_wait", "in_time", "left", "busy", "brought")


class _Counts:
    """Sums by path and group; each of them is one batch."""

    def __init__(self, demand: Demand, rules: Rules, plan: _Plan) -> None:
        self.demand, self.rules, self.plan = demand, rules, plan
        self._groups: list[dict[str, Array]] = []
        self._waits: list[Array] = []
        self._keep_every = 1
        self._kept = 0
        self.drawn = 0
        """Customers drawn so far, those of warm-ups and of too long paths, too."""

    def begin_group(self) -> None:
        self._groups.append({name: np.zeros(self.plan.paths) for name in COLUMNS})

    def add(self, block: Block, offered: Array) -> None:
        """`offered`: the wait of somebody with endless patience."""
        plan, sums = self.plan, self._groups[-1]
        self.drawn += block.arrivals.size
        if block.patience is None:
            waited, served = offered, np.ones(offered.shape, dtype=bool)
        else:
            waited, served = np.minimum(offered, block.patience), offered <= block.patience
        begins = block.arrivals + waited
        busy = np.clip(begins + block.handle, plan.begin_s, plan.end_s) - np.clip(begins, plan.begin_s, plan.end_s)
        sums["busy"] += (busy * served).sum(axis=0)
        counted = (block.arrivals >= plan.begin_s) & (block.arrivals < plan.end_s)
        if not counted.any():
            return
        sums["came"] += counted.sum(axis=0)
        sums["had_to_wait"] += (counted & (waited > 0.0)).sum(axis=0)
        sums["brought"] += (block.handle * counted).sum(axis=0)
        sums["wait"] += (waited * counted).sum(axis=0)
        served_here = served & counted
        sums["served"] += served_here.sum(axis=0)
        sums["served_wait"] += (waited * served_here).sum(axis=0)
        sums["in_time"] += (served_here & (waited <= self.rules.within_s)).sum(axis=0)
        if block.patience is not None:
            sums["left"] += (counted & ~served & (waited >= self.rules.short_abandon_s)).sum(axis=0)
        self._keep(waited[counted])

    def _keep(self, waits: Array) -> None:
        """Every n-th wait; n doubles when too many are kept, so that a run of any length has an even sample."""
        kept = waits[:: self._keep_every]
        self._waits.append(kept)
        self._kept += len(kept)
        if self._kept > MOST_WAITS:
            everything = np.concatenate(self._waits)[::2]
            self._waits, self._kept, self._keep_every = [everything], len(everything), 2 * self._keep_every

    @property
    def hours(self) -> float:
        return len(self._groups) * self.plan.paths * (self.plan.end_s - self.plan.begin_s) / 3600.0

    @property
    def customers(self) -> int:
        return int(sum(group["came"].sum() for group in self._groups))

    def estimate(self, column: str, of: str = "came") -> Estimate:
        return ratio(self._column(column), self._column(of), self._controls())

    def _controls(self) -> Array:
        """Calls, and seconds of work they brought, beyond what was to be expected of each path."""
        calls = self.demand.calls_per_s * (self.plan.end_s - self.plan.begin_s)
        return np.stack([self._column("came") - calls, self._column("brought") - calls * self.demand.handle_s], axis=1)

    def _column(self, name: str) -> Array:
        return np.concatenate([group[name] for group in self._groups])

    def result(self) -> Result:
        controls = self._controls()
        asked = self._column("served") + self._column("left")
        staffed = np.full(len(asked), self.rules.agents * (self.plan.end_s - self.plan.begin_s))
        waits = np.concatenate(self._waits) if self._waits else np.zeros(0)
        return Result(
            customers=self.customers,
            hours=self.hours,
            paths=len(asked),
            warm_up_hours=self.plan.begin_s / 3600.0,
            settled=self.plan.settled,
            probability_of_waiting=self.estimate("had_to_wait"),
            mean_wait_s=self.estimate("wait"),
            mean_wait_answered_s=self.estimate("served_wait", of="served"),
            abandonment=ratio(self._column("left"), asked, controls),
            service_level=ratio(self._column("in_time"), asked, controls),
            occupancy=ratio(self._column("busy"), staffed, controls),
            wait_p50_s=float(np.quantile(waits, 0.5)) if len(waits) else None,
            wait_p90_s=float(np.quantile(waits, 0.9)) if len(waits) else None,
        )
