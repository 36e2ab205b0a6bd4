"""JSON log lines on stderr, one per event, with ids and without people.

Invariant: a field that can hold a person's number, name, address or words never reaches the output: its value is replaced by
``(personal)`` and the line says which field its author must remove. Ids (`call_id`, `leg_id`, …) are what a log is read by.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

PERSONAL_FIELDS = frozenset(
    {"caller", "called", "number", "phone", "phones", "email", "emails", "display_name", "customer_name", "username", "query"}
    | {"text", "summary", "note", "subject", "title", "last_words", "words", "phrase", "transcript", "disposition", "body"}
    | {"sdp", "token", "password", "cookie"}
)
_LONG_NUMBER = re.compile(r"(?<![\w.:-])\+?\d[\d ()/-]{6,}\d(?![\w.:-])")
"""Eight or more digits standing alone in a message look like a telephone number."""
_FREE_TEXT = ("event", "error", "reason", "exception")


def hide_personal_data(_: object, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: the last one that may change a value."""
    hidden = sorted(field for field in line if field in PERSONAL_FIELDS)
    for field in hidden:
        line[field] = "(personal)"
    if hidden:
        line["hidden_fields"] = hidden
    for field in _FREE_TEXT:
        value = line.get(field)
        if isinstance(value, str):
            line[field] = _LONG_NUMBER.sub("(number)", value)
    return line


def configure_logs(process: str, level: str = "info") -> None:
    """Call once at the start of each process; `process` is «control», «node», «asr» or «supervisor»."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format='{"level": "%(levelname)s", "event": "%(name)s"}')
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            hide_personal_data,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
