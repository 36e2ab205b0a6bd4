"""The Steps of core/steps.py inside one process, over the memory store and bus."""

from __future__ import annotations

from core.codec import Unfit, encode_fit
from core.leadership import Fence
from core.ports import Unavailable
from core.steps import Place, Step
from tests.peers.memory_bus import MemoryBus
from tests.peers.memory_store import MemoryStore


class MemorySteps:
    """Implements `core.steps.Steps`: away with the store or the bus, which stand for one Redis."""

    def __init__(self, bus: MemoryBus, store: MemoryStore) -> None:
        self._bus = bus
        self._store = store
        self._tokens: dict[Place, str] = {}
        self.written = 0

    async def advance(self, step: Step, fence: Fence | None = None, *, again: bool = False) -> None:
        if self._store.away or self._bus.away:
            raise Unavailable("the store is away")
        is_last = step.changes.get(step.of) is None
        if again and (step.of not in self._tokens if is_last else self._tokens.get(step.of) == step.token):
            return
        if self._store.frozen:
            return
        self.written += 1
        if is_last:
            self._tokens.pop(step.of, None)
        else:
            self._tokens[step.of] = step.token
        for place, value in step.changes.items():
            if value is None:
                self._store.kinds[place.kind].pop(place.key, None)
            else:
                self._store.kinds[place.kind][place.key] = value
        for event in step.events:
            try:
                encode_fit(event)
            except Unfit:
                continue
            self._bus.add(event)
