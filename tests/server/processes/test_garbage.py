"""What was loaded is not looked at again; what comes later is still collected."""

from __future__ import annotations

import subprocess
import sys

PROOF = """
import gc
import weakref
from server.processes.garbage import set_loaded_aside

class Ring: pass

loaded = [object() for _ in range(1000)] + [{} for _ in range(1000)]
set_loaded_aside()
assert gc.get_freeze_count() > 1000
ring = Ring()
ring.itself = ring
gone = weakref.ref(ring)
del ring
gc.collect()
assert gone() is None
"""


def test_what_was_loaded_is_set_aside_and_later_rings_are_still_collected() -> None:
    subprocess.run([sys.executable, "-c", PROOF], check=True)
