"""Expected wait: one honest, simple estimate.

Assumptions: everyone ahead is served, in order, by the agents now signed in for the queue, each taking the recent mean handle
time. Agents shared with other queues make it too short; customers who give up make it too long. Without a handled piece of
work or without agents there is no estimate, and none is invented.
"""

from __future__ import annotations


def expected_wait_s(waiting: int, free: int, serving: int, mean_handle_s: float | None) -> float | None:
    """Seconds that someone who joins the end of the line now would wait; None when unknown.

    `waiting` people in line, `free` agents who could take work now, `serving` agents signed in and not away.
    """
    if serving == 0:
        return None
    ahead = waiting + 1 - free
    if ahead <= 0:
        return 0.0
    if mean_handle_s is None:
        return None
    return ahead * mean_handle_s / serving
