"""What is happening now: events in, messages for screens out. Pure.

Invariant: after any events, `snapshot` equals what a screen has that started from an earlier snapshot and applied every message
since. Everything is replaced whole, by id, so an event that comes twice changes nothing. Agents, queues and numbers are not kept
here: the ACD has them (`Floor`); calls, offers, pops and words are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import msgspec

from acd.views import AgentView, NumbersView, QueueView
from core.causes import WorkEnd
from core.events import (
    AgentStateChanged,
    Alert,
    AnyEvent,
    CallConnected,
    CallEnded,
    CallerIdentified,
    CallHeld,
    CallStarted,
    FlowStepped,
    LegMeasured,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
    RecordingFailed,
    RecordingFinished,
    RecordingStarted,
    TranscriptFinal,
    TranscriptionDeferred,
    TranscriptionFailed,
    TranscriptPartial,
    WorkEnded,
    WorkEnqueued,
    WorkMoved,
    WrapUpFinished,
)
from core.ids import AgentId, CallId, OfferId, QueueId, WorkId
from customers.model import Segment, Step
from customers.screen_pop import Pop
from server.live import messages as live
from server.live.change import EVERYBODY, Change, to_agent, to_supervisors
from server.live.system import outline
from server.live.works import Floor as WorkFloor
from server.live.works import WorkBoard
from server.wire import LiveCall, Me, Numbers, Offer, Queue, Settings, ShownAlert, System, agent_of, queue_of

KEEP_ENDED_S = 5.0
"""A call that ended without an agent stays on the board for so long."""
WRAP_UP_GRACE_S = 3.0
"""After the end of a call its wrap-up may begin this late."""
TELL_COUNTS_EVERY_S = 2.0
SegmentKey = tuple[str, int]


class Floor(WorkFloor, Protocol):
    """What the ACD shows."""

    def agents(self) -> tuple[AgentView, ...]: ...
    def agent(self, agent_id: AgentId) -> AgentView: ...
    def queues(self) -> tuple[QueueView, ...]: ...
    def numbers(self) -> NumbersView: ...


class LiveView:
    """Owns the picture. Every method returns the changes that screens must be told."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.calls: dict[CallId, LiveCall] = {}
        self.offers: dict[OfferId, Offer] = {}
        self.pops: dict[CallId, Pop] = {}
        self.segments: dict[CallId, dict[SegmentKey, Segment]] = {}
        self.alerts: dict[str, ShownAlert] = {}
        self.board = WorkBoard(floor, self._name_of_caller)
        self._queues: dict[str, Queue] = {}
        self._numbers: Numbers | None = None
        self._system: System | None = None
        self._system_told_at = 0.0
        self.settings = Settings()
        self.names: dict[str, str] = {}
        """Of users, by id: who set an agent's state."""
        self._handlers: dict[type, Callable[[Any, float], list[Change]]] = {
            CallStarted: self._call_started,
            CallerIdentified: self._identified,
            FlowStepped: self._stepped,
            WorkEnqueued: self._enqueued,
            WorkMoved: self._moved,
            WorkEnded: self._work_ended,
            OfferMade: self._offer_made,
            OfferAccepted: self._offer_accepted,
            OfferDeclined: self._offer_declined,
            OfferExpired: self._offer_expired,
            OfferWithdrawn: self._offer_withdrawn,
            CallConnected: self._connected,
            CallHeld: self._held,
            CallEnded: self._ended,
            WrapUpFinished: self._wrapped_up,
            AgentStateChanged: self._agent_changed,
            RecordingStarted: lambda event, _: self._change(event.call_id, recording="on"),
            RecordingFinished: lambda event, _: self._change(event.call_id, recording="off"),
            RecordingFailed: lambda event, _: self._change(event.call_id, recording="failed"),
            TranscriptionFailed: lambda event, _: self._change(event.call_id, transcript="none"),
            TranscriptionDeferred: self._deferred,
            TranscriptPartial: self._partial,
            TranscriptFinal: self._final,
            LegMeasured: self._measured,
            Alert: self._alert,
        }

    def handle(self, event: AnyEvent, now: float) -> list[Change]:
        handler = self._handlers.get(type(event))
        changes = handler(event, now) if handler else []
        return changes + self.board.handle(event)

    # ── calls ─────────────────────────────────────────────────────────────────────────────────────────────────

    def restore(self, call: LiveCall, pop: Pop | None, segments: Iterable[Segment]) -> None:
        """A call that an earlier process has shown."""
        self.calls[call.call_id] = call
        if pop is not None:
            self.pops[call.call_id] = pop
        self.segments[call.call_id] = {(segment.leg_id, segment.utterance): segment for segment in segments}

    def restore_offers(self, offers: Iterable[Offer]) -> None:
        """What rang when the process began."""
        self.offers |= {offer.offer_id: offer for offer in offers}

    def pop_ready(self, pop: Pop) -> list[Change]:
        """The screen-pop of a call was computed (again)."""
        if self.pops.get(pop.call_id) == pop:
            return []
        self.pops[pop.call_id] = pop
        call = self.calls.get(pop.call_id)
        changes = [self._for_call(call, live.PopMessage(pop=pop))]
        if call is not None:
            changes += self._known_as(pop.call_id, customer_id=pop.customer.customer_id, customer_name=pop.customer.name)
        return changes

    def _call_started(self, event: CallStarted, _: float) -> list[Change]:
        if event.call_id in self.calls:
            return []
        call = LiveCall(
            call_id=event.call_id,
            state="dialling" if event.outbound else "ivr",
            kind=event.kind,
            outbound=event.outbound,
            work_id=event.work_id,
            queue_id=event.queue_id,
            agent_id=event.agent_id,
            customer_id=event.customer_id,
            customer_name=event.display_name,
            caller=event.caller,
            started_at=event.at,
        )
        self.calls[event.call_id] = call
        return [self._for_call(call, live.CallMessage(call=call))]

    def _identified(self, event: CallerIdentified, _: float) -> list[Change]:
        return self._known_as(event.call_id, customer_id=event.customer_id, customer_name=event.name)

    def _known_as(self, call_id: CallId, **fields: Any) -> list[Change]:
        """Who is calling; whatever waits for an agent with this call shows it too."""
        changes = self._change(call_id, **fields)
        call = self.calls.get(call_id)
        return changes + (self.board.changed(call.work_id) if changes and call and call.work_id else [])

    def _name_of_caller(self, call_id: CallId) -> str:
        call = self.calls.get(call_id)
        return call.customer_name if call is not None else ""

    def _stepped(self, event: FlowStepped, _: float) -> list[Change]:
        call = self.calls.get(event.call_id)
        step = Step(at=event.at, step=event.step, verb=event.verb, detail=event.detail)
        if call is None or step in call.path:
            return []
        return self._change(event.call_id, path=(*call.path, step))

    def _enqueued(self, event: WorkEnqueued, _: float) -> list[Change]:
        call = self.calls.get(event.call_id) if event.call_id else None
        if call is None or call.state != "ivr":
            return []
        return self._change(call.call_id, state="waiting", work_id=event.work_id, queue_id=event.queue_id, waiting_since=event.at)

    def _moved(self, event: WorkMoved, _: float) -> list[Change]:
        if event.call_id is None or not self._in_line(event.call_id):
            return []
        return self._change(event.call_id, queue_id=event.queue_id)

    def _work_ended(self, event: WorkEnded, _: float) -> list[Change]:
        """Nobody took the call, and its caller is led on by the flow. One who left is told by `CallEnded`."""
        led_on = event.cause in {WorkEnd.TIMED_OUT, WorkEnd.WITHDRAWN}
        if not led_on or event.call_id is None or not self._waits_as(event.call_id, event.work_id):
            return []
        return self._change(event.call_id, state="ivr", work_id=None, queue_id=None, waiting_since=None)

    def _waits_as(self, call_id: CallId, work_id: WorkId) -> bool:
        return self._in_line(call_id) and self.calls[call_id].work_id == work_id

    def _connected(self, event: CallConnected, _: float) -> list[Change]:
        if self._is_over(event.call_id):
            return []
        available = self._system is not None and self._system.asr.available
        changes = self._change(
            event.call_id,
            state="talking",
            agent_id=event.agent_id,
            queue_id=event.queue_id,
            work_id=event.work_id,
            connected_at=event.at,
            transcript="live" if available else "none",
        )
        pop = self.pops.get(event.call_id)
        return changes if pop is None else [*changes, to_agent(event.agent_id, live.PopMessage(pop=pop))]

    def _held(self, event: CallHeld, _: float) -> list[Change]:
        if self._is_over(event.call_id):
            return []
        return self._change(event.call_id, state="held" if event.held else "talking")

    def _ended(self, event: CallEnded, _: float) -> list[Change]:
        call = self.calls.get(event.call_id)
        if call is None or call.ended_at is not None:
            return []
        state = "wrap_up" if call.connected_at is not None else "ended"
        return self._change(event.call_id, state=state, ended_at=event.at, cause=str(event.cause))

    def _wrapped_up(self, event: WrapUpFinished, _: float) -> list[Change]:
        call = self.calls.get(event.call_id) if event.call_id else None
        return [] if call is None or call.state != "wrap_up" else self._remove(call)

    def _is_over(self, call_id: CallId) -> bool:
        call = self.calls.get(call_id)
        return call is None or call.ended_at is not None

    def _change(self, call_id: CallId, **fields: Any) -> list[Change]:
        """The one place where a call on the board changes."""
        old = self.calls.get(call_id)
        if old is None:
            return []
        new = msgspec.structs.replace(old, **fields)
        if new == old:
            return []
        self.calls[call_id] = new
        return [self._for_call(new, live.CallMessage(call=new))]

    def _remove(self, call: LiveCall) -> list[Change]:
        del self.calls[call.call_id]
        self.pops.pop(call.call_id, None)
        self.segments.pop(call.call_id, None)
        return [self._for_call(call, live.CallRemoved(call_id=call.call_id))]

    def _for_call(self, call: LiveCall | None, message: live.Message) -> Change:
        """Supervisors and the agent who has the call."""
        return Change(message, agents=frozenset({call.agent_id} if call and call.agent_id else ()))

    # ── offers ────────────────────────────────────────────────────────────────────────────────────────────────

    def _offer_made(self, event: OfferMade, now: float) -> list[Change]:
        if event.expires_at <= now:
            return []
        offer = Offer(
            offer_id=event.offer_id,
            work_id=event.work_id,
            call_id=event.call_id,
            channel=event.channel,
            queue_id=event.queue_id,
            agent_id=event.agent_id,
            made_at=event.at,
            expires_at=event.expires_at,
            reason=event.decision.summary,
            decision=event.decision,
            pop=self.pops.get(event.call_id or event.origin_call_id or CallId("")),
        )
        self.offers[event.offer_id] = offer
        ringing = self._change(event.call_id, state="ringing") if event.call_id and self._in_line(event.call_id) else []
        return [Change(live.OfferMessage(offer=offer), agents=frozenset({event.agent_id})), *ringing]

    def _in_line(self, call_id: CallId) -> bool:
        call = self.calls.get(call_id)
        return call is not None and call.state in {"waiting", "ringing"}

    def _offer_accepted(self, event: OfferAccepted, _: float) -> list[Change]:
        ended = self._offer_over(event.offer_id, event.agent_id, "accepted")
        call_id = event.call_id
        if call_id is None or not self._in_line(call_id):
            return ended
        return [*ended, *self._change(call_id, agent_id=event.agent_id)]

    def _offer_declined(self, event: OfferDeclined, _: float) -> list[Change]:
        return self._offer_back(event.offer_id, event.agent_id, "declined")

    def _offer_expired(self, event: OfferExpired, _: float) -> list[Change]:
        return self._offer_back(event.offer_id, event.agent_id, "expired")

    def _offer_withdrawn(self, event: OfferWithdrawn, _: float) -> list[Change]:
        return self._offer_back(event.offer_id, event.agent_id, "withdrawn")

    def _offer_over(self, offer_id: OfferId, agent_id: AgentId, cause: live.OfferEnd) -> list[Change]:
        offer = self.offers.pop(offer_id, None)
        if offer is None:
            return []
        if offer.pop is not None and offer.pop.call_id not in self.calls:  # of the call in which a callback was promised
            self.pops.pop(offer.pop.call_id, None)
        return [Change(live.OfferEnded(offer_id=offer_id, cause=cause), agents=frozenset({agent_id}))]

    def _offer_back(self, offer_id: OfferId, agent_id: AgentId, cause: live.OfferEnd) -> list[Change]:
        """The call waits again, unless it rings elsewhere."""
        offer = self.offers.get(offer_id)
        changes = self._offer_over(offer_id, agent_id, cause)
        if offer is None or offer.call_id is None or not self._in_line(offer.call_id):
            return changes
        elsewhere = any(other.call_id == offer.call_id for other in self.offers.values())
        return changes if elsewhere else [*changes, *self._change(offer.call_id, state="waiting")]

    def _deferred(self, event: TranscriptionDeferred, _: float) -> list[Change]:
        """A gap that live text has already closed again needs no word on the screen."""
        return self._change(event.call_id, transcript="late" if event.until_ms is None else "live")

    # ── words, quality, alerts ────────────────────────────────────────────────────────────────────────────────

    def _partial(self, event: TranscriptPartial, _: float) -> list[Change]:
        known = self.segments.get(event.call_id, {}).get((event.leg_id, event.utterance))
        if known is not None and known.final and known.start_ms >= event.start_ms:
            return []
        return self._segment(
            Segment(
                call_id=event.call_id,
                leg_id=event.leg_id,
                utterance=event.utterance,
                speaker=event.speaker,
                text=event.text,
                start_ms=event.start_ms,
                end_ms=event.start_ms,
                at=event.at,
                final=False,
            )
        )

    def _final(self, event: TranscriptFinal, _: float) -> list[Change]:
        changes = self._segment(
            Segment(
                call_id=event.call_id,
                leg_id=event.leg_id,
                utterance=event.utterance,
                speaker=event.speaker,
                text=event.text,
                start_ms=event.start_ms,
                end_ms=event.end_ms,
                at=event.at,
                late=event.late,
                words=event.words,
            )
        )
        return [*changes, *self._change(event.call_id, last_words=event.text)] if event.text else changes

    def _segment(self, segment: Segment) -> list[Change]:
        call = self.calls.get(segment.call_id)
        if call is None:
            return []
        self.segments.setdefault(segment.call_id, {})[(segment.leg_id, segment.utterance)] = segment
        return [self._for_call(call, live.SegmentMessage(segment=segment))]

    def _measured(self, event: LegMeasured, _: float) -> list[Change]:
        if event.call_id is None or event.agent_id is not None:
            return []
        return self._change(event.call_id, quality=event.quality)

    def _alert(self, event: Alert, _: float) -> list[Change]:
        alert = ShownAlert(key=event.key, severity=event.severity, text=event.text, at=event.at)
        if event.severity == "cleared":
            if self.alerts.pop(event.key, None) is None:
                return []
        else:
            self.alerts[event.key] = alert
        return [to_supervisors(live.AlertMessage(alert=alert))]

    # ── the floor ─────────────────────────────────────────────────────────────────────────────────────────────

    def agent_changed(self, agent_id: AgentId) -> list[Change]:
        """The ACD knows something new of an agent."""
        try:
            agent = agent_of(self._floor.agent(agent_id), self.names)
        except KeyError:
            return []
        return [Change(live.AgentMessage(agent=agent), agents=frozenset({agent_id}))]

    def _agent_changed(self, event: AgentStateChanged, _: float) -> list[Change]:
        changes = self.agent_changed(event.agent_id)
        for call in tuple(self.calls.values()):
            if call.agent_id == event.agent_id and call.state == "wrap_up" and call.work_id in event.work:
                changes += self._change(call.call_id, wrap_up_until=event.until)
        return changes

    def set_up(self, settings: Settings) -> list[Change]:
        """What the company has set for its screens."""
        if settings == self.settings:
            return []
        self.settings = settings
        return [Change(live.SettingsMessage(settings=settings), agents=EVERYBODY)]

    def refresh(self, now: float, system: System) -> list[Change]:
        """What follows from time or from many events at once: queues, numbers, the system; and calls that leave the board."""
        changes = []
        queues = {queue.queue_id: queue for queue in map(queue_of, self._floor.queues())}
        for gone in self._queues.keys() - queues.keys():
            del self._queues[gone]
            changes.append(Change(live.QueueRemoved(queue_id=QueueId(gone)), agents=EVERYBODY))
        for queue in queues.values():
            if self._queues.get(queue.queue_id) != queue:
                self._queues[queue.queue_id] = queue
                changes.append(Change(live.QueueMessage(queue=queue), agents=EVERYBODY))
        numbers = self._numbers_now()
        if numbers != self._numbers:
            self._numbers = numbers
            changes.append(Change(live.NumbersMessage(numbers=numbers), agents=EVERYBODY))
        changes += self.board.refresh(now)
        changes += self._system_changes(now, system)
        for call in tuple(self.calls.values()):
            if self._leaves(call, now):
                changes += self._remove(call)
        return changes

    def _system_changes(self, now: float, system: System) -> list[Change]:
        """At once when something comes or goes; counts and lags only to supervisors, and not more often than they can be read."""
        if self._system is None or outline(system) != outline(self._system):
            audience: frozenset[AgentId] | None = EVERYBODY
        elif system != self._system and now - self._system_told_at >= TELL_COUNTS_EVERY_S:
            audience = frozenset()
        else:
            return []
        self._system, self._system_told_at = system, now
        return [Change(live.SystemMessage(system=system), agents=audience)]

    def _leaves(self, call: LiveCall, now: float) -> bool:
        if call.ended_at is None:
            return False
        if call.state == "ended" or call.agent_id is None:
            return now - call.ended_at > KEEP_ENDED_S
        try:
            in_hand = call.work_id in self._floor.agent(call.agent_id).work
        except KeyError:
            in_hand = False
        return not in_hand and now - call.ended_at > WRAP_UP_GRACE_S

    def _numbers_now(self) -> Numbers:
        view = self._floor.numbers()
        return Numbers(**{name: getattr(view, name) for name in Numbers.__struct_fields__})

    # ── everything at once ────────────────────────────────────────────────────────────────────────────────────

    def snapshot(self, me: Me, system: System) -> live.Snapshot:
        """What `me` may see now; numbers of people are masked by whoever sends it to an agent."""
        sees_all = me.role != "agent"
        calls = tuple(call for call in self.calls.values() if sees_all or call.agent_id == me.agent_id)
        offers = tuple(offer for offer in self.offers.values() if sees_all or offer.agent_id == me.agent_id)
        shown = {call.call_id for call in calls} | {offer.call_id for offer in offers if offer.call_id}
        agents = tuple(agent_of(view, self.names) for view in self._floor.agents() if sees_all or view.agent_id == me.agent_id)
        return live.Snapshot(
            me=me,
            agents=agents,
            queues=tuple(map(queue_of, self._floor.queues())),
            calls=calls,
            offers=offers,
            works=tuple(self.board.works.values()) if sees_all else self.board.seen_by(me.agent_id) if me.agent_id else (),
            lines=tuple(self.board.lines.values()) if sees_all else (),
            pops={call_id: pop for call_id, pop in self.pops.items() if call_id in shown},
            segments={call.call_id: tuple(self.segments.get(call.call_id, {}).values()) for call in calls},
            alerts=tuple(self.alerts.values()) if sees_all else (),
            system=system,
            numbers=self._numbers_now(),
            settings=self.settings,
        )
