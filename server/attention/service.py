"""Looks every second, and tells what needs attention: on the event stream for screens, in the database for later, in letters.

Every control process remembers what happened and stands for election; only the leader looks and tells, so that nothing is raised
twice. Screens learn of a change at once; the database, and with it the letters, when it can be reached. A term that begins tells
again what stands: the one before may have ended between the two.

What cannot be told of one entry, or looked at of one queue, is set aside with its ids; everything else is told and looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from typing import Protocol

import msgspec
import structlog

from acd.leadership.election import BEAT_EVERY_S, LOOK_EVERY_S, Watch
from core.attention import Checked, Entry, Unknown
from core.dead_letters import Stage, letter_of_thing
from core.events import AnyEvent, AttentionChanged, AttentionChecked
from core.leadership import Fence, Fenced, Lease
from core.ports import Bus, Clock, DeadLetters, StateStore, Unavailable
from core.retrying import until_available
from server.attention.board import Board, Change
from server.attention.happened import WANTED, Happened
from server.attention.rules import examine
from server.attention.situation import Situation
from server.attention.thresholds import QueueThresholds, Thresholds

log = structlog.get_logger(__name__)

LOOK_S = 1.0
TELL_CHECKED_EVERY_S = 5.0
KIND = "attention"
"""Of what is kept in Redis."""
KEY = "happened"
FORGET_EVERY_S = 3600.0
MOST_UNWRITTEN = 1000


class Limits(msgspec.Struct, frozen=True):
    """What the company has set."""

    all: Thresholds
    queues: Mapping[str, QueueThresholds]


class Store(Protocol):
    """`SqlAttention`. All methods raise `Unavailable`."""

    async def begin(self, fence: Fence) -> tuple[Entry, ...]: ...

    async def write(self, fence: Fence, changes: list[Change]) -> None:
        """Raises `Fenced`."""
        ...

    async def forget(self, before: float) -> None: ...


Look = Callable[[Happened], Situation]


class AttentionService:
    """A service of the dispatcher, and a task. Owns what is remembered, and the board while it leads."""

    wanted = WANTED

    def __init__(
        self,
        *,
        lease: Lease,
        store: Store,
        state: StateStore,
        bus: Bus,
        clock: Clock,
        look: Look,
        limits: Callable[[], Limits],
        letters: DeadLetters,
        keep_days: float = 400.0,
        look_every_s: float = LOOK_S,
    ) -> None:
        self._lease = lease
        self._store = store
        self._state = state
        self._bus = bus
        self._clock = clock
        self._look_at = look
        self._limits = limits
        self._letters = letters
        self._look_every_s = look_every_s
        self._keep_s = keep_days * 86_400
        self._happened = Happened()
        self._dirty = False
        self._unwritten: list[Change] = []
        self._unpublished: list[AnyEvent] = []
        self._told: Checked | None = None
        self._failed: dict[tuple[str, str, type[Exception]], None] = {}
        """What was set aside already."""
        self._forgot_at = 0.0

    async def start(self) -> None:
        """Takes up what an earlier process remembered. Raises `Unavailable`."""
        saved = (await self._state.load_all(KIND)).get(KEY)
        if saved is None:
            return
        try:
            self._happened = msgspec.msgpack.decode(saved, type=Happened)
        except msgspec.MsgspecError as error:
            await self._state.set_aside(KIND, {KEY: type(error).__name__})

    async def handle(self, event: AnyEvent) -> None:
        self._dirty |= self._happened.handle(event)

    async def run(self, caught_up: Callable[[], bool]) -> None:
        """Until cancelled."""
        while True:
            fence = await self._stand(caught_up)
            log.info("attention leads", term=fence.token)
            try:
                await self._lead(fence)
            except* Fenced:
                log.warning("attention was overtaken", term=fence.token)

    # ── one term ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _stand(self, caught_up: Callable[[], bool]) -> Fence:
        """Who has not read yet what happened leaves the lead to others."""
        watch, steady = Watch(), asyncio.get_running_loop().time
        while True:
            try:
                record = await self._lease.look()
                free = watch.saw(record, steady()) and caught_up()
                if free and (fence := await self._lease.take(record)) is not None:
                    return fence
            except Unavailable:
                watch.saw_nothing()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _lead(self, fence: Fence) -> None:
        """Raises a group with `Fenced`."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._beat(fence), name="attention-beat")
            tasks.create_task(self._look_on(fence), name="attention-look")

    async def _beat(self, fence: Fence) -> None:
        try:
            while True:
                with suppress(Unavailable):  # nobody else can take the lead meanwhile, either
                    await self._lease.renew(fence)
                await asyncio.sleep(BEAT_EVERY_S)
        except asyncio.CancelledError:
            await _released(self._lease, fence)
            raise

    async def _look_on(self, fence: Fence) -> None:
        standing = await until_available(lambda: self._store.begin(fence), "attention", log, asyncio.sleep)
        board = Board(standing)
        self._unwritten.clear()
        self._told = None
        self._unpublished = []
        for entry in board.standing:
            await self._announce("figures", entry)
        failing_since: float | None = None
        while True:
            try:
                await self.look(board, fence)
                failing_since = None
            except Fenced:
                raise
            except Exception:  # border: attention is no reason to stop calls
                if failing_since is None:
                    failing_since = self._clock.now()
                    log.exception("attention cannot look")
                await self._nothing_known(failing_since)
            await asyncio.sleep(self._look_every_s)

    async def look(self, board: Board, fence: Fence) -> None:
        """Once. Raises `Fenced`."""
        now, limits = self._clock.now(), self._limits()
        self._dirty |= self._happened.forget(now, limits.all.remember_s)
        situation = self._look_at(self._happened)
        seen = examine(situation, limits.all, limits.queues, now)
        for failed in seen.failed:
            await self._set_aside(failed.what, failed.name, failed.error)
        changes = board.look(seen, now)
        for change in changes:
            await self._announce(change.what, change.entry)
        self._unwritten += [change for change in changes if change.what != "figures"]
        checked = _checked(situation, board, now)
        if _is_news(checked, self._told):
            self._told = checked
            standing = tuple(entry.entry_id for entry in board.standing)
            self._unpublished.append(AttentionChecked(at=now, checked=checked, standing=standing))
        await self._tell(fence, now)

    async def _tell(self, fence: Fence, now: float) -> None:
        try:
            while self._unpublished:
                event = self._unpublished[0]
                about = event.entry.entry_id if isinstance(event, AttentionChanged) else ""
                await self._apart("entry", about, lambda: self._bus.publish(event))  # noqa: B023  awaited in its turn
                del self._unpublished[0]
            await self._apart("happened", "", self._keep)
            await self._write(fence)
            if now - self._forgot_at > FORGET_EVERY_S:
                self._forgot_at = now
                await self._apart("cleared", "", lambda: self._store.forget(now - self._keep_s))
        except Unavailable as error:
            log.warning("attention cannot be told", error=error, waiting=len(self._unwritten))
            del self._unpublished[:-MOST_UNWRITTEN], self._unwritten[:-MOST_UNWRITTEN]

    async def _write(self, fence: Fence) -> None:
        """All at once; when that fails each by itself. Raises `Fenced` and `Unavailable`."""
        if not self._unwritten:
            return
        try:
            await self._store.write(fence, self._unwritten)
            self._unwritten = []
        except (Fenced, Unavailable):
            raise
        except Exception:  # noqa: BLE001  border: one of them cannot be kept, and must not keep back the others
            log.warning("entries are written one by one", count=len(self._unwritten))
        while self._unwritten:
            one = self._unwritten[0]
            await self._apart("entry", one.entry.entry_id, lambda: self._store.write(fence, [one]))  # noqa: B023  as above
            del self._unwritten[0]

    async def _apart(self, kind: str, name: str, work: Callable[[], Awaitable[object]]) -> None:
        """One thing by itself: when it fails it is set aside. Raises `Fenced` and `Unavailable`."""
        try:
            await work()
        except (Fenced, Unavailable):
            raise
        except Exception as error:  # noqa: BLE001  border: attention goes on without what one mistake ends
            await self._set_aside(kind, name, error)

    async def _set_aside(self, kind: str, name: str, error: Exception) -> None:
        """Once: the same failure is the same letter."""
        about = (kind, name, type(error))
        if about in self._failed:
            return
        log.error("cannot be told", kind=kind, subject_id=name, exc_info=error)
        ids = {f"{kind}_id": name} if name else {}
        letter = letter_of_thing(Stage.SHOW, "attention", kind, ids=ids, error=error, at=self._clock.now())
        with suppress(Unavailable):
            await self._letters.set_aside(letter)
            self._failed[about] = None
            while len(self._failed) > MOST_UNWRITTEN:
                del self._failed[next(iter(self._failed))]

    async def _announce(self, what: str, entry: Entry) -> None:
        """Screens are told of it with the next `_tell`. One that no message can carry is set aside."""
        try:
            self._unpublished.append(self._event(what, entry))
        except msgspec.ValidationError as error:
            await self._set_aside("entry", entry.entry_id, error)

    async def _keep(self) -> None:
        if not self._dirty:
            return
        self._dirty = False  # before: more may happen while it is saved
        try:
            await self._state.save(KIND, KEY, msgspec.msgpack.encode(self._happened))
        except Unavailable:
            self._dirty = True
            raise

    async def _nothing_known(self, since: float) -> None:
        """A look failed by a mistake in this program: the log has it, and screens say that nothing is known."""
        now = self._clock.now()
        self._told = Checked(at=now, unknown=(Unknown(what="queues", since=since),))
        try:
            await self._bus.publish(AttentionChecked(at=now, checked=self._told))
        except Unavailable:
            return  # screens see by themselves that nobody looks

    def _event(self, what: str, entry: Entry) -> AttentionChanged:
        return msgspec.convert({"at": self._clock.now(), "entry": entry, "what": what}, AttentionChanged)


async def _released(lease: Lease, fence: Fence) -> None:
    try:
        await lease.release(fence)
    except Unavailable:
        return  # another one takes over after a silence


def _checked(situation: Situation, board: Board, now: float) -> Checked:
    return Checked(
        at=now,
        queues=_count(None if situation.queues is None else situation.queues.values()),
        agents=situation.agents,
        trunks=_count(situation.trunks),
        nodes=_count(None if situation.fleet is None else situation.fleet.nodes),
        unknown=board.unknown,
    )


def _count(things: Iterable[object] | None) -> int:
    return 0 if things is None else sum(thing is not None for thing in things)


def _is_news(checked: Checked, told: Checked | None) -> bool:
    if told is None or checked.at - told.at >= TELL_CHECKED_EVERY_S:
        return True
    return msgspec.structs.replace(checked, at=told.at) != told
