"""A file, wherever it is: still on this machine, where it was made, or in the store.

Where the store is the data directory both are the same, and nothing is ever copied.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import IO

from core.files import Files
from core.ports import Unavailable
from server.files.directory import DirectoryFiles


class Shelf:
    """Implements `core.files.Copies`."""

    def __init__(self, here: DirectoryFiles, store: Files) -> None:
        self.here = here
        self.store = store

    @property
    def is_apart(self) -> bool:
        """Whether what is made here has to be handed over."""
        return not (isinstance(self.store, DirectoryFiles) and self.store.root == self.here.root)

    def local(self, name: str) -> Path | None:
        """Its path, when it is (still) here. Raises `BadName`."""
        path = self.here.path(name)
        return path if path.is_file() else None

    @asynccontextmanager
    async def copy(self, name: str) -> AsyncIterator[Path]:
        """Of an open file: whoever hands it over meanwhile may delete it, and a process that is killed leaves nothing behind."""
        file = await asyncio.to_thread(self._open, name) or await self._fetched(name)
        try:
            yield Path(f"/proc/self/fd/{file.fileno()}")  # proc(5)
        finally:
            file.close()

    def _open(self, name: str) -> IO[bytes] | None:
        try:
            return self.here.path(name).open("rb")
        except FileNotFoundError:
            return None

    async def _fetched(self, name: str) -> IO[bytes]:
        if not self.is_apart:
            raise FileNotFoundError("there is no such file")
        with ExitStack() as undone:
            try:
                file = undone.enter_context(tempfile.TemporaryFile(dir=self.here.root))  # has no name (open(2), O_TMPFILE)
                async for piece in self.store.read(name):
                    await asyncio.to_thread(file.write, piece)
                await asyncio.to_thread(file.flush)
            except FileNotFoundError:
                raise Unavailable("the file is not in the store yet") from None
            except OSError as error:
                raise Unavailable("there is no room for a copy") from error
            undone.pop_all()
        return file
