"""pjproject's log as ours: one line each, without numbers and names, and never a flood.

What is personal is hidden where it stands and the rest stays readable: which module speaks, about which address, with
which error.
"""

from __future__ import annotations

import re
import time
from typing import Any

import structlog

from telephony.sip.sdk import pj

log = structlog.get_logger(__name__)
LONGEST_LINE = 300
_PERSONAL = re.compile(
    r"(?P<scheme>\b(?:sips?|tel):)[^@\s>;,]*@?"  # the user of a URI
    r"|\"[^\"]*\"?"  # a display name, also one that is cut off
    r"|(?<![\w.:-])\+?\d[\d()-]{3,}\d(?![\w.:-])",  # a number that is no port, address or length of a dump
    re.IGNORECASE,
)


def redact(text: str) -> str:
    """One line of pjproject's log without phone numbers, user names and display names; packet dumps are cut off."""
    first = text.split("\n", 1)[0].strip()[:LONGEST_LINE]
    return _PERSONAL.sub(lambda found: f"{found['scheme'] or ''}…", first)


class Allowance:
    """At most `LINES` log lines in `WINDOW_S`: what peers send must not fill the disk. Says how many were left out."""

    LINES = 20
    WINDOW_S = 10.0

    def __init__(self) -> None:
        self._since = float("-inf")
        self._lines = 0

    def take(self, now: float) -> tuple[bool, int]:
        """(may this line be written, how many were left out before it)"""
        left_out = 0
        if now - self._since >= self.WINDOW_S:
            left_out = max(0, self._lines - self.LINES)
            self._since, self._lines = now, 0
        self._lines += 1
        return self._lines <= self.LINES, left_out


class StructuredLog(pj.LogWriter):  # type: ignore[misc]
    """pjproject's log as ours. Other threads' lines arrive later, on the owner thread (mainThreadOnly)."""

    def __init__(self) -> None:
        super().__init__()
        self._allowance = Allowance()

    def write(self, entry: Any) -> None:
        allowed, left_out = self._allowance.take(time.monotonic())
        if left_out:
            log.warning("pjproject.lines_left_out", count=left_out)
        if not allowed:
            return
        report = log.error if entry.level <= 1 else log.warning if entry.level == 2 else log.debug
        report("pjproject", line=redact(entry.msg))
