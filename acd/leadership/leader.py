"""One term of the ACD's leader: commands, events and time come in one at a time; each is decided, written and published.

Invariant: a step is published only with the fence of this term (`core.leadership`), and nobody is answered before the step, or
the refusal, was checked against it. Once a newer leader has begun, whatever this one still does ends in `Fenced`.
"""

from __future__ import annotations

import asyncio
from functools import partial

import structlog

from acd.leadership.election import BEAT_EVERY_S, SILENCE_S
from acd.leadership.journal import Entry, Journal
from acd.leadership.waiting import until_available
from acd.model.refusals import Refused, Repeated
from core.causes import EndCause
from core.commands import Answer, AnyCommand, FindWork
from core.events import (
    AnyEvent,
    CallConnected,
    CallEnded,
    CallHandedBack,
    CallStarted,
    CallTransferred,
    NodeLost,
    PartyJoined,
    PartyLeft,
    WrapUpFinished,
)
from core.leadership import Fence, Fenced, Lease
from core.parties import Role
from core.ports import Bus, Clock, Unavailable, ok, refused

log = structlog.get_logger(__name__)

ADDRESSEE = "acd"

RECHECK_S = 5.0
"""Longest sleep of the timer."""
MARK_EVERY_S = 1.0

LOGGED_IDS = ("work_id", "call_id", "offer_id", "agent_id", "queue_id", "node_id")


class _Outbox:
    """A step that the engine has taken and the world does not know yet."""

    def __init__(self, entry: Entry, events: list[AnyEvent], cursor: str) -> None:
        self.entry = entry
        self.events = tuple(events)
        self.cursor = cursor


class Leader:
    """Owns the engine for the time of one fence."""

    def __init__(self, fence: Fence, *, bus: Bus, lease: Lease, journal: Journal, clock: Clock) -> None:
        self._fence = fence
        self._bus = bus
        self._lease = lease
        self._journal = journal
        self._clock = clock
        self._outbox: _Outbox | None = None
        self._broken = False
        """A mistake in the engine has left it half-way through a step."""
        self._turn = asyncio.Lock()
        self._stepped = asyncio.Event()
        self._overtaken = asyncio.Event()
        self._timer_rests_until_s = 0.0
        """After a deadline that the engine could not meet, on the loop's clock."""
        self._renewed_s = asyncio.get_running_loop().time()
        self.failures = 0
        """Inputs lost to a mistake in the engine."""

    # ── life ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Serves until it is cancelled, or overtaken: raises `Fenced`."""
        await until_available(self._journal.load_position)
        if self._journal.snapshot_is_due:
            await until_available(partial(self._journal.save, self._fence))
        tasks = [
            asyncio.create_task(self._beat(), name="acd-beat"),
            asyncio.create_task(self._bus.serve(ADDRESSEE, self._command), name="acd-commands"),
            asyncio.create_task(self._read_events(), name="acd-events"),
            asyncio.create_task(self._run_timer(), name="acd-timer"),
            asyncio.create_task(self._mark_now_and_then(), name="acd-mark"),
            asyncio.create_task(self._until_overtaken(), name="acd-overtaken"),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def step_down(self) -> None:
        """Finishes the step in hand, writes a last snapshot and lets somebody else lead, if the store is there."""
        try:
            async with self._turn:
                await self._deliver_once()
                await self._journal.save(self._fence)
            await self._lease.release(self._fence)
        except Unavailable as error:
            log.warning("acd stopped without a snapshot", error=error)
        except Fenced:
            log.info("acd stopped after another one had begun")

    async def _until_overtaken(self) -> None:
        await self._overtaken.wait()
        raise Fenced("another leader has begun")

    async def _beat(self) -> None:
        """Shows that this leader lives. While the store is away nobody can take over, either."""
        while True:
            try:
                await self._renew()
            except Unavailable as error:
                log.debug("lease not renewed", error=error)
            await asyncio.sleep(BEAT_EVERY_S)

    async def _renew(self) -> None:
        began_s = asyncio.get_running_loop().time()
        await self._lease.renew(self._fence)
        self._renewed_s = began_s

    # ── inputs ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _read_events(self) -> None:
        """From where the leader before had marked the stream; up to where it had written, only for where the calls are."""
        journal = self._journal
        handled = journal.cursor
        async for cursor, event in self._bus.events(journal.marked_cursor):
            inputs = self._inputs(event)
            if _order(cursor) <= _order(handled):
                self._forget_calls(inputs)
                continue
            for number, message in enumerate(inputs, 1):
                await self._happened(message, cursor if number == len(inputs) else None)
            self._forget_calls(inputs)
            journal.cursor = cursor

    def _inputs(self, event: AnyEvent) -> list[AnyEvent]:
        """What an event of the stream means to the engine: mostly nothing."""
        nodes = self._journal.node_of_call
        match event:
            case CallStarted():
                nodes[event.call_id] = event.node_id
            case NodeLost():
                lost = [call_id for call_id, node_id in nodes.items() if node_id == event.node_id]
                ended = partial(CallEnded, at=event.at, cause=EndCause.NODE_LOST, started_at=event.at)
                return [ended(call_id=call_id) for call_id in lost]
            case CallConnected() | CallHandedBack() | CallTransferred() | CallEnded() | WrapUpFinished():
                return [event]
            case PartyJoined(role=Role.CONSULTANT) | PartyLeft(role=Role.CONSULTANT):
                return [event]
            case _:
                pass
        return []

    def _forget_calls(self, inputs: list[AnyEvent]) -> None:
        for message in inputs:
            if isinstance(message, CallEnded):
                self._journal.node_of_call.pop(message.call_id, None)

    async def _happened(self, event: AnyEvent, cursor: str | None) -> None:
        try:
            await self._take(event, cursor)
        except Repeated:
            return
        except Refused as refusal:
            log.info("event does not fit", event_type=type(event).__name__, code=refusal.code, **_ids(event))
        except Fenced:
            raise
        except Exception:  # border of the process: one event that the engine cannot handle must not stop all queues
            self.failures += 1
            log.exception("event failed", event_type=type(event).__name__, **_ids(event))

    async def _command(self, command: AnyCommand) -> Answer:
        """An overtaken leader answers nothing: the command waits in its stream for the new one."""
        try:
            return await self._answer(command)
        except Fenced:
            self._overtaken.set()
            await asyncio.Event().wait()  # until `run` ends this task
            raise
        except Exception:  # counted here; the bus, whose border it is, logs it and answers
            self.failures += 1
            raise

    async def _answer(self, command: AnyCommand) -> Answer:
        if isinstance(command, FindWork):
            known = self._journal.engine.registry.work_items
            answer = ok(missing=[work_id for work_id in command.work_ids if work_id not in known])
            await until_available(self._renew)  # said by whoever leads, see below
            return answer
        try:
            await self._take(command)
        except Repeated:
            answer = ok()
        except Refused as refusal:
            log.info("command refused", command=type(command).__name__, code=refusal.code, **_ids(command))
            answer = refused(refusal.reason, refusal.code)
        else:
            return ok()
        await until_available(self._renew)  # said by whoever leads, not by one who has slept through a change
        return answer

    async def _take(self, message: AnyCommand | AnyEvent, cursor: str | None = None) -> None:
        """One step, after what is due before it. Raises `Refused`."""
        async with self._turn:
            await self._get_ready()
            now = self._clock.now()
            await self._fire_due(now)
            if cursor is not None:
                self._journal.cursor = cursor
            await self._step(message, now)
        self._stepped.set()

    async def _run_timer(self) -> None:
        """Sleeps until the engine's next deadline, or until a step changes it."""
        while True:
            self._stepped.clear()
            deadline = self._journal.engine.next_deadline()
            delay_s = RECHECK_S if deadline is None else min(RECHECK_S, deadline - self._clock.now())
            rests_s = self._timer_rests_until_s - asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(max(0.0, delay_s, rests_s)):
                    await self._stepped.wait()
            except TimeoutError:
                async with self._turn:
                    await self._get_ready()
                    await self._fire_due(self._clock.now())

    async def _fire_due(self, now: float) -> None:
        deadline = self._journal.engine.next_deadline()
        if deadline is None or deadline > now or asyncio.get_running_loop().time() < self._timer_rests_until_s:
            return
        try:
            await self._step(None, now)
        except Fenced:
            raise
        except Exception:  # border of the process: a deadline that the engine cannot meet must not stop all other work
            self.failures += 1
            log.exception("deadline failed")
            self._timer_rests_until_s = asyncio.get_running_loop().time() + RECHECK_S
            await self._get_ready()

    # ── steps ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _get_ready(self) -> None:
        """The step before is finished, the engine is whole, and this process was not asleep for longer than its lease."""
        if asyncio.get_running_loop().time() - self._renewed_s > SILENCE_S:
            await until_available(self._renew)
        await self._deliver()
        if self._broken:
            await until_available(self._journal.load)
            self._broken = False

    async def _step(self, message: AnyCommand | AnyEvent | None, now: float) -> None:
        engine = self._journal.engine
        try:
            events = engine.handle_timer(now) if message is None else engine.handle(message, now)
        except Refused:
            raise
        except Exception:  # whatever it was: half a step was taken; it is told at the border where the input came in
            self._broken = True
            raise
        self._outbox = _Outbox(self._journal.entry(message, now), events, self._journal.cursor)
        await self._deliver()

    async def _deliver(self) -> None:
        """Writes and publishes the step in hand, however long the store is away."""
        if self._outbox is not None:
            await until_available(self._deliver_once)
            if self._journal.snapshot_is_due:
                await until_available(partial(self._journal.save, self._fence))

    async def _deliver_once(self) -> None:
        """A step cancelled half-way is finished by the next one."""
        outbox = self._outbox
        if outbox is not None:
            await self._journal.append(self._fence, outbox.entry, outbox.events, outbox.cursor)
            self._outbox = None

    async def _mark_now_and_then(self) -> None:
        marked = ""
        while True:
            await asyncio.sleep(MARK_EVERY_S)
            cursor = self._journal.cursor
            if cursor == marked:
                continue
            try:
                await self._journal.mark(self._fence)
                marked = cursor
            except Unavailable as error:
                log.debug("event stream not marked", error=error)


def _ids(message: AnyCommand | AnyEvent) -> dict[str, str]:
    """What may be logged of a message: ids, never texts."""
    return {name: getattr(message, name) for name in LOGGED_IDS if getattr(message, name, None)}


def _order(cursor: str) -> tuple[int, int]:
    """Cursors of the event stream compare as two numbers."""
    first, _, second = cursor.partition("-")
    return int(first or 0), int(second or 0)
