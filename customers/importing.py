"""Brings history from other systems in: the shell behind `patchbay import FILE` and `PUT /api/v1/import` (docs/import.md).

Invariant: what is good is taken, the rest is told with its line and reason, and nothing stops the others; importing the same
lines again leaves the same rows, but for what people have corrected since, which stays.
"""

from __future__ import annotations

import asyncio
import codecs
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import tzinfo
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import msgspec

from core.ports import Unavailable
from core.text_files import NotText, encoding_of
from customers.import_batch import Batch, Outcome, read_batch
from customers.import_format import Conversion
from customers.import_problems import ImportProblem
from customers.ports import Archive

BATCH_LINES = 5000
"""A transaction. Smaller ones write the same pages of the indices again and again: 500 lines five times as much."""
MOST_REASONS = 1000
"""So many problems are kept for the report; all go to whoever wants them one by one."""
_LOOK_AT = 65536
SOURCE_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the lines: `lines` = new + renewed + failed + blank ones."""

    lines: int
    new: dict[str, int]
    """By type of line."""
    renewed: dict[str, int]
    """Were there already."""
    failed: int
    """Lines that were left out."""
    warned: int
    """Lines that were taken without a part of them."""
    problems: tuple[ImportProblem, ...]
    """The first thousand, in order."""


OnProblem = Callable[[ImportProblem], None]
OnProgress = Callable[[int], None]
"""Told how many bytes of the source have been read."""


def ignore(_: object) -> None:
    """For whoever wants no news."""


class Import:
    """Owns the counts of one import."""

    def __init__(self, archive: Archive, read: Conversion, on_problem: OnProblem = ignore) -> None:
        self._archive = archive
        self._read = read
        self._on_problem = on_problem
        self._new: Counter[str] = Counter()
        self._renewed: Counter[str] = Counter()
        self._problems: list[ImportProblem] = []
        self._failed = 0
        self._warned = 0
        self.lines = 0

    async def take(self, lines: list[bytes]) -> None:
        """The next lines, in a transaction of their own. Raises `Unavailable` with the last line that is in."""
        done = self.lines
        batch = await asyncio.to_thread(self._batch, lines)
        await self._save([batch], f"stopped after line {done}")

    async def take_all(self, batches: Iterable[list[bytes]]) -> None:
        """All lines in one transaction: everything or nothing."""
        await self._save((self._batch(lines) for lines in batches), "nothing was imported")

    def report(self) -> ImportReport:
        return ImportReport(
            lines=self.lines,
            new=dict(self._new),
            renewed=dict(self._renewed),
            failed=self._failed,
            warned=self._warned,
            problems=tuple(self._problems),
        )

    def _batch(self, lines: list[bytes]) -> Batch:
        batch = read_batch(enumerate(lines, start=self.lines + 1), self._read)
        self.lines += batch.lines
        return batch

    async def _save(self, batches: Iterable[Batch], otherwise: str) -> None:
        try:
            for outcome in await self._archive.save(batches):
                self._count(outcome)
        except Unavailable as error:
            raise Unavailable(f"{otherwise}: {error}") from error

    def _count(self, outcome: Outcome) -> None:
        self._new.update(outcome.new)
        self._renewed.update(outcome.renewed)
        problems = sorted(outcome.problems, key=lambda problem: problem.line)
        self._failed += sum(problem.severity == "left_out" for problem in problems)
        self._warned += len({problem.line for problem in problems if problem.severity == "warning"})
        for problem in problems:
            self._on_problem(problem)
        self._problems += problems[: MOST_REASONS - len(self._problems)]


async def import_lines(
    source: Path | Iterable[bytes],
    archive: Archive,
    *,
    now: float,
    zone: tzinfo,
    region: str = "GB",
    namespace: str = "",
    encoding: str = "",
    at_once: bool = False,
    on_problem: OnProblem = ignore,
    on_progress: OnProgress = ignore,
) -> ImportReport:
    """Imports JSON lines. Raises OSError when a file cannot be read, `NotText` when it cannot be understood, and `Unavailable`
    when the database goes away: running it again is harmless."""
    running = Import(archive, Conversion(now=now, zone=zone, region=region, source=namespace), on_problem)
    file = await asyncio.to_thread(source.open, "rb") if isinstance(source, Path) else None
    try:
        lines = source if not isinstance(source, Path) else _lines_of(file, encoding, on_progress) if file else ()
        batches = _batches(iter(lines))
        if at_once:
            await running.take_all(batches)
        else:
            async for batch in _in_thread(batches):
                await running.take(batch)
    except UnicodeDecodeError as error:
        raise NotText(f"breaks off after line {running.lines}: {error.reason}") from error
    finally:
        if file is not None:
            file.close()
    return running.report()


def _batches(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    while batch := list(islice(lines, BATCH_LINES)):
        yield batch


async def _in_thread(batches: Iterator[list[bytes]]) -> AsyncIterator[list[bytes]]:
    while (batch := await asyncio.to_thread(next, batches, None)) is not None:
        yield batch


def _lines_of(file: BinaryIO, encoding: str, on_progress: OnProgress) -> Iterator[bytes]:
    """Lines as UTF-8, whatever the file is in."""
    name = encoding or encoding_of(file.read(_LOOK_AT))
    file.seek(0)
    try:
        codecs.lookup(name)
    except LookupError:
        raise NotText(f"there is no encoding named «{encoding}»") from None
    if name == "utf-8-sig":
        file.seek(len(codecs.BOM_UTF8))
    plain = name in {"utf-8", "utf-8-sig"}
    lines = iter(file) if plain else _decoded(file, name)
    for count, line in enumerate(lines):
        if not count % 1000:
            on_progress(file.tell())
        yield line
    on_progress(file.tell())


def _decoded(file: BinaryIO, encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    rest, data = "", b"-"
    while data:
        data = file.read(_LOOK_AT)
        *lines, rest = (rest + decoder.decode(data, final=not data)).split("\n")
        yield from (line.encode() for line in lines)
    if rest:
        yield rest.encode()
