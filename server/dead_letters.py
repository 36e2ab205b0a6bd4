"""Moves dead letters into the database, and hands one in again when somebody says so.

Invariant: nothing here fails for the sake of one letter: one that the database refuses, or that is no letter, is dropped with a
line in the log. While the database is away they wait in Redis.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import structlog

from core.codec import DecodeError, decode_command, decode_event
from core.dead_letters import DeadLetter, Stage
from core.events import AnyEvent
from core.ports import Bus, Unavailable
from server.storage.redis_dead_letters import RedisDeadLetters
from server.storage.sql.dead_letters import SqlDeadLetters

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 1.0
AT_ONCE = 100
HANDLED_WITHIN_S = 10.0
"""A part that waits for the database waits on with what was handed in; whoever did it need not."""


class CannotBeHandedIn(Exception):
    """Why not, in a sentence, with a code."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class InHand(Exception):
    """Somebody else is deciding about this letter just now."""


class Mailboxes(Protocol):
    """What the dispatcher does with an event that only one service has missed."""

    async def hand_in(self, service: str, event: AnyEvent) -> bool:
        """False: it failed again. Raises `KeyError` for a service that is not there."""
        ...


class DeadLetterOffice:
    """Owns the way from Redis to the database."""

    def __init__(self, arriving: RedisDeadLetters, kept: SqlDeadLetters) -> None:
        self._arriving = arriving
        self.kept = kept
        self._in_hand: set[str] = set()
        self.waiting = 0
        """In the database, as it was seen last."""
        self.oldest_at: float | None = None
        """Of those."""
        self.known = False
        """Whether the last look succeeded."""

    @contextmanager
    def in_hand(self, letter_id: str) -> Iterator[None]:
        """One person at a time decides about a letter. Raises `InHand`. Only this process's API decides, so memory is enough."""
        if letter_id in self._in_hand:
            raise InHand
        self._in_hand.add(letter_id)
        try:
            yield
        finally:
            self._in_hand.discard(letter_id)

    async def run(self, moves: Callable[[], bool] = lambda: True) -> None:
        """Until cancelled. `moves`: whether it is for this process to bring letters to the database; what waits there is counted
        all the same.
        """
        told = ""
        while True:
            trouble: Unavailable | None = None
            try:
                await self._arriving.flush()
                while moves() and await self.move():
                    pass
                self.waiting, self.oldest_at = await self.kept.waiting(), await self.kept.oldest_at()
            except Unavailable as error:
                trouble = error
            self.known = trouble is None
            if trouble is not None and str(trouble) != told:
                log.warning("dead letters cannot be moved", error=trouble)
            told = str(trouble) if trouble is not None else ""
            await asyncio.sleep(LOOK_EVERY_S)

    async def move(self) -> bool:
        """True when there may be more. Raises `Unavailable`."""
        found = await self._arriving.oldest(AT_ONCE)
        letters = [letter for _, letter in found if letter is not None]
        if not found:
            return False
        try:
            await self.kept.add(letters)
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001  border: each for itself, and what the database refuses is dropped
            await self._one_by_one(letters)
        await self._arriving.moved([entry_id for entry_id, _ in found])
        return len(found) == AT_ONCE

    async def _one_by_one(self, letters: list[DeadLetter]) -> None:
        for letter in letters:
            try:
                await self.kept.add([letter])
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001  see above
                log.error("dead letter dropped", letter_id=letter.letter_id, error=type(error).__name__)


class OutgoingAgain(Protocol):
    """What the Outbox does with a message that it has given up."""

    async def hand_in(self, message_id: str) -> bool:
        """False: it is no longer there."""
        ...


async def hand_in(letter: DeadLetter, bus: Bus, mailboxes: Mailboxes, outbox: OutgoingAgain) -> None:
    """Once more where it failed. Raises `CannotBeHandedIn` and `Unavailable`."""
    try:
        if letter.holds == "event":
            await _event(letter, decode_event(letter.payload), bus, mailboxes)
        elif letter.holds == "command":
            answer = await bus.send(letter.to, decode_command(letter.payload))
            if not answer.ok:
                raise CannotBeHandedIn("refused_again", f"It was refused: {answer.reason}")
        elif letter.holds == "outgoing":
            if not await outbox.hand_in(letter.ids.get("message_id", "")):
                raise CannotBeHandedIn("nothing_to_hand_in", "The message is no longer kept.")
        else:
            raise CannotBeHandedIn("nothing_to_hand_in", "It holds nothing that could be handed in: mend its cause.")
    except DecodeError as error:
        raise CannotBeHandedIn("unreadable", "It is no message of this release.") from error


async def _event(letter: DeadLetter, event: AnyEvent, bus: Bus, mailboxes: Mailboxes) -> None:
    if letter.stage in {Stage.PUBLISH, Stage.READ}:
        await bus.publish(event)
        return
    try:
        async with asyncio.timeout(HANDLED_WITHIN_S):
            handled = await mailboxes.hand_in(letter.part, event)
    except TimeoutError:
        raise Unavailable(f"{letter.part} waits for something that is away") from None
    except KeyError:
        raise CannotBeHandedIn("no_such_part", f"There is no part {letter.part} in this process.") from None
    if not handled:
        raise CannotBeHandedIn("failed_again", "It failed again, at the same place or at another.")
