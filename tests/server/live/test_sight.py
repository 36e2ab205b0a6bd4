"""Random days on which people with every kind of sight look on: each screen holds what its sight sees, whatever moved meanwhile.

A screen is played as browsers do it (`softphone_ui/src/live`): a picture, then each message replaces or takes away its thing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
import pytest

from acd.model.refusals import Refused
from core.attention import Action, Checked, Entry, Severity, Subject, SubjectKind
from core.causes import EndCause
from core.events import AnyEvent, AttentionChanged, AttentionChecked, CallEnded, TranscriptFinal
from core.ids import AgentId, CallId, LegId, QueueId, StreamId, UserId
from core.model import AgentState, Speaker
from server.live import messages as live
from server.live.change import Change, told
from server.live.view import LiveView
from server.schemas import AsrSystem, Me, System
from server.sight import Sight
from tests.acd.contact_center import Contact, ContactCenter, Person, connected
from tests.server.live.test_work_items import ViewsOf, caller_with

SYSTEM = System(
    asr=AsrSystem(available=True, model="en", workers=1, streams=0, shedding="none"), nodes=(), children=(), version="1"
)
ME = Me(user_id=UserId("u"), username="u", name="U", role="supervisor", agent_id=None, language="en")
BILLING, SALES = QueueId("queue_billing"), QueueId("queue_sales")
MEI, JONAS, KIM = AgentId("agent_mei"), AgentId("agent_jonas"), AgentId("agent_kim")
WHOLE = Sight(board=True)
OF_BILLING = Sight(board=True, queues=frozenset({BILLING}), agents=frozenset({MEI, KIM}))
OF_BILLING_AND_SERVES_SALES = msgspec.structs.replace(OF_BILLING, served=frozenset({SALES}), agent_id=JONAS)
OF_NOTHING = Sight(board=True, queues=frozenset(), agents=frozenset())
AN_AGENT = Sight(served=frozenset({SALES}), agent_id=JONAS)
SIGHTS = [WHOLE, OF_BILLING, OF_BILLING_AND_SERVES_SALES, OF_NOTHING, AN_AGENT]
PLACES: list[tuple[SubjectKind, str]] = [
    ("queue", BILLING),
    ("queue", SALES),
    ("agent", JONAS),
    ("agent", KIM),
    ("node", "node_1"),
]
LISTS = {"agents": "agent_id", "queues": "queue_id", "calls": "call_id", "offers": "offer_id", "work_items": "work_id"}
ONE: dict[type, tuple[str, str]] = {
    live.AgentMessage: ("agents", "agent"),
    live.QueueMessage: ("queues", "queue"),
    live.CallMessage: ("calls", "call"),
    live.OfferMessage: ("offers", "offer"),
    live.WorkMessage: ("work_items", "work"),
}
GONE: dict[type, tuple[str, str]] = {
    live.AgentRemoved: ("agents", "agent_id"),
    live.QueueRemoved: ("queues", "queue_id"),
    live.CallRemoved: ("calls", "call_id"),
    live.OfferEnded: ("offers", "offer_id"),
    live.WorkRemoved: ("work_items", "work_id"),
}


class Screen:
    def __init__(self, sight: Sight, first: live.Snapshot) -> None:
        self.sight = sight
        self.has: dict[str, dict[str, Any]] = pictured(first)

    def hears(self, change: Change) -> None:
        message = told(change, self.sight)
        kind = type(message)
        if kind in ONE:
            where, part = ONE[kind]
            thing = getattr(message, part)
            self.has[where][getattr(thing, LISTS[where])] = thing
        elif kind in GONE:
            where, key = GONE[kind]
            self._forget(where, getattr(message, key))
        else:
            self._hears_other(message)

    def _hears_other(self, message: live.Message | None) -> None:
        match message:
            case live.LineMessage():
                self._line(message)
            case live.SegmentMessage():
                segment = message.segment
                self.has["segments"][f"{segment.call_id} {segment.utterance}"] = segment
            case live.AttentionMessage():
                entry = message.entry
                self.has["attention"][entry.key] = entry
                if entry.cleared_at is not None:
                    del self.has["attention"][entry.key]
            case live.CheckedMessage():
                self.has["one"]["checked"] = message.checked
            case live.NumbersMessage():
                self.has["one"]["numbers"] = message.numbers

    def _line(self, message: live.LineMessage) -> None:
        self.has["lines"].pop(message.line.queue_id, None)
        if message.line.places:
            self.has["lines"][message.line.queue_id] = message.line

    def _forget(self, kind: str, name: str) -> None:
        self.has[kind].pop(name, None)
        if kind == "calls":
            self.has["segments"] = {key: said for key, said in self.has["segments"].items() if said.call_id != name}


def pictured(snapshot: live.Snapshot) -> dict[str, dict[str, Any]]:
    has: dict[str, dict[str, Any]] = {
        kind: {getattr(each, key): each for each in getattr(snapshot, kind)} for kind, key in LISTS.items()
    }
    has["lines"] = {line.queue_id: line for line in snapshot.lines}
    has["segments"] = {
        f"{call_id} {segment.utterance}": segment for call_id, said in snapshot.segments.items() for segment in said
    }
    has["attention"] = {entry.key: entry for entry in snapshot.attention}
    has["one"] = {"checked": snapshot.checked, "numbers": snapshot.numbers}
    return has


class Day:
    """Two queues, three agents, and everybody who looks on."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.center = ContactCenter()
        self.lines = [self.center.queue("billing", ring_s=20), self.center.queue("sales", ring_s=20)]
        billing, sales = self.lines
        self.people = [
            self.center.free_agent("mei", only=(billing,)),
            self.center.free_agent("jonas", only=(sales,)),
            self.center.free_agent("kim", only=(billing, sales)),
        ]
        self.view = LiveView(ViewsOf(self.center))
        self.contacts: list[Contact] = []
        self.entries: dict[str, Entry] = {}
        self._heard = self.said = 0
        self._refresh()
        self.screens = [Screen(sight, self.snapshot(sight)) for sight in SIGHTS]

    def snapshot(self, sight: Sight) -> live.Snapshot:
        return self.view.snapshot(ME, SYSTEM, sight)

    def step(self) -> None:
        steps: list[Callable[[], None]] = [
            self._rings_in, self._rings_in, self._enters, self._moves, self._is_answered, self._is_answered,
            self._speaks, self._leaves, self._is_handed_back, self._somebody_goes, self._time_passes, self._needs_attention,
        ]  # fmt: skip
        with suppress(Refused):
            self.random.choice(steps)()
        news, self._heard = self.center.events[self._heard :], len(self.center.events)
        self._tell(*news)
        self._refresh()

    def _refresh(self) -> None:
        groups = {sight.queues for sight in SIGHTS}
        self._send(self.view.refresh(self.center.now, SYSTEM, groups))

    def _tell(self, *events: AnyEvent) -> None:
        for event in events:
            self._send(self.view.handle(event, event.at).changes)

    def _send(self, changes: list[Change]) -> None:
        for change in changes:
            for screen in getattr(self, "screens", ()):
                screen.hears(change)

    # ── what happens ──────────────────────────────────────────────────────────────────────────────────────────

    def _rings_in(self) -> None:
        """In a menu first, or straight into a line."""
        if self.random.random() < 0.5:
            self._tell(caller_with(self.center, CallId(f"call_{self.center.number()}"), "Ana Souza"))
            return
        self.contacts.append(self.random.choice(self.lines).gets())

    def _enters(self) -> None:
        """Whoever is in a menu takes a place in a line."""
        waiting = [call for call in self.view.calls.shown.values() if call.state == "ivr"]
        if waiting:
            number = int(self.random.choice(waiting).call_id.removeprefix("call_"))
            self.center.number = lambda: number  # type: ignore[method-assign]  # the same call
            self.contacts.append(self.random.choice(self.lines).gets())
            del self.center.number

    def _moves(self) -> None:
        waiting = [contact for contact in self._open() if contact.place() is not None and not contact.rings_at()]
        if waiting:
            self.random.choice(waiting).is_moved(self.random.choice(self.lines))

    def _is_answered(self) -> None:
        ringing = [contact for contact in self._open() if contact.rings_at()]
        if ringing:
            contact = self.random.choice(ringing)
            person = self._person(contact.rings_at()[0].agent_id)
            queue_id = contact.view().queue_id
            person.answers(contact)
            if contact.call_id is not None:
                news, self._heard = self.center.events[self._heard :], len(self.center.events)
                self._tell(*news, msgspec.structs.replace(connected(contact, person), queue_id=queue_id))

    def _speaks(self) -> None:
        calls = [call for call in self.view.calls.shown.values() if call.ended_at is None]
        if calls:
            self.said += 1
            call_id, stream = self.random.choice(calls).call_id, StreamId("s")
            common: dict[str, Any] = {"at": self.center.now, "call_id": call_id, "leg_id": LegId("leg"), "stream_id": stream}
            common |= {"speaker": Speaker.CUSTOMER, "utterance": self.said, "text": "hello", "start_ms": 0, "end_ms": 9}
            self._tell(TranscriptFinal(**common))

    def _leaves(self) -> None:
        calls = [contact for contact in self._open() if contact.call_id is not None]
        if calls:
            contact = self.random.choice(calls)
            contact.hangs_up()
            ended = CallEnded(at=self.center.now, call_id=contact.call_id, cause=EndCause.CALLER_HUNG_UP, started_at=1)  # type: ignore[arg-type]
            self._tell(ended)

    def _is_handed_back(self) -> None:
        for contact in self._open():
            view = contact.view()
            if view.state == "active" and contact.call_id is not None and view.agent_id is not None:
                self._person(view.agent_id).leaves(contact, contact.call_id)
                return

    def _somebody_goes(self) -> None:
        state = self.random.choice([AgentState.AVAILABLE, AgentState.AWAY, AgentState.AVAILABLE])
        self.random.choice(self.people).becomes(state)

    def _time_passes(self) -> None:
        self.center.passes(self.random.choice([1, 6, 25, 70]))

    def _needs_attention(self) -> None:
        subject = self.random.choice([Subject(kind=kind, id=name) for kind, name in PLACES])
        now, old = self.center.now, self.entries.pop(subject.id, None)
        entry = Entry(
            entry_id=f"entry_{self.center.number()}",
            code="waiting",
            subject=subject,
            severity=Severity.RED,
            since=now,
            raised_at=now,
            figures={"queue_id": SALES} if subject.kind == "agent" else {},
            action=Action(code="open_queue"),
        )
        shown = msgspec.structs.replace(old, cleared_at=now) if old is not None else entry
        if old is None:
            self.entries[subject.id] = entry
        self._tell(AttentionChanged(at=now, entry=shown, what="raised"))
        checked = Checked(at=now, queues=2, agents=3)
        self._tell(AttentionChecked(at=now, checked=checked, standing=tuple(each.entry_id for each in self.entries.values())))

    def _open(self) -> list[Contact]:
        return [contact for contact in self.contacts if not contact.ends and self._lives(contact)]

    def _lives(self, contact: Contact) -> bool:
        return contact.work_id in self.center.engine.registry.work_items

    def _person(self, agent_id: AgentId) -> Person:
        return next(person for person in self.people if person.agent_id == agent_id)


@pytest.mark.parametrize("seed", range(10))
def test_a_screen_that_followed_shows_what_one_that_comes_now_is_shown(seed: int) -> None:
    day = Day(seed)
    for _ in range(60):
        day.step()
        for screen in day.screens:
            fresh = pictured(day.snapshot(screen.sight))
            for kind, things in fresh.items():
                assert screen.has[kind] == things, (kind, screen.sight)


@pytest.mark.parametrize("seed", range(10, 18))
def test_nothing_of_another_queue_is_on_a_screen_or_on_its_way(seed: int) -> None:
    day = Day(seed)
    sent: list[tuple[Sight, str]] = []
    for screen in day.screens:
        screen.hears = watched(screen, sent)  # type: ignore[assignment,method-assign]
    for _ in range(60):
        day.step()
    foreign = (SALES, JONAS, '"queue_id":"queue_sales"')
    of_billing = [text for sight, text in sent if sight == OF_BILLING]
    assert of_billing
    assert not [text for text in of_billing for word in foreign if word in text]
    nothing = [msgspec.json.decode(text)["type"] for sight, text in sent if sight == OF_NOTHING]
    assert set(nothing) <= {"system", "checked", "numbers", "attention"}


def watched(screen: Screen, sent: list[tuple[Sight, str]]) -> Callable[[Change], None]:
    hears = screen.hears

    def heard(change: Change) -> None:
        message = told(change, screen.sight)
        if message is not None:
            sent.append((screen.sight, live.encode(message, 1).decode()))
        hears(change)

    return heard


def test_who_is_busy_elsewhere_is_busy_and_with_what_is_not_said() -> None:
    day = Day(0)
    kim, sales = day.people[2], day.lines[1]
    day.people[1].becomes(AgentState.AWAY)
    contact = sales.gets()
    kim.answers(contact)
    (seen,) = [agent for agent in day.snapshot(OF_BILLING).agents if agent.agent_id == KIM]
    (whole,) = [agent for agent in day.snapshot(WHOLE).agents if agent.agent_id == KIM]
    assert (seen.state, whole.state) == (AgentState.BUSY, AgentState.BUSY)
    assert (seen.queue_id, seen.call_id) == (None, None)
    assert (whole.queue_id, whole.call_id) == (SALES, contact.call_id)


def test_sums_are_those_of_the_queues_one_sees() -> None:
    day = Day(0)
    for person in day.people:
        person.becomes(AgentState.AWAY)
    for line in (day.lines[0], day.lines[1], day.lines[1]):
        line.gets()
    assert [day.snapshot(sight).numbers.waiting for sight in (WHOLE, OF_BILLING, OF_NOTHING)] == [3, 1, 0]
    assert [len(day.snapshot(sight).queues) for sight in (WHOLE, OF_BILLING, OF_BILLING_AND_SERVES_SALES)] == [2, 1, 2]
