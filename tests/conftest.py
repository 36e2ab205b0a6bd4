"""What holds for every test."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parent
LONGEST = ("e2e", "releases", "interop", "server/test_installation.py")
"""Files of few tests that take a minute and more. Side by side they come first: whoever comes last is waited for alone."""

# No test is timed: how fast an example is made or run says more about the machine than about Patchbay.
settings.register_profile("patchbay", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patchbay")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.path.relative_to(TESTS).as_posix().startswith(LONGEST))
