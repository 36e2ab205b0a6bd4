"""Imported history in SQL: the `Archive` port.

A batch is written table by table, each table's rows in the order of their key: what lies together on a page is written together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import Connection, Text, case, cast, or_, select

from core.ids import CustomerId, InteractionId
from customers import interactions
from customers.filed_how import FiledHow
from customers.identity import Match, choose
from customers.import_batch import Batch, ConversationItem, Outcome, left_out, warned
from customers.import_format import Owner, profile_of_reference
from customers.import_problems import ImportProblem
from customers.messages import merged
from customers.model import Call, Chat, Email, Fact, Identifier, Interaction, Profile, Ticket
from server.storage.sql import rows
from server.storage.sql.channels import chat_row, ticket_row
from server.storage.sql.database import Database
from server.storage.sql.emails import settle_emails
from server.storage.sql.engagements import replace_imported
from server.storage.sql.history import FILED
from server.storage.sql.messages import add_messages, stored_messages
from server.storage.sql.schema import CallRow, ChatRow, CustomerRow, FactRow, IdentifierRow, InteractionRow, TicketRow
from server.storage.sql.search.subjects import index_calls, index_interactions, index_people
from server.storage.sql.statements import Updates, parts, upsert_all
from server.storage.sql.ticket_numbers import TicketNumbers

_CACHE_KB = 512 * 1024
"""At most; taken as it is needed, and given back at the end."""
_Conversation = Chat | Ticket | Call | Email
_Edge = tuple[str, str]
_Matches = dict[_Edge, tuple[Match, ...]]


class SqlArchive:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, batches: Iterable[Batch]) -> tuple[Outcome, ...]:
        def work(connection: Connection) -> tuple[Outcome, ...]:
            with _wide_cache(connection):
                return tuple(_Writer(connection).write(batch) for batch in batches)

        return await self._database.write(work)


@contextmanager
def _wide_cache(connection: Connection) -> Iterator[None]:
    """SQLite writes a page once a transaction when all that change fit into its cache, and again and again when they do not."""
    if connection.dialect.name != "sqlite":
        yield
        return
    before = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size = -{_CACHE_KB}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = {before}")


class _Writer:
    """Writes one batch inside a transaction; owns what is found out on the way."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._new: Counter[str] = Counter()
        self._renewed: Counter[str] = Counter()
        self._problems: list[ImportProblem] = []

    def write(self, batch: Batch) -> Outcome:
        self._customers(batch)
        owned = self._owned(batch.conversations)
        tickets = self._numbered([(item, value) for item, value in owned if isinstance(value, Ticket)])
        chats = list({value.chat_id: value for _, value in owned if isinstance(value, Chat)}.values())
        calls = [value for _, value in owned if isinstance(value, Call)]
        emails = list({value.interaction_id: value for _, value in owned if isinstance(value, Email)}.values())
        self._count_written(owned)
        self._interactions([*self._whole(tickets, chats, emails), *(interactions.of_call(call, ()) for call in calls)])
        said = {ticket.interaction_id: ticket.comments for ticket in tickets}
        said |= {chat.interaction_id: chat.messages for chat in chats}
        add_messages(self._connection, said | {email.interaction_id: email.messages for email in emails})
        upsert_all(self._connection, TicketRow, [ticket_row(ticket) for ticket in tickets])
        upsert_all(self._connection, ChatRow, [chat_row(chat) for chat in chats])
        upsert_all(self._connection, CallRow, [rows.call_row(call) for call in calls], keep=frozenset({"decided_by"}))
        replace_imported(self._connection, calls)
        index_interactions(self._connection, map(interactions.of_ticket, tickets))
        index_calls(self._connection, [(call.call_id, call.started_at, call.disposition, call.summary) for call in calls])
        settle_emails(self._connection, {email.customer_id for email in emails if email.customer_id is not None})
        return Outcome(dict(self._new), dict(self._renewed), (*batch.problems, *self._problems))

    # ── customers ─────────────────────────────────────────────────────────────────────────────────────────────

    def _customers(self, batch: Batch) -> None:
        profiles = {item.profile.customer_id: item for item in batch.customers}
        corrected = self._corrected(list(profiles))
        self._count("customer", [item.profile.customer_id for item in batch.customers], set(corrected))
        by_kept: dict[frozenset[str], list[dict[str, Any]]] = {}
        for item in profiles.values():
            kept = frozenset(corrected.get(item.profile.customer_id, ()))
            by_kept.setdefault(kept, []).append(rows.customer_row(item.profile))
        for kept, some in by_kept.items():
            upsert_all(self._connection, CustomerRow, some, keep=kept, also=_counted(kept))
        self._identifiers([item.profile for item in batch.customers])
        facts = [_fact_row(item.profile.customer_id, fact) for item in batch.customers for fact in item.facts]
        upsert_all(self._connection, FactRow, facts)
        index_people(self._connection, profiles)

    def _corrected(self, ids: list[CustomerId]) -> dict[str, list[str]]:
        """Of the customers that are there: what people have corrected."""
        query = select(CustomerRow.customer_id, CustomerRow.corrected)
        return {
            row.customer_id: row.corrected
            for some in parts(ids)
            for row in self._connection.execute(query.where(CustomerRow.customer_id.in_(some)))
        }

    def _identifiers(self, profiles: list[Profile]) -> None:
        upsert_all(
            self._connection,
            IdentifierRow,
            [row for profile in profiles for row in rows.identifier_rows(profile)],
            also=_surer_stays,
        )

    # ── whose a conversation is ───────────────────────────────────────────────────────────────────────────────

    def _owned(self, items: Iterable[ConversationItem]) -> list[tuple[ConversationItem, _Conversation]]:
        """With their customers; those of nobody known are left out."""
        items = list(items)
        known = self._known({item.owner.customer_id for item in items if item.owner.customer_id is not None})
        having = self._having({item.owner.edge for item in items if item.owner.edge is not None})
        made: dict[_Edge, Profile] = {}
        decided = self._decided([item.value.interaction_id for item in items])
        found: list[tuple[ConversationItem, _Conversation]] = []
        for item in items:
            owner = item.owner
            if owner.customer_id is not None and owner.customer_id not in known:
                reason = f"customer «{owner.said}» is not known: import the customer first"
                self._problems.append(left_out(item, "unknown_customer", reason))
                continue
            if item.value.interaction_id in decided:
                customer_id = decided[item.value.interaction_id]
            else:
                customer_id = owner.customer_id or self._by_edge(item, owner, having, made)
            found.append((item, msgspec.structs.replace(item.value, customer_id=customer_id)))
        upsert_all(self._connection, CustomerRow, [rows.customer_row(profile) for profile in made.values()])
        self._identifiers(list(made.values()))
        index_people(self._connection, [profile.customer_id for profile in made.values()])
        return found

    def _decided(self, ids: list[InteractionId]) -> dict[str, CustomerId | None]:
        """Those of which a person has said whose they are: no import undoes that."""
        query = select(InteractionRow.interaction_id, InteractionRow.customer_id).where(
            InteractionRow.filed_how == str(FiledHow.PERSON)
        )
        return {
            row.interaction_id: None if row.customer_id is None else CustomerId(row.customer_id)
            for some in parts(sorted(set(ids)))
            for row in self._connection.execute(query.where(InteractionRow.interaction_id.in_(some)))
        }

    def _by_edge(self, item: ConversationItem, owner: Owner, having: _Matches, made: dict[_Edge, Profile]) -> CustomerId | None:
        """Whoever has the number or address alone; a new record when nobody has; nobody when several do."""
        assert owner.edge is not None
        key = (str(owner.edge.kind), owner.edge.value)
        matches = having.get(key, ())
        if matches:
            chosen = choose(matches)
            if chosen is None:
                reason = f"«{owner.said}» is several people's: filed under nobody"
                self._problems.append(warned(item, "several_customers", reason))
            return None if chosen is None else chosen.customer_id
        if key not in made:
            made[key] = profile_of_reference(owner.edge, item.at, item.value.interaction_id)
        return made[key].customer_id

    def _known(self, ids: set[CustomerId]) -> set[str]:
        query = select(CustomerRow.customer_id)
        return {
            row.customer_id
            for some in parts(sorted(ids))
            for row in self._connection.execute(query.where(CustomerRow.customer_id.in_(some)))
        }

    def _having(self, edges: set[Identifier]) -> _Matches:
        named = (CustomerRow.name != "").label("named")
        query = select(*IdentifierRow.__table__.c, named).join(CustomerRow, CustomerRow.customer_id == IdentifierRow.customer_id)
        found: _Matches = {}
        for kind in sorted({edge.kind for edge in edges}):
            for some in parts(sorted(edge.value for edge in edges if edge.kind is kind)):
                for row in self._connection.execute(query.where(IdentifierRow.kind == str(kind), IdentifierRow.value.in_(some))):
                    match = Match(customer_id=CustomerId(row.customer_id), identifier=rows.identifier(row), named=bool(row.named))
                    found[row.kind, row.value] = (*found.get((row.kind, row.value), ()), match)
        return found

    # ── conversations ─────────────────────────────────────────────────────────────────────────────────────────

    def _interactions(self, values: list[Interaction]) -> None:
        written = [rows.interaction_row(value) for value in values]
        upsert_all(self._connection, InteractionRow, written, keep=FILED - {"customer_id"})

    def _numbered(self, tickets: list[tuple[ConversationItem, Ticket]]) -> list[Ticket]:
        """With their numbers, the last one of each id; those whose number another ticket has are left out."""
        numbers = TicketNumbers(self._connection, [ticket for _, ticket in tickets])
        taken: dict[str, Ticket] = {}
        for item, ticket in tickets:
            number = numbers.give(ticket)
            if number is None:
                reason = f"ticket number {ticket.number} belongs to another ticket"
                self._problems.append(left_out(item, "ticket_number", reason))
                continue
            self._count("ticket", [ticket.ticket_id], numbers.known)
            numbers.known.add(ticket.ticket_id)
            taken[ticket.ticket_id] = msgspec.structs.replace(ticket, number=number)
        return list(taken.values())

    def _whole(self, tickets: list[Ticket], chats: list[Chat], emails: list[Email]) -> Iterator[Interaction]:
        """Their rows of history, told by what is there already and what comes: messages are only ever added."""
        conversations: list[Ticket | Chat | Email] = [*tickets, *chats, *emails]
        there = stored_messages(self._connection, [each.interaction_id for each in conversations])
        replace = msgspec.structs.replace
        for ticket in tickets:
            comments = merged(there.get(ticket.interaction_id, ()), ticket.comments)
            yield interactions.of_ticket(replace(ticket, comments=comments))
        for chat in chats:
            yield interactions.of_chat(replace(chat, messages=merged(there.get(chat.interaction_id, ()), chat.messages)))
        for email in emails:
            yield interactions.of_email(replace(email, messages=merged(there.get(email.interaction_id, ()), email.messages)))

    def _count_written(self, owned: list[tuple[ConversationItem, _Conversation]]) -> None:
        kinds: dict[str, tuple[Any, list[str]]] = {"chat": (ChatRow.chat_id, []), "call": (CallRow.call_id, [])}
        kinds["email"] = (InteractionRow.interaction_id, [])
        for _, value in owned:
            if isinstance(value, Chat):
                kinds["chat"][1].append(value.chat_id)
            elif isinstance(value, Call):
                kinds["call"][1].append(value.call_id)
            elif isinstance(value, Email):
                kinds["email"][1].append(value.interaction_id)
        for kind, (column, ids) in kinds.items():
            found = (self._connection.scalars(select(column).where(column.in_(some))) for some in parts(sorted(set(ids))))
            self._count(kind, ids, chain.from_iterable(found))

    def _count(self, kind: str, ids: Iterable[str], there: Iterable[str]) -> None:
        """A line is new when neither the database nor a line before it had its id."""
        seen = set(there)
        for each in ids:
            (self._renewed if each in seen else self._new)[kind] += 1
            seen.add(each)


@cache
def _counted(kept: frozenset[str]) -> Updates:
    """The version counts up where something differs; `kept` columns stay as they are."""

    def also(insert: Any) -> dict[str, Any]:
        old, new = CustomerRow.__table__.c, insert.excluded
        written = [name for name in _WRITTEN if name not in kept]
        differing = [cast(old[name], Text).is_distinct_from(cast(new[name], Text)) for name in written]  # JSON has no `=`
        return {"version": case((or_(*differing), old.version + 1), else_=old.version)}

    return also


_WRITTEN = ("name", "tags", "vip", "location", "local_time_zone", "since", "language")


def _surer_stays(insert: Any) -> dict[str, Any]:
    """An edge keeps the surer of two origins, and the mark that it is several people's."""
    old, new = IdentifierRow.__table__.c, insert.excluded
    surer = new.confidence > old.confidence
    return {
        "provenance": case((surer, new.provenance), else_=old.provenance),
        "confidence": case((surer, new.confidence), else_=old.confidence),
        "shared": old.shared | new.shared,
    }


def _fact_row(customer_id: CustomerId, fact: Fact) -> dict[str, Any]:
    return {
        "customer_id": customer_id,
        "text": fact.text,
        "source": fact.source,
        "at": fact.at,
        "suggestion": fact.suggestion,
    }
