"""History is kept without texts, and leads the engine to the same state as the inputs themselves."""

from __future__ import annotations

import re

from acd.engine.engine import Engine
from acd.leadership.journal import Entry, EntryKind
from acd.leadership.recorder import snapshot_without_names, without_texts
from core.causes import EndCause
from core.codec import decode_command, decode_event, encode
from core.commands import AcceptOffer, AnyCommand, Command, ConfigureAcd, DeclineOffer, EnqueueWork, FinishWrapUp
from core.events import AnyEvent, CallEnded, PartyJoined, WrapUpFinished
from core.ids import AgentId, CallId, OfferId, PartyId, QueueId, WorkId
from core.model import AgentConfig, Channel, QueueConfig
from core.parties import Mode, Role
from tests.acd.contact_center import ContactCenter

PRIVATE = ("Mei Lin", "she cried", "lunch with Ana", "/recordings/ana.wav", "refund for Ana")


def entry_of(message: AnyCommand | AnyEvent) -> Entry:
    kind = EntryKind.COMMAND if isinstance(message, Command) else EntryKind.EVENT
    return Entry(7, 100.0, kind, encode(message))


def kept(message: AnyCommand | AnyEvent) -> AnyCommand | AnyEvent:
    entry = without_texts(entry_of(message))
    assert (entry.seq, entry.at) == (7, 100.0)
    for text in PRIVATE:
        assert text.encode() not in entry.payload
    return decode_command(entry.payload) if entry.kind is EntryKind.COMMAND else decode_event(entry.payload)


def test_texts_are_left_out() -> None:
    work, mei = WorkId("work_1"), AgentId("agent_mei")
    written = WrapUpFinished(
        at=100.0,
        call_id=None,
        work_id=work,
        agent_id=mei,
        disposition="solved",
        summary="she cried",
        ticket_subject="refund for Ana",
    )
    assert kept(written) == FinishWrapUp(work_id=work, agent_id=mei)
    assert kept(DeclineOffer(offer_id=OfferId("offer_1"), agent_id=mei, reason="lunch with Ana")) == DeclineOffer(
        offer_id=OfferId("offer_1"), agent_id=mei
    )
    ended = CallEnded(
        at=100.0, call_id=CallId("call_1"), cause=EndCause.CALLER_HUNG_UP, started_at=1.0, recording_path="/recordings/ana.wav"
    )
    assert kept(ended) == CallEnded(at=100.0, call_id=CallId("call_1"), cause=EndCause.CALLER_HUNG_UP, started_at=1.0)


def test_agents_are_called_by_their_ids() -> None:
    queue = QueueConfig(queue_id=QueueId("queue_b"), name="Billing")
    configured = ConfigureAcd(queues=(queue,), agents=(AgentConfig(agent_id=AgentId("agent_mei"), name="Mei Lin"),))
    assert kept(configured) == ConfigureAcd(
        queues=(queue,), agents=(AgentConfig(agent_id=AgentId("agent_mei"), name="agent_mei"),)
    )


def test_what_has_no_texts_stays_as_it_is() -> None:
    for message in (
        EnqueueWork(work_id=WorkId("work_1"), call_id=None, channel=Channel.CHAT, queue_id=QueueId("queue_b")),
        AcceptOffer(offer_id=OfferId("offer_1"), agent_id=AgentId("agent_mei")),
        PartyJoined(
            at=100.0,
            call_id=CallId("call_1"),
            party_id=PartyId("party_1"),
            role=Role.CONSULTANT,
            mode=Mode.TALK,
            agent_id=AgentId("agent_mei"),
            work_id=WorkId("work_1"),
        ),
    ):
        assert without_texts(entry_of(message)) == entry_of(message)
    timer = Entry(7, 100.0, EntryKind.TIMER, b"")
    assert without_texts(timer) == timer


def test_a_snapshot_without_names_goes_on_like_the_engine_itself() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei, ana = center.free_agent("Mei"), center.free_agent("Ana")
    talking, ringing = billing.gets(), billing.gets()
    mei.answers(talking)
    jon = center.free_agent("Jon")
    also_ringing = billing.gets()
    snapshot = center.engine.snapshot()
    said = [offer.decision.summary for work in center.engine.registry.work_items.values() for offer in work.offers.values()]
    assert any("Mei was being offered" in summary for summary in said), "else the names in sentences are not tried"
    kept_engine = snapshot_without_names(snapshot)
    for name in (b"Mei", b"Ana", b"Jon"):
        called = re.compile(rb"(?<!agent_)" + name)
        assert called.search(snapshot), "else its absence would say nothing"
        assert not called.search(kept_engine)
    restored = Engine.restore(kept_engine)
    assert restored.next_deadline() == center.engine.next_deadline()
    assert set(restored.registry.work_items) == {talking.work_id, ringing.work_id, also_ringing.work_id}
    assert {agent.config.name for agent in restored.registry.agents.values()} == {mei.agent_id, ana.agent_id, jon.agent_id}
    while (deadline := center.engine.next_deadline()) is not None:
        told = [type(event) for event in center.engine.handle_timer(deadline)]
        assert [type(event) for event in restored.handle_timer(deadline)] == told
        assert restored.next_deadline() == center.engine.next_deadline()
