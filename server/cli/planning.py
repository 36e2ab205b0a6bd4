"""What the planning commands share: how numbers are given and shown."""

from __future__ import annotations

import json
import math
import sys
from datetime import datetime, tzinfo
from typing import Any, NoReturn

from acd.simulation.staffing import Target
from server.cli.common import fail

BAD_ARGUMENT = 2
MOST = 10_000_000.0
"""Of anything: a hundred days in seconds, a thousand years of hours."""


def refuse(message: str) -> NoReturn:
    fail(message, BAD_ARGUMENT)


def refuse_all(*mistakes: str | None) -> None:
    """Ends the command with every mistake at once, if there is one."""
    found = [mistake for mistake in mistakes if mistake is not None]
    if found:
        refuse("\n".join(found))


def positive(name: str, value: float | None) -> str | None:
    """A sentence when it is not; what was not given is no mistake here."""
    if value is None or 0.0 < value <= MOST:
        return None
    return f"--{name} must be a number above 0 and up to {MOST:,.0f}, not {value:g}."


def not_negative(name: str, value: float | None) -> str | None:
    if value is None or 0.0 <= value <= MOST:
        return None
    return f"--{name} must be a number from 0 to {MOST:,.0f}, not {value:g}."


def share_below_one(name: str, value: float) -> str | None:
    return None if 0.0 <= value < 1.0 else f"--{name} is a share from 0 to below 1, such as 0.3, not {value:g}."


def service_level_target(text: str, occupancy_max: float = 1.0) -> Target | str:
    """``80/20`` or ``0.8/20``: 80 % answered within 20 s. A sentence when it is neither."""
    first, slash, second = text.partition("/")
    try:
        share, within_s = float(first), float(second)
    except ValueError:
        share, within_s = math.nan, math.nan
    share = share if share < 1.0 else share / 100.0
    if not slash or not 0.0 < share < 1.0 or not (math.isfinite(within_s) and within_s >= 0.0):
        rule = "80/20 or 0.8/20 (80 % answered within 20 s; above 0 % and below 100 %)"
        return f"--service-level is written {rule}, not “{text}”."
    return Target(share=share, within_s=within_s, occupancy_max=occupancy_max)


def given(target: Target | str) -> tuple[Target, str | None]:
    """The target to go on with, and the mistake."""
    return (Target(share=0.8, within_s=20.0, occupancy_max=1.0), target) if isinstance(target, str) else (target, None)


def moment(name: str, text: str, zone: tzinfo) -> float:
    """``2026-11-20`` or ``2026-11-20T09:30``, local time of the installation unless it says its own offset."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        refuse(f"--{name} is a date or a time such as 2026-11-20 or 2026-11-20T09:30, not “{text}”.")
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).timestamp()


def print_json(document: Any) -> None:
    json.dump(document, sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
    sys.stdout.write("\n")


def percent(share: float | None, digits: int = 1) -> str:
    return "–" if share is None else f"{share * 100.0:.{digits}f} %"


def seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} s"
