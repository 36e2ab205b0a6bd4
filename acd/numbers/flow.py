"""What a queue's recent work was like: the times that an estimate of the wait is made from, and how good the estimates were.

Old work is forgotten: with each new piece of work the weight of all before shrinks, so that the newest
`MEMORY_WORK_ITEMS` count most.
"""

from __future__ import annotations

from math import exp

import msgspec

MEMORY_WORK_ITEMS = 60
"""Pieces of work that count."""
PATIENCE_MEMORY_LEAVERS = 200
"""People leave rarely: it takes more of them to see how patient they are."""
PRIOR_WAIT_S = 600.0
"""Waiting without leaving that is assumed before anybody was seen."""
LOG_STEP = 0.04
"""How far one graded estimate moves the correction, as a logarithm."""
WIDEST_LOG = 1.4
"""Corrections stay between a fourth and four times the model's estimate (e^1.4 ≈ 4)."""


class Recent(msgspec.Struct):
    """Mean and spread of a duration."""

    count: int = 0
    mean: float = 0.0
    variance: float = 0.0

    def take(self, value: float) -> None:
        """Exponentially weighted mean and variance (West, CACM 22(9), 1979); a plain mean while there are few."""
        self.count += 1
        weight = max(1.0 / self.count, 1.0 / MEMORY_WORK_ITEMS)
        distance = value - self.mean
        self.mean += weight * distance
        self.variance = (1.0 - weight) * (self.variance + weight * distance * distance)


class Correction(msgspec.Struct):
    """Factors on the model's median and 90 % quantile, learned from how the estimates turned out.

    Each graded wait moves a quantile's factor up by ``LOG_STEP · q`` when it was longer than said, else down by
    ``LOG_STEP · (1 − q)``: the two balance when a share q of the waits is within what was said, whatever the model got wrong
    (stochastic approximation of a quantile, Robbins and Monro 1951; Gibbs and Candès 2021, «Adaptive conformal inference
    under distribution shift»).
    """

    log50: float = 0.0
    log90: float = 0.0

    @property
    def p50(self) -> float:
        return exp(self.log50)

    @property
    def p90(self) -> float:
        return exp(self.log90)

    def learn(self, waited_s: float, p50_s: float, p90_s: float) -> None:
        self.log50 = _moved(self.log50, waited_s > p50_s, 0.5)
        self.log90 = _moved(self.log90, waited_s > p90_s, 0.9)


class Flow(msgspec.Struct):
    """Everything an estimate needs to know of one queue's past."""

    handle: Recent = msgspec.field(default_factory=Recent)
    """Conversation and wrap-up."""
    ring: Recent = msgspec.field(default_factory=Recent)
    """From the first ring to the acceptance."""
    left: float = 0.0
    waited_s: float = PRIOR_WAIT_S
    """People who left and time waited by all, both forgotten slowly."""
    at_once: Correction = msgspec.field(default_factory=Correction)
    """For customers who find an agent free, and only wait for the ring."""
    in_line: Correction = msgspec.field(default_factory=Correction)
    """For customers who wait for an agent."""

    def over(self, waited_s: float, left: bool) -> None:
        """Somebody's wait was over, by an answer or by leaving."""
        kept = 1.0 - 1.0 / PATIENCE_MEMORY_LEAVERS
        self.left = self.left * kept + left
        self.waited_s = self.waited_s * kept + max(0.0, waited_s)

    @property
    def leaving_rate(self) -> float:
        """Of one waiting customer, per second: those who left by the time everybody waited (exponential patience)."""
        return self.left / self.waited_s if self.waited_s > 0 else 0.0


def _moved(log: float, longer: bool, share: float) -> float:
    step = LOG_STEP * share if longer else -LOG_STEP * (1.0 - share)
    return min(WIDEST_LOG, max(-WIDEST_LOG, log + step))
