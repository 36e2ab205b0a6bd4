"""What holds for every test."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parent
ORDER = ("e2e", "releases", "interop", "server/test_installation.py", "ui", "telephony", "server/api", "server/storage")
"""Files that take longest, first: side by side whoever comes last is waited for alone, so the last ones are those of seconds."""

# No test is timed: how fast an example is made or run says more about the machine than about Patchbay.
settings.register_profile("patchbay", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patchbay")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    file = item.path.relative_to(TESTS).as_posix()
    return next((place for place, folder in enumerate(ORDER) if file.startswith(folder)), len(ORDER))
