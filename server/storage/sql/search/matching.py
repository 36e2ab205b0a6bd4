"""A question in each database's own words."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from customers.search import Asked
from customers.search_words import Term


class Matching(NamedTuple):
    """The parts of a statement that differ."""

    match: str
    """Value of the parameter `match`."""
    source: str
    condition: str
    newest: str
    ranked: str


class Adapter(Protocol):
    def __call__(self, asked: Asked, whole_numbers: bool) -> Matching: ...


def on_sqlite(asked: Asked, whole_numbers: bool) -> Matching:
    """FTS5: every word is a quoted string, so that nothing typed is syntax (https://sqlite.org/fts5.html §3)."""
    expression = " OR ".join(f"({' AND '.join(map(_fts5, row))})" for row in asked.alternatives)
    return Matching(
        match=expression if whole_numbers else f"{{shown}} : ({expression})",
        source="search_words CROSS JOIN search_entries AS e ON e.entry_id = search_words.rowid",
        condition="search_words MATCH :match AND search_words.rowid BETWEEN :first AND :last",
        newest="search_words.rowid DESC",
        ranked="search_words.rank, search_words.rowid DESC",
    )


def on_postgresql(asked: Asked, whole_numbers: bool) -> Matching:
    """Text search without a dictionary: the words were folded before they were stored."""
    expression = " | ".join(f"({' & '.join(map(_tsquery, row))})" for row in asked.alternatives)
    shown = "w.shown @@ CAST(:match AS tsquery)"
    whole = "w.whole @@ CAST(:match AS tsquery)"
    condition = f"({shown} OR {whole})" if whole_numbers else shown
    return Matching(
        match=expression,
        source="search_words AS w JOIN search_entries AS e ON e.entry_id = w.entry_id",
        condition=f"{condition} AND w.entry_id BETWEEN :first AND :last",
        newest="w.entry_id DESC",
        ranked="ts_rank(w.shown, CAST(:match AS tsquery)) DESC, w.entry_id DESC",
    )


ADAPTERS: dict[str, Adapter] = {"sqlite": on_sqlite, "postgresql": on_postgresql}


def _fts5(term: Term) -> str:
    return f'"{" ".join(term.words)}"{"*" if term.prefix else ""}'


def _tsquery(term: Term) -> str:
    *before, last = (f"'{word}'" for word in term.words)
    return f"({' <-> '.join([*before, last + (':*' if term.prefix else '')])})"
