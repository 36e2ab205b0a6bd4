"""Brings history from other systems in, line by line: the shell behind `patchbay import FILE` (docs/import.md).

Invariant: a line is imported wholly or not at all; a bad one is reported with its number and reason and the others go on;
importing the same lines again leaves the same rows.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import tzinfo
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import msgspec

from core.ids import CustomerId
from core.ports import Unavailable
from customers.import_format import (
    AnyLine,
    BadLine,
    CallLine,
    ChatLine,
    Conversion,
    CustomerLine,
    CustomerRef,
    EmailLine,
    TicketLine,
    call_of,
    chat_of,
    email_of,
    parse_line,
    profile_of,
    profile_of_reference,
    ticket_of,
)
from customers.ports import Archive, NumberTaken

_BATCH_LINES = 500
_MOST_REASONS = 1000
"""So many bad lines are named; the others are counted."""


class LineError(msgspec.Struct, frozen=True, kw_only=True):
    line: int
    reason: str


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the lines: `lines` = new + renewed + failed + blank ones."""

    lines: int
    new: dict[str, int]
    """By type of line."""
    renewed: dict[str, int]
    """Were there already."""
    failed: int
    errors: tuple[LineError, ...]
    """The first thousand, in order."""


async def import_lines(
    source: Path | Iterable[bytes], archive: Archive, *, now: float, zone: tzinfo, region: str = "GB"
) -> ImportReport:
    """Imports JSON lines. Raises OSError when a file cannot be read, and `Unavailable`, naming the line it stopped before,
    when the database goes away: running it again is harmless."""
    importer = _Importer(archive, Conversion(now=now, zone=zone, region=region))
    number = 0
    try:
        async for number, data in _numbered(source):
            await importer.take(number, data)
    except Unavailable as error:
        raise Unavailable(f"stopped before line {number}: {error}") from error
    return importer.report(number)


class _Importer:
    """Owns the counts of one import."""

    def __init__(self, archive: Archive, read: Conversion) -> None:
        self._archive = archive
        self._read = read
        self._new: Counter[str] = Counter()
        self._renewed: Counter[str] = Counter()
        self._failed = 0
        self._errors: list[LineError] = []
        self._savers: dict[type, Callable[..., Awaitable[bool]]] = {
            CustomerLine: self._customer,
            ChatLine: self._chat,
            TicketLine: self._ticket,
            CallLine: self._call,
            EmailLine: self._email,
        }

    async def take(self, number: int, data: bytes) -> None:
        if not data.strip():
            return
        try:
            line = parse_line(data)
            new = await self._savers[type(line)](line)
        except (BadLine, NumberTaken) as error:
            self._failed += 1
            if len(self._errors) < _MOST_REASONS:
                self._errors.append(LineError(line=number, reason=str(error)))
            return
        (self._new if new else self._renewed)[_type_of(line)] += 1

    def report(self, lines: int) -> ImportReport:
        return ImportReport(
            lines=lines, new=dict(self._new), renewed=dict(self._renewed), failed=self._failed, errors=tuple(self._errors)
        )

    async def _customer(self, line: CustomerLine) -> bool:
        return await self._archive.save_customer(*profile_of(line, self._read))

    async def _chat(self, line: ChatLine) -> bool:
        chat = chat_of(line, await self._owner(line.customer, line.started_at), self._read)
        return await self._archive.save_chat(chat)

    async def _ticket(self, line: TicketLine) -> bool:
        ticket = ticket_of(line, await self._owner(line.customer, line.opened_at), self._read)
        return await self._archive.save_ticket(ticket)

    async def _call(self, line: CallLine) -> bool:
        call = call_of(line, await self._owner(line.customer, line.started_at), self._read)
        return await self._archive.save_call(call)

    async def _email(self, line: EmailLine) -> bool:
        email = email_of(line, await self._owner(line.customer, line.at), self._read)
        return await self._archive.save_email(email)

    async def _owner(self, ref: CustomerRef, at: float | str) -> CustomerId:
        """The customer a conversation belongs to; one known only by number or address is made on the way."""
        edge = self._read.reference(ref)
        found = await self._archive.find(edge)
        if found is not None:
            return found
        if ref.id is not None:
            raise BadLine(f"customer «{ref.id}» is not known: import the customer first")
        profile = profile_of_reference(edge, self._read.at(at))
        await self._archive.save_customer(profile, ())
        return profile.customer_id


def _type_of(line: AnyLine) -> str:
    return str(type(line).__struct_config__.tag)


async def _numbered(source: Path | Iterable[bytes]) -> AsyncIterator[tuple[int, bytes]]:
    """Lines with their numbers from 1, read in a thread a batch at a time."""
    if isinstance(source, Path):
        file = await asyncio.to_thread(_open, source)
        try:
            async for numbered in _batched(file):
                yield numbered
        finally:
            file.close()
    else:
        async for numbered in _batched(source):
            yield numbered


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


async def _batched(lines: Iterable[bytes]) -> AsyncIterator[tuple[int, bytes]]:
    rest = enumerate(lines, start=1)
    while batch := await asyncio.to_thread(lambda: list(islice(rest, _BATCH_LINES))):
        for numbered in batch:
            yield numbered
