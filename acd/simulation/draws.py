"""What chance decides: when customers come, how long they stay, talk and are written up.

Everything comes from one seeded generator, in blocks, in a fixed order: arrivals, patience, conversation, wrap-up. So the fast
queue and the world around the real engine can be given the same customers.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.model import Channel

Array: TypeAlias = NDArray[np.float64]

BLOCK_CUSTOMERS = 64
"""Customers of each path in a block: small enough for the processor's cache."""


class Shape(StrEnum):
    """How a time is spread around its mean."""

    EXPONENTIAL = "exponential"
    LOGNORMAL = "lognormal"
    """Standard deviation = 0.8 of the mean. Real conversations look lognormal: Brown et al., "Statistical analysis of a
    telephone call center", JASA 100 (2005)."""
    FIXED = "fixed"


SPREAD = 0.8
SIGMA = float(np.sqrt(np.log(1.0 + SPREAD**2)))


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes, and what they need. Times are means in seconds."""

    calls_per_s: float
    talk_s: float
    wrap_up_s: float = 0.0
    """Exponential; 0: none."""
    patience_s: float | None = None
    """Exponential; None: nobody leaves."""
    talk_shape: Shape = Shape.EXPONENTIAL
    channel: Channel = Channel.CALL

    @property
    def handle_s(self) -> float:
        return self.talk_s + self.wrap_up_s


class Block(msgspec.Struct, frozen=True):
    """Customers of several independent paths: row = order of arrival, column = path. Seconds."""

    arrivals: Array
    patience: Array | None
    """From arrival; None: nobody leaves."""
    talk: Array
    wrap_up: Array | None

    @property
    def handle(self) -> Array:
        return self.talk if self.wrap_up is None else self.talk + self.wrap_up


def customers(
    demand: Demand, seed: int | np.random.SeedSequence, paths: int = 1, steps: int = BLOCK_CUSTOMERS
) -> Iterator[Block]:
    """Blocks without end. The same arguments: the same customers."""
    rng = np.random.default_rng(seed)
    now = np.zeros(paths)
    while True:
        arrivals = rng.standard_exponential((steps, paths))
        arrivals /= demand.calls_per_s
        arrivals[0] += now
        np.add.accumulate(arrivals, axis=0, out=arrivals)
        now = arrivals[-1]
        patience = None if demand.patience_s is None else _draw(rng, demand.patience_s, arrivals.shape, Shape.EXPONENTIAL)
        talk = _draw(rng, demand.talk_s, arrivals.shape, demand.talk_shape)
        wrap_up = _draw(rng, demand.wrap_up_s, arrivals.shape, Shape.EXPONENTIAL) if demand.wrap_up_s > 0.0 else None
        yield Block(arrivals, patience, talk, wrap_up)


def _draw(rng: np.random.Generator, mean_s: float, size: tuple[int, ...], shape: Shape) -> Array:
    match shape:
        case Shape.FIXED:
            return np.full(size, mean_s)
        case Shape.LOGNORMAL:
            return rng.lognormal(np.log(mean_s) - SIGMA**2 / 2.0, SIGMA, size)
        case _:
            times = rng.standard_exponential(size)
            times *= mean_s
            return times
