"""Writes entries of the search and their words, in the transaction that writes what they are about.

Invariant: an entry's number follows from what it says. The same thing with the same words is there already; with other words it
gets another number, and the old one leads nowhere: what is gone from `search_entries` is not found. On PostgreSQL its words go
with it. SQLite's contentless FTS5 tables can only be added to (https://sqlite.org/fts5.html §4.4.1): what gathers there goes
when the index is made anew (`worn`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, column, delete, func, select, table, text

from core.ids import InteractionId
from customers.search import SearchKind, national
from customers.search_words import words_of
from server.masking import mask_text, numbers_in
from server.storage.sql.schema import SearchEntryRow
from server.storage.sql.statements import insert_unless_there, parts

_KINDS = {SearchKind.PEOPLE: 1, SearchKind.TICKETS: 2, SearchKind.MESSAGES: 3, SearchKind.TRANSCRIPTS: 4}
"""Numbers that stand in stored ids: they stay."""
_KIND_AT, _TIME_AT = 58, 25
_SINCE_S = 2_300_000_000
"""Before 1970: no time is earlier (`core.ranges`)."""
_MOST_WORDS = 20_000
"""Of one text."""


class Entry(NamedTuple):
    kind: SearchKind
    subject_id: str
    interaction_id: InteractionId | None
    at: float
    shown: tuple[str, ...]
    """Words that everybody finds it by."""
    hidden: tuple[str, ...] = ()
    """Words that only those find it by who see whole numbers."""


def text_entry(kind: SearchKind, subject_id: str, interaction_id: InteractionId | None, at: float, said: str) -> Entry:
    """Of what people wrote or said: telephone numbers in it are not for everybody."""
    shown = mask_text(said)
    hidden: list[str] = []
    if shown != said:
        hidden = [*words_of(said), *map(national, numbers_in(said))]
    return Entry(kind, subject_id, interaction_id, at, tuple(words_of(shown)[:_MOST_WORDS]), tuple(hidden[:_MOST_WORDS]))


def span(kind: SearchKind) -> tuple[int, int]:
    """First and last number that an entry of this kind may have."""
    first = _KINDS[kind] << _KIND_AT
    return first, first + (1 << _KIND_AT) - 1


def write_entries(connection: Connection, entries: Iterable[Entry]) -> None:
    """Each replaces what was known of its subject."""
    last = {(entry.kind, entry.subject_id): entry for entry in entries}
    numbered = _numbered(connection, list(last.values()))
    if not numbered:
        return
    _forget(connection, [entry for _, entry in numbered])
    ordered = sorted(numbered, key=lambda each: each[0])
    rows = [
        {"entry_id": entry_id, "kind": str(entry.kind), "subject_id": entry.subject_id, "interaction_id": entry.interaction_id}
        for entry_id, entry in ordered
    ]
    insert_unless_there(connection, SearchEntryRow, rows)  # the walk over old rows may write the same just now
    _INDEX[connection.dialect.name](connection, ordered)


def forget_everything(connection: Connection) -> None:
    connection.execute(delete(SearchEntryRow))
    clear = "INSERT INTO search_words(search_words) VALUES ('delete-all')"
    connection.execute(text(clear if connection.dialect.name == "sqlite" else "TRUNCATE search_words"))


_TABLE = SearchEntryRow.__table__.c


def _numbered(connection: Connection, entries: Sequence[Entry]) -> list[tuple[int, Entry]]:
    """Those that are not there yet, with their numbers."""
    wanted = [(_number(entry), entry) for entry in entries]
    taken: dict[int, tuple[str, str]] = {}
    for some in parts([number for number, _ in wanted]):
        rows = connection.execute(select(_TABLE.entry_id, _TABLE.kind, _TABLE.subject_id).where(_TABLE.entry_id.in_(some)))
        taken |= {row.entry_id: (row.kind, row.subject_id) for row in rows}
    found: list[tuple[int, Entry]] = []
    for number, entry in wanted:
        whose = (str(entry.kind), entry.subject_id)
        if taken.get(number) == whose:
            continue
        while number in taken or _is_there(connection, number, wanted_number=_number(entry)):
            number += 1  # noqa: PLW2901  two things of one second whose digests begin alike
        taken[number] = whose
        found.append((number, entry))
    return found


def _is_there(connection: Connection, number: int, *, wanted_number: int) -> bool:
    """The first number of each was asked for at once."""
    if number == wanted_number:
        return False
    return connection.scalar(select(_TABLE.entry_id).where(_TABLE.entry_id == number)) is not None


def _number(entry: Entry) -> int:
    seconds = min(max(int(entry.at) + _SINCE_S, 0), (1 << _KIND_AT - _TIME_AT) - 1)
    said = "\x1f".join((entry.subject_id, *entry.shown, "", *entry.hidden))
    digest = int.from_bytes(hashlib.blake2b(said.encode(), digest_size=4).digest()) >> 32 - _TIME_AT
    return _KINDS[entry.kind] << _KIND_AT | seconds << _TIME_AT | digest


def _forget(connection: Connection, entries: Sequence[Entry]) -> None:
    """Kind by kind: SQLite reads the whole table for pairs of columns in a list."""
    for kind in {entry.kind for entry in entries}:
        forget(connection, kind, [entry.subject_id for entry in entries if entry.kind is kind])


def forget(connection: Connection, kind: SearchKind, subject_ids: Sequence[str]) -> None:
    """Nobody finds these any more."""
    for some in parts(list(subject_ids)):
        _gone(connection, and_(_TABLE.kind == str(kind), _TABLE.subject_id.in_(some)))


def forget_conversations(connection: Connection, interaction_ids: Sequence[str]) -> None:
    """Nothing of these is found any more."""
    for some in parts(list(interaction_ids)):
        _gone(connection, _TABLE.interaction_id.in_(some))


def _gone(connection: Connection, which: ColumnElement[bool]) -> None:
    if connection.dialect.name == "postgresql":
        words = table("search_words", column("entry_id"))
        connection.execute(delete(words).where(words.c.entry_id.in_(select(_TABLE.entry_id).where(which))))
    connection.execute(delete(SearchEntryRow).where(which))


def worn(connection: Connection) -> tuple[int, int]:
    """How many entries there are, and how many more have left their words behind."""
    entries = connection.scalar(select(func.count()).select_from(SearchEntryRow)) or 0
    words = "search_words_docsize" if connection.dialect.name == "sqlite" else "search_words"
    return entries, max(0, (connection.scalar(text(f"SELECT count(*) FROM {words}")) or 0) - entries)


def _index_sqlite(connection: Connection, numbered: Sequence[tuple[int, Entry]]) -> None:
    connection.execute(
        text("INSERT INTO search_words(rowid, shown, hidden) VALUES (:id, :shown, :hidden)"),
        [{"id": number, "shown": " ".join(each.shown), "hidden": " ".join(each.hidden)} for number, each in numbered],
    )


def _index_postgresql(connection: Connection, numbered: Sequence[tuple[int, Entry]]) -> None:
    connection.execute(
        text(
            "INSERT INTO search_words(entry_id, shown, whole) VALUES (:id, CAST(:shown AS tsvector), CAST(:whole AS tsvector))"
            " ON CONFLICT (entry_id) DO NOTHING"
        ),
        [
            {
                "id": number,
                "shown": _vector(each.shown),
                "whole": _vector((*each.shown, *each.hidden)) if each.hidden else None,
            }
            for number, each in numbered
        ],
    )


_INDEX = {"sqlite": _index_sqlite, "postgresql": _index_postgresql}
_LAST_POSITION = 16_383
"""Of a word in a `tsvector` (PostgreSQL documentation, §12.11)."""


def _vector(words: Sequence[str]) -> str:
    """Words are letters and digits only: nothing in them needs quoting."""
    return " ".join(f"'{word}':{min(place, _LAST_POSITION)}" for place, word in enumerate(words, 1))
