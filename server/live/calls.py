"""Calls on screens: how far each one is, who is calling, what was said. Pure.

Invariant: every change of a call goes through `change`, which says nothing when nothing is new, so that an event that comes twice
changes nothing. Supervisors see all calls, an agent those in hand. What happens among those who take part is in
`conversation.py`, whom a call concerns in `concerned.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import msgspec

from acd.views.agent import AgentView
from core.causes import WorkEnd
from core.events import (
    AgentStateChanged,
    AnyEvent,
    CallerIdentified,
    CallStarted,
    FlowStepped,
    LegMeasured,
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
from core.ids import AgentId, CallId, WorkId
from core.model import AgentState, LegPurpose
from customers.identity import interaction_of_call
from customers.model import Segment
from customers.records import steps_of
from customers.screen_pop import Pop
from server.live import messages as live
from server.live.change import Change, Left, to_agent
from server.live.concerned import IN_CONVERSATION, agents_of, asked_about, mentioned, thing, with_limit, without_wrap_up
from server.live.conversation import ConversationNews
from server.live.words import Words
from server.schemas import Asked, CallWrapUp, LiveCall
from server.sight import Sight, WorkThing, sees

KEEP_ENDED_S = 5.0
"""A call that ended without an agent stays on the board for so long."""
WRAP_UP_GRACE_S = 3.0
"""After the end of a call its wrap-up may begin this late."""


class AgentViews(Protocol):
    """What the ACD shows of who has which work in hand."""

    def agent(self, agent_id: AgentId) -> AgentView: ...


class CallBoard:
    """Owns the calls, their screen-pops and their words."""

    def __init__(self, acd: AgentViews) -> None:
        self._acd = acd
        self.shown: dict[CallId, LiveCall] = {}
        self.pops: dict[CallId, Pop] = {}
        """Of calls on the board; of an earlier call, for the offer that comes from it, until the next `refresh`."""
        self.words = Words()
        self.transcribing = False
        """Some recognizer has a model now."""
        self._resumed: set[CallId] = set()
        """Restored in conversation, without words: call control has them transcribed as soon as somebody can."""
        self._news = ConversationNews(self)
        self._handlers: dict[type, Callable[[Any], list[Change]]] = {
            CallStarted: self._started,
            CallerIdentified: self._identified,
            FlowStepped: self._stepped,
            WorkEnqueued: self._enqueued,
            WorkMoved: self._moved,
            WorkEnded: self._work_ended,
            AgentStateChanged: self._agent_changed,
            WrapUpFinished: self._wrapped_up,
            RecordingStarted: lambda event: self.change(event.call_id, recording="on"),
            RecordingFinished: lambda event: self.change(event.call_id, recording="off"),
            RecordingFailed: lambda event: self.change(event.call_id, recording="failed"),
            TranscriptionFailed: lambda event: self.change(event.call_id, transcript="none"),
            TranscriptionDeferred: self._deferred,
            TranscriptPartial: self._heard,
            TranscriptFinal: self._heard,
            LegMeasured: self._measured,
        }

    def handle(self, event: AnyEvent) -> list[Change]:
        handlers = (self._news.handlers.get(type(event)), self._handlers.get(type(event)))
        return [change for handler in handlers if handler for change in handler(event)]

    def refresh(self, now: float) -> list[Change]:
        """Calls that leave the board because time has passed."""
        changes = [change for call in tuple(self.shown.values()) for change in self._later(call, now)]
        if self.transcribing and self._resumed:
            changes += [change for call_id in self._resumed for change in self.change(call_id, transcript="live")]
            self._resumed.clear()
        for call_id in self.pops.keys() - self.shown.keys():  # computed when the call had left, or for an offer
            del self.pops[call_id]
        return changes

    def restore(self, call: LiveCall, pop: Pop | None, segments: Iterable[Segment], version: int) -> None:
        """A call that an earlier process has shown; `version` of the picture of its parties."""
        self.shown[call.call_id] = self._named(call)
        self._news.restored(call.call_id, version)
        if pop is not None:
            self.pops[call.call_id] = pop
        self.words.restore(call.call_id, segments)
        if call.state in IN_CONVERSATION and call.transcript == "none":
            self._resumed.add(call.call_id)

    # ── what other rooms ask and do ───────────────────────────────────────────────────────────────────────────

    def name_of_caller(self, call_id: CallId) -> str:
        call = self.shown.get(call_id)
        return call.customer_name if call is not None else ""

    def name_of_agent(self, agent_id: AgentId) -> str:
        """Empty: the ACD knows nobody of this id."""
        try:
            return self._acd.agent(agent_id).name
        except KeyError:
            return ""

    def in_line(self, call_id: CallId, work_id: WorkId) -> bool:
        """It waits for an agent with this work."""
        call = self.shown.get(call_id)
        return call is not None and call.state in {"waiting", "ringing"} and call.work_id == work_id

    def asked_about(self, call_id: CallId | None, work_id: WorkId) -> Asked | None:
        """What an agent wants with this piece of work."""
        return asked_about(self.shown.get(call_id), work_id) if call_id is not None else None

    def of_agent(self, agent_id: AgentId) -> list[LiveCall]:
        """In which this agent takes part, or writes it up."""
        return [call for call in self.shown.values() if call.state != "ended" and agent_id in agents_of(call)]

    def change(self, call_id: CallId, **fields: Any) -> list[Change]:
        """The one place where a call on the board changes."""
        old = self.shown.get(call_id)
        if old is None:
            return []
        new = self._named(msgspec.structs.replace(old, **fields))
        if new == old:
            return []
        self.shown[call_id] = new
        before, after = thing(old), thing(new)
        if before == after:
            return [self._tell(new, live.CallMessage(call=new))]
        removed = live.CallRemoved(call_id=call_id)
        gone = [to_agent(agent_id, removed, after) for agent_id in before.agents - after.agents]
        left = Left(before, removed)
        return [*gone, self._tell(new, live.CallMessage(call=new), left), *self._told_anew(new, before, after)]

    def _named(self, call: LiveCall) -> LiveCall:
        agents = mentioned(call)
        if agents == call.names.keys():
            return call
        return msgspec.structs.replace(call, names={agent_id: self.name_of_agent(agent_id) for agent_id in sorted(agents)})

    def _told_anew(self, call: LiveCall, before: WorkThing, after: WorkThing) -> list[Change]:
        """What belongs to a call, for those who see it from now on."""
        pop = self.pops.get(call.call_id)
        parts: list[live.Message] = [] if pop is None else [live.PopMessage(pop=pop)]
        parts += [live.SegmentMessage(segment=segment) for segment in self.words.of(call.call_id)]
        return [Change(part, agents=after.agents - before.agents, about=after, unseen_at=before) for part in parts]

    def seen_by(self, sight: Sight) -> tuple[LiveCall, ...]:
        return tuple(call for call in self.shown.values() if sees(sight, thing(call)))

    def pop_ready(self, pop: Pop) -> list[Change]:
        """The screen-pop of a call was computed (again)."""
        if self.pops.get(pop.call_id) == pop:
            return []
        self.pops[pop.call_id] = pop
        call, customer = self.shown.get(pop.call_id), pop.customer
        told = self._tell(call, live.PopMessage(pop=pop))
        return [told, *self.change(pop.call_id, customer_id=customer.customer_id, customer_name=customer.name)]

    # ── from the door to the agent ────────────────────────────────────────────────────────────────────────────

    def _started(self, event: CallStarted) -> list[Change]:
        if event.call_id in self.shown:
            return []
        call = LiveCall(
            call_id=event.call_id,
            interaction_id=interaction_of_call(event.call_id),
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
        self.shown[event.call_id] = call = self._named(call)
        return [self._tell(call, live.CallMessage(call=call))]

    def _identified(self, event: CallerIdentified) -> list[Change]:
        """From here on the number shown is the one that was looked up."""
        call = self.shown.get(event.call_id)
        number = event.number if call is None or event.number.startswith("+") else call.caller
        return self.change(event.call_id, customer_id=event.customer_id, customer_name=event.name, caller=number)

    def _stepped(self, event: FlowStepped) -> list[Change]:
        call = self.shown.get(event.call_id)
        steps = steps_of(event)
        if call is None or not steps or steps[-1] in call.path:
            return []
        return self.change(event.call_id, path=(*call.path, *steps))

    def _enqueued(self, event: WorkEnqueued) -> list[Change]:
        call = self.shown.get(event.call_id) if event.call_id else None
        if call is None or call.state != "ivr":
            return []
        return self.change(call.call_id, state="waiting", work_id=event.work_id, queue_id=event.queue_id, waiting_since=event.at)

    def _moved(self, event: WorkMoved) -> list[Change]:
        if event.call_id is None or not self.in_line(event.call_id, event.work_id):
            return []
        return self.change(event.call_id, queue_id=event.queue_id)

    def _work_ended(self, event: WorkEnded) -> list[Change]:
        """Nobody took the call, and its caller is led on by the flow. One who left is told by `CallEnded`."""
        led_on = event.cause in {WorkEnd.TIMED_OUT, WorkEnd.WITHDRAWN}
        if not led_on or event.call_id is None or not self.in_line(event.call_id, event.work_id):
            return []
        return self.change(event.call_id, state="ivr", work_id=None, queue_id=None, waiting_since=None)

    # ── with the agent ────────────────────────────────────────────────────────────────────────────────────────

    def _heard(self, event: TranscriptPartial | TranscriptFinal) -> list[Change]:
        call = self.shown.get(event.call_id)
        segment = self.words.heard(event) if call is not None else None
        if segment is None:
            return []
        told = self._tell(call, live.SegmentMessage(segment=segment))
        return [told, *(self.change(segment.call_id, last_words=segment.text) if segment.final and segment.text else [])]

    def _deferred(self, event: TranscriptionDeferred) -> list[Change]:
        """A gap that live text has already closed again needs no word on the screen."""
        return self.change(event.call_id, transcript="late" if event.until_ms is None else "live")

    def _measured(self, event: LegMeasured) -> list[Change]:
        """The customer's sound; agents see their own where they hear it."""
        if event.call_id is None or event.purpose is not LegPurpose.CALLER or event.agent_id is not None:
            return []
        return self.change(event.call_id, quality=event.quality)

    # ── its end ───────────────────────────────────────────────────────────────────────────────────────────────

    def _agent_changed(self, event: AgentStateChanged) -> list[Change]:
        if event.state is not AgentState.WRAP_UP:
            return []
        calls = [call for call in self.shown.values() if any(each.agent_id == event.agent_id for each in call.wrap_ups)]
        return [
            change
            for call in calls
            for change in self.change(call.call_id, wrap_ups=with_limit(call, event.agent_id, event.work, event.until))
        ]

    def _wrapped_up(self, event: WrapUpFinished) -> list[Change]:
        call = self.shown.get(event.call_id) if event.call_id else None
        return [] if call is None else self._written_up(call, event.work_id)

    def _written_up(self, call: LiveCall, work_id: WorkId) -> list[Change]:
        """A call that has ended leaves with the last one who writes."""
        left = without_wrap_up(call, work_id)
        if left == call.wrap_ups:
            return []
        return self._remove(call) if call.ended_at is not None and not left else self.change(call.call_id, wrap_ups=left)

    def _later(self, call: LiveCall, now: float) -> list[Change]:
        """What time does to it."""
        over = [each.work_id for each in call.wrap_ups if now - each.since > WRAP_UP_GRACE_S and not self._in_hand(each)]
        if over:
            return [change for work_id in over for change in self._written_up(self.shown[call.call_id], work_id)]
        ended = call.ended_at is not None and not call.wrap_ups
        return self._remove(call) if ended and now - (call.ended_at or now) > KEEP_ENDED_S else []

    def _in_hand(self, wrap_up: CallWrapUp) -> bool:
        try:
            return wrap_up.work_id in self._acd.agent(wrap_up.agent_id).work
        except KeyError:
            return False

    def _remove(self, call: LiveCall) -> list[Change]:
        del self.shown[call.call_id]
        self.words.forget(call.call_id)
        self._news.forget(call.call_id)
        return [self._tell(call, live.CallRemoved(call_id=call.call_id))]

    def _tell(self, call: LiveCall | None, message: live.Message, left: Left | None = None) -> Change:
        """Who sees its queue, and the agent who has the call."""
        about = WorkThing(queue_id=None) if call is None else thing(call)
        return Change(message, agents=about.agents, about=about, left=left)
