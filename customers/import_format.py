"""What an import line may say (docs/import.md), checked strictly, and what it becomes. Pure: a line, a time and a customer in,
a value out.

Ids are derived from the source's name and the line's own id, so that importing a file twice changes nothing. A value that cannot
be read costs as little as possible: what may be missing is left out with a warning, only what a line is nothing without refuses
it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated, Literal, NamedTuple, TypeVar

import msgspec

from core.ids import CallId, ChatId, CustomerId, InteractionId, TicketId
from core.model import LegKind, Speaker
from core.ranges import lines, one_line
from core.text_files import NotText, text_of
from customers.engagements import Engagement, EngagementEnd, EngagementStart
from customers.identity import email_identifier, external_identifier, interaction_of_call, phone_identifier, stable_id
from customers.import_problems import BadValue
from customers.messages import NewMessage, Party
from customers.model import Call, Chat, Email, Fact, Identifier, IdentifierKind, Profile, Provenance, Status, Ticket

ExternalId = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Short = Annotated[str, msgspec.Meta(max_length=400)]
Text = Annotated[str, msgspec.Meta(max_length=100_000)]
When = float | str
Given = TypeVar("Given")
Read = TypeVar("Read")


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
    id: Annotated[str, msgspec.Meta(max_length=400)] = ""
    """What it is called where it comes from; without, it is recognized by what it says."""


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
    shared: tuple[Short, ...] = ()
    """Numbers and addresses of the above that others use, too: a switchboard's, a family's."""
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


class HolderPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An agent who had a call and handed it on."""

    agent: Short
    until: When
    queue: Short | None = None
    reason: Short = ""
    summary: Text = ""
    note: Text = ""
    """For whoever had it next."""


class CallLine(Line, frozen=True, kw_only=True, tag="call"):
    customer: CustomerRef
    started_at: When
    answered_at: When | None = None
    ended_at: When
    caller: Short = ""
    called: Short = ""
    agent: Short | None = None
    """Who had it, and had it last."""
    before: tuple[HolderPart, ...] = ()
    """Those who had it before that one, in order."""
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
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_RELATIVE = re.compile(r"-(\d+)(s|min|h|d)(?: (\d\d):(\d\d))?")
_EARLIEST, _LATEST = -2_208_988_800.0, 4_102_444_800.0
"""1900 to 2100: a time beyond is a mistake, and could not be said as a date."""
_UNIT_S = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


_AHEAD_S = 86400.0
"""What has happened may be so far ahead: clocks and time zones differ, a date in 2099 is a mistake."""


def parse_line(data: bytes) -> AnyLine:
    """Raises `BadValue`."""
    try:
        line = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _unreadable(data, error) from None
    except RecursionError:  # the library passes it on as it is
        raise BadValue("format", "it is nested deeper than any line is") from None
    if _CONTROL.search(line.id):
        raise BadValue("control_character", "an id cannot have control characters")
    if b"\\u0000" in data:
        raise BadValue("control_character", "a NUL character cannot be stored")
    return line


def _unreadable(data: bytes, error: Exception) -> BadValue:
    try:
        text_of(data, "utf-8")
    except NotText as refused:
        return BadValue("encoding", f"the line {refused}")
    return BadValue("format", str(error))


def parse_time(value: When, now: float, zone: tzinfo) -> float:
    """Seconds since the epoch, ISO 8601 (without an offset: the company's zone), or before now: ``-19h``, ``-1d 16:02``."""
    try:
        at = _seconds(value, now, zone) if isinstance(value, str) else float(value)
    except (ValueError, OverflowError):
        raise BadValue("time", f"«{value}» is no time: give seconds, ISO 8601, -19h or -1d 16:02") from None
    if not _EARLIEST <= at <= _LATEST:
        raise BadValue("time", f"«{value}» is no time of these two centuries")
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


class Conversion:
    """Reads values with what relative times, national numbers and ids of one source need, and collects what it must leave out."""

    def __init__(self, *, now: float, zone: tzinfo, region: str, source: str = "") -> None:
        self.now = now
        self.zone = zone
        self.region = region
        self.source = source
        """Namespace of ids: two systems may both have a customer 1017."""
        self.warnings: list[BadValue] = []
        """Of the present line."""

    def key(self, kind: str, *parts: str) -> str:
        """The id of a thing that has an id in its own system."""
        return stable_id(kind, "import", *(("from", self.source, *parts) if self.source else parts))

    def customer_id(self, external_id: str) -> CustomerId:
        return CustomerId(self.key("cust", external_id))

    def happened(self, value: When) -> float:
        """A time of something that has happened. Raises `BadValue` for one that is still to come."""
        at = parse_time(value, self.now, self.zone)
        if at > self.now + _AHEAD_S:
            raise BadValue("time_ahead", f"«{value}» is still to come, and this has happened")
        return at

    def perhaps(self, value: When | None) -> float | None:
        """One that may be missing, and is when it is wrong."""
        return None if value is None else self.or_warning(self.happened, value)

    def phone(self, raw: str) -> Identifier:
        found = phone_identifier(raw, self.region, Provenance.IMPORT)
        if found is None:
            raise BadValue("phone", f"«{raw}» is no telephone number")
        return found

    def email(self, raw: str) -> Identifier:
        if raw.count("@") != 1 or raw.strip() != raw or " " in raw:
            raise BadValue("email", f"«{raw}» is no e-mail address")
        return email_identifier(raw, Provenance.IMPORT)

    def owner(self, ref: CustomerRef) -> Owner:
        """Whose a conversation is."""
        given = [value for value in (ref.id, ref.phone, ref.email) if value is not None]
        if len(given) != 1:
            raise BadValue("reference", "customer needs exactly one of id, phone, email")
        if ref.id is not None:
            return Owner(customer_id=self.customer_id(ref.id), said=ref.id)
        edge = self.phone(ref.phone) if ref.phone is not None else self.email(given[0])
        return Owner(edge=edge, said=given[0])

    def messages(self, parts: tuple[MessagePart, ...]) -> tuple[NewMessage, ...]:
        """Without those whose time is none."""
        said = ((self.or_warning(self.happened, part.at), part) for part in parts)
        return tuple(
            NewMessage(at=at, party=Party(part.speaker), text=lines(part.text), author=one_line(part.author), own_id=part.id)
            for at, part in said
            if at is not None
        )

    def each(self, read: Callable[[str], Identifier], values: tuple[str, ...]) -> list[Identifier]:
        """Those that can be read."""
        return [found for value in values if (found := self.or_warning(read, value)) is not None]

    def or_warning(self, read: Callable[[Given], Read], value: Given) -> Read | None:
        try:
            return read(value)
        except BadValue as error:
            self.warnings.append(error)
            return None


class Owner(NamedTuple):
    """Whose a conversation is: the record with an id, or whoever has a number or address."""

    said: str
    customer_id: CustomerId | None = None
    edge: Identifier | None = None


def profile_of(line: CustomerLine, read: Conversion) -> tuple[Profile, tuple[Fact, ...]]:
    edges = [external_identifier(f"{read.source}:{line.id}" if read.source else line.id)]
    edges += [external_identifier(account, Provenance.SIGNED_IN) for account in line.accounts]
    edges += read.each(read.phone, line.phones)
    edges += read.each(read.email, line.emails)
    shared = {(edge.kind, edge.value) for edge in read.each(_phone_or_email(read), line.shared)}
    profile = Profile(
        customer_id=read.customer_id(line.id),
        name=one_line(line.name),
        tags=tuple(filter(None, map(one_line, line.tags))),
        vip=line.vip,
        location=one_line(line.location) if line.location else None,
        local_time_zone=line.time_zone,
        since=read.perhaps(line.since),
        language=line.language,
        identifiers=_marked(edges, shared),
    )
    times = ((read.or_warning(read.happened, fact.at), fact) for fact in line.facts)
    facts = tuple(
        Fact(text=one_line(fact.text), source=one_line(fact.source), at=at, suggestion=one_line(fact.suggestion or "") or None)
        for at, fact in times
        if at is not None
    )
    return profile, facts


def _marked(edges: list[Identifier], shared: set[tuple[IdentifierKind, str]]) -> tuple[Identifier, ...]:
    """Each once, with the mark of those that others use, too."""
    each = {(edge.kind, edge.value): edge for edge in edges}
    return tuple(msgspec.structs.replace(edge, shared=True) if key in shared else edge for key, edge in each.items())


def _phone_or_email(read: Conversion) -> Callable[[str], Identifier]:
    return lambda raw: read.email(raw) if "@" in raw else read.phone(raw)


def profile_of_reference(edge: Identifier, at: float, conversation: InteractionId) -> Profile:
    """A customer known only by the number or address that a conversation came from.

    The id is made from the conversation's: agents read ids, and one made from a number would tell it to whoever tries all numbers
    with the last digits that are shown.
    """
    customer_id = CustomerId(stable_id("cust", "conversation", conversation))
    return Profile(customer_id=customer_id, since=at, identifiers=(edge,))


def chat_of(line: ChatLine, read: Conversion) -> Chat:
    return Chat(
        chat_id=ChatId(read.key("chat", line.id)),
        interaction_id=_interaction_id(line, read),
        customer_id=None,
        started_at=read.happened(line.started_at),
        ended_at=read.perhaps(line.ended_at),
        messages=read.messages(line.messages),
    )


def ticket_of(line: TicketLine, read: Conversion) -> Ticket:
    return Ticket(
        ticket_id=TicketId(read.key("tick", line.id)),
        interaction_id=_interaction_id(line, read),
        customer_id=None,
        number=line.number,
        subject=one_line(line.subject),
        status=Status(line.status),
        priority=line.priority,
        opened_at=read.happened(line.opened_at),
        closed_at=read.perhaps(line.closed_at),
        comments=read.messages(line.comments),
    )


def call_of(line: CallLine, read: Conversion) -> Call:
    call_id = CallId(read.key("call", line.id))
    started_at, ended_at = read.happened(line.started_at), read.happened(line.ended_at)
    answered_at = None if line.answered_at is None else read.happened(line.answered_at)
    if ended_at < (answered_at or started_at):
        raise BadValue("order", "the call ends before it begins")
    call = Call(
        call_id=call_id,
        customer_id=None,
        interaction_id=interaction_of_call(call_id),
        kind=LegKind.SIP,
        caller=one_line(line.caller),
        called=one_line(line.called),
        started_at=started_at,
        waiting_since=started_at if line.queue is not None else None,
        queue_name=one_line(line.queue) if line.queue is not None else None,
        agent_name=one_line(line.agent) if line.agent is not None else None,
        connected_at=answered_at,
        waited_s=line.waited_s,
        ended_at=ended_at,
        disposition=one_line(line.reason),
        summary=lines(line.summary),
    )
    return msgspec.structs.replace(call, engagements=_engagements_of(call, line.before, read))


def _engagements_of(call: Call, before: tuple[HolderPart, ...], read: Conversion) -> tuple[Engagement, ...]:
    """Those who had it before, each until the next one, and whoever is named last for the rest of it."""
    found: list[Engagement] = []
    from_at, asked = call.connected_at or call.started_at, Engagement(from_at=0)
    for part in before:
        until = read.happened(part.until)
        if not from_at <= until <= (call.ended_at or until):
            raise BadValue("order", "who had the call is not in order")
        here = _stay(asked, part.agent, part.queue, (from_at, until), (one_line(part.reason), lines(part.summary)))
        found.append(msgspec.structs.replace(here, ended=EngagementEnd.TRANSFERRED))
        from_at, asked = until, msgspec.structs.replace(here, note=lines(part.note))
    if call.agent_name or found:
        last = (from_at, call.ended_at or from_at)
        found.append(_stay(asked, call.agent_name or "", call.queue_name, last, (call.disposition, call.summary)))
    return tuple(msgspec.structs.replace(each, stay=stay) for stay, each in enumerate(found))


def _stay(asked: Engagement, agent: str, queue: str | None, span: tuple[float, float], said: tuple[str, str]) -> Engagement:
    """From and to; disposition and summary. Handed on by whoever had it before, if anybody had."""
    disposition, summary = said
    return Engagement(
        agent_name=one_line(agent),
        queue_name=one_line(queue) if queue else None,
        began=EngagementStart.TRANSFERRED if asked.agent_name else EngagementStart.TAKEN,
        asked_by_name=asked.agent_name,
        note=asked.note,
        from_at=span[0],
        to_at=span[1],
        ended=EngagementEnd.CALL_ENDED,
        disposition=disposition,
        summary=summary,
        written_at=span[1] if any(said) else None,
    )


def email_of(line: EmailLine, read: Conversion) -> Email:
    at = read.happened(line.at)
    return Email(
        interaction_id=_interaction_id(line, read),
        customer_id=None,
        subject=one_line(line.subject),
        at=at,
        messages=(NewMessage(at=at, party=Party(line.speaker), text=lines(line.text), own_id=line.id),),
    )


def _interaction_id(line: ChatLine | TicketLine | EmailLine, read: Conversion) -> InteractionId:
    return InteractionId(read.key("int", type(line).__name__, line.id))
