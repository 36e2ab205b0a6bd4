"""Counts gathered from events: per queue today and in each of the last 30 minutes, per agent today; and each queue's recent flow.

It is a projection: fed with the engine's events it serves the live board, fed with recorded events any past day. Each outcome
counts in the minute it happens (`tally.py`). A customer is answered when an agent accepts; if the two are never connected,
that is undone where it was counted. A stay of work in a queue that is over becomes a record, and history counts records.
What goes on with a conversation is another stay, offered to its queue as what was moved or handed back is: the customer's wait
goes on where it stood, without the time talked, and no estimate is held against it. A consultation counts nowhere.
"Today" is the calendar day of the given time zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo

import msgspec

from acd.numbers import tally as outcome
from acd.numbers.adherence import Attendance, Period
from acd.numbers.flow import Flow
from acd.numbers.open_work import OpenWork
from acd.numbers.tally import Outcome, Tally
from core.causes import WorkEnd
from core.events import (
    AgentStateChanged,
    AnyEvent,
    CallbackDue,
    CallbackRequested,
    CallbackScheduled,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
    WorkEnded,
    WorkEnqueued,
    WorkHandedBack,
    WorkHandedOver,
    WorkMoved,
)
from core.ids import AgentId, QueueId, WorkId
from core.model import AgentState, Channel, QueueConfig, WorkRecord

OfferEvent = OfferMade | OfferAccepted | OfferDeclined | OfferExpired | OfferWithdrawn
WORKING = frozenset({AgentState.OFFERED, AgentState.BUSY, AgentState.WRAP_UP})

RECENT_MINUTES = 30
"""Length of the recent view."""


class QueueNumbers(msgspec.Struct):
    """One queue's counts."""

    day: int = 0
    today: Tally = msgspec.field(default_factory=Tally)
    minutes: dict[int, Tally] = msgspec.field(default_factory=dict)
    """Minute since the epoch → what happened in it; only the last 30, only those in which something happened."""
    waiting: int = 0
    ringing: int = 0
    """Of those waiting: work that rings somewhere."""
    flow: Flow = msgspec.field(default_factory=Flow)


class AgentNumbers(msgspec.Struct):
    """One agent's counts."""

    day: int = 0
    handled: int = 0
    handle_sum_s: float = 0.0
    handling_s: float = 0.0
    available_s: float = 0.0
    state: AgentState = AgentState.SIGNED_OUT
    since: float = 0.0
    """Up to when the state's time is counted."""

    def spend(self, now: float) -> None:
        """Counts the present state's time."""
        spent = max(0.0, now - self.since)
        if self.state is AgentState.AVAILABLE:
            self.available_s += spent
        elif self.state in WORKING:
            self.handling_s += spent
        self.since = now


class Numbers(msgspec.Struct):
    """Everything counted, as it goes into a snapshot."""

    queues: dict[QueueId, QueueNumbers] = msgspec.field(default_factory=dict)
    agents: dict[AgentId, AgentNumbers] = msgspec.field(default_factory=dict)
    open: dict[WorkId, OpenWork] = msgspec.field(default_factory=dict)
    attendance: dict[AgentId, Attendance] = msgspec.field(default_factory=dict)
    """When each agent has served today, for adherence to the shifts."""


class Statistics:
    """Owns the counts; `apply` is the only writer."""

    def __init__(self, zone: tzinfo, numbers: Numbers | None = None) -> None:
        self._zone = zone
        self.numbers = numbers if numbers is not None else Numbers()
        self.rules: dict[QueueId, QueueConfig] = {}
        """Thresholds by queue, set by whoever knows the configuration."""
        self._day_of_hour: tuple[int, int] = (-1, 0)

    def apply(self, event: AnyEvent) -> WorkRecord | None:
        """Counts one event; others than the ACD's own change nothing. Returns the record of the stay that ended with it."""
        match event:
            case WorkEnqueued():
                self._arrived(event)
            case WorkMoved():
                return self._moved(event)
            case WorkHandedBack():
                return self._handed_back(event)
            case WorkHandedOver():
                self._handed_over(event)
            case CallbackRequested() if (work := self.numbers.open.get(event.work_id)) is not None:
                work.channel, work.call_id = Channel.CALLBACK, None
            case CallbackScheduled() | CallbackDue():
                self._in_line(event.work_id, event.at, isinstance(event, CallbackDue))
            case OfferMade() | OfferDeclined() | OfferExpired() | OfferAccepted() | OfferWithdrawn():
                self._offered(event)
            case WorkEnded():
                return self._ended(event)
            case AgentStateChanged():
                self._agent_state(event)
                kept = self.numbers.attendance.setdefault(event.agent_id, Attendance())
                kept.note(event.state, event.at, self._day(event.at))
            case _:
                pass
        return None

    # ── reading changes nothing ───────────────────────────────────────────────────────────────────────────────

    def today(self, queue_id: QueueId, now: float) -> Tally:
        queue = self.numbers.queues.get(queue_id)
        return queue.today if queue is not None and queue.day == self._day(now) else Tally()

    def last_half_hour(self, queue_id: QueueId, now: float) -> Tally:
        total = Tally()
        first = int(now // 60) - RECENT_MINUTES + 1
        queue = self.numbers.queues.get(queue_id, QueueNumbers())
        for minute, tally in queue.minutes.items():
            if minute >= first:
                total.add(tally)
        return total

    def flow(self, queue_id: QueueId) -> Flow:
        queue = self.numbers.queues.get(queue_id)
        return queue.flow if queue is not None else Flow()

    def ringing(self, queue_id: QueueId) -> int:
        """Work in line that rings somewhere."""
        queue = self.numbers.queues.get(queue_id)
        return queue.ringing if queue is not None else 0

    def recent_waiting(self, queue_id: QueueId, now: float) -> tuple[int, ...]:
        """The longest line in each of the last 30 minutes, oldest first; quiet minutes keep the line they began with."""
        queue = self.numbers.queues.get(queue_id, QueueNumbers())
        last = int(now // 60)
        before = [minute for minute in queue.minutes if minute <= last - RECENT_MINUTES]
        line = queue.minutes[max(before)].last_waiting if before else 0
        row: list[int] = []
        for minute in range(last - RECENT_MINUTES + 1, last + 1):
            tally = queue.minutes.get(minute)
            row.append(tally.most_waiting if tally else line)
            line = tally.last_waiting if tally else line
        return tuple(row)

    def agent(self, agent_id: AgentId, now: float) -> AgentNumbers:
        """Counts of today, with the present state's time up to now."""
        known = self.numbers.agents.get(agent_id)
        if known is None:
            return AgentNumbers(since=now)
        agent = msgspec.structs.replace(known) if known.day == self._day(now) else self._next_day(known, now)
        agent.spend(now)
        return agent

    def open(self) -> Iterator[WorkRecord]:
        """Work that is not over, as it is."""
        return (work.record() for work in self.numbers.open.values() if work.counts)

    def attendance(self, agent_id: AgentId, now: float) -> tuple[Period, ...]:
        """When the agent has served today."""
        kept = self.numbers.attendance.get(agent_id)
        return kept.until(now) if kept is not None else ()

    # ── the events ────────────────────────────────────────────────────────────────────────────────────────────

    def _arrived(self, event: WorkEnqueued) -> None:
        work = self.numbers.open.get(event.work_id)
        if work is not None:
            self._waits_on(work, event)
            return
        level_s, short_s = self._thresholds(event.queue_id)
        comes_now = event.arrived_at is None
        work = self.numbers.open[event.work_id] = OpenWork(
            work_id=event.work_id,
            call_id=event.call_id,
            channel=event.channel,
            queue_id=event.queue_id,
            enqueued_at=event.at if event.arrived_at is None else event.arrived_at,
            entered_at=event.at,
            service_level_s=level_s,
            short_abandon_s=short_s,
            expected_p50_s=event.expected_p50_s if comes_now else None,
            expected_p90_s=event.expected_p90_s if comes_now else None,
            agent_free=event.agent_free,
            skills=event.skills,
            talked_s=event.talked_s,
            purpose=event.purpose,
        )
        if work.counts:
            self._line(event.queue_id, event.at, +1)
            self._count(event.queue_id, event.at, outcome.arrived())

    def _waits_on(self, work: OpenWork, event: WorkEnqueued) -> None:
        """A consultation becomes a transfer while it waits, rings, or is being connected."""
        if work.counts:
            return
        work.waits_on(event)
        work.service_level_s, work.short_abandon_s = self._thresholds(work.queue_id)
        self._count(work.queue_id, event.at, outcome.arrived())
        if work.answered_at is not None:
            self._count(work.queue_id, event.at, outcome.answered(work.record()))
            return
        self._line(work.queue_id, event.at, +1)
        self._queue(work.queue_id, event.at).ringing += int(work.ringing > 0)

    def _handed_over(self, event: WorkHandedOver) -> None:
        """Offered and answered in one moment."""
        work = self.numbers.open.get(event.work_id)
        if work is None or work.counts:
            return
        work.is_handed_over(event)
        work.service_level_s, work.short_abandon_s = self._thresholds(work.queue_id)
        self._count(work.queue_id, event.at, outcome.arrived())
        self._count(work.queue_id, event.at, outcome.answered(work.record()))

    def _moved(self, event: WorkMoved) -> WorkRecord | None:
        """Moved on by the queue it left, offered to the one it came to; what was estimated there is of no use here."""
        work = self.numbers.open.get(event.work_id)
        if work is None:
            return None
        if not work.counts:
            work.queue_id = event.queue_id
            return None
        record = work.record(event.at, WorkEnd.OVERFLOWED)
        self._line(work.queue_id, event.at, -1)
        self._count(work.queue_id, event.at, outcome.over(record))
        work.go_on_in(event.queue_id, event.at, *self._thresholds(event.queue_id), event.skills)
        self._line(work.queue_id, event.at, +1)
        self._count(work.queue_id, event.at, outcome.arrived())
        return record

    def _handed_back(self, event: WorkHandedBack) -> WorkRecord | None:
        """Served so far by who left, and offered to the queue again. Cut short, it says nothing of how long conversations are."""
        work = self.numbers.open.get(event.work_id)
        if work is None:
            return None
        record = work.handed_back(event.at, event.talk_s)
        work.channel = Channel.CALL if work.channel is Channel.CALLBACK else work.channel
        self._count(work.queue_id, event.at, outcome.over(record))
        self._agent_handled(event.agent_id, event.at, event.talk_s)
        self._line(work.queue_id, event.at, +1)
        self._count(work.queue_id, event.at, outcome.arrived())
        return record

    def _offered(self, event: OfferEvent) -> None:
        match event:
            case OfferMade():
                self._ringing(event, +1)
            case OfferAccepted():
                self._ringing(event, -1)
                self._answered(event)
            case OfferWithdrawn():
                self._unanswered(event)
            case _:
                self._ringing(event, -1)

    def _ringing(self, event: OfferEvent, change: int) -> None:
        """Several offers of one piece of work ring as one."""
        work = self.numbers.open.get(event.work_id)
        if work is None:
            return
        before, work.ringing = work.ringing, work.ringing + change
        if change > 0:
            work.rings(event.at)
        if work.counts and (before > 0) is not (work.ringing > 0):
            self._queue(work.queue_id, event.at).ringing += 1 if work.ringing > 0 else -1

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
        work.is_answered(event)
        if not work.counts:
            return
        record = work.record()
        self._line(work.queue_id, event.at, -1)
        self._count(work.queue_id, event.at, outcome.answered(record))
        flow = self._queue(work.queue_id, event.at).flow
        if record.offered_at is not None:
            flow.ring.take(event.at - record.offered_at)
        self._wait_over(work, flow, event.waited_s, left=False)

    def _unanswered(self, event: OfferWithdrawn) -> None:
        """An accepted offer was taken back before the two were connected; a ringing one only stops ringing."""
        work = self.numbers.open.get(event.work_id)
        if work is None:
            return
        if work.answered_offer != event.offer_id:
            self._ringing(event, -1)
            return
        record = work.record()
        work.is_not_answered()
        if not work.counts:
            return
        self._take_back(record)
        self._line(work.queue_id, event.at, +1)

    def _ended(self, event: WorkEnded) -> WorkRecord | None:
        work = self.numbers.open.pop(event.work_id, None)
        if work is None or not work.counts:
            return None
        record = work.over(event)
        self._count(work.queue_id, event.at, outcome.over(record))
        flow = self._queue(work.queue_id, event.at).flow
        if record.answered_at is not None:
            flow.handle.take(event.handled_s)
            self._agent_handled(event.agent_id, event.at, event.handled_s)
        else:
            if work.in_line:
                self._line(work.queue_id, event.at, -1)
            self._wait_over(work, flow, record.waited_s, left=event.cause is WorkEnd.ABANDONED)
        return record

    def _wait_over(self, work: OpenWork, flow: Flow, waited_s: float, *, left: bool) -> None:
        """What the estimates to come learn from it. Who left early says nothing of how long the wait would have been."""
        flow.over(waited_s, left)
        p50, p90 = work.expected_p50_s, work.expected_p90_s
        if p50 is not None and p90 is not None and (not left or waited_s > p90):
            (flow.at_once if work.agent_free else flow.in_line).learn(waited_s, p50, p90)

    def _agent_handled(self, agent_id: AgentId | None, at: float, handled_s: float) -> None:
        if agent_id is not None:
            agent = self._agent(agent_id, at)
            agent.handled += 1
            agent.handle_sum_s += handled_s

    def _agent_state(self, event: AgentStateChanged) -> None:
        agent = self._agent(event.agent_id, event.at)
        agent.spend(event.at)
        agent.state = event.state

    # ── buckets ───────────────────────────────────────────────────────────────────────────────────────────────

    def _queue(self, queue_id: QueueId, now: float) -> QueueNumbers:
        queue = self.numbers.queues.setdefault(queue_id, QueueNumbers(day=self._day(now)))
        if queue.day != (day := self._day(now)):
            queue.day, queue.today = day, Tally()
        return queue

    def _agent(self, agent_id: AgentId, at: float) -> AgentNumbers:
        agent = self.numbers.agents.setdefault(agent_id, AgentNumbers(day=self._day(at), since=at))
        if agent.day != self._day(at):
            agent = self.numbers.agents[agent_id] = self._next_day(agent, at)
        return agent

    def _next_day(self, agent: AgentNumbers, at: float) -> AgentNumbers:
        """A state that goes on over midnight counts from midnight on."""
        midnight = datetime.fromtimestamp(at, self._zone).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
        return AgentNumbers(day=self._day(at), state=agent.state, since=max(agent.since, midnight))

    def _minute(self, queue: QueueNumbers, at: float) -> Tally:
        minute = int(at // 60)
        tally = queue.minutes.get(minute)
        if tally is None:
            tally = queue.minutes[minute] = Tally(most_waiting=queue.waiting, last_waiting=queue.waiting)
            old = sorted(known for known in queue.minutes if known <= minute - RECENT_MINUTES)
            for known in old[:-1]:  # the newest old one says how long the line was when the row begins
                del queue.minutes[known]
        return tally

    def _count(self, queue_id: QueueId, at: float, what: Outcome) -> None:
        queue = self._queue(queue_id, at)
        queue.today.count(what)
        self._minute(queue, at).count(what)

    def _take_back(self, record: WorkRecord) -> None:
        """Undoes an answer in the interval that it was counted in."""
        queue = self.numbers.queues.get(record.queue_id)
        if queue is None or record.answered_at is None:
            return
        undone = outcome.answered(record)
        if queue.day == self._day(record.answered_at):
            queue.today.count(undone, -1)
        if (tally := queue.minutes.get(int(record.answered_at // 60))) is not None:
            tally.count(undone, -1)

    def _thresholds(self, queue_id: QueueId) -> tuple[float, float]:
        """For the service level and for short abandons; nothing is in time, or short, in an unknown queue."""
        rules = self.rules.get(queue_id)
        return (rules.service_level_s, rules.short_abandon_s) if rules is not None else (0.0, 0.0)

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
