"""The ACD's memory: the engine as every candidate has it, and how its steps are written and read again.

Invariant: a step is written with its events and the cursor of the event stream, or not at all (`core.leadership.Ledger`). So
whoever loads the newest snapshot and takes the entries after it has exactly the leader's engine, knows which events were
handled, and has nothing to publish again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import tzinfo
from enum import StrEnum
from typing import Protocol

import msgspec
import structlog

from acd.engine.engine import Engine
from acd.model.refusals import Refused
from acd.model.saved import Aside
from core.codec import decode_command, decode_event, encode
from core.commands import AnyCommand, Command
from core.events import AnyEvent, Event
from core.faults import told
from core.ids import CallId, NodeId
from core.leadership import Fence, Gap, Ledger, Step, Written

log = structlog.get_logger(__name__)

SNAPSHOT_EVERY_INPUTS = 256
"""Between snapshots, at least: a large state waits until as many bytes of inputs were written, up to `LONGEST_TAIL_INPUTS`."""
LONGEST_TAIL_INPUTS = 4096
"""That may have to be taken after a snapshot: less than a second."""
MOST_READS = 3
MOST_SKIPPED_INPUTS = 8
"""After a snapshot, that may fail to be followed: with more, the snapshot alone counts."""
MOST_IDS = 50
"""In one log line."""
RECORD_EVERY_S = 1800.0
"""How often a follower hands its state to the history."""


Keep = Callable[[Sequence[Aside]], Awaitable[None]]


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

    def __init__(self, ledger: Ledger, zone: tzinfo, recorder: Recorder | None = None, keep: Keep | None = None) -> None:
        """`keep` is given what the store holds and nobody here can use."""
        self._ledger = ledger
        self._keep = keep
        self._lost: list[Aside] = []
        """Of this reading."""
        self._told: set[int] = set()
        """The inputs set aside by the last reading: they stay where they are until the next snapshot, and are told once."""
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
        enough = self._tail_bytes >= self._saved_bytes or tail >= LONGEST_TAIL_INPUTS
        return (tail >= SNAPSHOT_EVERY_INPUTS and enough) or not self.readable

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
        self.seq = self._saved_seq = written.snapshot_seq
        engine, troubles = self._restored(written.snapshot)
        self._saved_bytes, self._tail_bytes = len(written.snapshot or b""), 0
        await self._hand_over(written.snapshot_seq)
        if not whole:
            troubles.append("entries are missing")
            self._lost.append(Aside("inputs", str(written.snapshot_seq + 1), f"missing up to input {found[0][0] - 1}"))
        elif engine is not None:
            engine, steps, unread = self._replayed(engine, written.snapshot, found)
            troubles += unread
            for entry, size in steps:
                self._took(entry, size)
        self.engine = engine if engine is not None else Engine(self._zone)
        if engine is not None and not troubles:
            self._hand_over_snapshot()
        if troubles:
            self.seq = max(written.seq, found[-1][0] if found else 0)
            if self.readable:
                left = len(self.engine.registry.work_items)
                log.error("stored acd state cannot be read", error=troubles[0], count=len(troubles), seq=self.seq, open=left)
        news, self._lost = self._lost if self.readable else [], []
        self.readable = not troubles
        if news and self._keep is not None:
            await self._keep(news)

    def _restored(self, snapshot: bytes | None) -> tuple[Engine | None, list[str]]:
        """The engine, and what it could not take up; None when nothing of the snapshot can be read."""
        if snapshot is None:
            return Engine(self._zone), []
        try:
            engine = Engine.restore(snapshot, self._zone)
        except msgspec.DecodeError as error:  # damaged: serving new callers matters more
            self._lost.append(Aside("snapshot", str(self.seq), told(error), snapshot))
            return None, [told(error)]
        except Exception as error:  # border: what nobody here can take up must not be a loop of restarts
            log.exception("stored acd state fits nothing")
            self._lost.append(Aside("snapshot", str(self.seq), type(error).__name__, snapshot))
            return None, [told(error)]
        if self.readable and engine.aside:
            for kind, ids in _by_kind(engine).items():
                log.error("acd state was set aside", kind=kind, count=len(ids), ids=ids[:MOST_IDS])
        self._lost += engine.aside
        return engine, [f"{aside.kind}: {aside.why}" for aside in engine.aside]

    def _replayed(
        self, engine: Engine, snapshot: bytes | None, found: list[tuple[int, bytes]]
    ) -> tuple[Engine | None, list[tuple[Entry, int]], list[str]]:
        """The inputs after the snapshot but those that cannot be read or followed, and why not."""
        troubles: list[str] = []
        unread: list[int] = []
        steps: list[tuple[Entry, AnyCommand | AnyEvent | None, int]] = []
        for seq, data in found:
            try:
                steps.append((*_input(data), len(data)))
            except msgspec.DecodeError as error:
                unread.append(seq)
                troubles.append(f"input {seq}: {told(error)}")
                self._lost.append(Aside("input", str(seq), told(error), data))
        if news := [seq for seq in unread if seq not in self._told]:
            log.error("acd inputs were set aside", count=len(news), ids=news[:MOST_IDS], error=troubles[0])
        current: Engine | None = engine
        for _ in range(MOST_SKIPPED_INPUTS):
            failed = _first_failure(current, steps, self._told) if current is not None else None
            if failed is None:
                break
            entry = steps.pop(failed)[0]
            unread.append(entry.seq)
            troubles.append(f"input {entry.seq} cannot be followed")
            self._lost.append(Aside("input", str(entry.seq), "it cannot be followed", msgspec.msgpack.encode(entry)))
            current, _ = self._restored(snapshot)  # the step has left the engine half-way
        else:
            self._lost += [
                Aside("input", str(entry.seq), "too many before it cannot be followed", msgspec.msgpack.encode(entry))
                for entry, _, _ in steps
            ]
            steps, (current, _) = [], self._restored(snapshot)
        self._told = set(unread)
        return current, [(entry, size) for entry, _, size in steps], troubles

    async def _read(self) -> tuple[Written, list[tuple[int, bytes]]]:
        """The newest snapshot and what comes after it; between the two readings a newer one may be written."""
        for _ in range(MOST_READS):
            written = await self._ledger.load()
            found = await self._ledger.entries(written.snapshot_seq)
            if not found or found[0][0] == written.snapshot_seq + 1:
                break
        return written, found

    async def _hand_over(self, until: int) -> None:
        """The last steps before a crash may not have reached the history."""
        if self._recorder is not None:
            for seq, data in await self._ledger.entries(0):
                with contextlib.suppress(msgspec.DecodeError):  # told by whoever replays it
                    if seq <= until:
                        self._recorder.record(_entry(data))

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
                entry, message = _input(data)
                _replay(self.engine, entry, message)
            except Exception:  # border: a leader of another version can do what this one cannot
                log.exception("acd input cannot be followed", seq=seq)
                await self._load()
                return
            self._took(entry, len(data))
            self._hand_over_snapshot()

    def _took(self, entry: Entry, size: int) -> None:
        self.seq, self.at = entry.seq, entry.at
        self._tail_bytes += size
        self._record(entry)

    def _hand_over_snapshot(self) -> None:
        """Of the engine after the last step."""
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


def _entry(data: bytes) -> Entry:
    return msgspec.msgpack.decode(data, type=Entry)


def _input(data: bytes) -> tuple[Entry, AnyCommand | AnyEvent | None]:
    """None is the timer. Raises `msgspec.DecodeError`."""
    try:
        entry = _entry(data)
        if entry.kind is EntryKind.TIMER:
            return entry, None
        return entry, decode_command(entry.payload) if entry.kind is EntryKind.COMMAND else decode_event(entry.payload)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError("text that is not UTF-8") from error


def _replay(engine: Engine, entry: Entry, message: AnyCommand | AnyEvent | None) -> None:
    try:
        if message is None:
            engine.handle_timer(entry.at)
        else:
            engine.handle(message, entry.at)
    except Refused as refusal:  # written by a version with other rules
        log.warning("journal entry no longer fits", seq=entry.seq, code=refusal.code)


def _first_failure(
    engine: Engine, steps: list[tuple[Entry, AnyCommand | AnyEvent | None, int]], told_before: set[int]
) -> int | None:
    for index, (entry, message, _) in enumerate(steps):
        try:
            _replay(engine, entry, message)
        except Exception:  # border: one input must not keep all work from coming back
            if entry.seq not in told_before:
                log.exception("acd input was set aside", seq=entry.seq)
            return index
    return None


def _by_kind(engine: Engine) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for aside in engine.aside:
        found.setdefault(aside.kind, []).append(aside.key)
    return found
