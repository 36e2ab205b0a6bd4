"""What people do with callbacks, and a queue with opening hours: shared by the tests of both."""

from __future__ import annotations

from datetime import UTC, datetime

from core.causes import EndCause
from core.commands import ConfigureAcd, EnqueueWork, RequestCallback
from core.events import (
    CallConnected,
    CallEnded,
)
from core.ids import CallId, LegId, QueueId, WorkId
from core.model import Channel, QueueConfig
from core.opening_hours import OpeningHours
from tests.acd.contact_center import Contact, ContactCenter, Line, Person

CALLED_FROM = CallId("call_origin")
NINE_TO_FIVE = OpeningHours(time_zone="UTC", week={"mon-fri": ("09:00-17:00",)})


def asks_for_callback(contact: Contact) -> None:
    contact.center.does(RequestCallback(work_id=contact.work_id))


def promised(line: Line, *, at: float | None, wants: Person | None = None, priority: float = 0.0) -> Contact:
    """An agent has promised to call back at a time."""
    contact = Contact(line.center, WorkId(f"work_{line.center.number()}"), None)
    line.center.does(
        EnqueueWork(
            work_id=contact.work_id,
            call_id=None,
            channel=Channel.CALLBACK,
            queue_id=line.queue_id,
            priority=priority,
            preferred_agent=wants.agent_id if wants is not None else None,
            not_before=at,
            origin_call_id=CALLED_FROM,
        )
    )
    return contact


def dialled(contact: Contact) -> CallId:
    """The call that is being made for this work."""
    call_id = contact.view().call_id
    assert call_id is not None
    return call_id


def customer_answers(contact: Contact, agent: Person) -> None:
    center = contact.center
    center.does(
        CallConnected(
            at=center.now,
            call_id=dialled(contact),
            work_id=contact.work_id,
            agent_id=agent.agent_id,
            queue_id=contact.view().queue_id,
            customer_leg=LegId("leg_c"),
            agent_leg=LegId("leg_a"),
            waited_s=0.0,
        )
    )


def call_ends(contact: Contact, cause: EndCause) -> None:
    center = contact.center
    center.does(CallEnded(at=center.now, call_id=dialled(contact), cause=cause, started_at=center.now))


def opens_by_the_clock(center: ContactCenter) -> Line:
    queue = QueueConfig(queue_id=QueueId("queue_office"), name="Office", hours="office", max_wait_s=36000.0)
    center.does(ConfigureAcd(queues=(queue,), agents=(), hours={"office": NINE_TO_FIVE}))
    return Line(center, queue.queue_id)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
