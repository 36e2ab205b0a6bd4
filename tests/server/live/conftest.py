"""What the tests of the live view begin with."""

from __future__ import annotations

import pytest

from server.live.view import LiveView
from tests.server.live.scene import SYSTEM, QuietAcd


@pytest.fixture
def acd() -> QuietAcd:
    return QuietAcd()


@pytest.fixture
def view(acd: QuietAcd) -> LiveView:
    made = LiveView(acd)
    made.refresh(0, SYSTEM)
    return made
