"""What Patchbay writes is for its own user alone: what people said, who called, and the sessions of those who are signed in.

Invariant: after `shut` nobody else on the machine can read, list or enter anything of the data folder. New files are private
from their first byte, because every process begins with `keep_files_private` (umask(2)) and its children inherit that; `shut`
mends what an earlier version or a copy has left open. Only what Patchbay makes is touched, links are not followed, and what
belongs to another user is told, not changed.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

UMASK = 0o077
OURS = ("patchbay.db*", "redis", "prompts", "recordings", "keys", "https", "clock.json*", "music", "logs")
"""What stands in a data folder."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def keep_files_private() -> None:
    """Call before anything is written."""
    os.umask(UMASK)


def shut(data_dir: Path) -> int:
    """Takes everybody else's rights away; says of how many files and folders. What is missing is made."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    mended = 0
    for path in open_to_others(data_dir):
        try:
            path.chmod(stat.S_IMODE(path.lstat().st_mode) & ~_OTHERS)
            mended += 1
        except (FileNotFoundError, PermissionError):
            continue  # gone meanwhile; or another user's, which `doctor` tells
    return mended


def open_to_others(data_dir: Path) -> Iterator[Path]:
    """What others may read, write or enter, the folder itself first."""
    yield from filter(_is_open, (data_dir,))
    for pattern in OURS:
        for path in data_dir.glob(pattern):
            yield from _open_below(path)


def _open_below(top: Path) -> Iterator[Path]:
    if _is_open(top):
        yield top
    if top.is_dir() and not top.is_symlink():
        for folder, folders, files in os.walk(top):
            yield from filter(_is_open, (Path(folder, name) for name in (*folders, *files)))


def _is_open(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    return not stat.S_ISLNK(mode) and bool(mode & _OTHERS)


@contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[bool]:
    """One process of the machine at a time. False: another one is in, and is not waited for. Raises OSError."""
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def write_private(path: Path, data: bytes) -> None:
    """Whole or not at all, also when the machine stops in between; nobody else can read it for a moment."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    part.replace(path)
