from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.ivr.callers import flow_of
from tests.ivr.installation import Installation
from tests.ivr.running import STEPS


@pytest.fixture
async def ivr(tmp_path: Path) -> AsyncIterator[Installation]:
    async with Installation(flow_of(STEPS), tmp_path).running() as installation:
        yield installation
