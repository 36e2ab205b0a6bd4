"""The first flows of a process are read by several threads at once, as at every start with more than one published flow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TRIES = 8
"""Processes that begin anew; without what `ivr.load` prepares one in three was ended by a segmentation fault."""
READ_AT_ONCE = """
import sys, threading
from pathlib import Path
import msgspec, yaml
import ivr.load
from ivr.schema import FlowFile
flow = yaml.safe_load(next(Path("ivr/flows").glob("*.yaml")).read_text())
sys.setswitchinterval(1e-6)
at_once = threading.Barrier(4)
def read():
    at_once.wait()
    msgspec.convert(flow, FlowFile)
threads = [threading.Thread(target=read) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def test_no_process_dies_of_flows_that_are_read_at_once() -> None:
    for _ in range(TRIES):
        subprocess.run([sys.executable, "-c", READ_AT_ONCE], check=True, cwd=ROOT, timeout=60)
