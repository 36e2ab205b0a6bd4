"""Files in a directory of this machine, or one that several machines have mounted.

Invariant: a file appears under its name whole (written beside, synced, then linked: link(2) never replaces), for our own user
alone. Nothing outside the directory is touched, also not through a link in it.
"""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.files import BadName, StoredFile, Taken, checked
from core.ports import Unavailable

PIECE = 1 << 18
PART = ".part"
"""What is being written ends so, and is nobody's file."""
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS})


class DirectoryFiles:
    """Implements `core.files.Files`."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def path(self, name: str) -> Path:
        """Where a file of that name lies, or would. Raises `BadName`."""
        path = (self.root / checked(name)).resolve()
        if not path.is_relative_to(self.root) or path.name.endswith(PART):
            raise BadName("the name of a file leads out of the store")
        return path

    async def put(self, name: str, path: Path) -> None:
        await asyncio.to_thread(self._put, self.path(name), path)

    async def find(self, name: str) -> StoredFile | None:
        return await asyncio.to_thread(self._find, name, self.path(name))

    async def read(self, name: str, first: int = 0, count: int | None = None) -> AsyncIterator[bytes]:
        path = self.path(name)
        left = await asyncio.to_thread(_left, path, first) if count is None else count
        while left > 0:
            piece = await asyncio.to_thread(_piece, path, first, min(left, PIECE))
            if not piece:
                raise Unavailable("the file is shorter than it was")
            first, left = first + len(piece), left - len(piece)
            yield piece

    async def delete(self, name: str) -> None:
        with _as_unavailable():
            await asyncio.to_thread(self.path(name).unlink, missing_ok=True)

    async def names(self, prefix: str) -> AsyncIterator[str]:
        for name in await asyncio.to_thread(self._names, prefix):
            yield name

    def _put(self, target: Path, source: Path) -> None:
        with source.open("rb") as reader, _as_unavailable():
            self._must_be_there()
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor, written = tempfile.mkstemp(PART, dir=target.parent)  # mode 600
            try:
                with open(descriptor, "wb") as writer:
                    shutil.copyfileobj(reader, writer, PIECE)
                    writer.flush()
                    os.fsync(descriptor)
                _give_name(Path(written), target)
            finally:
                Path(written).unlink(missing_ok=True)

    def _find(self, name: str, path: Path) -> StoredFile | None:
        with _as_unavailable():
            try:
                found = path.stat()
            except (FileNotFoundError, NotADirectoryError):
                self._must_be_there()
                return None
        if not path.is_file():
            return None
        return StoredFile(name=name, size_bytes=found.st_size, tag=f"{found.st_mtime_ns:x}-{found.st_size:x}")

    def _must_be_there(self) -> None:
        """It is never made: where a mount is missing, what is put there would be lost, and what is in it cannot be told."""
        if not self.root.is_dir():
            raise Unavailable("the directory of the files is not there")

    def _names(self, prefix: str) -> list[str]:
        with _as_unavailable():
            top = self.path(prefix.rstrip("/")) if prefix else self.root
            files = (path for path in top.rglob("*") if path.is_file() and not path.is_symlink())
            return sorted(str(path.relative_to(self.root)) for path in files if not path.name.endswith(PART))


def _give_name(written: Path, target: Path) -> None:
    try:
        os.link(written, target)
    except FileExistsError:
        raise Taken("another file has this name") from None
    except OSError as error:  # a file system without links
        if error.errno not in _NO_LINKS:
            raise
        if target.exists():
            raise Taken("another file has this name") from None
        written.rename(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _left(path: Path, first: int) -> int:
    with _as_unavailable():
        return path.stat().st_size - first


def _piece(path: Path, first: int, count: int) -> bytes:
    with _as_unavailable(), path.open("rb") as file:
        file.seek(first)
        return file.read(count)


@contextmanager
def _as_unavailable() -> Iterator[None]:
    """A full disk, a mount that is gone, rights that were taken away. In our own words: the library's name the path."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Unavailable(f"the directory of the files cannot be used: {os.strerror(error.errno or errno.EIO)}") from error
