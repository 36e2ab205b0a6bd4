"""The bus over Redis streams: `core.ports.Bus`.

::

    <prefix>events            every event, in one order, the last `EVENTS_KEPT` of them; `p` is the partition it concerns alone
    <prefix>cmd:<addressee>   envelopes not yet handled; the addressee deletes each when it has answered
    <prefix>reply:<sender>    answers on their way; one reader per sender shares them out by command id

Invariants: a command whose deadline has passed is never begun; what cannot travel, cannot be decoded, or makes its handler
fail is set aside (`core.dead_letters`) and disturbs nothing else; a lost connection loses no event that is still in the stream,
because readers go on from the id they had. A command is handled at least once: a crash between handling and deleting repeats it
within its deadline. Deadlines compare the clocks of two machines: they are kept together by NTP.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from typing import Any, cast

import msgspec
import structlog
from redis.asyncio import Redis

from core.addresses import Addresses
from core.codec import DecodeError, Unfit, decode_answer, decode_envelope, decode_event, encode, encode_fit, reason_of
from core.commands import Answer, AnyCommand, Envelope
from core.dead_letters import DeadLetter, Stage, letter_about, letter_from
from core.events import AnyEvent
from core.ids import CommandId, new_id
from core.partitions import partition_of_event
from core.ports import ANSWER_WITHIN_S, Clock, CommandHandler, DeadLetters, Unavailable, refused
from server.storage.asked import Asked
from server.storage.lives import Lives
from server.storage.redis_connection import (
    BLOCK_MS,
    READ_TIMEOUT_S,
    REQUEST_TIMEOUT_S,
    TROUBLE,
    Retries,
    connect_for_blocking,
    connect_for_requests,
    unavailable_when_away,
)

log = structlog.get_logger(__name__)

EVENTS_KEPT = 100_000
COMMANDS_KEPT = 10_000
REPLIES_KEPT = 10_000
PAGE = 500
"""Past events that are read at once."""
REPLIES_LIVE_S = 600
COMMANDS_LIVE_S = 3600
"""A stream of an addressee that never returns goes away by itself."""
FIELD = b"m"
PART = b"p"


def entry_of(event: AnyEvent, data: bytes) -> dict[bytes, bytes]:
    """As it stands in the stream, so that who reads it can pass by what is not his without decoding it."""
    return {FIELD: data, PART: part_of(event)}


def part_of(event: AnyEvent) -> bytes:
    """Empty: everybody is concerned."""
    partition = partition_of_event(event)
    return b"" if partition is None else str(partition).encode()


class RedisBus:
    """Owns a Redis client and the task that reads its replies; `close` ends them. Each reader has a connection of its own."""

    def __init__(self, url: str, clock: Clock, prefix: str = "pb:", letters: DeadLetters | None = None) -> None:
        """Without `letters` what is set aside is only counted and logged: for commands that people type."""
        self._letters = letters
        self._requests = connect_for_requests(url)
        self._url = url
        self._clock = clock
        self._prefix = prefix
        self._reply_stream = f"{prefix}reply:{uuid.uuid4().hex}"
        self._asked = Asked()
        self._lives = Lives()
        self._reply_reader: asyncio.Task[None] | None = None
        self.malformed = 0
        """Entries skipped because they were no message."""

    async def close(self) -> None:
        if self._reply_reader is not None:
            self._reply_reader.cancel()
            await asyncio.gather(self._reply_reader, return_exceptions=True)
            self._reply_reader = None
        await self._requests.aclose()

    async def ping(self) -> None:
        """Raises `Unavailable` unless Redis answers and has loaded its data."""
        async with unavailable_when_away("ping"):
            await self._requests.ping()

    async def publish(self, event: AnyEvent) -> None:
        try:
            data = encode_fit(event)
        except Unfit as error:
            await self._set_aside(letter_about(event, Stage.PUBLISH, "bus", error, at=self._now()))
            return
        async with unavailable_when_away("publish"):
            entry: Any = entry_of(event, data)
            await self._requests.xadd(f"{self._prefix}events", entry, maxlen=EVENTS_KEPT, approximate=True)

    async def send(self, addressee: str, command: AnyCommand, timeout_s: float = ANSWER_WITHIN_S) -> Answer:
        """Asks and waits; see `core.ports.Bus`."""
        if self._reply_reader is None:
            self._reply_reader = asyncio.create_task(self._read_replies(), name="bus-replies")
        now = self._clock.now()
        command_id = CommandId(new_id("cmd"))
        envelope = Envelope(
            command_id=command_id, reply_to=self._reply_stream, sent_at=now, deadline=now + timeout_s, command=command
        )
        try:
            data = encode_fit(envelope)
        except Unfit as error:
            await self._set_aside(letter_about(command, Stage.PUBLISH, "bus", error, at=self._now(), to=addressee))
            return msgspec.structs.replace(refused(str(error), "unfit"), command_id=command_id)
        with self._asked.of(addressee, command_id) as answer:
            if answer.done():
                return await answer
            try:
                await self._post(addressee, data)
                async with asyncio.timeout(timeout_s):
                    return await answer
            except TimeoutError:
                reason = f"{addressee} did not answer {type(command).__name__} within {timeout_s:g} s"
                return Answer(command_id=command_id, ok=False, reason=reason)

    def give_up(self, addressee: str) -> None:
        """`core.ports.Addressees`."""
        self._asked.give_up(addressee)

    def take_up(self, addressee: str) -> None:
        """`core.ports.Addressees`."""
        self._asked.take_up(addressee)

    async def _post(self, addressee: str, data: bytes) -> None:
        stream = f"{self._prefix}cmd:{addressee}"
        async with unavailable_when_away("send"), self._requests.pipeline(transaction=False) as pipe:
            pipe.xadd(stream, {FIELD: data}, maxlen=COMMANDS_KEPT, approximate=True)
            self._lives.renew(pipe, stream, COMMANDS_LIVE_S, asyncio.get_running_loop().time())
            await pipe.execute()

    async def serve(self, addressee: str | Addresses, handler: CommandHandler) -> None:
        addresses = Addresses((addressee,)) if isinstance(addressee, str) else addressee
        async with aclosing(self._commands(addresses)) as commands:
            async for stream, entry_id, fields in commands:
                data = fields.get(FIELD, b"")
                answer: bytes | None = None
                reply_to = ""
                try:
                    envelope = decode_envelope(data)
                except DecodeError as error:
                    await self._skip(stream, entry_id, data, error)
                else:
                    reply_to = envelope.reply_to
                    answer = await self._handle(stream.removeprefix(f"{self._prefix}cmd:"), envelope, handler)
                await self._settle(stream, entry_id, reply_to, answer)

    async def _commands(self, addresses: Addresses) -> AsyncGenerator[tuple[str, str, dict[bytes, bytes]], None]:
        """Those for all who are served now; each stream is read from its beginning, because what is done is deleted."""
        while True:
            served, changed = addresses.names, asyncio.Event()
            addresses.listen(changed.set)
            others = asyncio.create_task(changed.wait(), name="addresses-changed")
            try:
                cursors = {f"{self._prefix}cmd:{name}": "0" for name in served}
                async with aclosing(self._all_entries(cursors, others)) as entries:
                    async for entry in entries:
                        yield entry
                        if changed.is_set():
                            break
            finally:
                addresses.leave(changed.set)
                others.cancel()

    async def _handle(self, addressee: str, envelope: Envelope, handler: CommandHandler) -> bytes | None:
        """The encoded answer; None when nobody waits for one any more."""
        if envelope.deadline <= self._clock.now():
            log.warning("command came too late", addressee=addressee, command=type(envelope.command).__name__)
            return None
        try:
            answer = await handler(envelope.command)
            return encode(msgspec.structs.replace(answer, command_id=envelope.command_id))
        except Exception as error:  # noqa: BLE001  border of the process: a failing handler answers, and the next command is served
            letter = letter_about(envelope.command, Stage.HANDLE, addressee, error, at=self._now(), to=addressee)
            await self._set_aside(letter)
            failed = refused(f"{type(error).__name__} while handling {type(envelope.command).__name__}", "failed")
            return encode(msgspec.structs.replace(failed, command_id=envelope.command_id))

    async def _settle(self, stream: str, entry_id: str, reply_to: str, answer: bytes | None) -> None:
        """Deletes the command and sends its answer in one round trip."""
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_S), self._requests.pipeline(transaction=False) as pipe:
                pipe.xdel(stream, entry_id)
                if answer is not None:
                    pipe.xadd(reply_to, {FIELD: answer}, maxlen=REPLIES_KEPT, approximate=True)
                    self._lives.renew(pipe, reply_to, REPLIES_LIVE_S, asyncio.get_running_loop().time())
                await pipe.execute()
        except TROUBLE as error:
            log.warning("answer was lost", stream=stream, error=error)

    async def events(self, cursor: str = "$") -> AsyncIterator[tuple[str, AnyEvent]]:
        async with aclosing(self.sifted(cursor, lambda _: False)) as events:
            async for entry_id, event in events:
                if event is not None:
                    yield entry_id, event

    async def sifted(self, cursor: str, skip: Callable[[int], bool]) -> AsyncGenerator[tuple[str, AnyEvent | None], None]:
        stream = f"{self._prefix}events"
        async with aclosing(self._entries(stream, cursor)) as entries:
            async for entry_id, fields in entries:
                if _passes_by(fields, skip):
                    yield entry_id, None
                    continue
                data, event = fields.get(FIELD, b""), None
                try:
                    event = decode_event(data)
                except DecodeError as error:
                    await self._skip(stream, entry_id, data, error)
                yield entry_id, event

    async def past(self, after: str, until: str, skip: Callable[[int], bool]) -> list[tuple[str, AnyEvent]]:
        """`core.ports.Bus`. What cannot be decoded is left to whoever reads the stream."""
        found: list[tuple[str, AnyEvent]] = []
        stream = f"{self._prefix}events"
        while True:
            async with unavailable_when_away("read past events"):
                entries: Any = await self._requests.xrange(stream, f"({after}", until, count=PAGE)
            for raw_id, fields in entries:
                if not _passes_by(fields, skip):
                    with suppress(DecodeError):
                        found.append((raw_id.decode(), decode_event(fields.get(FIELD, b""))))
            if len(entries) < PAGE:
                return found
            after = entries[-1][0].decode()

    async def cursor(self) -> str:
        """The cursor of the newest event: a reader that starts there misses nothing from now on. Raises `Unavailable`."""
        async with unavailable_when_away("cursor"):
            return await self._newest(f"{self._prefix}events")

    async def _newest(self, stream: str) -> str:
        newest: Any = await self._requests.xrevrange(stream, count=1)
        return str(newest[0][0].decode()) if newest else "0"

    async def _entries(self, stream: str, cursor: str) -> AsyncGenerator[tuple[str, dict[bytes, bytes]], None]:
        """Entries after `cursor` for ever; waits out a missing Redis."""
        if cursor == "$":
            cursor = await self._newest_in_time(stream)
        async with aclosing(self._all_entries({stream: cursor})) as entries:
            async for _, entry_id, fields in entries:
                yield entry_id, fields

    async def _newest_in_time(self, stream: str) -> str:
        retries = Retries()
        while True:
            try:
                async with asyncio.timeout(REQUEST_TIMEOUT_S):
                    return await self._newest(stream)
            except TROUBLE:
                await retries.wait()

    async def _all_entries(
        self, cursors: dict[str, str], until: asyncio.Task[Any] | None = None
    ) -> AsyncGenerator[tuple[str, str, dict[bytes, bytes]], None]:
        """Entries of these streams after these cursors, with the stream of each, until a task is done; waits out a missing
        Redis."""
        retries = Retries()
        reader = connect_for_blocking(self._url)
        try:
            while cursors and (until is None or not until.done()):
                try:
                    answer = await _read(reader, cursors, until)
                except TROUBLE as error:
                    if retries.first:
                        log.warning("stream cannot be read, trying again", stream=next(iter(cursors)), error=error)
                    await retries.wait()
                    continue
                if not retries.first:
                    log.info("stream is read again", stream=next(iter(cursors)))
                retries.succeeded()
                for raw_stream, entries in answer or ():
                    stream = raw_stream.decode()
                    for raw_id, fields in entries:
                        cursors[stream] = raw_id.decode()
                        yield stream, cursors[stream], fields
            if not cursors and until is not None:
                await asyncio.wait([until])
        finally:
            await reader.aclose()

    async def _read_replies(self) -> None:
        async for entry_id, fields in self._entries(self._reply_stream, "0"):
            try:
                answer = decode_answer(fields.get(FIELD, b""))
            except DecodeError as error:
                self.malformed += 1
                log.warning("malformed answer skipped", entry_id=entry_id, error=reason_of(error))
                continue
            self._asked.answered(answer)

    async def _skip(self, stream: str, entry_id: str, data: bytes, error: DecodeError) -> None:
        self.malformed += 1
        part = stream.removeprefix(self._prefix)
        await self._set_aside(letter_from(data, part, error, at=self._now(), ids={"entry_id": entry_id}))

    async def _set_aside(self, letter: DeadLetter) -> None:
        if self._letters is not None:
            await self._letters.set_aside(letter)
        else:
            log.error("not handled", stage=letter.stage, part=letter.part, kind=letter.kind, reason=letter.reason, **letter.ids)

    def _now(self) -> float:
        return self._clock.now()


async def _read(reader: Redis, cursors: dict[str, str], until: asyncio.Task[Any] | None) -> Any:
    """One blocking read; nothing when a task is done before there is anything."""
    if until is None:
        async with asyncio.timeout(READ_TIMEOUT_S):
            return await reader.xread(cast("Any", cursors), count=500, block=BLOCK_MS)
    reading = asyncio.ensure_future(reader.xread(cast("Any", cursors), count=500, block=BLOCK_MS))
    try:
        done, _ = await asyncio.wait([reading, until], timeout=READ_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
        if reading in done:
            return reading.result()
        if until in done:
            return None
        raise TimeoutError
    finally:
        if not reading.done():
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


def _passes_by(fields: dict[bytes, bytes], skip: Callable[[int], bool]) -> bool:
    part = fields.get(PART, b"")
    return part.isdigit() and skip(int(part))


__all__ = ["RedisBus", "Unavailable"]
