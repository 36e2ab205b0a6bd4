"""Some thousand lines of an import, read and checked before a transaction begins. Pure.

Invariant: each line becomes one item or one problem; what is left out of an item is a warning.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from customers.import_format import (
    AnyLine,
    ChatLine,
    Conversion,
    CustomerLine,
    EmailLine,
    Owner,
    TicketLine,
    call_of,
    chat_of,
    email_of,
    parse_line,
    profile_of,
    ticket_of,
)
from customers.import_problems import BadValue, Code, ImportProblem, Severity
from customers.model import Call, Chat, Email, Fact, Profile, Ticket


class CustomerItem(NamedTuple):
    line: int
    id: str
    profile: Profile
    facts: tuple[Fact, ...]


class ConversationItem(NamedTuple):
    """A conversation, and whose it is."""

    line: int
    id: str
    value: Chat | Ticket | Call | Email
    owner: Owner
    at: float


class Batch(NamedTuple):
    lines: int
    """All, blank ones too."""
    customers: tuple[CustomerItem, ...]
    conversations: tuple[ConversationItem, ...]
    problems: tuple[ImportProblem, ...]


class Outcome(NamedTuple):
    """What became of a batch, by type of line."""

    new: dict[str, int]
    renewed: dict[str, int]
    problems: tuple[ImportProblem, ...]


TYPE_OF: dict[type, str] = {Profile: "customer", Chat: "chat", Ticket: "ticket", Call: "call", Email: "email"}


def read_batch(numbered: Iterable[tuple[int, bytes]], read: Conversion) -> Batch:
    customers: list[CustomerItem] = []
    conversations: list[ConversationItem] = []
    problems: list[ImportProblem] = []
    count = 0
    for number, data in numbered:
        count += 1
        if not data.strip():
            continue
        read.warnings.clear()
        line: AnyLine | None = None
        try:
            line = parse_line(data)
            if isinstance(line, CustomerLine):
                customers.append(CustomerItem(number, line.id, *profile_of(line, read)))
            else:
                conversations.append(_conversation(number, line, read))
        except BadValue as error:
            problems.append(problem(number, "left_out", error.code, str(error), line))
            continue
        problems += [problem(number, "warning", warning.code, str(warning), line) for warning in read.warnings]
    return Batch(count, tuple(customers), tuple(conversations), tuple(problems))


def _conversation(number: int, line: AnyLine, read: Conversion) -> ConversationItem:
    assert not isinstance(line, CustomerLine)
    owner = read.owner(line.customer)
    if isinstance(line, ChatLine):
        chat = chat_of(line, read)
        return ConversationItem(number, line.id, chat, owner, chat.started_at)
    if isinstance(line, TicketLine):
        ticket = ticket_of(line, read)
        return ConversationItem(number, line.id, ticket, owner, ticket.opened_at)
    if isinstance(line, EmailLine):
        email = email_of(line, read)
        return ConversationItem(number, line.id, email, owner, email.at)
    call = call_of(line, read)
    return ConversationItem(number, line.id, call, owner, call.started_at)


def problem(number: int, severity: Severity, code: Code, reason: str, line: AnyLine | None) -> ImportProblem:
    type_, id_ = ("", "") if line is None else (str(type(line).__struct_config__.tag), line.id)
    return ImportProblem(line=number, severity=severity, code=code, reason=reason, type=type_, id=id_)


def left_out(item: ConversationItem, code: Code, reason: str) -> ImportProblem:
    return ImportProblem(
        line=item.line, severity="left_out", code=code, reason=reason, type=TYPE_OF[type(item.value)], id=item.id
    )


def warned(item: ConversationItem, code: Code, reason: str) -> ImportProblem:
    return msgspec.structs.replace(left_out(item, code, reason), severity="warning")
