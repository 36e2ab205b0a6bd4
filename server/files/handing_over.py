"""Brings what this machine recorded into the store.

Invariants: a file here is deleted only after the store has it whole; what lies in the folder and nobody writes to any more is
the queue, so that nothing need be remembered over a restart; nothing here waits for a call, nor a call for it.

Two files of one name (a call that was recorded by two nodes) are both kept: the first has the name, the other one a name with its
hash. A file that is being written to is left alone: the recorder writes every half second, for which `QUIET_S` is long, and a
machine that was suspended does not look quiet, because the file is still open.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path, PurePosixPath

import structlog

from core.files import Files, Taken
from core.ports import Unavailable
from server.files.directory import PART, PIECE
from server.files.shelf import Shelf

log = structlog.get_logger(__name__)

FOLDER = "recordings"
QUIET_S = 60.0
LOOK_EVERY_S = 60.0
AT_ONCE = 4
PAUSES_S = (1.0, 5.0, 15.0, 60.0)
"""Between tries with one file; the last one repeats, for as long as it takes."""


class HandOver:
    """Owns the uploads of one machine. Only run it where `shelf.is_apart`."""

    def __init__(
        self,
        shelf: Shelf,
        *,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`now` is the clock of the machine, which files have their times from."""
        self._shelf = shelf
        self._now = now
        self._sleep = sleep
        self._chance = chance
        self._known: set[str] = set()
        """Waiting, or on their way."""
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        """Bounded by the files that there are."""
        self._failing: dict[str, int] = {}
        """Tries of those that did not go through."""
        self._told: set[str] = set()
        """Those that nothing can be done about."""

    @property
    def waiting(self) -> int:
        return len(self._known)

    def finished(self, name: str) -> None:
        """A recording is whole. Returns at once."""
        if name not in self._known:
            self._known.add(name)
            self._queue.put_nowait(name)

    async def run(self) -> None:
        """Until cancelled; what is under way then is begun anew by the next start."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look(), name="files-look")
            for number in range(AT_ONCE):
                tasks.create_task(self._work(), name=f"files-hand-over-{number}")

    async def _look(self) -> None:
        """What an earlier process left, and what nobody told us of."""
        while True:
            for name in await asyncio.to_thread(self._left):
                self.finished(name)
            await self._sleep(LOOK_EVERY_S)

    def _left(self) -> list[str]:
        root = self._shelf.here.root
        files = (Path(folder, name) for folder, _, names in os.walk(root / FOLDER) for name in names)
        ours = (path for path in files if not path.is_symlink() and not path.name.endswith(PART))
        return sorted(str(path.relative_to(root)) for path in ours if self._is_quiet(path))

    def _is_quiet(self, path: Path) -> bool:
        try:
            return self._now() - path.stat().st_mtime >= QUIET_S and not _is_open(path)
        except OSError:
            return False

    async def _work(self) -> None:
        while True:
            name = await self._queue.get()
            try:
                await self._hand_over(name)
            except Unavailable as error:
                await self._put_off(name, error)
            except Exception as error:  # border: what is wrong with one file must not hold up the others
                # Nothing can be done about this one now; the next look finds it again.
                self._known.discard(name)
                if name not in self._told:
                    self._told.add(name)
                    log.exception("a file cannot be handed over", path=name, error=error)
            else:
                self._done(name)

    async def _put_off(self, name: str, error: Unavailable) -> None:
        if not self._failing:
            log.warning("files wait here until the store takes them", reason=error, waiting=self.waiting)
        tries = self._failing.get(name, 0)
        self._failing[name] = tries + 1
        await self._sleep(PAUSES_S[min(tries, len(PAUSES_S) - 1)] * (0.8 + 0.4 * self._chance()))
        self._queue.put_nowait(name)

    def _done(self, name: str) -> None:
        self._known.discard(name)
        if self._failing.pop(name, 0) and not self._failing:
            log.info("the store takes files again", waiting=self.waiting)

    async def _hand_over(self, name: str) -> None:
        path = self._shelf.here.path(name)
        try:
            before = await asyncio.to_thread(path.stat)
            kept_as = await keep(self._shelf.store, name, path)
            after = await asyncio.to_thread(path.stat)
        except FileNotFoundError:
            return  # somebody deleted it, or another process of this machine has handed it over
        if kept_as != name:
            log.warning("the store has another file of this name: both are kept", path=name, part=kept_as)
        if (after.st_ino, after.st_size, after.st_mtime_ns) != (before.st_ino, before.st_size, before.st_mtime_ns):
            raise Unavailable("the file was written to meanwhile")
        found = await self._shelf.store.find(kept_as)
        if found is None or found.size_bytes != before.st_size:
            raise Unavailable("the store has not kept the file whole")
        if await asyncio.to_thread(_is_open, path):
            raise Unavailable("the file is still open for writing")
        await asyncio.to_thread(path.unlink, missing_ok=True)


def _is_open(path: Path) -> bool:
    """Whether a process of this machine may still write to it: then nobody is given a read lease (fcntl(2), «Leases»). A file
    system that has no leases tells nothing."""
    with path.open("rb") as file:
        try:
            # Who opens it in this moment waits for us, and we are sent a signal: one that nobody minds, not SIGIO, which ends us.
            fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        return False


async def keep(store: Files, name: str, path: Path) -> str:
    """The name under which the store has exactly what is at `path` now: `name`, if no other content has it."""
    try:
        await store.put(name, path)
        return name
    except Taken:
        if await _is_same(store, name, path):
            return name
    other = _with_hash(name, await asyncio.to_thread(_hash, path))
    try:
        await store.put(other, path)
    except Taken:
        if not await _is_same(store, other, path):
            raise Unavailable("the store has a part of the file") from None
    return other


async def _is_same(store: Files, name: str, path: Path) -> bool:
    """Byte by byte: stores make their tags differently, and an upload in parts has none of its whole."""
    found = await store.find(name)
    with path.open("rb") as file:
        if found is None or found.size_bytes != os.fstat(file.fileno()).st_size:
            return False
        async for piece in store.read(name):
            if await asyncio.to_thread(file.read, len(piece)) != piece:
                return False
    return True


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _with_hash(name: str, digest: str) -> str:
    path = PurePosixPath(name)
    return str(path.with_name(f"{path.stem}.{digest[:16]}{path.suffix}"))
