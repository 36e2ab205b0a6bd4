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


def positive(name: str, value: float) -> None:
    """Ends the command with a sentence."""
    if not 0.0 < value <= MOST:
        refuse(f"--{name} must be a number above 0 and up to {MOST:,.0f}, not {value:g}.")


def not_negative(name: str, value: float) -> None:
    if not 0.0 <= value <= MOST:
        refuse(f"--{name} must be a number from 0 to {MOST:,.0f}, not {value:g}.")


def service_level_target(text: str, occupancy_max: float = 1.0) -> Target:
    """``80/20``: 80 % answered within 20 s."""
    percent, slash, seconds = text.partition("/")
    try:
        share, within_s = float(percent) / 100.0, float(seconds)
    except ValueError:
        share, within_s = math.nan, math.nan
    if not slash or not 0.0 < share < 1.0 or not (math.isfinite(within_s) and within_s >= 0.0):
        refuse(f"--service-level is written 80/20 (80 % answered within 20 s; above 0 % and below 100 %), not “{text}”.")
    return Target(share=share, within_s=within_s, occupancy_max=occupancy_max)


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
