"""A company's customer side for tests: the real service on a real SQLite file, a bus in memory, a clock that jumps.

Speaks the domain: `office.calls(number)`, `call.presses("2 (billing)")`, `call.is_answered_by(mei)`, `call.ends()`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from core.causes import EndCause
from core.commands import Answer, AnyCommand
from core.events import (
    AnyEvent,
    CallConnected,
    CallEnded,
    CallerIdentified,
    CallHandedBack,
    CallStarted,
    CallTransferred,
    ColleagueAsked,
    FlowStep,
    FlowStepped,
    PartyJoined,
    PartyLeft,
    RecordingFinished,
    TranscriptFinal,
    WorkEnqueued,
    WrapUpFinished,
)
from core.ids import AgentId, CallId, CustomerId, FlowId, LegId, NodeId, PartyId, QueueId, RecordingId, StreamId, WorkId, new_id
from core.model import CallerFacts, Channel, LegKind, Purpose, Speaker, Word
from core.parties import Mode, Role
from core.ports import ok
from customers.importing import ImportReport, import_lines
from customers.model import CallRecord, Customer, TimelineItem
from customers.screen_pop import Pop
from customers.service import CustomerService
from server.business.document import AgentRules, Document, QueueRules
from server.storage.sql.archive import SqlArchive
from server.storage.sql.calls import SqlCalls
from server.storage.sql.configuration import Author, SqlConfiguration
from server.storage.sql.customers import SqlCustomers
from server.storage.sql.database import Database
from server.storage.sql.follow_ups import SqlFollowUps
from server.storage.sql.history import SqlHistory
from server.storage.sql.search.reader import SqlSearch
from tests.peers.current_database import new_sqlite
from tests.peers.memory_bus import MemoryBus

LONDON = ZoneInfo("Europe/London")
NOON = 1_700_049_600.0
"""2023-11-15 12:00 in London."""
MEI, OMAR = AgentId("agent_mei"), AgentId("agent_omar")
BILLING, TECH = QueueId("queue_billing"), QueueId("queue_tech")
HOUR, DAY = 3600.0, 86400.0
NOTHING_SAID = CallerFacts()


class JumpingClock:
    """`core.ports.Clock` for tests."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> float:
        return self.time

    def jump(self, seconds: float) -> None:
        self.time += seconds


class OfficeBus(MemoryBus):
    """A bus with an ACD at its end that says yes, unless told otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[AnyCommand] = []
        self.answer = ok()

    async def send(self, addressee: str, command: AnyCommand, timeout_s: float = 5.0) -> Answer:
        assert addressee == "acd"
        self.asked.append(command)
        return self.answer


class FrontOffice:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.bus = OfficeBus()
        self.clock = JumpingClock()
        self.service = CustomerService(
            people=SqlCustomers(database),
            history=SqlHistory(database),
            calls=SqlCalls(database),
            follow_ups=SqlFollowUps(database),
            bus=self.bus,
            clock=self.clock,
            zone=LONDON,
            search=SqlSearch(database),
        )
        self.heard: list[AnyEvent] = []
        """Every event handled, in order: what a restart would hand in again."""

    async def staff(self) -> None:
        """Mei and Omar, and queues for billing and for what is technical."""
        store = SqlConfiguration(self.database)
        if (await store.current()).version == 0:
            queues: dict[str, QueueRules] = {BILLING: QueueRules(name="Billing"), TECH: QueueRules(name="Technical")}
            agents: dict[str, AgentRules] = {MEI: AgentRules(name="Mei Lin"), OMAR: AgentRules(name="Omar Haddad")}
            document = Document(queues=queues, agents=agents)
            await store.append(document, Author(name="test"), self.clock.now())

    async def hears(self, event: AnyEvent) -> None:
        self.heard.append(event)
        await self.service.handle(event)

    async def knows(self, *lines: dict[str, Any]) -> ImportReport:
        """Imports history; every line must be right."""
        report = await self.imports(*lines)
        assert report.problems == ()
        return report

    async def imports(self, *lines: dict[str, Any], **how: Any) -> ImportReport:
        data = [msgspec.json.encode(line) for line in lines]
        return await import_lines(data, SqlArchive(self.database), now=self.clock.now(), zone=LONDON, **how)

    async def calls(
        self, caller: str, kind: LegKind = LegKind.SIP, display_name: str = "", facts: CallerFacts = NOTHING_SAID
    ) -> PhoneCall:
        call = PhoneCall(self, CallId(new_id("call")))
        await self.hears(
            CallStarted(
                at=self.clock.now(),
                call_id=call.call_id,
                leg_id=call.leg_id,
                node_id=NodeId("node_1"),
                kind=kind,
                caller=caller,
                called="1000",
                display_name=display_name,
                flow_id=FlowId("flow_demo"),
                facts=facts,
            )
        )
        return call

    async def is_called_back(self, number: str) -> PhoneCall:
        """Mei's work is to call this number."""
        call = PhoneCall(self, CallId(new_id("call")))
        call.agent_id = MEI
        await self.hears(
            CallStarted(
                at=self.clock.now(),
                call_id=call.call_id,
                leg_id=call.leg_id,
                node_id=NodeId("node_1"),
                kind=LegKind.SIP,
                caller=number,
                called=number,
                flow_id=FlowId(""),
                outbound=True,
                agent_id=MEI,
                work_id=call.work_id,
                queue_id=BILLING,
            )
        )
        return call

    async def finds(self, query: str) -> CustomerId:
        """The one customer found."""
        (found,) = await self.service.search(query)
        assert found.customer_id is not None
        return found.customer_id

    async def timeline(self, customer_id: CustomerId, **which: Any) -> tuple[TimelineItem, ...]:
        return (await self.service.timeline(customer_id, **which)).items


class PhoneCall:
    """One caller's call as the events tell it."""

    def __init__(self, office: FrontOffice, call_id: CallId) -> None:
        self.office = office
        self.call_id = call_id
        self.leg_id = LegId(f"leg_of_{call_id}")
        self.work_id = WorkId(f"work_of_{call_id}")
        self.second_work = WorkId(f"work_2_of_{call_id}")
        """Of a consultation or a transfer."""
        self.agent_id: AgentId | None = None
        """Whose it is now."""
        self.started_at = office.clock.now()
        self.connected_at: float | None = None

    @property
    def identified(self) -> CallerIdentified:
        """What was published about who is calling."""
        return [event for event in self.office.bus.of_type(CallerIdentified) if event.call_id == self.call_id][-1]

    @property
    def customer_id(self) -> CustomerId:
        found = self.identified.customer_id
        assert found is not None
        return found

    async def pop(self) -> Pop:
        pop = await self.office.service.pop(self.call_id)
        assert pop is not None
        return pop

    async def why(self) -> list[str]:
        return [reason.text for reason in (await self.pop()).why]

    async def customer(self) -> Customer:
        return (await self.pop()).customer

    async def presses(self, choice: str) -> None:
        """A step tells how the one before it ended."""
        for step in (FlowStep(step="choice", verb="menu"), FlowStep(step="chosen", verb="enqueue", detail=f"chose {choice}")):
            await self._hears(FlowStepped(at=self._now(), call_id=self.call_id, flow_id=FlowId("flow_demo"), steps=(step,)))

    async def waits(self, queue: QueueId = BILLING) -> None:
        await self._hears(WorkEnqueued(
            at=self._now(), work_id=self.work_id, call_id=self.call_id, channel=Channel.CALL, queue_id=queue,
            customer_id=self.customer_id, priority=0.0, position=1,
        ))  # fmt: skip

    async def is_answered(
        self, waited_s: float = 48.0, *, by: AgentId = MEI, work_id: WorkId | None = None, queue_id: QueueId = BILLING
    ) -> None:
        self.connected_at = self.connected_at or self._now()
        self.agent_id = by
        await self._hears(CallConnected(
            at=self._now(), call_id=self.call_id, work_id=work_id or self.work_id, agent_id=by, queue_id=queue_id,
            customer_leg=self.leg_id, agent_leg=LegId(f"leg_{by}"), waited_s=waited_s,
        ))  # fmt: skip

    async def is_handed_back(self) -> None:
        assert self.agent_id is not None
        await self._hears(CallHandedBack(
            at=self._now(), call_id=self.call_id, work_id=self.work_id, agent_id=self.agent_id, queue_id=BILLING,
        ))  # fmt: skip
        self.agent_id = None

    async def mei_asks_omar(self, note: str = "", purpose: Purpose = Purpose.CONSULTATION) -> None:
        await self._hears(ColleagueAsked(
            at=self._now(), call_id=self.call_id, work_id=self.second_work, purpose=purpose, agent_id=MEI, to_agent_id=OMAR,
            queue_id=TECH, note=note,
        ))  # fmt: skip
        await self._hears(WorkEnqueued(
            at=self._now(), work_id=self.second_work, call_id=self.call_id, channel=Channel.CALL, queue_id=TECH,
            customer_id=self.customer_id, priority=0.0, position=1, purpose=purpose,
        ))  # fmt: skip

    async def omar_joins(self) -> None:
        await self._hears(PartyJoined(
            at=self._now(), call_id=self.call_id, party_id=PartyId("party_omar"), role=Role.CONSULTANT, mode=Mode.TALK,
            agent_id=OMAR, work_id=self.second_work,
        ))  # fmt: skip

    async def omar_leaves(self, cause: EndCause = EndCause.AGENT_HUNG_UP) -> None:
        await self._hears(PartyLeft(
            at=self._now(), call_id=self.call_id, party_id=PartyId("party_omar"), role=Role.CONSULTANT, cause=cause,
            agent_id=OMAR, work_id=self.second_work,
        ))  # fmt: skip

    async def mei_hands_over(self, to: AgentId | None = OMAR, *, conferenced: bool = False) -> None:
        self.agent_id = to
        await self._hears(CallTransferred(
            at=self._now(), call_id=self.call_id, work_id=self.work_id, agent_id=MEI, to_work_id=self.second_work,
            to_agent_id=to, queue_id=TECH, conferenced=conferenced,
        ))  # fmt: skip

    async def says(self, text: str, utterance: int, start_ms: int, *, by: Speaker = Speaker.CUSTOMER, late: bool = False) -> None:
        stream = StreamId(f"stream_{by}_{'late' if late else 'live'}_{self.call_id}")
        await self._hears(TranscriptFinal(
            at=self._now(), call_id=self.call_id, leg_id=self.leg_id, stream_id=stream, speaker=by, utterance=utterance,
            text=text, start_ms=start_ms, end_ms=start_ms + 900, late=late,
            words=tuple(Word(text=word, start_ms=start_ms, end_ms=start_ms + 300, confidence=0.9) for word in text.split()[:1]),
        ))  # fmt: skip

    async def is_recorded(self, duration_ms: int = 60_000) -> None:
        await self._hears(RecordingFinished(
            at=self._now(), call_id=self.call_id, recording_id=RecordingId("rec_1"), path="recordings/one.wav",
            duration_ms=duration_ms, size_bytes=1_920_044,
        ))  # fmt: skip

    async def ends(self, cause: EndCause = EndCause.CALLER_HUNG_UP) -> None:
        await self._hears(CallEnded(
            at=self._now(), call_id=self.call_id, cause=cause, started_at=self.started_at, connected_at=self.connected_at,
            agent_id=self.agent_id,
        ))  # fmt: skip

    async def is_wrapped_up(self, disposition: str = "Refund", summary: str = "", *, by: AgentId = MEI, **follow_up: Any) -> None:
        work_id = self.work_id if by == MEI else self.second_work
        await self._hears(WrapUpFinished(
            at=self._now(), call_id=self.call_id, work_id=work_id, agent_id=by, disposition=disposition, summary=summary,
            **follow_up,
        ))  # fmt: skip

    async def record(self) -> CallRecord:
        record = await self.office.service.call_record(self.call_id)
        assert record is not None
        return record

    async def _hears(self, event: AnyEvent) -> None:
        await self.office.hears(event)

    def _now(self) -> float:
        return self.office.clock.now()


async def open_front_office(folder: Path) -> FrontOffice:
    office = FrontOffice(Database(new_sqlite(folder)))
    await office.staff()
    return office
