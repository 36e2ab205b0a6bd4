"""The bus over Redis streams: `core.ports.Bus`.

::

    <prefix>events            every event, in one order, the last `EVENTS_KEPT` of them
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
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import structlog

from core.codec import DecodeError, Unfit, decode_answer, decode_envelope, decode_event, encode, encode_fit, reason_of
from core.commands import Answer, AnyCommand, Envelope
from core.dead_letters import DeadLetter, Stage, letter_about, letter_from
from core.events import AnyEvent
from core.ids import CommandId, new_id
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
REPLIES_LIVE_S = 600
COMMANDS_LIVE_S = 3600
"""A stream of an addressee that never returns goes away by itself."""
FIELD = b"m"


def entry_of(event: AnyEvent, data: bytes) -> dict[bytes, bytes]:
    """As it stands in the stream: what readers need to know of it before they decode it."""
    del event
    return {FIELD: data}


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
            await self._requests.xadd(f"{self._prefix}events", {FIELD: data}, maxlen=EVENTS_KEPT, approximate=True)

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

    async def serve(self, addressee: str, handler: CommandHandler) -> None:
        stream = f"{self._prefix}cmd:{addressee}"
        async for entry_id, data in self._entries(stream, "0"):
            answer: bytes | None = None
            reply_to = ""
            try:
                envelope = decode_envelope(data)
            except DecodeError as error:
                await self._skip(stream, entry_id, data, error)
            else:
                reply_to = envelope.reply_to
                answer = await self._handle(addressee, envelope, handler)
            await self._settle(stream, entry_id, reply_to, answer)

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
        stream = f"{self._prefix}events"
        async for entry_id, data in self._entries(stream, cursor):
            try:
                event = decode_event(data)
            except DecodeError as error:
                await self._skip(stream, entry_id, data, error)
                continue
            yield entry_id, event

    async def cursor(self) -> str:
        """The cursor of the newest event: a reader that starts there misses nothing from now on. Raises `Unavailable`."""
        async with unavailable_when_away("cursor"):
            return await self._newest(f"{self._prefix}events")

    async def _newest(self, stream: str) -> str:
        newest: Any = await self._requests.xrevrange(stream, count=1)
        return str(newest[0][0].decode()) if newest else "0"

    async def _entries(self, stream: str, cursor: str) -> AsyncIterator[tuple[str, bytes]]:
        """Entries after `cursor` for ever; waits out a missing Redis."""
        retries = Retries()
        reader = connect_for_blocking(self._url)
        try:
            while True:
                try:
                    if cursor == "$":
                        cursor = await self._newest(stream)
                    async with asyncio.timeout(READ_TIMEOUT_S):
                        answer: Any = await reader.xread({stream: cursor}, count=500, block=BLOCK_MS)
                except TROUBLE as error:
                    if retries.first:
                        log.warning("stream cannot be read, trying again", stream=stream, error=error)
                    await retries.wait()
                    continue
                if not retries.first:
                    log.info("stream is read again", stream=stream)
                retries.succeeded()
                for _, entries in answer or ():
                    for raw_id, fields in entries:
                        cursor = raw_id.decode()
                        yield cursor, fields.get(FIELD, b"")
        finally:
            await reader.aclose()

    async def _read_replies(self) -> None:
        async for entry_id, data in self._entries(self._reply_stream, "0"):
            try:
                answer = decode_answer(data)
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


__all__ = ["RedisBus", "Unavailable"]
