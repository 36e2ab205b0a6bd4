"""The numbers of a contact center, one formula each. The same code serves the live board and any past interval.

All work on what `tally.py` counts. None means that nothing happened that could be measured; a board shows a dash, never 0 %
or 100 %. docs/numbers.md has an example of each.
"""

from __future__ import annotations


def service_level(answered_in_time: int, answered: int, abandoned: int) -> float | None:
    """Share of customers served within T seconds: ``answered within T / (answered + abandoned)``.

    `abandoned` counts those who left after the short-abandon threshold; who leaves sooner changed their mind and is in neither.
    """
    total = answered + abandoned
    return answered_in_time / total if total else None


def average_speed_of_answer(wait_sum_s: float, answered: int) -> float | None:
    """ASA: ``time from arrival to acceptance, summed over the answered / answered``, in seconds."""
    return wait_sum_s / answered if answered else None


def average_handle_time(handle_sum_s: float, handled: int) -> float | None:
    """AHT: ``(conversation + hold + wrap-up) summed / pieces of work handled``, in seconds."""
    return handle_sum_s / handled if handled else None


def abandonment(abandoned: int, answered: int) -> float | None:
    """``abandoned / (answered + abandoned)``, with the same short-abandon rule as the service level."""
    total = answered + abandoned
    return abandoned / total if total else None


def occupancy(handling_s: float, available_s: float) -> float | None:
    """``handling / (handling + available)``: ringing, conversation and wrap-up against available. Away is neither."""
    total = handling_s + available_s
    return handling_s / total if total > 0 else None


def transfer_rate(transferred: int, handled: int) -> float | None:
    """``conversations that an agent handed on / pieces of work handled``."""
    return transferred / handled if handled else None


def calibration(within_p90: int, graded: int) -> float | None:
    """Share of the customers who waited no longer than the p90 they were given at arrival: right is 0.9."""
    return within_p90 / graded if graded else None


def estimate_error(error_sum_s: float, graded: int) -> float | None:
    """Mean distance between the wait and the median estimated at arrival, in seconds."""
    return error_sum_s / graded if graded else None
