"""Makes every message and every save late at random, in each process that has this folder on its PYTHONPATH (`make test-late`).

A race shows when something comes later than usual. So the methods of `LATE` wait before they begin: exponentially distributed, on
average `PATCHBAY_LATE_MS`, drawn from `PATCHBAY_LATE_SEED` and what the process is. What one task sends keeps its order, what
several send need not: as on a slow network. The product knows nothing of it: Python imports a module of this name by itself.
"""

from __future__ import annotations

import asyncio
import functools
import os
import random
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

LATE: dict[str, tuple[str, tuple[str, ...]]] = {
    "server.storage.redis_bus": ("RedisBus", ("publish", "send")),
    "server.storage.redis_state": ("RedisStateStore", ("save", "delete")),
    "server.storage.redis_ledger": ("RedisLedger", ("append", "save", "mark")),
    "tests.peers.memory_bus": ("MemoryBus", ("publish", "send")),
    "tests.peers.memory_store": ("MemoryStore", ("save", "delete")),
}
"""By module: the class, and what of it is late. `test_late.py` fails when one of them is gone."""
MOST_TIMES_THE_MEAN = 10.0

Method = Callable[..., Awaitable[Any]]


def late(method: Method, mean_s: float, dice: random.Random) -> Method:
    @functools.wraps(method)
    async def begins_late(*given: Any, **named: Any) -> Any:
        await asyncio.sleep(min(dice.expovariate(1 / mean_s), MOST_TIMES_THE_MEAN * mean_s))
        return await method(*given, **named)

    return begins_late


class LateLoader(Loader):
    """Loads a module as its own loader does, then makes it late."""

    def __init__(self, loader: Loader, mean_s: float, dice: random.Random) -> None:
        self._loader = loader
        self._mean_s = mean_s
        self._dice = dice

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        class_name, methods = LATE[module.__name__]
        owner = getattr(module, class_name)
        for name in methods:
            setattr(owner, name, late(getattr(owner, name), self._mean_s, self._dice))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


class LateFinder(MetaPathFinder):
    def __init__(self, mean_s: float, dice: random.Random) -> None:
        self._mean_s = mean_s
        self._dice = dice

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name not in LATE:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = LateLoader(spec.loader, self._mean_s, self._dice)
        return spec


def begin() -> None:
    mean_ms = float(os.environ.get("PATCHBAY_LATE_MS", "0"))
    if mean_ms > 0:
        role = " ".join(word for word in sys.orig_argv if re.fullmatch(r"[a-z.-]+", word))  # without ids and paths, which change
        dice = random.Random(f"{os.environ.get('PATCHBAY_LATE_SEED', '1')} {role}")
        sys.meta_path.insert(0, LateFinder(mean_ms / 1000, dice))


begin()
