from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.customers.front_office import FrontOffice, open_front_office


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[FrontOffice]:
    office = await open_front_office(tmp_path)
    yield office
    await office.database.close()
