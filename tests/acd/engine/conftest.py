"""A contact center whose clock the test moves."""

from __future__ import annotations

import pytest

from tests.acd.contact_center import ContactCenter


@pytest.fixture
def center() -> ContactCenter:
    return ContactCenter()
