"""The ACD's memory on disk: a snapshot now and then, and every input since.

Invariant: an input is in the journal before any of its events is published, and its events are published before the next input
is written. So after a crash exactly the last entry's events may be unpublished: they are published again (at least once, with
the same ids), and nothing is lost or decided twice. The journal is a ring of slots: a slot is overwritten only after a snapshot
covers it, so nothing has to be deleted.
"""

from __future__ import annotations

from datetime import tzinfo
from enum import StrEnum
from typing import Protocol

import msgspec
import structlog

from acd.engine import Engine
from acd.refusals import Refused
from core.codec import decode_command, decode_event, encode
from core.commands import AnyCommand, Command
from core.events import AnyEvent, Event
from core.ports import StateStore

log = structlog.get_logger(__name__)

KIND = "acd"
JOURNAL_KIND = "acd_journal"
SNAPSHOT_KEY = "snapshot"
SNAPSHOT_EVERY = 256
"""Inputs between snapshots."""
SLOTS = 2 * SNAPSHOT_EVERY


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
    """Keeps the history of the ACD for reports and replays (`acd/recorder.py`); may be handed the same things again.

    The ACD never waits for its history: both methods only take, and neither fails.
    """

    def record(self, entry: Entry) -> None:
        """An input that is written."""
        ...

    def snapshot(self, seq: int, at: float, engine: bytes) -> None:
        """The engine after the input `seq`."""
        ...


class SavedEngine(msgspec.Struct, frozen=True):
    """A snapshot and the number of the last input in it."""

    seq: int
    engine: bytes


class Journal:
    """Owns the stored form. Every method may raise `Unavailable`; the one who calls decides how to wait."""

    def __init__(self, store: StateStore, zone: tzinfo, recorder: Recorder | None = None) -> None:
        self._store = store
        self._zone = zone
        self._recorder = recorder
        self._seq = 0
        self._saved_seq = 0
        self._at = 0.0
        """Time of the last input."""

    def entry(self, message: AnyCommand | AnyEvent | None, at: float) -> Entry:
        """The next entry; None is the timer. To be appended before another one is made."""
        self._seq += 1
        self._at = at
        if isinstance(message, Command):
            return Entry(self._seq, at, EntryKind.COMMAND, encode(message))
        if isinstance(message, Event):
            return Entry(self._seq, at, EntryKind.EVENT, encode(message))
        return Entry(self._seq, at, EntryKind.TIMER, b"")

    async def append(self, entry: Entry) -> None:
        await self._store.save(JOURNAL_KIND, str(entry.seq % SLOTS), msgspec.msgpack.encode(entry))
        self._record(entry)

    @property
    def snapshot_is_due(self) -> bool:
        return self._seq - self._saved_seq >= SNAPSHOT_EVERY

    async def save(self, engine: Engine) -> None:
        """A snapshot that covers every entry so far."""
        seq, snapshot = self._seq, engine.snapshot()
        await self._store.save(KIND, SNAPSHOT_KEY, msgspec.msgpack.encode(SavedEngine(seq, snapshot)))
        self._saved_seq = seq
        if self._recorder is not None and self._at:
            self._recorder.snapshot(seq, self._at, snapshot)

    async def load(self) -> tuple[Engine, list[AnyEvent]]:
        """The engine as it was, and the events of the last input, which may never have been published."""
        stored = (await self._store.load_all(KIND)).get(SNAPSHOT_KEY)
        slots = await self._store.load_all(JOURNAL_KIND)
        try:
            engine = self._restore(stored)
            entries = sorted((msgspec.msgpack.decode(slot, type=Entry) for slot in slots.values()), key=lambda entry: entry.seq)
        except msgspec.DecodeError as error:  # written by another version, or damaged: serving new callers matters more
            log.error("stored acd state cannot be read, starting empty", error=str(error))
            engine, entries = Engine(self._zone), []
            for key in slots:  # an old slot must never look like the continuation of what begins now
                await self._store.delete(JOURNAL_KIND, key)
        unconfirmed: list[AnyEvent] = []
        for entry in entries:
            self._record(entry)  # the last ones before a crash may not have reached the history
            if entry.seq == self._seq + 1:
                unconfirmed = _replay(engine, entry)
                self._seq, self._at = entry.seq, entry.at
        return engine, unconfirmed

    def _record(self, entry: Entry) -> None:
        if self._recorder is not None:
            self._recorder.record(entry)

    def _restore(self, stored: bytes | None) -> Engine:
        if stored is None:
            return Engine(self._zone)
        saved = msgspec.msgpack.decode(stored, type=SavedEngine)
        engine = Engine.restore(saved.engine, self._zone)
        self._seq = self._saved_seq = saved.seq
        return engine


def _replay(engine: Engine, entry: Entry) -> list[AnyEvent]:
    try:
        if entry.kind is EntryKind.TIMER:
            return engine.handle_timer(entry.at)
        message = decode_command(entry.payload) if entry.kind is EntryKind.COMMAND else decode_event(entry.payload)
        return engine.handle(message, entry.at)
    except Refused as refusal:  # written by a version with other rules
        log.warning("journal entry no longer fits", seq=entry.seq, code=refusal.code)
        return []
