"""The `patchbay` command. `run.py` starts processes and stays light, so does `plans.py`; `app.py` lists every command."""

from __future__ import annotations

import gc
import sys

from server.private_files import keep_files_private

PROCESSES = {"serve", "node", "asr", "acd"}
PLANS = {"simulate", "staff", "replay"}
LOADED_OBJECTS = 50_000
"""Between two garbage collections while a program is loaded: what is made then stays; Python's 700 look at it over and over."""


def main() -> None:
    keep_files_private()
    gc.set_threshold(LOADED_OBJECTS)
    # A process that stays for months shall not carry what only other commands need, so imports are here.
    if set(sys.argv[1:2]) <= PROCESSES and len(sys.argv) > 1:
        from server.cli.run import app  # noqa: PLC0415
    elif set(sys.argv[1:2]) & PLANS:
        from server.cli.plans import app  # noqa: PLC0415
    else:
        from server.cli.app import app  # noqa: PLC0415
    app()


__all__ = ["main"]
