"""Who gets the work: the whole ACD as one deterministic function of its inputs, without network, disk or clock.

``handle(command or event, now) -> events``, ``next_deadline()``, ``handle_timer(now) -> events``. An input that does not fit
(unknown, late, repeated, by the wrong agent) raises `Refused`, is counted and changes nothing.

Invariants, tested by `tests/acd/test_invariants.py`:

1. No agent holds more work than the capacity of its channels; what may arrive beside what is in `acd/rules/capacity.py`.
2. A piece of work has one offer at a time (several where the queue rings at all; then exactly one wins), and an agent is rung by
   one at a time.
3. After every step no free, reachable, able agent stands beside waiting work that fits (except what the agent declined or handed
   on within the last minute, asks a colleague about, and work that waits alone for somebody else who serves).
4. Within a queue work of equal priority goes in order of arrival; across queues the higher score goes first, so that with ageing
   nobody starves (the bound is in `acd/rules/priority.py`).
5. Every piece of work ends exactly once, with a cause; a consultation not later than the conversation it is about.
6. Every state of work but the last has a deadline, and something happens when it comes (`../model/work.py`, `routing.py`).
7. The state restored from a snapshot equals the live state, and goes on to do the same.

Time never goes back: `now` of a call is at least that of the call before; a smaller one counts as equal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, tzinfo
from typing import Any

from acd.engine import (
    agent_inputs,
    callbacks,
    colleagues,
    configuring,
    filing,
    handing_back,
    handing_on,
    offers,
    routing,
    supervision,
    work_inputs,
)
from acd.engine.odd_numbers import refuse_odd_numbers
from acd.model.refusals import Refused
from acd.model.registry import Memory, Registry
from acd.model.saved import Aside, encoded, restored
from core.commands import (
    AcceptOffer,
    AnyCommand,
    ConfigureAcd,
    DeclineOffer,
    EndWork,
    EnqueueWork,
    FileWork,
    FinishWrapUp,
    MoveWork,
    ReprioritiseWork,
    RequestCallback,
    RescheduleCallback,
    SetAgentReachable,
    SetAgentState,
    WithdrawWork,
)
from core.events import (
    AnyEvent,
    CallConnected,
    CallEnded,
    CallHandedBack,
    CallTransferred,
    PartyJoined,
    PartyLeft,
    WrapUpFinished,
)
from core.ids import AgentId, QueueId, WorkId

HANDLERS: dict[type, Callable[[Registry, Any, float], None]] = {
    EnqueueWork: work_inputs.enqueue,
    EndWork: work_inputs.end,
    FileWork: filing.file_work,
    AcceptOffer: offers.accept,
    DeclineOffer: offers.decline,
    SetAgentState: agent_inputs.request_state,
    SetAgentReachable: agent_inputs.reachable,
    FinishWrapUp: work_inputs.wrap_up_finished,
    RequestCallback: callbacks.request,
    MoveWork: supervision.move_work,
    ReprioritiseWork: supervision.reprioritise,
    WithdrawWork: supervision.withdraw_work,
    RescheduleCallback: callbacks.reschedule,
    ConfigureAcd: configuring.configure,
    CallConnected: offers.connected,
    CallHandedBack: handing_back.handed_back,
    PartyJoined: colleagues.joined,
    PartyLeft: colleagues.left,
    CallTransferred: handing_on.transferred,
    CallEnded: work_inputs.call_ended,
    WrapUpFinished: work_inputs.wrap_up_finished,
}
"""What each input means. Everything else is not the ACD's business."""


class Engine:
    """Owns the registry. One caller at a time; `acd/leadership/service.py` is the one in production."""

    def __init__(self, zone: tzinfo = UTC) -> None:
        self._zone = zone
        self._now = 0.0
        self.registry = Registry(Memory(), zone)
        """To be read by views; changed only in here."""
        self.refusals: Counter[str] = Counter()
        """Inputs that changed nothing, by code, since this process started."""
        self.aside: tuple[Aside, ...] = ()
        """What the snapshot had and this engine could not take up."""

    def handle(self, message: AnyCommand | AnyEvent, now: float) -> list[AnyEvent]:
        """Takes one input and says everything that follows from it. Raises `Refused` when it changes nothing."""
        handler = HANDLERS.get(type(message))
        if handler is None:
            self.refusals["not_for_the_acd"] += 1
            raise Refused("not_for_the_acd", f"the ACD has nothing to do with {type(message).__name__}")
        now = max(now, self._now)
        try:
            refuse_odd_numbers(message, now)
            handler(self.registry, message, now)
        except Refused as refusal:
            self.refusals[refusal.code] += 1
            raise
        return self._step(now)

    def next_deadline(self) -> float | None:
        """When `handle_timer` wants to be called next; None: not before the next input."""
        return self.registry.deadlines.next()

    def handle_timer(self, now: float) -> list[AnyEvent]:
        """Does everything that is due. Called early or late it does no harm."""
        now = max(now, self._now)
        for kind, key in self.registry.deadlines.due(now):
            if kind == "work":
                work_inputs.deadline(self.registry, self.registry.work_items[WorkId(key)], now)
            elif kind == "route":
                routing.follow(self.registry, self.registry.work_items[WorkId(key)], now)
            elif kind == "agent":
                agent_inputs.stepped_over(self.registry, AgentId(key), now)
            else:
                self.registry.line_changed(QueueId(key))
        return self._step(now)

    def snapshot(self) -> bytes:
        """Everything, as bytes: equal states are equal bytes."""
        return encoded(self._now, self.registry.memory())

    @classmethod
    def restore(cls, snapshot: bytes, zone: tzinfo = UTC) -> Engine:
        """The engine as it was, of this or an older release. Raises `msgspec.DecodeError` for bytes that are no snapshot.

        What could not be taken up is in `aside`; everybody who restores the same bytes has the same engine.
        """
        found = restored(snapshot)
        engine = cls(zone)
        engine._now, engine.aside = found.now, found.aside
        engine.registry = Registry(found.memory, zone)
        engine.registry.mend(found.now)
        return engine

    def _step(self, now: float) -> list[AnyEvent]:
        """After the input itself: routing steps that became due, offers that became possible, positions that changed."""
        self._now = now
        routing.route(self.registry, now)
        offers.make_offers(self.registry, now)
        self.registry.tell_positions(now)
        events, self.registry.events = self.registry.events, []
        return events
