"""Keeps the ACD's history in SQL, beside the ACD and never in its way.

The journal hands over its inputs (`record`): they wait in a bounded line and are written in batches. While the database is away
the line grows; when it is full the oldest are dropped, counted and told, because calls matter more than their history.
After a restart the journal hands over again what it still has, so a crash costs nothing that the journal remembers.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Protocol

import msgspec
import structlog

from acd.leadership.journal import Entry
from acd.leadership.recorder import snapshot_without_names, without_texts
from core.codec import DecodeError, reason_of
from core.dead_letters import letter_of_state
from core.ports import Clock, DeadLetters, Unavailable
from core.retrying import until_available

log = structlog.get_logger(__name__)

PART = "acd history"
LONGEST_LINE = 100_000
BATCH = 500
WRITE_EVERY_S = 0.5
SNAPSHOT_EVERY_S = 3600.0
FORGET_EVERY_S = 3600.0
DAY_S = 86_400.0


class Snapshot(msgspec.Struct, frozen=True):
    seq: int
    at: float
    engine: bytes


class Inputs(Protocol):
    """`SqlAcdInputs`. Each method may raise `Unavailable`."""

    async def append(self, entries: Sequence[Entry]) -> int: ...
    async def save_snapshot(self, seq: int, at: float, engine: bytes) -> None: ...
    async def forget(self, before: float) -> int: ...


class AcdHistory:
    """Owns the line between journal and database. It is the journal's `Recorder`."""

    def __init__(self, inputs: Inputs, clock: Clock, letters: DeadLetters, *, keep_days: float) -> None:
        self._inputs = inputs
        self._clock = clock
        self._letters = letters
        self._keep_s = keep_days * DAY_S
        self._line: deque[Entry] = deque()
        self._in_hand: list[Entry] = []
        """Out of the line, until they are written."""
        self._snapshot: Snapshot | None = None
        """Waits until the inputs before it are written."""
        self._snapshot_at = 0.0
        self._forget_at = 0.0
        self.dropped = 0
        """Inputs that found the line full since this process started."""

    @property
    def waiting(self) -> int:
        """Inputs that are not in the database yet."""
        return len(self._in_hand) + len(self._line)

    # ── the journal's side: takes, never waits ────────────────────────────────────────────────────────────────

    def record(self, entry: Entry) -> None:
        if len(self._line) >= LONGEST_LINE:
            self._line.popleft()
            self.dropped += 1
        self._line.append(entry)

    def snapshot(self, seq: int, at: float, engine: bytes) -> None:
        if at >= self._snapshot_at + SNAPSHOT_EVERY_S:
            self._snapshot_at = at
            self._snapshot = Snapshot(seq, at, engine)

    # ── the database's side ───────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Until cancelled. Survives the database being away."""
        while True:
            try:
                await until_available(self._write_and_forget, "acd history", log, asyncio.sleep)
            except Exception:  # border: a history that cannot be written must not stop the calls of this process
                self.dropped += len(self._in_hand)
                self._in_hand, self._snapshot = [], None
                log.exception("acd history lost some inputs", dropped=self.dropped)
            await asyncio.sleep(WRITE_EVERY_S)

    async def _write_and_forget(self) -> None:
        await self.write()
        await self._forget_old()

    async def stop(self) -> None:
        """Writes what is left, if the database is there."""
        try:
            await self.write()
        except Unavailable as error:
            log.warning("acd history stopped behind", waiting=self.waiting, error=error)

    async def write(self) -> None:
        """Everything in line. Raises `Unavailable`; what was not written stays."""
        while self._in_hand or self._line:
            if not self._in_hand:
                self._in_hand = [self._line.popleft() for _ in range(min(BATCH, len(self._line)))]
            kept = [await self._kept(entry) for entry in self._in_hand]
            await self._inputs.append([entry for entry in kept if entry is not None])
            self._in_hand = []
        if (snapshot := self._snapshot) is not None:
            engine = await asyncio.to_thread(snapshot_without_names, snapshot.engine)
            await self._inputs.save_snapshot(snapshot.seq, snapshot.at, engine)
            self._snapshot = None

    async def _forget_old(self) -> None:
        now = self._clock.now()
        if now >= self._forget_at:
            await self._inputs.forget(now - self._keep_s)
            self._forget_at = now + FORGET_EVERY_S

    async def _kept(self, entry: Entry) -> Entry | None:
        try:
            return without_texts(entry)
        except DecodeError as error:  # written by another version
            letter = letter_of_state("input", str(entry.seq), reason_of(error), at=entry.at, part=PART, content=entry.payload)
            await self._letters.set_aside(letter)
            return None
