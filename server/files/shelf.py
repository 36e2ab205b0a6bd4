"""A file, wherever it is: still on this machine, where it was made, or in the store.

Where the store is the data directory both are the same, and nothing is ever copied.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

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
        path = await asyncio.to_thread(self.local, name)
        if path is not None:
            yield path
            return
        if not self.is_apart:
            raise FileNotFoundError("there is no such file")
        with tempfile.NamedTemporaryFile(suffix=Path(name).suffix) as file:  # mode 600
            try:
                async for piece in self.store.read(name):
                    await asyncio.to_thread(file.write, piece)
            except FileNotFoundError:
                raise Unavailable("the file is not in the store yet") from None
            await asyncio.to_thread(file.flush)
            yield Path(file.name)
