"""Expected wait: the median and the 90 % quantile for somebody who has `ahead` people before them.

Model (M/M/n with impatient customers, Erlang A): while all n agents are busy the line moves whenever an agent becomes free, at
the rate n / cycle, or somebody ahead gives up, at the rate θ each. So the time until the turn of somebody with k people ahead is
a sum of k + 1 independent exponential times with the rates ``n/cycle + jθ``, j = k … 0 (W. Whitt, «Predicting queueing delays»,
Management Science 45(6), 1999). Its mean and variance, with those of the ring, are taken for those of a gamma distribution; the
quantile is E. B. Wilson and M. M. Hilferty's cube root (PNAS 17(12), 1931). A cycle is ring, conversation and wrap-up of the
recent work.

Assumptions that are wrong in general: agents serve this queue alone, times are exponential, nobody comes with a higher priority
and no agent comes or goes. What that makes wrong is corrected by what the last estimates turned out to be (`flow.py`).
Without agents, or before anything was handled, there is no estimate, and none is invented.
"""

from __future__ import annotations

from math import log, sqrt
from typing import NamedTuple

from acd.numbers.flow import Correction, Flow

RING_MEAN_S, RING_VARIANCE_S2 = 5.0, 25.0
"""Of the ring, before any was seen."""
Z50, Z90 = 0.0, 1.2816
"""Quantiles of the normal distribution."""
SUMMED_TERMS = 16
"""Terms of a sum taken one by one; the rest by an integral (midpoint rule), because lines may be thousands long."""


class Line(NamedTuple):
    """What somebody who joins finds."""

    ahead: int
    """Waiting before them and not ringing anywhere."""
    free: int
    """Agents who could take work now."""
    serving: int
    """Agents signed in for the queue and not away."""


class Estimate(NamedTuple):
    p50_s: float
    p90_s: float


def estimate(flow: Flow, line: Line) -> Estimate | None:
    """None when it is not known."""
    if line.serving == 0:
        return None
    mean, variance = (flow.ring.mean, flow.ring.variance) if flow.ring.count else (RING_MEAN_S, RING_VARIANCE_S2)
    ahead = line.ahead - line.free
    if ahead >= 0:
        if not flow.handle.count:
            return None
        turn = _turn(ahead, line.serving / max(1.0, flow.handle.mean + mean), flow.leaving_rate)
        mean, variance = mean + turn[0], variance + turn[1]
    correction = correction_of(flow, line)
    p50 = _quantile(mean, variance, Z50) * correction.p50
    p90 = _quantile(mean, variance, Z90) * correction.p90
    return Estimate(float(round(p50)), float(round(max(p50, p90))))


def correction_of(flow: Flow, line: Line) -> Correction:
    """What was learned of estimates like this one."""
    return flow.in_line if line.ahead >= line.free else flow.at_once


def _turn(ahead: int, rate: float, leaving: float) -> tuple[float, float]:
    """Mean and variance of the time until `ahead` people are gone and one more agent is free."""
    rates = [rate + j * leaving for j in range(min(ahead, SUMMED_TERMS) + 1)]
    mean, variance = sum(1.0 / each for each in rates), sum(1.0 / (each * each) for each in rates)
    if ahead > SUMMED_TERMS:
        low, high = rate + (SUMMED_TERMS + 0.5) * leaving, rate + (ahead + 0.5) * leaving
        if high > low * (1.0 + 1e-9):
            mean += log(high / low) / leaving
            variance += (1.0 / low - 1.0 / high) / leaving
        else:
            mean += (ahead - SUMMED_TERMS) / rate
            variance += (ahead - SUMMED_TERMS) / (rate * rate)
    return mean, variance


def _quantile(mean: float, variance: float, z: float) -> float:
    """Of the gamma distribution with this mean and variance."""
    if mean <= 0.0:
        return 0.0
    ninth = variance / (9.0 * mean * mean)
    cube_root = 1.0 - ninth + z * sqrt(ninth)
    return mean * max(0.0, cube_root) * cube_root * cube_root
