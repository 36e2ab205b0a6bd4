"""Names what is played by the hash of its content, and brings it into the store.

Invariant: what was named is tried until the store has it; no caller waits for a store that is away.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from core.files import BadName, Taken
from core.ports import Unavailable
from server.files.directory import PIECE
from server.files.shelf import Shelf
from server.files.sounds import FOLDER, NAME, beside, make_room, name_of

log = structlog.get_logger(__name__)

PUBLISH_WITHIN_S = 1.0
"""A caller does not wait longer for the store: the node that plays it asks there, too, and perhaps has it."""
LOOK_AGAIN_S = 86_400.0
"""Whoever has charge of the store may have things removed that are older than two days."""
AT_ONCE = 4
PAUSES_S = (0.5, 2.0, 5.0)


class PublishedSounds:
    """Names files of this machine's data directory, and brings them into the store. Only where `shelf.is_apart`."""

    def __init__(
        self,
        shelf: Shelf,
        most_bytes: int,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`most_bytes`: of copies that lie here under the names of their content; the oldest go first."""
        self._shelf = shelf
        self._most_bytes = most_bytes
        self._now = now
        self._sleep = sleep
        self._named: dict[str, tuple[tuple[int, int], str]] = {}
        """By file: what it was when it was looked at, and its name by content."""
        self._kept: dict[str, tuple[asyncio.Event, float]] = {}
        """By name, oldest first: set when the store has it, and since when that was asked for."""
        self._waiting: asyncio.Queue[str] = asyncio.Queue()
        """Bounded by the files that there are."""
        self._away = False

    def name(self, file: str) -> str:
        """Blocking. What is not there keeps its name: whoever plays it says so."""
        try:
            path = self._shelf.here.path(file)
            found = path.stat()
            as_it_is = (found.st_mtime_ns, found.st_size)
            known = self._named.get(file)
            if known is None or known[0] != as_it_is or not self._shelf.here.path(known[1]).exists():
                known = self._named[file] = as_it_is, self._laid_down(path)
        except (OSError, BadName) as error:
            log.warning("a sound cannot be named by its content", path=file, reason=type(error).__name__)
            return file
        return known[1]

    def begin(self, file: str) -> str:
        """Blocking. Its name; it is on its way into the store."""
        name = self.name(file)
        self._begin(name)
        return name

    async def publish(self, file: str) -> str:
        """The same, and for a moment waits until it is there, unless the store is away."""
        name = await asyncio.to_thread(self.name, file)
        kept = self._begin(name)
        if not kept.is_set() and not self._away:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(kept.wait(), PUBLISH_WITHIN_S)
        return name

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(AT_ONCE):
                tasks.create_task(self._work(), name=f"sounds-{number}")

    def _begin(self, name: str) -> asyncio.Event:
        now = self._now()
        while self._kept and now - next(iter(self._kept.values()))[1] >= LOOK_AGAIN_S:
            del self._kept[next(iter(self._kept))]
        if name not in self._kept:
            self._kept[name] = asyncio.Event(), now
            if NAME.fullmatch(name):
                self._waiting.put_nowait(name)
            else:
                self._is_there(name)
        return self._kept[name][0]

    async def _work(self) -> None:
        while True:
            name = await self._waiting.get()
            tries = 0
            while not await self._handed_over(name):
                await self._sleep(PAUSES_S[min(tries, len(PAUSES_S) - 1)])
                tries += 1

    async def _handed_over(self, name: str) -> bool:
        """False: try again."""
        store = self._shelf.store
        try:
            if await store.find(name) is None:
                with contextlib.suppress(Taken):
                    await store.put(name, self._shelf.here.path(name))
        except FileNotFoundError:
            log.warning("a sound is gone before the store has it", path=name)
            self._is_there(name)
            self._kept.pop(name, None)  # whoever plays it next lays it down again
            return True
        except (Unavailable, OSError) as error:
            if not self._away:
                reason = str(error) if isinstance(error, Unavailable) else type(error).__name__
                log.warning("sounds wait here until the store takes them", path=name, reason=reason)
            self._away = True
            return False
        if self._away:
            log.info("the store takes sounds again")
        self._away = False
        self._is_there(name)
        return True

    def _is_there(self, name: str) -> None:
        if name in self._kept:
            self._kept[name][0].set()

    def _laid_down(self, path: Path) -> str:
        """A node with the same data directory plays it without asking anybody."""
        folder = self._shelf.here.root / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with path.open("rb") as source, beside(folder) as copy:
            while piece := source.read(PIECE):
                digest.update(piece)
                copy.write(piece)
            copy.flush()
            name = name_of(digest.hexdigest())
            laid = self._shelf.here.path(name)
            Path(copy.name).replace(laid)
        make_room(folder, self._most_bytes, laid)
        return name
