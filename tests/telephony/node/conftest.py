"""One node at work for a test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.telephony.node.engine_double import EngineDouble
from tests.telephony.node.running import RunningNode, config_for
from tests.telephony.node.scene import Scene, capture


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    engines: list[EngineDouble] = []
    async with RunningNode(capture(engines), config_for(tmp_path, max_legs=3)) as running:
        yield Scene(running, engines[0])
    assert engines[0].stopped
