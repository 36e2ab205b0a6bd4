"""Saves rules and puts them in force, in whichever process that happens: the API, the command line, the start of the server.

Invariant: the ACD comes to follow the newest version, whoever made it and whatever was away meanwhile. After sending, it is
looked whether another version came; and a running server looks again every few seconds, because a leader that took over may have
read an older version from its journal, and an import may have come while nobody led.
"""

from __future__ import annotations

import asyncio

import structlog

from core.dead_letters import Stage, letter_of_thing
from core.ports import Bus, Clock, DeadLetters, Unavailable
from server.business.acd import configure_acd
from server.business.document import Document
from server.storage.sql.configuration import Author, SqlConfiguration, Version

log = structlog.get_logger(__name__)

ACD = "acd"
ANSWER_WITHIN_S = 5.0
LOOK_EVERY_S = 5.0


class Configuration:
    """Documents that come in here are checked already (`reading.check`, `reading.load`)."""

    def __init__(self, store: SqlConfiguration, bus: Bus, clock: Clock, letters: DeadLetters | None = None) -> None:
        """`letters` are told of versions that cannot be read."""
        self._letters = letters
        self.store = store
        self._bus = bus
        self._clock = clock
        self._in_force: int | None = None
        """The version that the ACD has taken from this process; None: none yet."""
        self.document = Document()
        """The newest that this process has seen: what roles may see is read here at every request."""

    async def save(self, document: Document, author: Author, comment: str = "", expected: int | None = None) -> Version:
        """The new version. Raises `VersionConflict` and `Unavailable`; nothing is changed then."""
        return await self.store.append(document, author, self._clock.now(), comment, expected)

    async def put_in_force(self) -> str:
        """Tells the ACD the newest version. Empty, or in words why it is not in force yet: `run` goes on trying."""
        version = await self.store.current()
        await self._tell_unreadable()
        while True:
            self.document = version.document
            try:
                answer = await self._bus.send(ACD, configure_acd(version.document), timeout_s=ANSWER_WITHIN_S)
            except Unavailable as error:
                return str(error)
            newest = await self.store.current()
            if newest.version == version.version:
                self._in_force = version.version if answer.ok else None
                return "" if answer.ok else answer.reason
            version = newest

    async def _tell_unreadable(self) -> None:
        for version, error in self.store.unreadable.items():
            log.error("configuration cannot be read: the version before it stays in force", version=version, error=error)
            if self._letters is not None:
                ids = {"version": str(version)}
                letter = letter_of_thing(
                    Stage.START, "configuration", "configuration version", ids=ids, error=error, at=self._clock.now()
                )
                await self._letters.set_aside(letter)

    async def run(self) -> None:
        """Until cancelled: what others saved, and what could not be put in force at once."""
        told = ""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                newest = await self.store.newest()
                reason = "" if newest == self._in_force else await self.put_in_force()
            except Unavailable as error:
                reason = str(error)
            if reason != told:
                log.info("configuration in force", version=self._in_force, waits_for=reason or None)
            told = reason
