"""The shell of the live view: events in, messages to connected screens out, time passing.

It is a service of the dispatcher. It asks for the screen-pop before it tells of an offer, so that the agent sees who is calling
before the ring. Whose screens are open, and what they say of their sound, it hands on (`server/presence/`).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Awaitable, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

import msgspec
import structlog

from acd.views.work import WorkView
from core.attention import Checked, Entry
from core.dead_letters import Stage, letter_of_thing
from core.events import (
    AgentStateChanged,
    AnyEvent,
    CallbackRequested,
    CallerIdentified,
    CallTransferred,
    OfferMade,
    WorkEnqueued,
)
from core.ids import AgentId, CallId, CustomerId, UserId, WorkId, new_id
from core.model import LegKind
from core.ports import Bus, Clock, DeadLetters, Unavailable
from customers.model import CallRecord, Customer
from customers.screen_pop import Pop
from server.fleet import Fleet
from server.live import messages as live
from server.live import restored
from server.live.audience import Audience, Listener
from server.live.change import WHOLE, Change, told
from server.live.sending import encode_what_can_be
from server.live.system import SystemBoard
from server.live.view import Hands, LiveView
from server.living import Living, Saved
from server.masking import masked
from server.rights import Permission
from server.schemas import LiveCall, Me, Missing, MissingKind, Settings, System
from server.sight import Sight, narrowed_look
from telephony.calls.call import Call

log = structlog.get_logger(__name__)

REFRESH_EVERY_S = 0.5
TICK_EVERY_S = 5.0
FORGET_AUDIENCE_S = 3600.0


class Customers(Protocol):
    """What the live view asks of `CustomerService`."""

    async def pop(self, call_id: CallId) -> Pop | None: ...
    async def call_record(self, call_id: CallId) -> CallRecord | None: ...
    async def customer(self, customer_id: CustomerId) -> Customer | None: ...


class Named(Protocol):
    @property
    def name(self) -> str: ...


class Users(Protocol):
    """Whose names can be asked for (`SqlUsers`)."""

    async def get(self, user_id: UserId) -> Named | None: ...


class Reports(Protocol):
    """Who hears of the agents' browsers (`DeskReports`)."""

    def opened(self, agent_id: AgentId) -> None: ...
    def closed(self, agent_id: AgentId) -> None: ...
    def reported(self, agent_id: AgentId, report: live.AudioReport) -> None: ...


class Seat(NamedTuple):
    """What somebody sees: who sees the same shares messages and their numbers."""

    sight: Sight
    whole_numbers: bool

    @property
    def name(self) -> str:
        """Says that numbers of another seat mean nothing here."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()[:16]


def seat_of(me: Me, sight: Sight | None) -> Seat:
    """`sight`: None for whoever is given every queue. Everybody who sees all sits together."""
    if sight is None:
        sight = Sight(board=me.may(Permission.BOARD), agent_id=me.agent_id)
    if sight.whole:
        sight = WHOLE
    return Seat(sight, me.may(Permission.WHOLE_NUMBERS))


class LiveHub:
    """Owns the view and the audiences."""

    def __init__(
        self,
        view: LiveView,
        customers: Customers,
        fleet: Fleet,
        bus: Bus,
        clock: Clock,
        *,
        letters: DeadLetters,
        reports: Reports,
        users: Users,
    ) -> None:
        self._view = view
        self._guard = view.guard
        self._letters = letters
        self._customers = customers
        self._bus = bus
        self._clock = clock
        self._system = SystemBoard(fleet)
        self._audiences: dict[Seat, Audience] = {}
        self._seats: dict[Listener, Seat] = {}
        self._reports = reports
        self._users = users
        self.living = Living()
        """What the API must know of calls beside what screens show."""
        self.epoch = new_id("epoch")

    # ── a service of the dispatcher ───────────────────────────────────────────────────────────────────────────

    async def start(
        self,
        saved: Saved,
        work_items: Iterable[WorkView],
        names: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Takes up the calls, offers and audio legs that survived a restart; what was said so far comes from storage.

        `names` of users by their ids: agents read who set their state.
        """
        self._view.queues.names |= names
        self.living.restore(saved)
        calls, work_items = saved.calls, tuple(work_items)
        works_of: dict[CallId | None, list[WorkView]] = defaultdict(list)
        for work in work_items:
            works_of[work.call_id].append(work)
        for call_id in restored.calls_to_show(calls.values(), work_items):
            await self._apart("call", call_id, self._restore(call_id, calls.get(call_id), works_of[call_id]))
        self._guard.one("part", "work_items", self._view.work_items.restore, None)
        for work in work_items:
            await self._apart("work", work.work_id, self._restore_work(work))

    async def handle(self, event: AnyEvent) -> None:
        now = self._clock.now()
        self.living.handle(event)
        self._system.handle(event, now)
        if isinstance(event, OfferMade) and (about := event.call_id or event.origin_call_id) is not None:
            await self._fetch_pop(about)
        if isinstance(event, AgentStateChanged) and event.by:
            await self._know(UserId(event.by))
        heard = self._view.handle(event, now)
        self._send(heard.changes)
        if heard.failure is not None:
            raise heard.failure
        if isinstance(event, WorkEnqueued | CallbackRequested):
            await self._name(event.work_id, event.customer_id)
        if isinstance(event, CallerIdentified | CallTransferred):  # an offer fetches it again, with the way through the flow
            await self._fetch_pop(event.call_id)

    async def run(self) -> None:
        """Until cancelled: what time changes."""
        next_tick = self._clock.now() + TICK_EVERY_S
        while True:
            await asyncio.sleep(REFRESH_EVERY_S)
            now = self._clock.now()
            self._guard.one("part", "refresh", lambda now=now: self._refresh(now), None)  # type: ignore[misc]  # bound to this now
            if now >= next_tick:
                next_tick = now + TICK_EVERY_S
                self._guard.one("part", "tick", lambda now=now: self._tick(now), None)  # type: ignore[misc]  # as above
            await self._set_aside_failures(now)

    def _refresh(self, now: float) -> None:
        groups = {None, *(seat.sight.queues for seat in self._audiences)}
        self._send(self._view.refresh(now, self._system.now(now), groups))

    async def _apart(self, kind: MissingKind, name: str, work: Awaitable[None]) -> None:
        """One thing by itself: when it fails it is missing, and the others are there. Raises `Unavailable`."""
        try:
            await work
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  border of the picture (`guarded.py`)
            self._guard.fails(Missing(kind=kind, id=name), error)

    async def _set_aside_failures(self, now: float) -> None:
        for failure in self._guard.failed():
            kind, name = failure.missing.kind, failure.missing.id
            log.error("cannot be shown", kind=kind, subject_id=name, exc_info=failure.error)
            letter = letter_of_thing(Stage.SHOW, "live", kind, ids={f"{kind}_id": name}, error=failure.error, at=now)
            await self._letters.set_aside(letter)

    # ── screens ───────────────────────────────────────────────────────────────────────────────────────────────

    def connect(self, me: Me, epoch: str | None, since: int | None, sight: Sight | None = None) -> tuple[Listener, list[bytes]]:
        """A new screen: its queue, and what to send first. `sight`: None for whoever is given every queue."""
        self.remember(me)
        seat = seat_of(me, sight)
        audience = self._audiences.setdefault(seat, Audience())
        now = self._clock.now()
        here = f"{self.epoch}-{seat.name}"
        missed = audience.after(since) if epoch == here and since is not None else None
        hello = live.Hello(epoch=here, resumed=missed is not None, at=now)
        first = [live.encode(hello, audience.seq)]
        if missed is None:
            first.append(self._snapshot(me, seat, now, audience.seq))
        else:
            first += missed
        listener = Listener()
        self._seats[listener] = seat
        audience.listeners.add(listener)
        audience.empty_since = None
        if me.agent_id is not None:
            self._reports.opened(me.agent_id)
        return listener, first

    def _snapshot(self, me: Me, seat: Seat, now: float, seq: int) -> bytes:
        snapshot = self._view.snapshot(me, self._system.now(now), seat.sight)
        shown = snapshot if seat.whole_numbers else masked(snapshot)
        return encode_what_can_be(shown, seq, self._guard, seat.sight)

    def disconnect(self, me: Me, listener: Listener) -> None:
        if me.agent_id is not None:
            self._reports.closed(me.agent_id)
        audience = self._audiences[self._seats.pop(listener)]
        audience.listeners.discard(listener)
        if not audience.listeners:
            audience.empty_since = self._clock.now()

    def refuse(self, listener: Listener, text: str) -> None:
        """Something this screen sent was not understood."""
        audience = self._audiences[self._seats[listener]]
        listener.put(live.encode(live.RefusedMessage(text=text), audience.seq))

    def audio(self, agent_id: AgentId, report: live.AudioReport) -> None:
        self._reports.reported(agent_id, report)

    async def customer_changed(self, customer_id: CustomerId) -> None:
        """An agent corrected a name: the calls of this customer show it."""
        for call in tuple(self._view.calls.shown.values()):
            if call.customer_id == customer_id:
                await self._fetch_pop(call.call_id)

    async def history_changed(self) -> None:
        """History came in beside the calls that run: their desks show what concerns them."""
        for customer_id in {call.customer_id for call in self._view.calls.shown.values() if call.customer_id is not None}:
            await self.customer_changed(customer_id)

    def restore_attention(self, standing: Iterable[Entry], cleared: Iterable[Entry]) -> None:
        """What an earlier process has told; before anybody is connected."""
        self._view.attention.restore(standing, cleared)

    def attention(self, sight: Sight) -> tuple[tuple[Entry, ...], Checked | None]:
        """What stands, and the last look, as far as somebody sees."""
        return self._view.attention.seen_by(sight), narrowed_look(sight, self._view.attention.checked)

    async def filed(self, call_id: CallId) -> None:
        """Somebody has said whose a call is: its desk shows whose history it is now."""
        await self._fetch_pop(call_id)

    def at_hand(self, agent_id: AgentId, call_id: CallId) -> bool:
        """The call rings at this agent, or is in hand."""
        return self._view.at_hand(agent_id, call_id)

    def remember(self, me: Me) -> None:
        """Whoever does something to an agent is named on that agent's desk."""
        self._view.queues.names[me.user_id] = me.name

    def set_up(self, settings: Settings) -> None:
        """The company changed what its screens offer."""
        self._send(self._view.set_up(settings))

    @property
    def settings(self) -> Settings:
        return self._view.settings

    def system(self) -> System:
        return self._system.now(self._clock.now())

    def hands_of(self, agent_id: AgentId) -> Hands:
        return self._view.hands_of(agent_id)

    @property
    def connections(self) -> int:
        return sum(len(audience.listeners) for audience in self._audiences.values())

    @property
    def missing(self) -> int:
        """How many things cannot be shown."""
        return len(self._guard.missing)

    @property
    def calls(self) -> Mapping[CallId, LiveCall]:
        return self._view.calls.shown

    # ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    def _send(self, changes: list[Change]) -> None:
        for change in changes:
            hidden: live.Message | None = None
            for seat, audience in self._audiences.items():
                message = told(change, seat.sight)
                if message is None:
                    continue
                if not seat.whole_numbers and message is change.message:
                    hidden = message = masked(message) if hidden is None else hidden
                elif not seat.whole_numbers:
                    message = masked(message)
                audience.send(message)

    def _tick(self, now: float) -> None:
        for name, audience in tuple(self._audiences.items()):
            data = live.encode(live.Tick(at=now), audience.seq)
            for listener in audience.listeners:
                listener.put(data)
            if audience.empty_since is not None and now - audience.empty_since > FORGET_AUDIENCE_S:
                del self._audiences[name]

    async def _know(self, user_id: UserId) -> None:
        """Whoever came to the company after this process has started, and has no screen here."""
        names = self._view.queues.names
        if user_id in names:
            return
        try:
            user = await self._users.get(user_id)
        except Unavailable as error:
            log.warning("no name for who set a state", user_id=user_id, error=error)
            return
        names[user_id] = user.name if user is not None else ""

    async def _name(self, work_id: WorkId, customer_id: CustomerId | None) -> None:
        """Work without a call on the board shows whose it is all the same."""
        work = self._view.work_items.shown.get(work_id)
        if work is None or work.customer_name or customer_id is None:
            return
        try:
            customer = await self._customers.customer(customer_id)
        except Unavailable as error:
            log.warning("no name for work", work_id=work_id, error=error)
            return
        if customer is not None:
            self._send(self._view.work_items.named(work_id, customer.name))

    async def _fetch_pop(self, call_id: CallId) -> None:
        try:
            pop = await self._pop(call_id)
        except Unavailable as error:
            log.warning("no screen-pop", call_id=call_id, error=error)
            return
        if pop is not None:
            self._send(self._view.pop_ready(pop))

    async def _pop(self, call_id: CallId) -> Pop | None:
        """One that cannot be made is missing, and must not keep a call from its agent. Raises `Unavailable`."""
        about = Missing(kind="pop", id=call_id)
        try:
            pop = await self._customers.pop(call_id)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  border of the picture (`guarded.py`)
            self._guard.fails(about, error)
            return None
        self._guard.forget(about)
        return pop

    async def _restore(self, call_id: CallId, call: Call | None, works: Iterable[WorkView]) -> None:
        record = await self._customers.call_record(call_id)
        if record is None:
            return
        pop = await self._pop(call_id)
        kind = call.kind if call else LegKind.SIP
        shown = restored.live_call(record, call, works, kind, transcript=bool(record.segments))
        self._view.restore(shown, pop, record.segments or (), call.mix_version if call else 0)

    async def _restore_work(self, work: WorkView) -> None:
        """What rings rings with its screen-pop, a callback's with that of the call in which it was promised."""
        about = work.call_id or work.origin_call_id
        if work.offers:
            pop = await self._pop(about) if about is not None else None
            self._view.restore_offers(restored.offer(view, work.origin_call_id, pop) for view in work.offers)
        await self._name(work.work_id, work.customer_id)
