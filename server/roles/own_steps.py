"""Steps of a worker's own calls: each carries the fence of its partition, and none is written without one."""

from __future__ import annotations

from collections.abc import Mapping

from core.leadership import Fence, Fenced
from core.partitions import partition_of
from core.steps import Step, Steps


class OwnSteps:
    """`core.steps.Steps`."""

    def __init__(self, steps: Steps, fences: Mapping[int, Fence]) -> None:
        """`fences` of the partitions that this worker has now."""
        self._steps = steps
        self._fences = fences

    async def advance(self, step: Step, fence: Fence | None = None, *, again: bool = False) -> None:
        if step.call_id is not None:
            fence = self._fences.get(partition_of(step.call_id))
            if fence is None:
                raise Fenced
        await self._steps.advance(step, fence, again=again)
