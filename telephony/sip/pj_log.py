"""pjproject's log as ours: one line each, without numbers and names, and never a flood.

What is personal is hidden where it stands and the rest stays readable: which module speaks, about which address, with
which error.
"""

from __future__ import annotations

import re
import time
from typing import Any

import structlog

from telephony.allowance import Allowance
from telephony.sip.sdk import pj

log = structlog.get_logger(__name__)
LONGEST_LINE = 300
_PERSONAL = re.compile(
    r"(?P<scheme>\b(?:sips?|tel):)[^@\s>;,]*@?"  # the user of a URI
    r"|\"[^\"]*\"?"  # a display name, also one that is cut off
    r"|(?<![\w.:-])(?<!code=)(?<!err=)\+?\d[\d()-]{3,}\d(?![\w.:-])",  # a number that is no port, address or length of a dump
    re.IGNORECASE,
)
_NAME_OF_A_FIELD = re.compile(r"(?<=parsing )'([A-Za-z-]{1,32})'(?= header)")
"""The parser quotes the header field that it could not read; what is quoted in a log line is hidden further on."""


def redact(text: str) -> str:
    """One line of pjproject's log without phone numbers, user names and display names; packet dumps are cut off."""
    first = text.strip().splitlines()[0][:LONGEST_LINE] if text.strip() else ""
    return _NAME_OF_A_FIELD.sub(r"\1", _PERSONAL.sub(lambda found: f"{found['scheme'] or ''}…", first))


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
        if not entry.msg.strip():
            return
        report = log.error if entry.level <= 1 else log.warning if entry.level == 2 else log.debug
        report("pjproject", line=redact(entry.msg))
