"""`make test-late` makes late what it says, in every process, and by the seed alone."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.late.sitecustomize import LATE

FOLDER = Path(__file__).parent
PROJECT = FOLDER.parents[1]


@pytest.mark.parametrize("module", sorted(LATE))
def test_what_is_to_be_late_exists(module: str) -> None:
    owner, methods = LATE[module]
    missing = [name for name in methods if not hasattr(getattr(importlib.import_module(module), owner), name)]
    assert missing == []


def waits(seed: str, mean_ms: str = "2") -> list[str]:
    """How long each of three saves waited in a process of its own, as its clock of sleeps says."""
    program = (
        "import asyncio\n"
        "from tests.peers.memory_store import MemoryStore\n"
        "slept = []\n"
        "async def sleep(s): slept.append(s)\n"
        "async def run():\n"
        "    asyncio.sleep = sleep\n"
        "    for key in 'abc': await MemoryStore().save('calls', key, b'')\n"
        "asyncio.run(run())\n"
        "print(*slept, sep='\\n')\n"
    )
    late = {"PATCHBAY_LATE_MS": mean_ms, "PATCHBAY_LATE_SEED": seed}
    environment = os.environ | late | {"PYTHONPATH": f"{FOLDER}{os.pathsep}{PROJECT}"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_the_seed_alone_says_how_late() -> None:
    assert len(waits("1")) == 3
    assert waits("1") == waits("1") != waits("2")


def test_nothing_is_late_by_itself() -> None:
    assert waits("1", mean_ms="0") == []
