"""One timeline over all channels, newest activity first.

Invariant: nothing here asks which channel an interaction came from. Order is (last activity, interaction_id), both descending,
which is total, so that a page never repeats or skips a row even when two have the same time. What happens to a conversation while
somebody turns pages moves it to the top.
"""

from __future__ import annotations

from customers.model import Interaction, TimelineItem, TimelinePage

PAGE_LIMIT = 20
PAGE_LIMIT_MAX = 200

Cursor = tuple[float, str]
"""Time and id of the last row of a page; the next page begins below it."""

_STRICTLY_BEFORE = ""
"""Sorts before every id: a bare time means everything older than it."""


def item(interaction: Interaction) -> TimelineItem:
    """An interaction without what only the decisions need."""
    return TimelineItem(
        interaction_id=interaction.interaction_id,
        channel=interaction.channel,
        at=interaction.at,
        title=interaction.title,
        text=interaction.text,
        status=interaction.status,
        by=interaction.by,
        by_before=interaction.by_before,
        call_id=interaction.call_id,
        ticket_number=interaction.ticket_number,
        duration_s=interaction.duration_s,
        last_activity_at=interaction.active_at,
        has_recording=interaction.has_recording,
        has_transcript=interaction.has_transcript,
    )


def parse_cursor(text: str | None) -> Cursor | None:
    """``"1732183267.5~int_…"``, or a bare time. Raises ValueError for anything else."""
    if not text:
        return None
    at, tilde, row_id = text.partition("~")
    try:
        return float(at), row_id if tilde else _STRICTLY_BEFORE
    except ValueError:
        raise ValueError(f"«{text}» is no place in a timeline") from None


def cursor_after(at: float, row_id: str) -> str:
    return f"{at!r}~{row_id}"


def page(rows: tuple[Interaction, ...], limit: int) -> TimelinePage:
    """A page from up to `limit` + 1 rows: one more than shown tells whether there is a next page."""
    shown = rows[:limit]
    more = len(rows) > limit
    last = shown[-1] if shown else None
    return TimelinePage(
        items=tuple(item(row) for row in shown),
        next=cursor_after(last.active_at, last.interaction_id) if more and last is not None else None,
    )


def clamp(limit: int | None) -> int:
    """A page size that a caller asked for, within what is served."""
    return PAGE_LIMIT if limit is None else min(max(limit, 1), PAGE_LIMIT_MAX)
