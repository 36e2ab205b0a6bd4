"""What is played, by the hash of its content: what call control and flows name so, every media node finds in the store and keeps.

Invariant: a name says what is in it (``prompts/content/<SHA-256>.wav``), so nothing that is kept is ever out of date.

`published_sounds` is the side that names, `played_sounds` the side that plays. Where the store is the data directory neither is
needed.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from server.files.directory import PART

FOLDER = "prompts/content"
NAME = re.compile(rf"{FOLDER}/[0-9a-f]{{64}}\.wav")


def name_of(digest: str) -> str:
    """Of a file with this SHA-256, in hexadecimal digits."""
    return f"{FOLDER}/{digest}.wav"


@contextlib.contextmanager
def beside(folder: Path) -> Iterator[IO[bytes]]:
    """A file that is gone afterwards, unless it was given a name of its own."""
    with tempfile.NamedTemporaryFile(suffix=PART, dir=folder, delete=False) as file:
        try:
            yield file
        finally:
            Path(file.name).unlink(missing_ok=True)


def make_room(folder: Path, most_bytes: int, newest: Path) -> None:
    """What was not played for longest goes; what plays now goes on from its open file."""
    found = []
    for path in folder.glob("*.wav"):
        with contextlib.suppress(FileNotFoundError):
            found.append((path.stat().st_mtime, path.stat().st_size, path))
    too_many = sum(size for _, size, _ in found) - most_bytes
    for _, size, path in sorted(found):
        if too_many <= 0:
            return
        if path != newest:
            path.unlink(missing_ok=True)
            too_many -= size
