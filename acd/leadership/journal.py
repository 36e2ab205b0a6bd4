"""The ACD's memory: the engine as every candidate has it, and how its steps are written and read again.

Invariant: a step is written with its events and the cursor of the event stream, or not at all (`core.leadership.Ledger`). So
whoever loads the newest snapshot and takes the entries after it has exactly the leader's engine, knows which events were
handled, and has nothing to publish again.
"""

from __future__ import annotations

import asyncio
from datetime import tzinfo
from enum import StrEnum
from typing import Protocol

import msgspec
import structlog

from acd.engine.engine import Engine
from acd.model.refusals import Refused
from core.codec import decode_command, decode_event, encode
from core.commands import AnyCommand, Command
from core.events import AnyEvent, Event
from core.ids import CallId, NodeId
from core.leadership import Fence, Gap, Ledger, Step, Written

log = structlog.get_logger(__name__)

SNAPSHOT_EVERY = 256
"""Inputs between snapshots, at least: a large state waits until as many bytes of inputs were written, up to `LONGEST_TAIL`."""
LONGEST_TAIL = 4096
"""Inputs that may have to be taken after a snapshot: less than a second."""
READS = 3
RECORD_EVERY_S = 1800.0
"""How often a follower hands its state to the history."""


class EntryKind(StrEnum):
    COMMAND = "command"
    EVENT = "event"
    TIMER = "timer"


class Entry(msgspec.Struct, frozen=True):
    """One input that changed something."""

    seq: int
    at: float
    kind: EntryKind
    payload: bytes


class Recorder(Protocol):
    """Keeps the history of the ACD for reports and replays (`acd/leadership/recorder.py`); may be handed the same things again.

    The ACD never waits for its history: both methods only take, and neither fails.
    """

    def record(self, entry: Entry) -> None:
        """An input that is written."""
        ...

    def snapshot(self, seq: int, at: float, engine: bytes) -> None:
        """The engine after the input `seq`."""
        ...


class Journal:
    """Owns this process's engine. Methods that are awaited may raise `Unavailable`, those with a fence `Fenced`."""

    def __init__(self, ledger: Ledger, zone: tzinfo, recorder: Recorder | None = None) -> None:
        self._ledger = ledger
        self._zone = zone
        self._recorder = recorder
        self._reading = asyncio.Lock()
        self._saved_seq = 0
        self._saved_bytes = 0
        self._tail_bytes = 0
        """Of the inputs after the last snapshot."""
        self._recorded_at = 0.0
        self.engine = Engine(zone)
        self.seq = 0
        """Number of the last step in the engine."""
        self.at = 0.0
        """Its time."""
        self.cursor = "0"
        """How far the leader has read the event stream."""
        self.marked_cursor = "0"
        """How far `node_of_call` goes, as it was loaded."""
        self.node_of_call: dict[CallId, NodeId] = {}
        """Where each call's sound is, for the second that node dies."""
        self.readable = True
        """False: what is stored was written by another version, or is damaged, and is given up."""

    # ── the leader writes ─────────────────────────────────────────────────────────────────────────────────────

    def entry(self, message: AnyCommand | AnyEvent | None, at: float) -> Entry:
        """The next entry; None is the timer. To be appended before another one is made."""
        self.seq += 1
        self.at = at
        if isinstance(message, Command):
            return Entry(self.seq, at, EntryKind.COMMAND, encode(message))
        if isinstance(message, Event):
            return Entry(self.seq, at, EntryKind.EVENT, encode(message))
        return Entry(self.seq, at, EntryKind.TIMER, b"")

    async def append(self, fence: Fence, entry: Entry, events: tuple[AnyEvent, ...], cursor: str) -> None:
        """Writes the step and publishes its events. Tried again after a failure it does so once."""
        step = Step(seq=entry.seq, entry=msgspec.msgpack.encode(entry), events=events, cursor=cursor)
        try:
            await self._ledger.append(fence, step)
        except Gap:
            log.error("the ledger has lost steps that this process still has", seq=entry.seq)
            await self._ledger.append(fence, msgspec.structs.replace(step, snapshot=self.engine.snapshot()))
        self._tail_bytes += len(step.entry)
        self._record(entry)

    @property
    def snapshot_is_due(self) -> bool:
        tail = self.seq - self._saved_seq
        enough = self._tail_bytes >= self._saved_bytes or tail >= LONGEST_TAIL
        return (tail >= SNAPSHOT_EVERY and enough) or not self.readable

    async def save(self, fence: Fence) -> None:
        """A snapshot that covers every step so far."""
        seq, snapshot = self.seq, self.engine.snapshot()
        await self._ledger.save(fence, seq, snapshot)
        self._saved_seq, self.readable = seq, True
        self._saved_bytes, self._tail_bytes = len(snapshot), 0
        if self._recorder is not None and self.at:
            self._recorder.snapshot(seq, self.at, snapshot)

    async def mark(self, fence: Fence) -> None:
        """Writes down how far the event stream was read, also when nothing in it was an input."""
        await self._ledger.mark(fence, self.cursor, msgspec.msgpack.encode((self.cursor, self.node_of_call)))

    # ── everybody reads ───────────────────────────────────────────────────────────────────────────────────────

    async def load(self) -> None:
        """The engine as it was written last."""
        async with self._reading:
            await self._load()

    async def catch_up(self) -> None:
        """Takes the steps written since."""
        async with self._reading:
            await self._apply(await self._ledger.entries(self.seq))

    async def follow(self) -> None:
        """Waits for steps, and takes them."""
        found = await self._ledger.follow(self.seq)
        async with self._reading:
            await self._apply(found)

    async def load_position(self) -> None:
        """What the leader before knew of the event stream: to be loaded before the first event is read."""
        written = await self._ledger.load()
        self.cursor = written.cursor or "0"
        self.marked_cursor, self.node_of_call = _note(written.note)

    async def _load(self) -> None:
        written, found = await self._read()
        whole = not found or found[0][0] == written.snapshot_seq + 1
        try:
            engine = Engine(self._zone) if written.snapshot is None else Engine.restore(written.snapshot, self._zone)
            self.engine, self.seq, self._saved_seq = engine, written.snapshot_seq, written.snapshot_seq
            self._saved_bytes, self._tail_bytes = len(written.snapshot or b""), 0
            await self._hand_over(written.snapshot_seq)
            for _, data in found if whole else ():
                self._take(data)
            trouble = "" if whole else "entries are missing"
        except msgspec.DecodeError as error:  # written by another version, or damaged: serving new callers matters more
            self.engine, trouble = Engine(self._zone), type(error).__name__
        if trouble:
            self.seq = max(written.seq, found[-1][0] if found else 0)
            if self.readable:
                log.error(
                    "stored acd state cannot be read",
                    error=trouble,
                    seq=self.seq,
                    open=len(self.engine.registry.work_items),
                )
        self.readable = not trouble

    async def _read(self) -> tuple[Written, list[tuple[int, bytes]]]:
        """The newest snapshot and what comes after it; between the two readings a newer one may be written."""
        for _ in range(READS):
            written = await self._ledger.load()
            found = await self._ledger.entries(written.snapshot_seq)
            if not found or found[0][0] == written.snapshot_seq + 1:
                break
        return written, found

    async def _hand_over(self, until: int) -> None:
        """The last steps before a crash may not have reached the history."""
        if self._recorder is not None:
            for seq, data in await self._ledger.entries(0):
                if seq <= until:
                    self._recorder.record(msgspec.msgpack.decode(data, type=Entry))

    async def _apply(self, found: list[tuple[int, bytes]]) -> None:
        if found and not self.readable:
            await self._load()
            return
        for seq, data in found:
            if seq <= self.seq:
                continue
            if seq > self.seq + 1:
                await self._load()
                return
            try:
                self._take(data)
            except msgspec.DecodeError:
                await self._load()
                return

    def _take(self, data: bytes) -> None:
        """Raises `msgspec.DecodeError` and changes nothing."""
        entry = msgspec.msgpack.decode(data, type=Entry)
        _replay(self.engine, entry)
        self.seq, self.at = entry.seq, entry.at
        self._tail_bytes += len(data)
        self._record(entry)
        if self._recorder is not None and self.at >= self._recorded_at + RECORD_EVERY_S:
            self._recorded_at = self.at
            self._recorder.snapshot(self.seq, self.at, self.engine.snapshot())

    def _record(self, entry: Entry) -> None:
        if self._recorder is not None:
            self._recorder.record(entry)


def _note(note: bytes) -> tuple[str, dict[CallId, NodeId]]:
    if not note:
        return "0", {}
    try:
        return msgspec.msgpack.decode(note, type=tuple[str, dict[CallId, NodeId]])
    except msgspec.DecodeError:
        return "0", {}


def _replay(engine: Engine, entry: Entry) -> None:
    try:
        if entry.kind is EntryKind.TIMER:
            engine.handle_timer(entry.at)
            return
        message = decode_command(entry.payload) if entry.kind is EntryKind.COMMAND else decode_event(entry.payload)
        engine.handle(message, entry.at)
    except Refused as refusal:  # written by a version with other rules
        log.warning("journal entry no longer fits", seq=entry.seq, code=refusal.code)
