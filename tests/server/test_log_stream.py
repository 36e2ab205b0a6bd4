"""Logs on a disk that is full, or read by nobody any more: lines are lost, and nothing else."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from server.log_stream import LineLogger

FULL_DISK = Path("/dev/full")


class Failing(io.StringIO):
    fails = False

    def write(self, text: str) -> int:
        if self.fails:
            raise OSError(28, "No space left on device")
        return super().write(text)


def test_lines_that_cannot_be_written_are_counted_and_told_when_there_is_room_again() -> None:
    stream = Failing()
    log = LineLogger(stream)
    log.info('{"event": "one"}')
    stream.fails = True
    log.info('{"event": "two"}')
    log.error('{"event": "three"}')
    stream.fails = False
    log.warning('{"event": "four"}')
    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["event"] for line in told] == ["one", "log lines were lost", "four"]
    assert told[1]["count"] == 2


def test_a_stream_that_was_closed_ends_nobody() -> None:
    stream = io.StringIO()
    log = LineLogger(stream)
    stream.close()
    log.info("nobody reads this")


@pytest.mark.skipif(not FULL_DISK.exists(), reason="this system has no disk that is always full")
def test_a_process_goes_on_while_its_log_is_on_a_full_disk() -> None:
    """Every process of an installation ended with the first line that found no room, and the supervisor with them."""
    program = (
        "import structlog, logging; from server.logs import configure_logs; configure_logs('control');"
        "log = structlog.get_logger(); [log.error('x' * 100) for _ in range(1000)]; logging.error('a library');"
        "print('goes on', flush=True)"
    )
    with FULL_DISK.open("w") as full:
        done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=full, timeout=60, check=False)
    assert done.stdout == b"goes on\n"
