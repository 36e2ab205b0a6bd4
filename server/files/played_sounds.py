"""What a media node plays and has not got: fetched from the store by the hash of its content, and kept.

Invariant: what is here plays, whatever the store does; what is played is what its name says.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path

from core.ports import Unavailable
from server.files.shelf import Shelf
from server.files.sounds import NAME, beside, make_room, name_of

FETCH_WITHIN_S = 3.0
ASK_AGAIN_S = 0.1


class PlayedSounds:
    """Implements `telephony.node.prompts.Sounds` where the store is another place than the data directory."""

    def __init__(self, shelf: Shelf, most_bytes: int, *, within_s: float = FETCH_WITHIN_S) -> None:
        """`most_bytes`: of what came from the store; what was not played for longest goes first."""
        self._shelf = shelf
        self._most_bytes = most_bytes
        self._within_s = within_s
        self._fetching: dict[str, asyncio.Task[Path]] = {}

    def local(self, file: str) -> Path | None:
        """None: it has to be fetched. Raises `BadName`."""
        path = self._shelf.here.path(file)
        if NAME.fullmatch(file) is None:
            return path
        try:
            os.utime(path)  # played now
        except OSError:
            return None
        return path

    async def fetch(self, file: str) -> Path:
        """Raises `Unavailable`."""
        task = self._fetching.get(file)
        if task is None:
            task = self._fetching[file] = asyncio.create_task(self._fetch(file), name=f"fetch-{file[-12:]}")
            task.add_done_callback(lambda done: self._fetched(file, done))
        return await asyncio.shield(task)

    def _fetched(self, file: str, done: asyncio.Task[Path]) -> None:
        self._fetching.pop(file, None)
        if not done.cancelled():
            done.exception()  # looked at here too, for the case that nobody waits any more

    async def _fetch(self, file: str) -> Path:
        """Whoever named it may be bringing it there just now."""
        missing: Exception = FileNotFoundError()
        try:
            async with asyncio.timeout(self._within_s):
                while True:
                    try:
                        return await self._brought_here(file)
                    except (FileNotFoundError, Unavailable) as error:
                        missing = error
                        await asyncio.sleep(ASK_AGAIN_S)
        except TimeoutError:
            away = isinstance(missing, Unavailable)
            raise Unavailable(str(missing) if away else "the store has no such sound") from missing
        except OSError as error:
            raise Unavailable("there is no room for a sound") from error

    async def _brought_here(self, file: str) -> Path:
        content = bytearray()
        async for piece in self._shelf.store.read(file):
            content += piece
        if file != name_of(hashlib.sha256(content).hexdigest()):
            raise Unavailable("the store has something else under the name of a sound")
        return await asyncio.to_thread(self._kept, file, bytes(content))

    def _kept(self, file: str, content: bytes) -> Path:
        path = self._shelf.here.path(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside(path.parent) as copy:
            copy.write(content)
            copy.flush()
            Path(copy.name).replace(path)
        make_room(path.parent, self._most_bytes, path)
        return path
