"""Fills the search's index with what was there before it, a little at a time, while everything else goes on.

Invariant: what is written is found at once, because its writers keep the index (`server/storage/sql/search/subjects.py`); this
only walks what older releases left. It remembers how far it has come, and walking the same rows again changes nothing.
"""

from __future__ import annotations

import asyncio
from functools import partial

import structlog
from sqlalchemy import Connection

from core.ports import Unavailable
from server.storage.sql.database import Database
from server.storage.sql.search.entries import forget_everything, worn
from server.storage.sql.search.subjects import WALKS
from server.storage.sql.settings import SqlSettings

log = structlog.get_logger(__name__)

KEY = "search.indexed"
ROWS_AT_ONCE = 200
"""A transaction of some tens of milliseconds: whoever else writes waits no longer."""
REST_S = 0.02
AGAIN_AFTER_S = 5.0
_DONE = "done"
LOOK_EVERY_S = 6 * 3600.0
MOST_WORN = 10_000
"""Entries that have left their words behind and are fewer cost nothing that anybody sees."""


class SearchIndex:
    """Owns the place in the walk."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._settings = SqlSettings(database)

    async def run(self) -> None:
        """Until cancelled; a database that is away is waited for."""
        while True:
            try:
                await self.fill()
                break
            except Unavailable as error:
                log.warning("the search is not complete yet", error=error)
                await asyncio.sleep(AGAIN_AFTER_S)
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look_after()
            except Unavailable as error:
                log.warning("nobody looked after the search", error=error)

    async def look_after(self, most_worn: int = MOST_WORN) -> None:
        """Says when the index holds more words of what is gone than of what is there. Raises `Unavailable`."""
        entries, left = await self._database.read(worn)
        if left > max(most_worn, entries):
            log.warning("the search index has grown: `patchbay search rebuild` makes it small again", count=left)

    async def fill(self, rest_s: float = REST_S) -> int:
        """How many steps it took. Raises `Unavailable`."""
        steps = 0
        for name in WALKS:
            place = await self._place(name)
            while place != _DONE:
                place = await self._step(name, place)
                steps += 1
                await asyncio.sleep(rest_s)
        return steps

    async def rebuild(self) -> int:
        """From nothing. Raises `Unavailable`."""
        await self._database.write(forget_everything)
        for name in WALKS:
            await self._settings.put(f"{KEY}.{name}", "")
        return await self.fill(0.0)

    async def _place(self, name: str) -> str:
        stored = await self._settings.get(f"{KEY}.{name}")
        return stored if isinstance(stored, str) else ""

    async def _step(self, name: str, after: str) -> str:
        reached = await self._database.write(partial(_walked, name=name, after=after))
        place = _DONE if reached is None else reached
        await self._settings.put(f"{KEY}.{name}", place)
        return place


def _walked(connection: Connection, name: str, after: str) -> str | None:
    return WALKS[name](connection, after, ROWS_AT_ONCE)
