"""The StateStore of core/ports.py inside one process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from core.ports import Unavailable


class MemoryStore:
    """Implements `core.ports.StateStore`; `away` stands for the loss of Redis."""

    def __init__(self) -> None:
        self.kinds: dict[str, dict[str, bytes]] = defaultdict(dict)
        self.aside: dict[str, dict[str, bytes]] = defaultdict(dict)
        self.away = False
        self.frozen = False
        """What is written now is lost: whoever writes has been killed."""

    async def save(self, kind: str, key: str, value: bytes) -> None:
        self._check_here()
        if not self.frozen:
            self.kinds[kind][key] = value

    async def load_all(self, kind: str) -> Mapping[str, bytes]:
        self._check_here()
        return dict(self.kinds[kind])

    async def delete(self, kind: str, key: str) -> None:
        self._check_here()
        if not self.frozen:
            self.kinds[kind].pop(key, None)

    async def set_aside(self, kind: str, reasons: Mapping[str, str]) -> None:
        self._check_here()
        for key in reasons:
            self.aside[kind][key] = self.kinds[kind].pop(key)

    def _check_here(self) -> None:
        if self.away:
            raise Unavailable("the state store is away")
