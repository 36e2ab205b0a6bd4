"""What an import line may say (docs/import.md), checked strictly, and what it becomes. Pure: a line, a time and a customer in,
a value out.

Ids are derived from the line's own id, so that importing a file twice changes nothing.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated, Literal

import msgspec

from core.ids import CallId, ChatId, CustomerId, InteractionId, TicketId
from core.model import LegKind, Speaker
from customers.identity import email_identifier, external_identifier, interaction_of_call, phone_identifier, stable_id
from customers.model import Call, Chat, Email, Fact, Identifier, Message, Profile, Provenance, Status, Ticket

ExternalId = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Short = Annotated[str, msgspec.Meta(max_length=400)]
Text = Annotated[str, msgspec.Meta(max_length=100_000)]
When = float | str


class BadLine(ValueError):
    """Why a line cannot be imported, in a sentence."""


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type"):
    """Base: `id` is the thing's id in the system it comes from."""

    id: ExternalId


class FactPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    text: Short
    source: Short
    at: When
    suggestion: Short | None = None


class MessagePart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    at: When
    speaker: Speaker = msgspec.field(name="from")
    text: Text
    author: Short = ""


class CustomerRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whom a conversation belongs to: one of the three."""

    id: ExternalId | None = None
    phone: Short | None = None
    email: Short | None = None


class CustomerLine(Line, frozen=True, kw_only=True, tag="customer"):
    name: Short
    phones: tuple[Short, ...] = ()
    emails: tuple[Short, ...] = ()
    accounts: tuple[Short, ...] = ()
    """Names the customer signs in with elsewhere."""
    tags: tuple[Short, ...] = ()
    vip: bool = False
    location: Short | None = None
    time_zone: Short | None = None
    since: When | None = None
    language: Annotated[str, msgspec.Meta(min_length=2, max_length=10)] = "en"
    facts: tuple[FactPart, ...] = ()


class ChatLine(Line, frozen=True, kw_only=True, tag="chat"):
    customer: CustomerRef
    started_at: When
    ended_at: When | None = None
    messages: tuple[MessagePart, ...] = ()


class TicketLine(Line, frozen=True, kw_only=True, tag="ticket"):
    customer: CustomerRef
    number: Annotated[int, msgspec.Meta(gt=0, lt=2**31)] | None = None
    subject: Short
    status: Literal["open", "closed"] = "open"
    priority: Literal["low", "normal", "high", "urgent"] = "normal"
    opened_at: When
    closed_at: When | None = None
    comments: tuple[MessagePart, ...] = ()


class CallLine(Line, frozen=True, kw_only=True, tag="call"):
    customer: CustomerRef
    started_at: When
    answered_at: When | None = None
    ended_at: When
    caller: Short = ""
    called: Short = ""
    agent: Short | None = None
    queue: Short | None = None
    reason: Short = ""
    summary: Text = ""
    waited_s: Annotated[float, msgspec.Meta(ge=0)] | None = None


class EmailLine(Line, frozen=True, kw_only=True, tag="email"):
    customer: CustomerRef
    at: When
    speaker: Speaker = msgspec.field(name="from")
    subject: Short
    text: Text


AnyLine = CustomerLine | ChatLine | TicketLine | CallLine | EmailLine
_decoder: msgspec.json.Decoder[AnyLine] = msgspec.json.Decoder(AnyLine)
_RELATIVE = re.compile(r"-(\d+)(s|min|h|d)(?: (\d\d):(\d\d))?")
_EARLIEST, _LATEST = -2_208_988_800.0, 4_102_444_800.0
"""1900 to 2100: a time beyond is a mistake, and could not be said as a date."""
_UNIT_S = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def parse_line(data: bytes) -> AnyLine:
    """Raises `BadLine`."""
    if b"\\u0000" in data:
        raise BadLine("a NUL character cannot be stored")
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadLine(str(error)) from None


def parse_time(value: When, now: float, zone: tzinfo) -> float:
    """Seconds since the epoch, ISO 8601 (without an offset: the company's zone), or before now: ``-19h``, ``-1d 16:02``."""
    try:
        at = _seconds(value, now, zone) if isinstance(value, str) else float(value)
    except (ValueError, OverflowError):
        raise BadLine(f"«{value}» is no time: give seconds, ISO 8601, -19h or -1d 16:02") from None
    if not _EARLIEST <= at <= _LATEST:
        raise BadLine(f"«{value}» is no time of these two centuries")
    return at


def _seconds(value: str, now: float, zone: tzinfo) -> float:
    relative = _RELATIVE.fullmatch(value)
    if relative is None:
        stated = datetime.fromisoformat(value)
        return (stated if stated.tzinfo is not None else stated.replace(tzinfo=zone)).timestamp()
    count, unit, hour, minute = relative.groups()
    if hour is None:
        return now - int(count) * _UNIT_S[unit]
    if unit != "d":
        raise ValueError("a clock stands only behind days")
    day = datetime.fromtimestamp(now, UTC).astimezone(zone) - timedelta(days=int(count))
    return day.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0).timestamp()


class Conversion(msgspec.Struct, frozen=True, kw_only=True):
    """What relative times and national numbers are read with."""

    now: float
    zone: tzinfo
    region: str

    def at(self, value: When) -> float:
        return parse_time(value, self.now, self.zone)

    def perhaps_at(self, value: When | None) -> float | None:
        return None if value is None else self.at(value)

    def phone(self, raw: str) -> Identifier:
        found = phone_identifier(raw, self.region, Provenance.IMPORT)
        if found is None:
            raise BadLine(f"«{raw}» is no telephone number")
        return found

    def email(self, raw: str) -> Identifier:
        if raw.count("@") != 1 or raw.strip() != raw or " " in raw:
            raise BadLine(f"«{raw}» is no e-mail address")
        return email_identifier(raw, Provenance.IMPORT)

    def reference(self, ref: CustomerRef) -> Identifier:
        """The identifier that names a conversation's customer."""
        given = [value for value in (ref.id, ref.phone, ref.email) if value is not None]
        if len(given) != 1:
            raise BadLine("customer needs exactly one of id, phone, email")
        if ref.id is not None:
            return external_identifier(ref.id)
        return self.phone(ref.phone) if ref.phone is not None else self.email(given[0])

    def messages(self, parts: tuple[MessagePart, ...]) -> tuple[Message, ...]:
        return tuple(Message(at=self.at(part.at), speaker=part.speaker, text=part.text, author=part.author) for part in parts)


def customer_id_of(external_id: str) -> CustomerId:
    return CustomerId(stable_id("cust", "import", external_id))


def profile_of(line: CustomerLine, read: Conversion) -> tuple[Profile, tuple[Fact, ...]]:
    edges = [external_identifier(line.id)]
    edges += [external_identifier(account, Provenance.SIGNED_IN) for account in line.accounts]
    edges += [read.phone(raw) for raw in line.phones]
    edges += [read.email(raw) for raw in line.emails]
    profile = Profile(
        customer_id=customer_id_of(line.id),
        name=line.name,
        tags=line.tags,
        vip=line.vip,
        location=line.location,
        local_time_zone=line.time_zone,
        since=read.perhaps_at(line.since),
        language=line.language,
        identifiers=tuple({(edge.kind, edge.value): edge for edge in edges}.values()),
    )
    facts = tuple(
        Fact(text=fact.text, source=fact.source, at=read.at(fact.at), suggestion=fact.suggestion) for fact in line.facts
    )
    return profile, facts


def profile_of_reference(edge: Identifier, at: float) -> Profile:
    """A customer known only by the number or address that a conversation came from."""
    customer_id = CustomerId(stable_id("cust", "import", str(edge.kind), edge.value))
    return Profile(customer_id=customer_id, since=at, identifiers=(edge,))


def chat_of(line: ChatLine, customer_id: CustomerId, read: Conversion) -> Chat:
    return Chat(
        chat_id=ChatId(stable_id("chat", "import", line.id)),
        interaction_id=_interaction_id(line),
        customer_id=customer_id,
        started_at=read.at(line.started_at),
        ended_at=read.perhaps_at(line.ended_at),
        messages=read.messages(line.messages),
    )


def ticket_of(line: TicketLine, customer_id: CustomerId, read: Conversion) -> Ticket:
    return Ticket(
        ticket_id=TicketId(stable_id("tick", "import", line.id)),
        interaction_id=_interaction_id(line),
        customer_id=customer_id,
        number=line.number,
        subject=line.subject,
        status=Status(line.status),
        priority=line.priority,
        opened_at=read.at(line.opened_at),
        closed_at=read.perhaps_at(line.closed_at),
        comments=read.messages(line.comments),
    )


def call_of(line: CallLine, customer_id: CustomerId, read: Conversion) -> Call:
    call_id = CallId(stable_id("call", "import", line.id))
    started_at, answered_at, ended_at = read.at(line.started_at), read.perhaps_at(line.answered_at), read.at(line.ended_at)
    if ended_at < (answered_at or started_at):
        raise BadLine("the call ends before it begins")
    return Call(
        call_id=call_id,
        customer_id=customer_id,
        interaction_id=interaction_of_call(call_id),
        kind=LegKind.SIP,
        caller=line.caller,
        called=line.called,
        started_at=started_at,
        waiting_since=started_at if line.queue is not None else None,
        queue_name=line.queue,
        agent_name=line.agent,
        connected_at=answered_at,
        waited_s=line.waited_s,
        ended_at=ended_at,
        disposition=line.reason,
        summary=line.summary,
    )


def email_of(line: EmailLine, customer_id: CustomerId, read: Conversion) -> Email:
    return Email(
        interaction_id=_interaction_id(line),
        customer_id=customer_id,
        subject=line.subject,
        text=line.text,
        at=read.at(line.at),
        speaker=line.speaker,
        message_id=line.id,
    )


def _interaction_id(line: ChatLine | TicketLine | EmailLine) -> InteractionId:
    return InteractionId(stable_id("int", "import", type(line).__name__, line.id))
