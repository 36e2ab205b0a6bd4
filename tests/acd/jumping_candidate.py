"""`patchbay acd` on a machine whose wall clock a test sets: the seconds in a file are added to it.

Run as ``python -m tests.acd.jumping_candidate FILE``.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

from server.clock import SHARED_FILE, SteadyClock
from server.config import load_config
from server.logs import configure_logs
from server.processes.acd import run_acd


def jumping_clock(file: Path, data_dir: Path) -> SteadyClock:
    """The clock that a process on that machine has."""
    return SteadyClock(data_dir / SHARED_FILE, wall=lambda: time.time() + float(file.read_text() or 0))


def main() -> None:
    config = load_config(None, os.environ)
    configure_logs("acd", "info")
    asyncio.run(run_acd(config, jumping_clock(Path(sys.argv[1]), config.data_dir)))


if __name__ == "__main__":
    main()
