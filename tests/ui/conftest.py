"""Browser tests of the built web application in front of scripted servers (`tools/ui_stage.py`)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tools.ui_browser import chromium
from tools.ui_server import DIST

PATIENCE_MS = 20_000
"""Playwright gives up after 5 s, which a microphone and two ends of WebRTC in one browser may need on a busy machine."""


@pytest.fixture(scope="module", autouse=True)
def patient() -> None:
    expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for each test module: Playwright's loop must be gone before other modules start theirs."""
    assert (DIST / "index.html").is_file(), "the web application is not built: cd softphone_ui && npm run build"
    with chromium() as opened:
        yield opened
