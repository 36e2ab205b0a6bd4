"""A conversation that is about to be handed on: shared by the tests of it."""

from __future__ import annotations

from core.causes import WorkEnd
from core.model import WorkRecord
from tests.acd.contact_center import Contact, ContactCenter, Line, Person


class Scene:
    """Dana waited a minute and talks with Mei for two; Jon does billing and is free; Eva takes orders and is away."""

    def __init__(self, *, wrap_up_s: float = 60.0, last_agent_days: float = 0.0) -> None:
        self.center = ContactCenter()
        self.orders: Line = self.center.queue("orders", wrap_up_s=wrap_up_s, last_agent_days=last_agent_days)
        self.billing: Line = self.center.queue("billing", asks={"billing": 3}, last_agent_days=last_agent_days)
        self.dana: Contact = self.orders.gets(customer="cust_dana", priority=2.0)
        self.center.passes(59)
        self.mei: Person = self.center.free_agent("Mei", only=(self.orders,))
        self.mei.answers(self.dana)
        self.jon: Person = self.center.free_agent("Jon", {"billing": 3}, only=(self.billing,))
        self.eva: Person = self.center.agent("Eva", only=(self.orders,))
        self.eva.has_audio()
        self.center.passes(119)

    def transferred(self, *, to: Person | None = None, line: Line | None = None) -> Contact:
        """Mei has left, and Dana waits."""
        waits = self.mei.transfers(self.dana, to=to, line=line)
        self.mei.has_left(self.dana, with_=waits)
        return waits

    def handed_over(self, *, conferenced: bool = False) -> Contact:
        """Mei asked Jon for half a minute, and left Dana to him."""
        asked = self.mei.consults(self.dana, with_=self.jon)
        self.jon.helps(asked)
        self.center.passes(30)
        self.mei.has_left(self.dana, with_=asked, to=self.jon, conferenced=conferenced)
        return asked


def cause_of(contact: Contact) -> WorkEnd:
    (ended,) = contact.ends
    return ended.cause


def record_of(contact: Contact) -> WorkRecord:
    (ended,) = contact.ends
    assert ended.record is not None
    return ended.record
