"""The one log of every process: JSON lines on stderr, one per event, with ids and without people.

Invariant: nothing that somebody sent reaches the output. A field is printed because its name is on a list (`PLAIN`: ids, codes,
counts), and then only when its value looks like one; a sentence of ours (`SENTENCES`) is printed without what it quotes; an
exception is its type and the places it came through, never a local variable, an argument or a library's text. Whatever else
writes to a log (libraries through `logging`, warnings, exceptions that nobody caught in a task, a thread or a finalizer) comes
through here, too.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
import warnings
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from core.faults import scrubbed, told
from server.log_stream import LineLogger

OUR_PACKAGES = frozenset({"core", "telephony", "ivr", "acd", "asr", "customers", "server"})
OWN_WORDS = frozenset(
    {"Unavailable", "Gone", "EngineError", "EngineStalled", "IllegalTransition", "NoModel", "ModelNotLoaded"}
    | {"NoPhrases", "TransportFailed", "CannotStart", "VoiceFailed", "UnreadableRecording", "Fenced", "Gap"}
)
"""Exceptions of ours whose texts we write ourselves, without values of others; of all the rest only the type is told."""
PLAIN = frozenset(
    {"action", "addressee", "agents", "available_mb", "by_s", "callback", "cause", "child", "code", "codec", "command"}
    | {"count", "dead", "dropped", "dropped_ms", "event_type", "events", "failed", "hidden_fields", "how", "ids", "in_s"}
    | {"job", "kind", "lag_s", "language", "languages", "late_packets", "leg_a", "leg_b", "legs", "level", "limit_s", "load"}
    | {"logger", "lost_packets", "method", "mode", "news", "open", "outcome", "owner", "pair", "part", "path", "pid", "place"}
    | {"port", "process", "proof", "purpose", "restarts", "role", "roles", "rtcp", "seq", "service", "severity", "sip_port"}
    | {"sip_status", "srtp", "stage", "state", "status", "step", "steps", "stray", "stream", "stun", "table", "takes_s"}
    | {"task", "term", "timestamp", "tries", "trunk", "unsaid_events", "unsent", "verb", "version", "voice", "waiting", "who"}
    | {"workers"}
)
"""Fields that hold ids, codes and counts; names that end with ``_id`` are among them."""
SENTENCES = frozenset({"event", "error", "reason", "waits_for", "line"})
"""Fields that hold our own words, and exceptions."""
_PLAIN_VALUE = re.compile(r"(?!.*(?<![0-9A-Za-z])\+?\d{7,}(?![\w.-]))[\w.:/\[\]{}<>@ +-]{0,160}", re.ASCII)
_MOST_FRAMES = 30
_MOST_CAUSES = 5
HIDDEN = "(personal)"


def hide_personal_data(_: object, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: the last one that may change a value."""
    hidden = []
    for field, value in line.items():
        if field in SENTENCES:
            line[field] = _sentence(value)
        elif field == "exception":
            continue  # made by `places`, below
        elif not _is_plain(field, value):
            line[field] = HIDDEN
            hidden.append(field)
    if hidden:
        line["hidden_fields"] = sorted(hidden)
    return line


def _sentence(value: object) -> object:
    if isinstance(value, BaseException):
        return describe(value)
    return value if value is None or isinstance(value, bool | int | float) else scrubbed(str(value))


def _is_plain(field: str, value: object) -> bool:
    if value is None or isinstance(value, bool | int | float):
        return True
    if field not in PLAIN and not field.endswith("_id"):
        return False
    if isinstance(value, str):
        return _PLAIN_VALUE.fullmatch(value) is not None
    if isinstance(value, list | tuple | set | frozenset):
        return all(_is_plain(field, each) for each in value)
    return isinstance(value, Mapping) and all(_is_plain(field, each) for pair in value.items() for each in pair)


def describe(error: BaseException) -> str:
    """One line: its type, and its text where that is on the list."""
    kind = type(error)
    ours = kind.__module__.partition(".")[0] in OUR_PACKAGES and kind.__name__ in OWN_WORDS
    return told(error, own_words=ours)


def places(error: BaseException) -> list[dict[str, Any]]:
    """An exception and what caused it: types and the functions they came through, outermost first."""
    found: list[dict[str, Any]] = []
    seen: set[int] = set()
    now: BaseException | None = error
    while now is not None and len(found) < _MOST_CAUSES and id(now) not in seen:
        seen.add(id(now))
        frames = [
            f"{frame.f_code.co_filename}:{number} {frame.f_code.co_name}"
            for frame, number in traceback.walk_tb(now.__traceback__)
        ]
        kept = frames if len(frames) <= _MOST_FRAMES else [*frames[:5], "…", *frames[-(_MOST_FRAMES - 6) :]]
        found.append({"type": describe(now), "frames": kept})
        if isinstance(now, BaseExceptionGroup):
            found += [entry for each in now.exceptions[:_MOST_CAUSES] for entry in places(each)]
        now = now.__cause__ or (None if now.__suppress_context__ else now.__context__)
    return found


def reduce_exceptions(_: object, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: `exc_info` becomes types and places."""
    given = line.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        line["exception"] = places(error)
    line.pop("stack_info", None)
    return line


class LibraryLines(logging.Handler):
    """What libraries say through `logging`: who and where. Their words quote what they were given, so they are left out."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger()
        fields: dict[str, Any] = {"logger": record.name, "place": f"{record.pathname}:{record.lineno} {record.funcName}"}
        if isinstance(record.msg, BaseException):
            fields["error"] = record.msg
        if record.exc_info and record.exc_info[1] is not None:
            fields["exc_info"] = record.exc_info[1]
        log.log(record.levelno, "a library reports", **fields)


def configure_logs(process: str, level: str = "info") -> None:
    """Call once at the start of each process; `process` is «control», «node», «asr», «acd» or «supervisor»."""
    lines = LineLogger(sys.stderr)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _named(process),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            reduce_exceptions,
            hide_personal_data,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=True,
    )
    logging.root.handlers[:] = [LibraryLines()]
    logging.root.setLevel(logging.WARNING)
    _catch_what_nobody_caught()


def _named(process: str) -> Processor:
    """In every thread: what is bound to a context is the main thread's."""

    def add(_: object, __: str, line: EventDict) -> EventDict:
        line["process"] = process
        return line

    return add


def _catch_what_nobody_caught() -> None:
    """Python's last resorts print tracebacks with texts; here they print places."""
    log = structlog.get_logger()

    def uncaught(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
        if not isinstance(error, KeyboardInterrupt):
            log.critical("nobody caught this", exc_info=error)

    def in_thread(found: threading.ExceptHookArgs) -> None:
        if found.exc_value is not None and not isinstance(found.exc_value, SystemExit):
            log.error("nobody caught this in a thread", exc_info=found.exc_value)

    def unraisable(found: sys.UnraisableHookArgs) -> None:
        log.error("nobody could be told of this", exc_info=found.exc_value)

    def warned(message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: object, **__: object) -> None:
        log.warning("python warns", kind=category.__name__, place=f"{filename}:{lineno}")

    sys.excepthook = uncaught
    threading.excepthook = in_thread
    sys.unraisablehook = unraisable
    warnings.showwarning = warned
