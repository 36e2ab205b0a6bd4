"""Nobody else on the machine reads what people said: umask for what is new, `shut` for what is there."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from server.private_files import open_to_others, shut


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder as an earlier version left it."""
    folder = tmp_path / "data"
    for name in ("patchbay.db", "patchbay.db-wal", "redis/appendonlydir/incr.aof", "recordings/call_1.wav", "clock.json"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
        path.chmod(0o644)
        path.parent.chmod(0o755)
    return folder


def test_what_an_earlier_version_left_open_is_shut_at_the_start(data: Path) -> None:
    assert shut(data) == 9
    assert list(open_to_others(data)) == []
    assert mode(data) == 0o700
    assert {mode(path) for path in data.rglob("*") if path.is_file()} == {0o600}
    assert shut(data) == 0


def test_what_is_not_ours_and_where_links_lead_is_left_alone(data: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("x")
    elsewhere.chmod(0o644)
    (data / "recordings" / "link.wav").symlink_to(elsewhere)
    (data / "something of the user").write_text("x")
    (data / "something of the user").chmod(0o640)
    shut(data)
    assert (mode(elsewhere), mode(data / "something of the user")) == (0o644, 0o640)


def test_a_missing_folder_is_made_private(tmp_path: Path) -> None:
    shut(tmp_path / "new" / "data")
    assert mode(tmp_path / "new" / "data") == 0o700


def test_every_command_begins_with_a_private_umask() -> None:
    """Also those that processes start: a umask is inherited."""
    code = """if True:
        import os, sys
        from server.cli import main
        sys.argv[1:] = ["flow", "--help"]
        try:
            main()
        except SystemExit:
            print("umask", oct(os.umask(0)))
    """
    before = os.umask(0o022)
    try:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    finally:
        os.umask(before)
    assert done.stdout.splitlines()[-1] == "umask 0o77"
