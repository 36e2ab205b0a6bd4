"""The only clock: everything else takes time as an argument or gets this one from a composition root."""

from __future__ import annotations

import time


class SystemClock:
    """`core.ports.Clock` on the machine's time."""

    def now(self) -> float:
        return time.time()
