"""Saves rules and puts them in force, in whichever process that happens: the API, the command line, the start of the server.

Invariant: whoever sends last has sent the newest version: after sending, it is looked whether another version came meanwhile.
"""

from __future__ import annotations

from core.ports import Bus, Clock, Unavailable
from server.business.acd import configure_acd
from server.business.document import Document
from server.storage.sql.configuration import Author, SqlConfiguration, Version

ACD = "acd"
ANSWER_WITHIN_S = 5.0


class Configuration:
    """Documents that come in here are checked already (`reading.check`, `reading.load`)."""

    def __init__(self, store: SqlConfiguration, bus: Bus, clock: Clock) -> None:
        self.store = store
        self._bus = bus
        self._clock = clock

    async def save(self, document: Document, author: Author, comment: str = "", expected: int | None = None) -> Version:
        """The new version. Raises `VersionConflict` and `Unavailable`; nothing is changed then."""
        return await self.store.append(document, author, self._clock.now(), comment, expected)

    async def put_in_force(self) -> str:
        """Tells the ACD the newest version. Empty, or why it is not in force yet, in words; it will be at the next start."""
        version = await self.store.current()
        while True:
            try:
                answer = await self._bus.send(ACD, configure_acd(version.document), timeout_s=ANSWER_WITHIN_S)
            except Unavailable as error:
                return str(error)
            newest = await self.store.current()
            if newest.version == version.version:
                return "" if answer.ok else answer.reason
            version = newest
