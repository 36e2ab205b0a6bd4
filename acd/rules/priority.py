"""Who is next: priority with ageing, and first come first served among equals.

``score(now) = priority + ageing_per_minute · minutes waited``. Within one queue all work ages at one rate, so the order of two
pieces never changes with time and can be kept sorted by a constant `Rank`. Only the heads of different queues are compared by
their score at the moment of the decision. No starvation: with ageing `a` > 0, work that has waited ``Δpriority / a`` minutes
longer than a more important piece goes first. Between queues of different ageing ``a`` and ``a'``, work that has waited w minutes
is passed only by work that has itself waited ``(a·w − Δpriority) / a'``. Ageing 0 means strict priority, and then starvation is
what was asked for.
"""

from __future__ import annotations

from typing import NamedTuple

DIGITS = 6
"""Scores that differ by less than a millionth of a point are equal: what was rounded on the way must not decide who is next."""


class Rank(NamedTuple):
    """Sort key inside one queue; the smallest is next."""

    standing: float
    """Constant part of the negated score, in priority points."""
    arrival: int
    """Running number of arrival: breaks ties, also between equal times."""


def rank(priority: float, ageing_per_minute: float, enqueued_at: float, arrival: int) -> Rank:
    """`enqueued_at` in seconds since the epoch."""
    return Rank(round(ageing_per_minute * enqueued_at / 60.0 - priority, DIGITS), arrival)


def score(priority: float, ageing_per_minute: float, enqueued_at: float, now: float) -> float:
    """Priority points at `now`; higher is served first, across queues."""
    return round(priority + ageing_per_minute * (now - enqueued_at) / 60.0, DIGITS)
