"""Files that outlive the machine they were made on: recordings first of all.

Invariants: a name is the same everywhere, and stays inside the store whatever it holds; a file is in the store whole or not at
all; what is there is never replaced by something else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from core.model import Value

LONGEST_PART = 200
"""Bytes between two slashes: a file system has 255, and we write beside (`….part`)."""
LONGEST_NAME = 900
"""Bytes in all: S3 has 1024 for the prefix and the name."""


class BadName(ValueError):
    """A name that no file may have."""


class Taken(Exception):
    """Another file has this name already."""


class StoredFile(Value, frozen=True, kw_only=True):
    name: str
    size_bytes: int
    tag: str
    """Another one when the content is another one; may be quoted as an HTTP entity tag."""


def checked(name: str) -> str:
    """`name`, as ``recordings/call_1.wav``: relative, and a name to every file system and S3. Raises `BadName`."""
    try:
        parts = name.encode("utf-8").split(b"/")
    except UnicodeEncodeError:
        raise BadName("the name of a file is text") from None
    if any(part in {b"", b".", b".."} for part in parts):
        raise BadName("the name of a file is relative, and leads nowhere else")
    if any(character < " " or character in "\x7f\\" for character in name):
        raise BadName("the name of a file has no control characters and no backslash")
    if len(name.encode("utf-8")) > LONGEST_NAME or max(map(len, parts)) > LONGEST_PART:
        raise BadName(f"the name of a file has at most {LONGEST_NAME} bytes, and {LONGEST_PART} between two slashes")
    return name


class Files(Protocol):
    """A store of files by name. All raise `BadName`, and `Unavailable` when the store is away, refuses us or is full."""

    async def put(self, name: str, path: Path) -> None:
        """Afterwards the store has what is at `path`, whole. Raises `Taken` when the name is taken, by whatever content, and
        `FileNotFoundError` when nothing is at `path`."""
        ...

    async def find(self, name: str) -> StoredFile | None: ...

    def read(self, name: str, first: int = 0, count: int | None = None) -> AsyncIterator[bytes]:
        """`count` bytes from `first` on, or all that are left, in pieces. Raises `FileNotFoundError`. What ends early is
        `Unavailable`, never a shorter file."""
        ...

    async def delete(self, name: str) -> None:
        """Harmless when it is not there."""
        ...

    def names(self, prefix: str) -> AsyncIterator[str]:
        """Those that begin with `prefix`, which ends at a slash or is empty; in no certain order."""
        ...


class Copies(Protocol):
    """Files as files of this machine, for those who can only open a path."""

    def copy(self, name: str) -> AbstractAsyncContextManager[Path]:
        """At the path while the context lasts, to be read only. Raises `BadName`; `FileNotFoundError` when there is none and will
        be none; `Unavailable` when it may come, or come back."""
        ...
