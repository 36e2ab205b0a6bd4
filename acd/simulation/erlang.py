"""What theory says of a waiting line: Erlang B, Erlang C and Erlang A.

Arrivals are Poisson, handle times exponential, agents alike, customers served in order of arrival. Erlang C: everybody waits for
ever. Erlang A (M/M/n+M): patience is exponential, too.

Sources: A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic telephone
exchanges" (1917); C. Palm, "Research on telephone traffic carried by full availability groups" (1957); O. Garnett,
A. Mandelbaum, M. Reiman, "Designing a call center with impatient customers", M&SOM 4 (2002); A. Mandelbaum, S. Zeltyn,
"Service engineering in action: the Palm/Erlang-A queue" (2007).

Invariant: every sum here has positive terms only, in log space where they grow, so nothing cancels and nothing overflows.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable

import msgspec
import numpy as np

NEGLIGIBLE_LOG = -45.0
"""Terms below e^-45 of the largest do not change a double."""

CHUNK_TERMS = 4096
POINTS, WEIGHTS = np.polynomial.legendre.leggauss(64)


class Unstable(Exception):
    """The line grows without end: as much work arrives as the agents can do, or more, and nobody leaves."""


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """One line in front of `agents`, in its steady state."""

    agents: int
    calls_per_s: float
    handle_s: float
    """Mean time an agent is taken: conversation and wrap-up."""
    patience_s: float | None = None
    """Mean; None: nobody leaves."""

    @property
    def load(self) -> float:
        """Offered load in erlangs: agents who would always be busy if nobody had to wait or left."""
        return self.calls_per_s * self.handle_s

    @property
    def stable(self) -> bool:
        return self.patience_s is not None or self.load < self.agents


class Theory(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a `Queue`."""

    probability_of_waiting: float
    """Share of customers who find every agent busy."""
    mean_wait_s: float
    """Of all customers: served at once, served later, or gone."""
    abandonment: float
    """Share of customers who leave."""
    service_level: float
    """Share of all customers who are answered within the threshold."""
    occupancy: float
    mean_waiting: float
    """Customers in line on average."""


def erlang_b(agents: int, load: float) -> float:
    """Share of calls lost when nobody can wait. B(0) = 1, B(n) = aB(n-1) / (n + aB(n-1)); every value is in [0, 1]."""
    blocked = 1.0
    for number in range(1, agents + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked


def erlang_c(agents: int, load: float) -> float:
    """Share of customers who wait when nobody leaves: C = nB / (n - a(1 - B)). Raises `Unstable` when a >= n."""
    if load >= agents:
        raise Unstable(f"{load:g} erlangs for {agents} agents")
    blocked = erlang_b(agents, load)
    return agents * blocked / (agents - load * (1.0 - blocked))


def steady_state(queue: Queue, within_s: float) -> Theory:
    """Erlang A with patience, Erlang C without. Raises `Unstable`."""
    if queue.calls_per_s <= 0.0:
        return Theory(
            probability_of_waiting=0.0, mean_wait_s=0.0, abandonment=0.0, service_level=1.0, occupancy=0.0, mean_waiting=0.0
        )
    return _erlang_c(queue, within_s) if queue.patience_s is None else _erlang_a(queue, queue.patience_s, within_s)


def _erlang_c(queue: Queue, within_s: float) -> Theory:
    waits = erlang_c(queue.agents, queue.load)
    drain = queue.agents / queue.handle_s - queue.calls_per_s
    mean_wait_s = waits / drain
    return Theory(
        probability_of_waiting=waits,
        mean_wait_s=mean_wait_s,
        abandonment=0.0,
        service_level=1.0 - waits * math.exp(-drain * within_s),
        occupancy=queue.load / queue.agents,
        mean_waiting=queue.calls_per_s * mean_wait_s,
    )


def _erlang_a(queue: Queue, patience_s: float, within_s: float) -> Theory:
    """The line above n busy agents is a birth-death chain: up with λ, down from n+j with nμ + jθ.

    With t(j) = Π λ/(nμ + kθ), k = 1…j: A = Σ t(j) is Palm's A(nμ/θ, λ/θ), and Σ j t(j) / A the mean line while all are busy.
    P(wait) = A B / (1 + (A - 1) B), written so that neither a huge A nor a tiny B does harm.
    """
    all_busy_log, line_if_busy = _impatient_line(queue, patience_s)
    blocked = erlang_b(queue.agents, queue.load)
    blocked_log = math.log(max(blocked, sys.float_info.min))
    waits = 1.0 / (1.0 + (1.0 - blocked) * math.exp(min(700.0, -all_busy_log - blocked_log)))
    mean_waiting = waits * line_if_busy
    abandonment = mean_waiting / (patience_s * queue.calls_per_s)
    return Theory(
        probability_of_waiting=waits,
        mean_wait_s=mean_waiting / queue.calls_per_s,
        abandonment=abandonment,
        service_level=_answered_within(queue, patience_s, within_s, waits, all_busy_log),
        occupancy=queue.load * (1.0 - abandonment) / queue.agents,
        mean_waiting=mean_waiting,
    )


def _impatient_line(queue: Queue, patience_s: float) -> tuple[float, float]:
    """(log Σ t(j), Σ j t(j) / Σ t(j)), summed until the terms vanish, from where they are worth a look."""
    down, leave = queue.agents / queue.handle_s, 1.0 / patience_s
    first, log_term = _first_term(queue.calls_per_s * patience_s, down * patience_s)
    top, total, moment = log_term, 1.0, float(first)  # sums in units of e^top
    while True:
        numbers = np.arange(first + 1, first + 1 + CHUNK_TERMS, dtype=float)
        logs = log_term + np.cumsum(math.log(queue.calls_per_s) - np.log(down + numbers * leave))
        peak = max(top, float(logs.max()))
        total, moment, top = total * math.exp(top - peak), moment * math.exp(top - peak), peak
        terms = np.exp(logs - top)
        total += float(terms.sum())
        moment += float((numbers * terms).sum())
        log_term, first = float(logs[-1]), first + CHUNK_TERMS
        past_peak = queue.calls_per_s < down + first * leave
        if past_peak and log_term - top < NEGLIGIBLE_LOG:
            return top + math.log(total), moment / total


def _first_term(arrivals: float, served: float) -> tuple[int, float]:
    """(j, log t(j)) with λ and nμ in units of θ. An overloaded line is long: the terms near j = 0 are nothing beside those around
    j = (λ - nμ)/θ, where they have the width √(λ/θ). t(j) = (λ/θ)^j Γ(nμ/θ + 1) / Γ(nμ/θ + j + 1)."""
    first = max(0, math.floor(arrivals - served - 12.0 * math.sqrt(arrivals) - 100.0))
    if first == 0:
        return 0, 0.0
    return first, first * math.log(arrivals) + math.lgamma(served + 1.0) - math.lgamma(served + first + 1.0)


def _answered_within(queue: Queue, patience_s: float, within_s: float, waits: float, all_busy_log: float) -> float:
    """P(answered at once) + ∫ P(still there at x) v(x) dx over (0, T].

    v is the density of the wait somebody with endless patience would have (Zeltyn, Mandelbaum 2005, M/M/n+G):
    v(x) = P(wait) exp(λ(1 - e^(-θx))/θ - nμx) / J, with J = A / nμ.
    """
    down = queue.agents / queue.handle_s

    def density(x: np.ndarray) -> np.ndarray:
        gone = -np.expm1(-x / patience_s)
        exponent = queue.calls_per_s * patience_s * gone - down * x - all_busy_log + math.log(down)
        return np.asarray(np.exp(exponent - x / patience_s))

    pieces = int(min(4096.0, max(32.0, within_s * down / 8.0)))  # no piece in which the density falls by more than e^8
    return min(1.0, 1.0 - waits + waits * _integral(density, within_s, pieces))


def _integral(density: Callable[[np.ndarray], np.ndarray], end: float, pieces: int) -> float:
    """Gauss-Legendre on equal pieces: the integrand is smooth."""
    edges = np.linspace(0.0, end, pieces + 1)
    half = (edges[1:] - edges[:-1]) / 2.0
    middle = (edges[1:] + edges[:-1]) / 2.0
    x = middle[:, None] + half[:, None] * POINTS[None, :]
    return float((density(x) * WEIGHTS[None, :] * half[:, None]).sum())
