"""What the numbers remember of a piece of work until its stay in a queue is over, and the record that is made of it then."""

from __future__ import annotations

import msgspec

from core.causes import HANDED_ON, WorkEnd
from core.events import OfferAccepted, WorkEnded, WorkEnqueued, WorkHandedOver
from core.ids import AgentId, CallId, OfferId, QueueId, SkillId, WorkId
from core.model import Channel, Purpose, WorkRecord


class OpenWork(msgspec.Struct, kw_only=True):
    """The fields of `WorkRecord` as far as they are known, and what is needed to go on."""

    work_id: WorkId
    stay: int = 0
    call_id: CallId | None
    channel: Channel
    queue_id: QueueId
    enqueued_at: float
    entered_at: float
    offers: int = 0
    offered_at: float | None = None
    answered_at: float | None = None
    waited_s: float = 0.0
    agent_id: AgentId | None = None
    skills: tuple[SkillId, ...] | None = None
    service_level_s: float
    short_abandon_s: float
    expected_p50_s: float | None = None
    expected_p90_s: float | None = None
    agent_free: bool = False
    """The estimate was made for somebody who found an agent free."""
    ringing: int = 0
    """Offers that ring now."""
    answered_offer: OfferId | None = None
    talked_s: float = 0.0
    """In conversations that were handed back: no waiting."""
    in_line: bool = True
    """A callback between two tries stands outside."""
    purpose: Purpose = Purpose.CONTACT

    @property
    def counts(self) -> bool:
        """A consultation is in no number: its customer was counted on coming."""
        return self.purpose is not Purpose.CONSULTATION

    def waits_on(self, event: WorkEnqueued) -> None:
        """A consultation whose asker has left is the customer's stay from now on; what rings for it rings on."""
        self.purpose, self.queue_id, self.skills = event.purpose, event.queue_id, event.skills
        self.enqueued_at = event.at if event.arrived_at is None else event.arrived_at
        self.entered_at, self.talked_s = event.at, event.talked_s
        self.offered_at = event.at if self.ringing else None
        if self.answered_at is not None:
            self.answered_at, self.waited_s = event.at, self._waited_until(event.at)

    def is_handed_over(self, event: WorkHandedOver) -> None:
        """A stay that begins with its answer. The wait is the one before: nobody has waited for this agent."""
        self.purpose, self.queue_id, self.skills = Purpose.TRANSFER, event.queue_id, event.skills
        self.enqueued_at, self.entered_at, self.talked_s = event.arrived_at, event.at, event.talked_s
        self.offers, self.offered_at = 0, None
        self.answered_at, self.waited_s, self.agent_id = event.at, event.waited_s, event.agent_id

    def rings(self, at: float) -> None:
        self.offers += 1
        if self.offered_at is None:
            self.offered_at = at

    def is_answered(self, event: OfferAccepted) -> None:
        self.answered_at, self.answered_offer = event.at, event.offer_id
        self.waited_s, self.agent_id = event.waited_s, event.agent_id
        if event.call_id is not None:  # a callback's call is dialled now
            self.call_id = event.call_id

    def is_not_answered(self) -> None:
        self.answered_at = self.answered_offer = self.agent_id = None
        self.waited_s = 0.0

    def go_on_in(
        self,
        queue_id: QueueId,
        at: float,
        service_level_s: float,
        short_abandon_s: float,
        skills: tuple[SkillId, ...] | None,
    ) -> None:
        """The next stay. What was estimated for another queue is forgotten."""
        self.stay += 1
        self.queue_id, self.entered_at, self.skills = queue_id, at, skills
        self.service_level_s, self.short_abandon_s = service_level_s, short_abandon_s
        self.offers, self.offered_at = 0, None
        self.expected_p50_s = self.expected_p90_s = None

    def handed_back(self, at: float, talk_s: float) -> WorkRecord:
        """The stay that ends when an agent leaves in mid-conversation; the next one begins with it, in the same queue."""
        ended = self.record(at, WorkEnd.HANDED_BACK)
        self.is_not_answered()
        self.talked_s += talk_s
        self.go_on_in(self.queue_id, at, self.service_level_s, self.short_abandon_s, self.skills)
        return msgspec.structs.replace(ended, connected_at=at - talk_s, talked_until=at)

    def record(self, ended_at: float | None = None, cause: WorkEnd | None = None) -> WorkRecord:
        """Of the stay as it is, or as it ends without an answer."""
        return WorkRecord(
            work_id=self.work_id,
            stay=self.stay,
            call_id=self.call_id,
            channel=self.channel,
            queue_id=self.queue_id,
            enqueued_at=self.enqueued_at,
            entered_at=self.entered_at,
            offers=self.offers,
            offered_at=self.offered_at,
            answered_at=self.answered_at,
            ended_at=ended_at,
            waited_s=self.waited_s if self.answered_at is not None or ended_at is None else self._waited_until(ended_at),
            agent_id=self.agent_id,
            cause=cause,
            skills=self.skills,
            service_level_s=self.service_level_s,
            short_abandon_s=self.short_abandon_s,
            expected_p50_s=self.expected_p50_s,
            expected_p90_s=self.expected_p90_s,
        )

    def _waited_until(self, at: float) -> float:
        return at - self.enqueued_at - self.talked_s

    def over(self, event: WorkEnded) -> WorkRecord:
        """Of the stay that ended for good."""
        record = msgspec.structs.replace(self.record(event.at, event.cause), transfers=int(event.cause in HANDED_ON))
        if self.answered_at is None or event.handled_s <= 0.0:
            return record
        connected_at = event.at - event.handled_s
        return msgspec.structs.replace(record, connected_at=connected_at, talked_until=connected_at + event.talk_s)
