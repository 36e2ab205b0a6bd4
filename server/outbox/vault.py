"""Seals what is kept: addresses with a secret in them, keys of signatures, invitations' links, secrets of authenticator apps.

The key is a file of its own in the data directory, readable by Patchbay's user alone: a copy of the database says nothing.
Several control servers of one installation share it. `core/sealing.py` has the construction; each thing opens only in its place.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from core.sealing import Opener, seal

FOLDER = "keys"
NAME = "outbox"


class Sealed(Exception):
    """It was sealed with another key, or for another place."""


class Vault:
    """Owns the key."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener

    @classmethod
    def of(cls, data_dir: Path) -> Vault:
        """Reads the key, or makes one. Raises ValueError when the file holds none, and `OSError`."""
        path = data_dir / FOLDER / NAME
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _write_whole(path, Opener.new().to_text() + "\n")
        return cls(Opener.from_text(path.read_text(encoding="ascii").strip()))

    def seal(self, text: str, place: str) -> bytes:
        return seal(self._opener.public, text, place)

    def open(self, sealed: bytes, place: str) -> str:
        """Raises `Sealed`."""
        text = self._opener.open(sealed, place)
        if text is None:
            raise Sealed
        return text


def _write_whole(path: Path, text: str) -> None:
    """Whoever of several processes is first, the others read its key whole: a link is made of a finished file, or not at all."""
    made = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(text)
    with suppress(FileExistsError):
        os.link(made, path)
    made.unlink()
