"""The shell around this package's decisions: hears events, keeps history, publishes who is calling.

Invariant: no state between two events but what is stored, so a restart needs nothing and every event may come twice. An event
of a call that was never opened is counted in the log by its call id and changes nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import tzinfo

import structlog

from core.events import (
    AnyEvent,
    CallbackRequested,
    CallbackScheduled,
    CallConnected,
    CallEnded,
    CallerIdentified,
    CallHandedBack,
    CallStarted,
    CallTransferred,
    ColleagueAsked,
    FlowStepped,
    InteractionSaved,
    PartyJoined,
    PartyLeft,
    RecordingFinished,
    TranscriptFinal,
    WorkEnded,
    WorkEnqueued,
    WrapUpFinished,
)
from core.ids import CallId, CustomerId, TicketId
from core.model import Channel, LegKind, Purpose
from core.ports import Bus, Clock
from core.ranges import lines
from customers import interactions, records, timeline
from customers.callbacks import Callbacks
from customers.engagements import later_work
from customers.identity import (
    as_customer,
    caller_identifier,
    choose,
    interaction_of_call,
    new_profile,
    record_certainty,
    stable_id,
    storable,
    ticket_of_call,
)
from customers.model import (
    Call,
    CallChanges,
    CallPage,
    CallRecord,
    Customer,
    Identifier,
    Interaction,
    NewTicket,
    Proof,
    TimelinePage,
    Whose,
)
from customers.phone import is_withheld
from customers.ports import Calls, FollowUps, History, People
from customers.screen_pop import Pop, caller_certainty, flow_variables, is_new_customer, name_of_caller, screen_pop
from customers.search import HitGroup, Reach, Search, SearchKind, ask
from customers.told import moments_of

log = structlog.get_logger(__name__)

EVERYTHING = Reach()
SEARCH_TIMEOUT_S = 2.0


class CustomerService:
    """Owns the customer's side of every call: identification, pop, history row, record."""

    def __init__(
        self,
        *,
        people: People,
        history: History,
        calls: Calls,
        follow_ups: FollowUps,
        bus: Bus,
        clock: Clock,
        search: Search,
        zone: tzinfo,
        region: str = "GB",
        regions: Iterable[str] = (),
        search_timeout_s: float = SEARCH_TIMEOUT_S,
    ) -> None:
        """`zone` is the company's, for times in words; `region` (ISO 3166) reads numbers without a country code, `regions` are
        the others in use."""
        self._search = search
        self._regions = tuple(dict.fromkeys([region, *filter(None, regions)]))
        self._search_timeout_s = search_timeout_s
        self._people = people
        self._history = history
        self._calls = calls
        self._follow_ups = follow_ups
        self._callbacks = Callbacks(calls, follow_ups, bus)
        self._bus = bus
        self._clock = clock
        self._zone = zone
        self._region = region
        self._handlers: dict[type, Callable[..., Awaitable[None]]] = {
            CallStarted: self._call_started,
            FlowStepped: self._flow_stepped,
            WorkEnqueued: self._work_enqueued,
            CallConnected: self._call_connected,
            CallHandedBack: self._parties_changed,
            ColleagueAsked: self._parties_changed,
            PartyJoined: self._parties_changed,
            PartyLeft: self._parties_changed,
            CallTransferred: self._call_transferred,
            CallbackRequested: self._callback_requested,
            CallbackScheduled: self._callback_scheduled,
            WorkEnded: self._work_ended,
            TranscriptFinal: self._words_spoken,
            RecordingFinished: self._recording_finished,
            CallEnded: self._call_ended,
            WrapUpFinished: self._wrap_up_finished,
        }

    @property
    def wanted(self) -> frozenset[type]:
        """The kinds of events that `handle` does something for."""
        return frozenset(self._handlers)

    async def handle(self, event: AnyEvent) -> None:
        """One event from the stream. Raises `Unavailable` when storage or bus is away: hand the same event in again."""
        handler = self._handlers.get(type(event))
        if handler is not None:
            await handler(event)

    # ── questions of the desk ─────────────────────────────────────────────────────────────────────────────────

    async def pop(self, call_id: CallId) -> Pop | None:
        """The screen-pop as of now; None for a call that was not opened (yet)."""
        facts = await self._calls.pop_facts(call_id)
        return None if facts is None else screen_pop(facts, self._clock.now(), self._zone)

    async def timeline(
        self, customer_id: CustomerId, before: str | None = None, channel: Channel | None = None, limit: int | None = None
    ) -> TimelinePage:
        """Newest first. Raises ValueError for a `before` that is no cursor and no time."""
        size = timeline.clamp(limit)
        rows = await self._history.page(customer_id, timeline.parse_cursor(before), channel, size)
        return timeline.page(rows, size)

    async def search(self, query: str, limit: int | None = None, reach: Reach = EVERYTHING) -> tuple[Customer, ...]:
        """People. Raises `SearchTooSlow`."""
        (people,) = await self.find((SearchKind.PEOPLE,), query, reach, limit=timeline.clamp(limit))
        ids = [hit.customer_id for hit in people.items if hit.customer_id is not None]
        profiles = [await self._people.get(customer_id) for customer_id in ids]
        return tuple(as_customer(profile, record_certainty(profile)) for profile in profiles if profile is not None)

    async def find(
        self, kinds: Iterable[SearchKind], query: str, reach: Reach, *, limit: int, skip: int = 0
    ) -> tuple[HitGroup, ...]:
        """Everything that people remember, as far as `reach` goes. Raises `SearchTooSlow`."""
        wanted, asked = tuple(kinds), ask(query, self._regions, reach)
        if asked.empty:
            return tuple(HitGroup(kind=kind, items=(), count=0, next=None) for kind in wanted)
        return await self._search.find(wanted, asked, reach, limit=limit, skip=skip, timeout_s=self._search_timeout_s)

    async def customer(self, customer_id: CustomerId) -> Customer | None:
        profile = await self._people.get(customer_id)
        return None if profile is None else as_customer(profile, record_certainty(profile))

    async def change_customer(
        self,
        customer_id: CustomerId,
        name: str | None = None,
        tags: tuple[str, ...] | None = None,
        expected: int | None = None,
    ) -> Customer | None:
        """Raises `ChangedSince`, with the record as it is now, when it is at another version than `expected`."""
        clean_name = None if name is None else storable(name) or None
        clean_tags = None if tags is None else tuple(filter(None, map(storable, tags)))
        profile = await self._people.change(customer_id, clean_name, clean_tags, expected)
        return None if profile is None else as_customer(profile, record_certainty(profile))

    async def call_record(self, call_id: CallId) -> CallRecord | None:
        """One call with its words."""
        call = await self._calls.get(call_id)
        if call is None:
            return None
        profile = None if call.customer_id is None else await self._people.get(call.customer_id)
        path, stored = await self._calls.path(call_id), await self._calls.segments(call_id)
        return records.record(call, profile.name if profile else call.display_name, path, records.in_order(stored))

    async def call_records(self, before: str | None = None, limit: int | None = None, whose: Whose | None = None) -> CallPage:
        """Newest first, without words; `whose` leaves out the others. Raises ValueError as `timeline` does."""
        size = timeline.clamp(limit)
        return records.page(await self._calls.latest(timeline.parse_cursor(before), size, whose), size)

    # ── events ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _call_started(self, event: CallStarted) -> None:
        withheld = event.facts.withheld or (event.kind is LegKind.SIP and is_withheld(event.caller))
        shown, display_name = ("", "") if withheld else (storable(event.caller), storable(event.display_name))
        region = self._region if event.facts.country is None else event.facts.country
        caller = caller_identifier(shown, event.kind, region)
        customer_id = await self._customer_of(event, caller, display_name)
        opened = Call(
            call_id=event.call_id,
            customer_id=customer_id,
            interaction_id=interaction_of_call(event.call_id),
            kind=event.kind,
            caller=shown,
            identifier=caller,
            withheld=withheld,
            proof=Proof.ATTESTED if event.facts.attested else None,
            diverted_from=storable(event.facts.diverted_from),
            called=storable(event.called),
            display_name=display_name,
            flow_id=event.flow_id or None,
            language=event.language,
            started_at=event.at,
            work_id=event.work_id,
            queue_id=event.queue_id,
        )
        await self._calls.open(opened)
        if moments := moments_of(event):
            await self._calls.change(event.call_id, CallChanges(), moments)
        await self._identified(event.call_id, event.at)

    async def _customer_of(self, event: CallStarted, caller: Identifier | None, display_name: str) -> CustomerId | None:
        """Whom we call; the one record that has the number; a new one for a number nobody has; otherwise nobody."""
        called_back = await self._people.get(event.customer_id) if event.customer_id is not None else None
        if called_back is not None:
            return called_back.customer_id
        if caller is None:
            return None
        matches = await self._people.matches(caller)
        known = choose(matches)
        if known is not None or matches:
            return None if known is None else known.customer_id
        profile = new_profile(event.call_id, caller, display_name, event.language, event.at)
        await self._people.add(profile)
        return profile.customer_id

    async def _identified(self, call_id: CallId, at: float) -> None:
        facts = await self._calls.pop_facts(call_id)
        if facts is None:
            log.warning("call.vanished", call_id=call_id)
            return
        await self._history.save(interactions.of_call(facts.call, facts.path))
        await self._bus.publish(
            CallerIdentified(
                at=at,
                call_id=call_id,
                customer_id=facts.call.customer_id,
                interaction_id=facts.call.interaction_id,
                is_new=is_new_customer(facts),
                name=name_of_caller(facts),
                certainty=caller_certainty(facts)[0],
                number=facts.call.identifier.value if facts.call.identifier is not None else "",
                variables=flow_variables(facts),
            )
        )

    async def _flow_stepped(self, event: FlowStepped) -> None:
        if not await self._calls.add_steps(event.call_id, records.steps_of(event)):
            log.info("event.of_unknown_call", call_id=event.call_id, event_type="FlowStepped")

    async def _work_enqueued(self, event: WorkEnqueued) -> None:
        # A consultation is no line that the customer stands in; a transfer is told when the agent has left.
        if event.call_id is not None and event.purpose is Purpose.CONTACT:
            changes = CallChanges(work_id=event.work_id, queue_id=event.queue_id, waiting_since=event.at)
            await self._change(event.call_id, changes)

    async def _call_connected(self, event: CallConnected) -> None:
        changes = CallChanges(
            work_id=event.work_id,
            queue_id=event.queue_id,
            first_connected_at=event.at,
            first_waited_s=event.waited_s,
        )
        await self._save_row(await self._change(event.call_id, changes, event))
        await self._announce(await self._callbacks.kept(event), event.at)

    async def _parties_changed(self, event: CallHandedBack | ColleagueAsked | PartyJoined | PartyLeft) -> None:
        if moments_of(event):
            await self._change(event.call_id, CallChanges(), event)

    async def _call_transferred(self, event: CallTransferred) -> None:
        changes = CallChanges(work_id=event.to_work_id, queue_id=event.queue_id)
        await self._save_row(await self._change(event.call_id, changes, event))

    async def _words_spoken(self, event: TranscriptFinal) -> None:
        # The one place where finals are stored: what must not be kept is taken out before here.
        first = await self._calls.add_segment(records.segment_of(event))
        if first and event.late:
            await self._announce(await self._save_row(await self._calls.get(event.call_id)), event.at)

    async def _recording_finished(self, event: RecordingFinished) -> None:
        changes = CallChanges(recording_path=event.path, recording_ms=event.duration_ms)
        await self._announce_ended(await self._change(event.call_id, changes), event.at)

    async def _call_ended(self, event: CallEnded) -> None:
        changes = CallChanges(
            connected_at=event.connected_at,
            queue_id=event.queue_id,
            agent_id=event.agent_id,
            ended_at=event.at,
            cause=str(event.cause),
            recording_path=event.recording_path,
            recording_ms=event.recording_ms or None,
        )
        await self._announce(await self._save_row(await self._change(event.call_id, changes, event)), event.at)

    async def _wrap_up_finished(self, event: WrapUpFinished) -> None:
        if event.call_id is None:
            return
        call = await self._change(event.call_id, CallChanges(), event)
        await self._announce(await self._save_row(call), event.at)
        if call is not None and event.next_step == "ticket":
            await self._open_ticket(call, event)
        elif call is not None and event.next_step == "callback":
            await self._announce(await self._callbacks.promised(call, event), event.at)

    async def _open_ticket(self, call: Call, event: WrapUpFinished) -> None:
        work_id = later_work(call.engagements, event.work_id)
        row = await self._follow_ups.open_ticket(
            NewTicket(
                ticket_id=TicketId(stable_id("tick", "call", call.call_id, *filter(None, [work_id]))),
                interaction_id=ticket_of_call(call.call_id, work_id),
                customer_id=call.customer_id,
                subject=storable(event.ticket_subject) or storable(event.disposition) or "Follow-up",
                text=lines(event.summary),
                opened_at=event.at,
                opened_by=event.agent_id,
            )
        )
        await self._announce(row, event.at)

    async def _callback_requested(self, event: CallbackRequested) -> None:
        await self._announce(await self._callbacks.requested(event), event.at)

    async def _callback_scheduled(self, event: CallbackScheduled) -> None:
        await self._announce(await self._callbacks.scheduled(event), event.at)

    async def _work_ended(self, event: WorkEnded) -> None:
        await self._announce(await self._callbacks.given_up(event), event.at)

    # ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _change(self, call_id: CallId, changes: CallChanges, event: AnyEvent | None = None) -> Call | None:
        """`event` tells who came or left."""
        call = await self._calls.change(call_id, changes, () if event is None else moments_of(event))
        if call is None:
            log.info("event.of_unknown_call", call_id=call_id)
        return call

    async def _save_row(self, call: Call | None) -> Interaction | None:
        if call is None:
            return None
        row = interactions.of_call(call, await self._calls.path(call.call_id))
        await self._history.save(row)
        return row

    async def _announce_ended(self, call: Call | None, at: float) -> None:
        """A recording may finish after the call: then its row changes once more."""
        if call is not None and call.ended_at is not None:
            await self._announce(await self._save_row(call), at)

    async def _announce(self, row: Interaction | None, at: float) -> None:
        if row is not None:
            saved = InteractionSaved(at=at, interaction_id=row.interaction_id, customer_id=row.customer_id, channel=row.channel)
            await self._bus.publish(saved)
