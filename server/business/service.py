"""Saves rules and puts them in force, in whichever process that happens: the API, the command line, the start of the server.

Invariant: the ACD comes to follow the newest version, whoever made it and whatever was away meanwhile. After sending, it is
looked whether another version came; and a running server looks again every few seconds, because a leader that took over may have
read an older version from its journal, and an import may have come while nobody led.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import structlog

from core.codec import Unfit
from core.commands import Answer, AnyCommand
from core.dead_letters import Stage, letter_of_thing
from core.ports import Clock, DeadLetters, Unavailable, was_heard
from core.problems import Complaint
from server.business.acd import configure_acd
from server.business.checks.flows import Needed, removal_complaints
from server.business.document import Document
from server.business.needs import FlowNeeds
from server.storage.sql.configuration import Also, Author, FlowsMoved, SqlConfiguration, Version, nothing

log = structlog.get_logger(__name__)

ACD = "acd"
ANSWER_WITHIN_S = 5.0
LOOK_EVERY_S = 5.0
FOLLOW_EVERY_S = 1.0
TRY_AGAIN_AFTER_S = 0.5
"""While the ACD has not been told: nobody can work."""
TRIES = 5
"""Flows are published seldom: more often than this under one check is no accident."""


class FlowsNeedIt(Exception):
    """A document that takes away what published flows use: each with its place in the document and in the flow."""

    def __init__(self, removed: tuple[tuple[Complaint, Needed], ...]) -> None:
        self.removed = removed
        super().__init__("; ".join(complaint.sentence for complaint, _ in removed))


class Commands(Protocol):
    """What is asked of the bus."""

    async def send(self, addressee: str, command: AnyCommand, timeout_s: float = 5.0) -> Answer: ...


class Configuration:
    """Documents that come in here are checked already (`reading.check`, `reading.load`)."""

    def __init__(
        self, store: SqlConfiguration, bus: Commands, clock: Clock, needs: FlowNeeds, letters: DeadLetters | None = None
    ) -> None:
        """`needs` is what published flows use; `letters` are told of versions that cannot be read."""
        self._needs = needs
        self._letters = letters
        self.store = store
        self._bus = bus
        self._clock = clock
        self._in_force: int | None = None
        """The version that the ACD has taken from this process; None: none yet."""
        self._seen: int | None = None
        """The version that `document` is of, where this process only follows."""
        self.settled = False
        """The ACD has been told once, whether it took everything or not. Before, it may know no agent at all."""
        self.document = Document()
        """The newest that this process has seen: what roles may see is read here at every request."""

    async def removals(self, document: Document) -> tuple[tuple[Complaint, Needed], ...]:
        """What this document would take away from published flows."""
        return (await self._against_flows(document))[1]

    async def save(
        self, document: Document, author: Author, comment: str = "", expected: int | None = None, *, also: Also = nothing
    ) -> Version:
        """The new version, and `also` in the same transaction. Raises `VersionConflict`, `FlowsNeedIt`, `Unavailable` and what
        `also` raises; nothing is changed then.
        """
        for _ in range(TRIES):
            flows, removed = await self._against_flows(document)
            if removed:
                raise FlowsNeedIt(removed)
            try:
                now = self._clock.now()
                return await self.store.append(document, author, now, comment, expected, checked_against=flows, also=also)
            except FlowsMoved:
                continue
        raise Unavailable("flows are published all the time")

    async def _against_flows(self, document: Document) -> tuple[frozenset[tuple[str, int]], tuple[tuple[Complaint, Needed], ...]]:
        needs, now = await self._needs.now(), await self.store.current()
        return needs.flows, tuple(removal_complaints(now.document, document, needs.needed))

    async def put_in_force(self) -> str:
        """Tells the ACD the newest version. Empty, or in words why it is not in force yet: `run` goes on trying."""
        version = await self.store.current()
        await self._tell_unreadable()
        while True:
            self.document = version.document
            try:
                answer = await self._bus.send(ACD, configure_acd(version.document), timeout_s=ANSWER_WITHIN_S)
            except (Unavailable, Unfit) as error:  # unfit: an earlier release took what no message can carry
                self.settled = self.settled or isinstance(error, Unfit)
                return str(error)
            self.settled = self.settled or was_heard(answer)
            newest = await self.store.current()
            if newest.version == version.version:
                self._in_force = version.version if answer.ok else None
                return "" if answer.ok else answer.reason
            version = newest

    async def look(self) -> None:
        """For a process that reads the rules and puts none in force. Raises `Unavailable`."""
        version = await self.store.current()
        self.document, self._seen = version.document, version.version

    async def follow(self, known: Callable[[Document], bool]) -> None:
        """Until cancelled; instead of `run`. `known`: whether the queues have what is written here."""
        while True:
            self.settled = self.settled or known(self.document)
            await asyncio.sleep(FOLLOW_EVERY_S)
            try:
                if await self.store.newest() != self._seen:
                    await self.look()
            except Unavailable as error:
                log.info("configuration cannot be read", error=error)

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
            await asyncio.sleep(LOOK_EVERY_S if self.settled else TRY_AGAIN_AFTER_S)
            try:
                newest = await self.store.newest()
                reason = "" if newest == self._in_force else await self.put_in_force()
            except Unavailable as error:
                reason = str(error)
            if reason != told:
                log.info("configuration in force", version=self._in_force, waits_for=reason or None)
            told = reason
