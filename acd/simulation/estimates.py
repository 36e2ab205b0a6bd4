"""A figure of a simulation with its confidence.

Customers near each other in time share the same line, so their waits are not independent and the usual standard error is far too
small. So the run is cut into batches, and only the batches' sums are compared. Here a batch is a path of its own with its own
warm-up, so batches are independent, not only nearly so (batch means and independent replications: Law, Kelton, "Simulation
Modeling and Analysis", §9.5).
"""

from __future__ import annotations

import math

import msgspec
import numpy as np

from acd.simulation.draws import Array

Z_95 = 1.959964
"""97.5 % quantile of the normal distribution."""


ENOUGH_FOR_CONTROLS = 100
"""Batches: below it the regression would find more than there is."""


class Estimate(msgspec.Struct, frozen=True):
    value: float | None
    """None: nothing happened that could be measured."""
    half_width: float | None
    """Of the 95 % interval; None with fewer than four batches."""

    def within(self, relative: float) -> bool:
        """Whether the interval is no wider than this share of the value, to each side."""
        if self.value is None or self.half_width is None:
            return False
        return self.half_width <= relative * abs(self.value)


def ratio(numerators: Array, denominators: Array, controls: Array | None = None) -> Estimate:
    """Σ numerator / Σ denominator over the batches, with the delta method's interval for a ratio.

    `controls`: one row for each batch of what is known to be 0 on average, such as the calls that came beyond the expected ones.
    A batch with more calls than usual waits longer; that part is taken out (regression with control variates: Law, Kelton §11.4).
    """
    batches = len(denominators)
    total = float(denominators.sum())
    if total <= 0.0:
        return Estimate(None, None)
    value = float(numerators.sum()) / total
    if batches < 4:
        return Estimate(value, None)
    residuals = numerators - value * denominators
    freedom = batches - 1
    if controls is not None and batches >= ENOUGH_FOR_CONTROLS:
        centred = controls - controls.mean(axis=0)
        weights = np.linalg.lstsq(centred, residuals, rcond=None)[0]
        shares = numerators[denominators > 0.0] / denominators[denominators > 0.0]
        controlled = value - float(controls.mean(axis=0) @ weights) * batches / total
        value = min(max(controlled, float(shares.min())), float(shares.max()))
        residuals = residuals - centred @ weights
        freedom -= controls.shape[1]
    deviation = math.sqrt(float((residuals**2).sum()) / freedom)
    return Estimate(value, _t_95(freedom) * deviation * math.sqrt(batches) / total)


def _t_95(freedom: int) -> float:
    """Student's t, 97.5 % quantile, by the expansion of Cornish and Fisher (0.5 % high at 3 degrees of freedom at worst)."""
    z = Z_95
    first = (z**3 + z) / (4.0 * freedom)
    second = (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / (96.0 * freedom**2)
    third = (3.0 * z**7 + 19.0 * z**5 + 17.0 * z**3 - 15.0 * z) / (384.0 * freedom**3)
    return z + first + second + third
