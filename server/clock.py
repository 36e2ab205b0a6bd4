"""The only clocks: everything else takes time as an argument or gets one of these from a composition root.

`SteadyClock` drives every deadline. It tells the wall's time while the wall's clock runs evenly; when that jumps (an
administrator, NTP after a long outage, a virtual machine moved), it goes on from where it was, a tenth faster or slower, until it
is right again. So a jump of five minutes neither lets every offer expire at once nor holds agents for five minutes: a ring of
20 s takes 18 to 22.

Invariants: it never stands still; it is never wrong by more than `LARGEST_SLEW_S` (a larger jump is taken at once: so much time
has really passed, or the clock was never set); all processes of one machine agree, also those that start after a jump, because
the one that notices writes it down beside the data. Steady time is `CLOCK_BOOTTIME` (clock_gettime(2)), which counts suspension.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog

log = structlog.get_logger(__name__)

SLEW = 0.1
"""Seconds made good in each second."""
JUMP_S = 0.5
"""A smaller step of the wall's clock is taken as it is."""
LARGEST_SLEW_S = 900.0
SHARED_FILE = "clock.json"
"""In the data directory."""
_TORN_S = 0.05
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class SystemClock:
    """`core.ports.Clock` on the machine's time, with its jumps."""

    def now(self) -> float:
        return time.time()


class Course(msgspec.Struct, frozen=True):
    """From where to where a clock is slewed: offsets of the wall's time from steady time."""

    boot: str
    """Which life of the machine: steady time begins anew with each."""
    since: float
    """Steady time when the course was set."""
    offset: float
    target: float

    def at(self, steady: float) -> float:
        """The offset shown at a steady time."""
        made_good, missing = SLEW * max(0.0, steady - self.since), self.target - self.offset
        return self.target if made_good >= abs(missing) else self.offset + math.copysign(made_good, missing)


class SteadyClock:
    """`core.ports.Clock` without jumps."""

    def __init__(
        self,
        shared: Path | None = None,
        *,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
    ) -> None:
        """`shared` is the file through which the processes of this machine agree."""
        self._shared = shared
        self._wall = wall
        self._steady = steady
        self._boot = _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ""
        offset, now = self._look()
        self._course = _read(shared, self._boot) or Course(self._boot, now, offset, offset)

    def now(self) -> float:
        offset, steady = self._look()
        course = self._course
        if abs(offset - course.target) > JUMP_S:
            course = self._course = self._new_course(course.at(steady), offset, steady)
        shown = course.at(steady)
        if shown == course.target:
            shown = offset  # small steps and drift of the wall's clock
            self._course = Course(course.boot, steady, offset, offset)
        return steady + shown

    @property
    def ahead_s(self) -> float:
        """How far this clock is ahead of the wall's; 0 but for some time after a jump."""
        offset, steady = self._look()
        return self._course.at(steady) - offset

    def _look(self) -> tuple[float, float]:
        """The wall's offset and steady time, of one moment: a process paused between two readings sees no jump."""
        while True:
            before, wall, after = self._steady(), self._wall(), self._steady()
            if after - before < _TORN_S:
                return wall - after, after

    def _new_course(self, shown: float, target: float, steady: float) -> Course:
        by_s = round(target - shown, 3)
        if abs(by_s) > LARGEST_SLEW_S:
            log.error("the clock jumped too far to make it good", by_s=by_s)
            shown = target
        else:
            log.warning("the clock jumped and is made good slowly", by_s=by_s, takes_s=round(abs(by_s) / SLEW))
        course = Course(self._boot, steady, shown, target)
        _write(self._shared, course)
        return course


def clock_of(data_dir: Path) -> SteadyClock:
    """The clock of every process of an installation."""
    return SteadyClock(data_dir / SHARED_FILE)


def start_afresh(data_dir: Path) -> None:
    """Nothing of this installation runs: from now on the wall's time holds."""
    (data_dir / SHARED_FILE).unlink(missing_ok=True)


def _read(shared: Path | None, boot: str) -> Course | None:
    if shared is None:
        return None
    try:
        course = msgspec.json.decode(shared.read_bytes(), type=Course)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        log.warning("the clock's course cannot be read", error=error)
        return None
    return course if course.boot == boot else None


def _write(shared: Path | None, course: Course) -> None:
    if shared is None:
        return
    fresh = shared.with_name(f"{shared.name}.{os.getpid()}")
    try:
        fresh.write_bytes(msgspec.json.encode(course))
        fresh.replace(shared)
    except OSError as error:  # a full disk: processes started from now on have the wall's time
        log.warning("the clock's course cannot be written", error=error)
