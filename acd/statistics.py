"""Counts gathered from events: per queue today and in each of the last 30 minutes, per agent today.

It is a projection: fed with the engine's events it serves the live board, fed with recorded events any past day. Each outcome
counts in the minute it happens. A customer is answered when an agent accepts; if the two are never connected, that is undone.
"Today" is the calendar day of the given time zone.
"""

from __future__ import annotations

from datetime import datetime, tzinfo

import msgspec

from core.causes import WorkEnd
from core.events import (
    AgentStateChanged,
    AnyEvent,
    CallbackDue,
    CallbackScheduled,
    OfferAccepted,
    OfferWithdrawn,
    WorkEnded,
    WorkEnqueued,
    WorkMoved,
)
from core.ids import AgentId, QueueId, WorkId
from core.model import AgentState, QueueConfig

MINUTES = 30
"""Length of the recent view."""


class Tally(msgspec.Struct):
    """What happened in one interval of one queue."""

    offered: int = 0
    """Arrived in the queue."""
    answered: int = 0
    answered_in_time: int = 0
    """Within the queue's service-level threshold."""
    abandoned: int = 0
    """Left after the short-abandon threshold."""
    short_abandoned: int = 0
    unserved: int = 0
    """Timed out, withdrawn, overflowed, or lost with a node."""
    wait_sum_s: float = 0.0
    """Of the answered."""
    handled: int = 0
    handle_sum_s: float = 0.0
    most_waiting: int = 0
    last_waiting: int = 0

    def add(self, other: Tally) -> None:
        """Sums the counts; waiting lines are not summed over time."""
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))


COUNTS = tuple(name for name in Tally.__struct_fields__ if not name.endswith("_waiting"))


class QueueNumbers(msgspec.Struct):
    """One queue's counts."""

    day: int = 0
    today: Tally = msgspec.field(default_factory=Tally)
    minutes: dict[int, Tally] = msgspec.field(default_factory=dict)
    """Minute since the epoch → what happened in it; only the last 30, only those in which something happened."""
    waiting: int = 0


class AgentNumbers(msgspec.Struct):
    """One agent's counts."""

    day: int = 0
    handled: int = 0
    handle_sum_s: float = 0.0
    handling_s: float = 0.0
    available_s: float = 0.0
    state: AgentState = AgentState.SIGNED_OUT
    since: float = 0.0


class OpenWork(msgspec.Struct):
    """What must be remembered of work until it ends."""

    queue_id: QueueId
    waited_s: float | None = None
    """Set while answered."""
    in_time: bool = False
    in_line: bool = True
    """A callback between two tries stands outside."""


class Numbers(msgspec.Struct):
    """Everything counted, as it goes into a snapshot."""

    queues: dict[QueueId, QueueNumbers] = msgspec.field(default_factory=dict)
    agents: dict[AgentId, AgentNumbers] = msgspec.field(default_factory=dict)
    open: dict[WorkId, OpenWork] = msgspec.field(default_factory=dict)


class Statistics:
    """Owns the counts; `apply` is the only writer."""

    def __init__(self, zone: tzinfo, numbers: Numbers | None = None) -> None:
        self._zone = zone
        self.numbers = numbers if numbers is not None else Numbers()
        self.rules: dict[QueueId, QueueConfig] = {}
        """Thresholds by queue, set by whoever knows the configuration."""
        self._day_of_hour: tuple[int, int] = (-1, 0)

    def apply(self, event: AnyEvent) -> None:
        """Counts one event; others than the ACD's own change nothing."""
        match event:
            case WorkEnqueued():
                self.numbers.open[event.work_id] = OpenWork(event.queue_id)
                self._line(event.queue_id, event.at, +1)
                self._count(event.queue_id, event.at, Tally(offered=1))
            case WorkMoved():
                self._moved(event)
            case CallbackScheduled() | CallbackDue():
                self._in_line(event.work_id, event.at, isinstance(event, CallbackDue))
            case OfferAccepted():
                self._answered(event)
            case OfferWithdrawn():
                self._unanswered(event.work_id, event.at)
            case WorkEnded():
                self._ended(event)
            case AgentStateChanged():
                self._agent_state(event)
            case _:
                pass

    # ── reading changes nothing ───────────────────────────────────────────────────────────────────────────────

    def today(self, queue_id: QueueId, now: float) -> Tally:
        queue = self.numbers.queues.get(queue_id)
        return queue.today if queue is not None and queue.day == self._day(now) else Tally()

    def last_half_hour(self, queue_id: QueueId, now: float) -> Tally:
        total = Tally()
        first = int(now // 60) - MINUTES + 1
        queue = self.numbers.queues.get(queue_id, QueueNumbers())
        for minute, tally in queue.minutes.items():
            if minute >= first:
                total.add(tally)
        return total

    def recent_waiting(self, queue_id: QueueId, now: float) -> tuple[int, ...]:
        """The longest line in each of the last 30 minutes, oldest first; quiet minutes keep the line they began with."""
        queue = self.numbers.queues.get(queue_id, QueueNumbers())
        last = int(now // 60)
        before = [minute for minute in queue.minutes if minute <= last - MINUTES]
        line = queue.minutes[max(before)].last_waiting if before else 0
        row: list[int] = []
        for minute in range(last - MINUTES + 1, last + 1):
            tally = queue.minutes.get(minute)
            row.append(tally.most_waiting if tally else line)
            line = tally.last_waiting if tally else line
        return tuple(row)

    def agent(self, agent_id: AgentId, now: float) -> AgentNumbers:
        """Counts of today; the time of the present state is added when the state ends."""
        agent = self.numbers.agents.get(agent_id)
        return agent if agent is not None and agent.day == self._day(now) else AgentNumbers()

    # ── the events ────────────────────────────────────────────────────────────────────────────────────────────

    def _moved(self, event: WorkMoved) -> None:
        """Offered to both queues, unserved by the one it left."""
        work = self.numbers.open.get(event.work_id)
        if work is None:
            return
        self._line(work.queue_id, event.at, -1)
        self._count(work.queue_id, event.at, Tally(unserved=1))
        work.queue_id = event.queue_id
        self._line(work.queue_id, event.at, +1)
        self._count(work.queue_id, event.at, Tally(offered=1))

    def _in_line(self, work_id: WorkId, at: float, back: bool) -> None:
        """A callback leaves the line until its next try, or is back; a promise for later has not been in it."""
        work = self.numbers.open.get(work_id)
        if work is not None and work.in_line is not back:
            work.in_line = back
            self._line(work.queue_id, at, +1 if back else -1)

    def _answered(self, event: OfferAccepted) -> None:
        work = self.numbers.open.get(event.work_id)
        if work is None:
            return
        rules = self.rules.get(work.queue_id)
        work.waited_s = event.waited_s
        work.in_time = rules is not None and event.waited_s <= rules.service_level_s
        self._line(work.queue_id, event.at, -1)
        answered = Tally(answered=1, answered_in_time=int(work.in_time), wait_sum_s=event.waited_s)
        self._count(work.queue_id, event.at, answered)

    def _unanswered(self, work_id: WorkId, at: float) -> None:
        """An accepted offer was taken back before the two were connected; for a ringing one there is nothing to undo."""
        work = self.numbers.open.get(work_id)
        if work is None or work.waited_s is None:
            return
        undone = Tally(answered=-1, answered_in_time=-int(work.in_time), wait_sum_s=-work.waited_s)
        work.waited_s, work.in_time = None, False
        self._count(work.queue_id, at, undone)
        self._line(work.queue_id, at, +1)

    def _ended(self, event: WorkEnded) -> None:
        work = self.numbers.open.pop(event.work_id, None)
        if work is None:
            return
        if work.waited_s is not None:
            self._count(work.queue_id, event.at, Tally(handled=1, handle_sum_s=event.handled_s))
            self._agent_handled(event)
            return
        if work.in_line:
            self._line(work.queue_id, event.at, -1)
        rules = self.rules.get(work.queue_id)
        if event.cause is not WorkEnd.ABANDONED:
            self._count(work.queue_id, event.at, Tally(unserved=1))
        elif rules is not None and event.waited_s < rules.short_abandon_s:
            self._count(work.queue_id, event.at, Tally(short_abandoned=1))
        else:
            self._count(work.queue_id, event.at, Tally(abandoned=1))

    def _agent_handled(self, event: WorkEnded) -> None:
        if event.agent_id is not None:
            agent = self._agent(event.agent_id, event.at)
            agent.handled += 1
            agent.handle_sum_s += event.handled_s

    def _agent_state(self, event: AgentStateChanged) -> None:
        agent = self._agent(event.agent_id, event.at)
        spent = max(0.0, event.at - agent.since)
        if agent.state is AgentState.FREE:
            agent.available_s += spent
        elif agent.state in {AgentState.OFFERED, AgentState.BUSY, AgentState.WRAP_UP}:
            agent.handling_s += spent
        agent.state, agent.since = event.state, event.at

    # ── buckets ───────────────────────────────────────────────────────────────────────────────────────────────

    def _queue(self, queue_id: QueueId, now: float) -> QueueNumbers:
        queue = self.numbers.queues.setdefault(queue_id, QueueNumbers(day=self._day(now)))
        if queue.day != (day := self._day(now)):
            queue.day, queue.today = day, Tally()
        return queue

    def _agent(self, agent_id: AgentId, at: float) -> AgentNumbers:
        day = self._day(at)
        agent = self.numbers.agents.setdefault(agent_id, AgentNumbers(day=day, since=at))
        if agent.day != day:
            # A state that began yesterday counts from now on: no more than one state's time is lost at midnight.
            agent = self.numbers.agents[agent_id] = AgentNumbers(day=day, state=agent.state, since=at)
        return agent

    def _minute(self, queue: QueueNumbers, at: float) -> Tally:
        minute = int(at // 60)
        tally = queue.minutes.get(minute)
        if tally is None:
            tally = queue.minutes[minute] = Tally(most_waiting=queue.waiting, last_waiting=queue.waiting)
            old = sorted(known for known in queue.minutes if known <= minute - MINUTES)
            for known in old[:-1]:  # the newest old one says how long the line was when the row begins
                del queue.minutes[known]
        return tally

    def _count(self, queue_id: QueueId, at: float, what: Tally) -> None:
        queue = self._queue(queue_id, at)
        queue.today.add(what)
        self._minute(queue, at).add(what)

    def _line(self, queue_id: QueueId, at: float, change: int) -> None:
        queue = self._queue(queue_id, at)
        tally = self._minute(queue, at)
        queue.waiting += change
        tally.last_waiting = queue.waiting
        tally.most_waiting = max(tally.most_waiting, queue.waiting)

    def _day(self, at: float) -> int:
        hour = int(at // 900)  # no zone's midnight lies inside a quarter of an hour
        if self._day_of_hour[0] != hour:
            self._day_of_hour = (hour, datetime.fromtimestamp(at, self._zone).toordinal())
        return self._day_of_hour[1]
