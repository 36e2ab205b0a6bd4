"""What agents and call control do about colleagues on random days: ask, join, leave, hand over, transfer, hand back."""

from __future__ import annotations

from collections import Counter

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from acd.engine.engine import Engine
from acd.model.work import IN_LINE, Work, WorkState
from core.causes import EndCause
from core.commands import AcceptOffer, AnyCommand, EnqueueWork
from core.events import AnyEvent, CallHandedBack, CallTransferred, PartyJoined, PartyLeft
from core.ids import AgentId, CallId, PartyId, QueueId, WorkId
from core.model import Channel, Purpose
from core.parties import Mode, Role
from tests.acd.random_installation import AGENTS, QUEUES

PICK = st.integers(0, 50)


class ColleagueMoves(RuleBasedStateMachine):
    """In any order, some of it late, repeated or by the wrong one."""

    live: Engine
    now: float
    count: int
    enqueued: list[WorkId]

    def says(self, message: AnyCommand | AnyEvent) -> bool:
        """Whether it changed something."""
        raise NotImplementedError

    def pick_work(self, pick: int) -> Work:
        raise NotImplementedError

    @precondition(lambda self: self.live.registry.work_items)
    @rule(
        pick=PICK,
        purpose=st.sampled_from([Purpose.CONSULTATION, Purpose.TRANSFER]),
        agent_id=st.sampled_from(AGENTS),
        by_name=st.booleans(),
        queue_id=st.sampled_from([None, *QUEUES]),
    )
    def agent_asks(self, pick: int, purpose: Purpose, agent_id: AgentId, by_name: bool, queue_id: QueueId | None) -> None:
        """Mostly in a conversation; sometimes when it is over, or has not begun."""
        work = self.pick_conversation(pick)
        self.count += 1
        work_id = WorkId(f"work_{self.count}")
        command = EnqueueWork(
            work_id=work_id,
            call_id=work.call_id,
            channel=Channel.CALL,
            queue_id=queue_id or work.queue_id,
            purpose=purpose,
            asked_by=work.agent_id,
            only_agent=agent_id if by_name else None,
            continues=work.work_id if purpose is Purpose.TRANSFER or pick % 2 else None,
        )
        if self.says(command):
            self.enqueued.append(work_id)
            asked = self.live.registry.work_items[work_id]
            assert not by_name or [offer.agent_id for offer in asked.offers.values()] == [agent_id], "rings at who was asked for"

    @precondition(lambda self: self.live.registry.work_items)
    @rule(pick=PICK, agent_id=st.sampled_from(AGENTS), stays=st.booleans(), conferenced=st.booleans())
    def colleague_helps(self, pick: int, agent_id: AgentId, stays: bool, conferenced: bool) -> None:
        """Asked for by name, answers, is there, and has the conversation or not. Whoever is free, if somebody is."""
        free = sorted(self.live.registry.available[Channel.CALL])
        agent_id = free[pick % len(free)] if free else agent_id
        self.agent_asks(pick, Purpose.CONSULTATION, agent_id, by_name=True, queue_id=None)
        asked = self.live.registry.work_items.get(WorkId(f"work_{self.count}"))
        if asked is None:
            return
        (offer,) = asked.offers.values()
        self.says(AcceptOffer(offer_id=offer.offer_id, agent_id=agent_id))
        self.says(self.party_joined(asked, agent_id))
        if stays:
            about = self.live.registry.work_items[asked.continues or WorkId("")]
            self.says(self.transferred(about, asked, asked.agent_id, conferenced=conferenced))

    @precondition(lambda self: self.live.registry.work_items)
    @rule(pick=PICK, agent_id=st.sampled_from(AGENTS))
    def colleague_joins(self, pick: int, agent_id: AgentId) -> None:
        """Call control says so, sometimes too late or of the wrong one."""
        work = self.pick_asked(pick)
        self.says(self.party_joined(work, work.agent_id or agent_id))

    @precondition(lambda self: self.live.registry.work_items)
    @rule(pick=PICK, cause=st.sampled_from([EndCause.AGENT_HUNG_UP, EndCause.AGENT_DECLINED, EndCause.AGENT_LOST]))
    def colleague_leaves(self, pick: int, cause: EndCause) -> None:
        work = self.pick_asked(pick)
        self.says(
            PartyLeft(
                at=self.now,
                call_id=work.call_id or CallId("call_never"),
                party_id=PartyId("party_colleague"),
                role=Role.CONSULTANT,
                cause=cause,
                work_id=work.work_id,
            )
        )

    @precondition(lambda self: self.live.registry.work_items)
    @rule(pick=PICK, other=PICK, known=st.booleans(), conferenced=st.booleans())
    def agent_has_left(self, pick: int, other: int, known: bool, conferenced: bool) -> None:
        """To what goes on with the conversation, or to what has nothing to do with it."""
        work = self.pick_conversation(pick)
        items = self.live.registry.work_items.values()
        heirs = [item for item in items if item.continues == work.work_id] or list(items)
        heir = heirs[other % len(heirs)]
        told = self.transferred(work, heir, heir.agent_id if known else None, conferenced=conferenced)
        if other % 5 == 0:  # what ended in the same moment, or long ago
            told = msgspec.structs.replace(told, to_work_id=WorkId(f"work_{self.count - other % 3}"))
        self.says(told)
        if told.to_work_id in self.live.registry.work_items and told.to_work_id not in self.enqueued:
            self.enqueued.append(told.to_work_id)  # was refused: the customer waits with it all the same

    @precondition(lambda self: self.live.registry.work_items)
    @rule(pick=PICK)
    def agent_hands_back(self, pick: int) -> None:
        work = self.pick_conversation(pick)
        call_id, agent_id = work.call_id or CallId("call_never"), work.agent_id or AGENTS[0]
        self.says(CallHandedBack(at=self.now, call_id=call_id, work_id=work.work_id, agent_id=agent_id, queue_id=work.queue_id))

    def pick_conversation(self, pick: int) -> Work:
        """Most picks prefer work that somebody talks about."""
        talking = [work for work in self.live.registry.work_items.values() if work.state is WorkState.ACTIVE and work.call_id]
        return talking[pick % len(talking)] if talking and pick % 7 else self.pick_work(pick)

    def pick_asked(self, pick: int) -> Work:
        asked = [work for work in self.live.registry.work_items.values() if work.purpose is not Purpose.CONTACT]
        return asked[pick % len(asked)] if asked and pick % 7 else self.pick_work(pick)

    def party_joined(self, work: Work, agent_id: AgentId) -> PartyJoined:
        return PartyJoined(
            at=self.now,
            call_id=work.call_id or CallId("call_never"),
            party_id=PartyId("party_colleague"),
            role=Role.CONSULTANT,
            mode=Mode.TALK,
            agent_id=agent_id,
            work_id=work.work_id,
        )

    def transferred(self, work: Work, heir: Work, to_agent_id: AgentId | None, *, conferenced: bool) -> CallTransferred:
        return CallTransferred(
            at=self.now,
            call_id=work.call_id or CallId("call_never"),
            work_id=work.work_id,
            agent_id=work.agent_id or AGENTS[0],
            to_work_id=heir.work_id,
            to_agent_id=to_agent_id,
            queue_id=heir.queue_id,
            conferenced=conferenced,
        )

    # ── what must be true ─────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def consultations_live_with_their_conversation(self) -> None:
        items = self.live.registry.work_items
        for work in items.values():
            if work.purpose is Purpose.CONSULTATION:
                about = items[work.continues or WorkId("")]
                assert (about.state, about.agent_id, about.call_id) == (WorkState.ACTIVE, work.asked_by, work.call_id)
                assert about.purpose is not Purpose.CONSULTATION
                assert work.agent_id != work.asked_by
                assert work.state is not WorkState.WRAP_UP
            elif work.only_agent is not None:
                assert work.purpose is Purpose.TRANSFER
            assert work.only_agent is None or work.state in {WorkState.OFFERED, WorkState.ACCEPTED}, "rings or is connected"

    @invariant()
    def a_call_is_in_one_line_and_one_conversation(self) -> None:
        """The customer of a call waits once, and talks with one agent whose conversation it is."""
        items = self.live.registry.work_items.values()
        waits = Counter(
            work.call_id for work in items if work.state in IN_LINE and work.purpose is not Purpose.CONSULTATION and work.call_id
        )
        assert all(count == 1 for count in waits.values())
        talks = Counter(
            work.call_id for work in items if work.state is WorkState.ACTIVE and work.purpose is not Purpose.CONSULTATION
        )
        assert all(count == 1 for call_id, count in talks.items() if call_id is not None)
