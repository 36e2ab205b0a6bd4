"""Commands in the tests' own process: what they set for all of it, as a program may, would stay for the tests behind."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def process_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Umask, garbage collection, logs and last resorts."""
    monkeypatch.setattr("server.cli.keep_files_private", lambda: None)
    monkeypatch.setattr("server.cli.gc.set_threshold", lambda *_: None)
    monkeypatch.setattr("server.logs.configure_logs", lambda *_: None)
