"""Where log lines go: a stream that may fail, and nobody else with it.

Invariant: a line that cannot be written is lost and counted; whoever logs never hears of it. stderr is often a file on a disk
that is full, or a pipe whose reader has gone: calls must not end over it. The first line that can be written again says how many
are missing.
"""

from __future__ import annotations

import threading
from typing import TextIO

LOST = '{"event": "log lines were lost", "count": %d, "level": "error"}\n'


class LineLogger:
    """What `structlog` ends in. Owns the lines of one stream; any thread may write."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._lost = 0

    def msg(self, message: str) -> None:
        with self._lock:
            try:
                if self._lost:
                    self._stream.write(LOST % self._lost)
                    self._stream.flush()
                    self._lost = 0
                self._stream.write(message + "\n")
                self._stream.flush()
            except (OSError, ValueError):  # the latter of a stream that was closed
                self._lost += 1

    log = debug = info = warning = error = critical = exception = fatal = msg
