"""The Bus of core/ports.py inside one process: for tests that need several services but no Redis.

It keeps the promises of the real one: one ordered stream with cursors, commands answered in order for each addressee, a
command past its deadline is not begun, everything travels as bytes through `core.codec` (so an event that cannot be
encoded fails here too), and nothing works while the bus is away.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from typing import NamedTuple, TypeVar

import msgspec

from core.addresses import Addresses
from core.codec import DecodeError, Unfit, decode_answer, decode_command, decode_event, encode, encode_fit
from core.commands import Answer, AnyCommand, Envelope
from core.dead_letters import DeadLetter, Stage, letter_about, letter_from
from core.events import AnyEvent, Event
from core.ids import CommandId, new_id
from core.partitions import partition_of_event
from core.ports import ANSWER_WITHIN_S, CommandHandler, DeadLetters, Unavailable, refused
from server.storage.asked import Asked
from tests.peers.waiting import PATIENCE_S

EventT = TypeVar("EventT", bound=Event)


class _Waiting(NamedTuple):
    data: bytes
    deadline: float
    answer: asyncio.Future[Answer]


class _Line:
    """Commands for one addressee; each stays until it is handled, as in Redis."""

    def __init__(self) -> None:
        self.waiting: deque[_Waiting] = deque()
        self.grown = asyncio.Event()

    def put(self, waiting: _Waiting) -> None:
        self.waiting.append(waiting)
        self.grown.set()

    async def first(self) -> _Waiting:
        while not self.waiting:
            self.grown.clear()
            await self.grown.wait()
        return self.waiting[0]

    def done(self, waiting: _Waiting) -> None:
        if waiting in self.waiting:
            self.waiting.remove(waiting)


class MemoryBus:
    """Implements `core.ports.Bus` and `Addressees`; `go_away` and `come_back` stand for the loss of Redis."""

    def __init__(self, letters: DeadLetters | None = None) -> None:
        """What is set aside goes to `letters`; without them it fails the test that brought it about."""
        self._letters = letters
        self._events: list[bytes] = []
        self._grown = asyncio.Event()
        self._commands: dict[str, _Line] = defaultdict(_Line)
        self._asked = Asked()
        self._away = False

    # ── what a Bus does ─────────────────────────────────────────────────────────────────────────────────────────

    async def publish(self, event: AnyEvent) -> None:
        self._check_here()
        try:
            encode_fit(event)
        except Unfit as error:
            await self._set_aside(letter_about(event, Stage.PUBLISH, "bus", error, at=0.0), error)
        else:
            self.add(event)

    async def send(self, addressee: str, command: AnyCommand, timeout_s: float = ANSWER_WITHIN_S) -> Answer:
        self._check_here()
        loop = asyncio.get_running_loop()
        command_id = CommandId(new_id("cmd"))
        try:
            encode_fit(Envelope(command_id=command_id, reply_to="me", sent_at=0.0, deadline=0.0, command=command))
        except Unfit as error:
            await self._set_aside(letter_about(command, Stage.PUBLISH, "bus", error, at=0.0, to=addressee), error)
            return msgspec.structs.replace(refused(str(error), "unfit"), command_id=command_id)
        with self._asked.of(addressee, command_id) as coming:
            if coming.done():
                return await coming
            waiting = _Waiting(encode(command), loop.time() + timeout_s, coming)
            self._commands[addressee].put(waiting)
            try:
                answer = await asyncio.wait_for(waiting.answer, timeout_s)
            except TimeoutError:
                return Answer(command_id=command_id, ok=False, reason=f"no answer from {addressee} within {timeout_s:g} s")
        return decode_answer(encode(msgspec.structs.replace(answer, command_id=command_id)))

    def give_up(self, addressee: str) -> None:
        self._asked.give_up(addressee)

    def take_up(self, addressee: str) -> None:
        self._asked.take_up(addressee)

    async def serve(self, addressee: str | Addresses, handler: CommandHandler) -> None:
        addresses = Addresses((addressee,)) if isinstance(addressee, str) else addressee
        loop = asyncio.get_running_loop()
        while True:
            waiting = await self._next_command(addresses)
            if waiting is None:
                continue
            name, line, command = waiting
            if not command.answer.done() and loop.time() <= command.deadline:
                answer = await self._answer(name, decode_command(command.data), handler)
                if not command.answer.done():
                    command.answer.set_result(answer)
            line.done(command)

    async def _next_command(self, addresses: Addresses) -> tuple[str, _Line, _Waiting] | None:
        """The first one that waits for any of them; None: they are others now."""
        lines = {asyncio.create_task(self._commands[name].first()): name for name in addresses.names}
        event = asyncio.Event()
        addresses.listen(event.set)
        changed = asyncio.create_task(event.wait())
        try:
            done, _ = await asyncio.wait([*lines, changed], return_when=asyncio.FIRST_COMPLETED)
            first = next((task for task in lines if task in done), None)
            return None if first is None else (lines[first], self._commands[lines[first]], first.result())
        finally:
            addresses.leave(event.set)
            for task in (*lines, changed):
                task.cancel()

    async def _answer(self, addressee: str, command: AnyCommand, handler: CommandHandler) -> Answer:
        try:
            return await handler(command)
        except Exception as error:  # noqa: BLE001  as the real one
            letter = letter_about(command, Stage.HANDLE, addressee, error, at=0.0, to=addressee)
            await self._set_aside(letter, error)
            return refused(f"{type(error).__name__} while handling {type(command).__name__}", "failed")

    async def _set_aside(self, letter: DeadLetter, error: Exception) -> None:
        if self._letters is None:
            raise error
        await self._letters.set_aside(letter)

    def events(self, cursor: str = "$") -> AsyncIterator[tuple[str, AnyEvent]]:
        """`$` counts from this call on, not from the first read."""
        return self._read(len(self._events) if cursor == "$" else int(cursor))

    async def sifted(self, cursor: str, skip: Callable[[int], bool]) -> AsyncGenerator[tuple[str, AnyEvent | None], None]:
        async for at, event in self._all(int(cursor)):
            yield at, None if event is not None and _passes_by(event, skip) else event

    async def cursor(self) -> str:
        self._check_here()
        return str(len(self._events))

    async def past(self, after: str, until: str, skip: Callable[[int], bool]) -> list[tuple[str, AnyEvent]]:
        self._check_here()
        found = []
        for position in range(int(after or 0), min(int(until), len(self._events))):
            with suppress(DecodeError):
                event = decode_event(self._events[position])
                if not _passes_by(event, skip):
                    found.append((str(position + 1), event))
        return found

    async def _read(self, position: int) -> AsyncIterator[tuple[str, AnyEvent]]:
        async for at, event in self._all(position):
            if event is not None:
                yield at, event

    async def _all(self, position: int) -> AsyncIterator[tuple[str, AnyEvent | None]]:
        while True:
            while self._away or len(self._events) <= position:
                self._grown.clear()
                await self._grown.wait()
            data = self._events[position]
            position += 1
            event = None
            try:
                event = decode_event(data)
            except DecodeError as error:
                await self._set_aside(letter_from(data, "events", error, at=0.0), error)
            yield str(position), event

    # ── what a test does with it ────────────────────────────────────────────────────────────────────────────────

    def go_away(self) -> None:
        """From now on `publish` and `send` raise `Unavailable`."""
        self._away = True

    async def come_back(self) -> None:
        self._away = False
        self._grown.set()

    @property
    def away(self) -> bool:
        return self._away

    def add(self, event: AnyEvent) -> None:
        """Into the stream, whatever else is the matter."""
        self._events.append(encode(event))
        self._grown.set()

    def add_bytes(self, data: bytes) -> None:
        """Something that may be no event."""
        self._events.append(data)
        self._grown.set()

    @property
    def published(self) -> list[AnyEvent]:
        """Everything published so far, in order."""
        return [decode_event(data) for data in self._events]

    def of_type(self, kind: type[EventT]) -> list[EventT]:
        """The published events of one kind, in order."""
        return [event for event in self.published if isinstance(event, kind)]

    async def wait_for(self, kind: type[EventT], within_s: float = PATIENCE_S, /, **fields: object) -> EventT:
        """The first event of `kind` whose fields equal `fields`, already published or still to come.

        Fails with what was published instead.
        """
        try:
            return await asyncio.wait_for(self._find(kind, fields), within_s)
        except TimeoutError:
            seen = [type(event).__name__ for event in self.published]
            raise AssertionError(f"no {kind.__name__} with {fields} within {within_s:g} s; published: {seen}") from None

    async def _find(self, kind: type[EventT], fields: dict[str, object]) -> EventT:
        async for _, event in self.events("0"):
            if isinstance(event, kind) and all(getattr(event, name) == value for name, value in fields.items()):
                return event
        raise AssertionError("the stream of a bus never ends")

    def _check_here(self) -> None:
        if self._away:
            raise Unavailable("the bus is away")


def _passes_by(event: AnyEvent, skip: Callable[[int], bool]) -> bool:
    partition = partition_of_event(event)
    return partition is not None and skip(partition)
