"""How long customers would have waited who did not have to: the estimator of Kaplan and Meier, and draws from it.

Who was served after w seconds would have waited at least w: such times are censored, and leaving them out would make customers
look far less patient than they are. E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete observations", JASA 53
(1958); for queues: Mandelbaum, Zeltyn, "The impact of customers' patience on delay and abandonment" (2004).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable


class Survival:
    """S(t): the share of customers whose patience is longer than t. Falls at each time somebody left, else it is level."""

    def __init__(self, left_after: Iterable[float], served_after: Iterable[float]) -> None:
        left, served = sorted(left_after), sorted(served_after)
        self._times: list[float] = []
        self._shares: list[float] = []
        share = 1.0
        position = 0
        while position < len(left):
            time = left[position]
            end = bisect_right(left, time)
            at_risk = len(left) - position + len(served) - bisect_left(served, time)
            share *= 1.0 - (end - position) / at_risk
            self._times.append(time)
            self._shares.append(share)
            position = end

    def share(self, time: float) -> float:
        """S(time)."""
        found = bisect_right(self._times, time)
        return self._shares[found - 1] if found else 1.0

    def beyond(self, time: float, luck: float) -> float | None:
        """The patience of somebody known to be patient for longer than `time`; `luck` is uniform in [0, 1).

        None: longer than anybody was seen to wait.
        """
        target = self.share(time) * luck
        low, high = 0, len(self._shares)
        while low < high:  # the first time at which no more than the target is left
            middle = (low + high) // 2
            if self._shares[middle] <= target:
                high = middle
            else:
                low = middle + 1
        return self._times[low] if low < len(self._times) else None
