"""Why a customer may be calling, from the state of what stands open: one ranked list. Pure.

Invariant: what counts is how things are now, not how they began: who had the last word, since when the customer waits, how urgent
it is, and how long ago anything happened. No kind of thing crowds out the others: each has its own share of the lines.

==============================================  ========================================================================
weight                                          what
==============================================  ========================================================================
100 an open ticket that nobody has answered     + 10 urgent, + 5 high, - 15 low; the last word is the customer's: 97;
                                                ours: 85
98  a callback that is late                     84 when its time is to come or has just come
95  a conversation in writing without an        of the last two weeks, and nobody has talked with the customer since
    answer
70  missed calls                                of the last three days, told in one line
==============================================  ========================================================================

A point goes for every day since something last happened, up to thirty: what has lain for two years waits behind today's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import nlargest

import msgspec

from core.ids import InteractionId
from core.model import Value
from customers.model import Interaction
from customers.sentences import Moment, Params, Phrase, english, noun, phrase

_DAY_S = 86400.0
_UNANSWERED_MATTERS_S = 14 * _DAY_S
_MISSED_MATTERS_S = 3 * _DAY_S
_LATE_AFTER_S = 600.0
"""Whom we ring when the promised time has come is not told that we are late."""
_OLDEST_COUNTS = 30.0
_URGENCY = {"urgent": 10.0, "high": 5.0, "low": -15.0}
LINES_OF_ONE_KIND = 2


class Standing(Value, frozen=True, kw_only=True):
    """What stands open with a customer; each kind is read apart, up to a limit of its own."""

    tickets: tuple[Interaction, ...] = ()
    """Open ones, the most urgent first."""
    messages: tuple[Interaction, ...] = ()
    """Chats and e-mails that are open or have no answer, newest first."""
    missed: tuple[Interaction, ...] = ()
    """Calls, newest first."""
    promised: tuple[Interaction, ...] = ()
    """Callbacks, the earliest first."""

    def __bool__(self) -> bool:
        return bool(self.tickets or self.messages or self.missed or self.promised)


class Reason(Value, frozen=True, kw_only=True):
    """One line of «why they are calling»."""

    text: str
    """In English; `code` with `params` says the same for other languages."""
    source: str
    interaction_id: InteractionId | None
    code: str = ""
    """Empty of another system's lines: nobody but that system can word them."""
    params: Params = msgspec.field(default_factory=dict)
    source_code: str = ""


class Weighed(Value, frozen=True, kw_only=True):
    """A reason on the scales."""

    weight: float
    reason: Reason
    suggestion: str | None = None
    concrete: bool = False
    """The suggestion is about exactly this case."""
    step: Phrase | None = None
    """The suggestion when it is ours."""


def standing_reasons(standing: Standing, timeline: Sequence[Interaction], moment: Moment) -> Iterator[Weighed]:
    """`timeline` tells whether somebody has talked with the customer since."""
    yield from _heaviest(_ticket(row, moment) for row in standing.tickets)
    yield from _heaviest(_promise(row, moment) for row in standing.promised)
    yield from _heaviest(_message(row, moment) for row in standing.messages if _message_matters(row, timeline, moment))
    yield from _missed([row for row in standing.missed if _missed_matters(row, timeline, moment)], moment)


def _heaviest(lines: Iterator[Weighed]) -> list[Weighed]:
    return nlargest(LINES_OF_ONE_KIND, lines, key=lambda line: line.weight)


def _ticket(row: Interaction, moment: Moment) -> Weighed:
    more = _URGENCY.get(row.priority, 0.0) - _staleness(row, moment)
    if row.answered_at is None:
        said, step = phrase("never_answered", **titled(row), at=row.at), phrase("start_with", **short(row))
        return line(moment, 100 + more, said, source_of(row), row=row, step=step)
    if row.last_from == "customer" and row.waiting_since is not None:
        said = phrase("replied", **titled(row), since=row.waiting_since, text=row.text)
        return line(moment, 97 + more, said, source_of(row), row=row, step=phrase("answer_reply", **short(row)))
    said = phrase("last_answered", **titled(row), at=row.at, answered_at=row.answered_at)
    return line(moment, 85 + more, said, source_of(row), row=row, step=phrase("ask_helped", **short(row)))


def _promise(row: Interaction, moment: Moment) -> Weighed:
    due_at = row.at if row.due_at is None else row.due_at
    late = moment.now > due_at + _LATE_AFTER_S
    said = phrase("promised_late" if late else "promised", due_at=due_at, text=row.text)
    step = phrase("sorry_late" if late else "settles")
    return line(moment, 98 if late else 84, said, source_of(row), row=row, step=step)


def _message(row: Interaction, moment: Moment) -> Weighed:
    said = phrase("left_unanswered", **titled(row), at=row.at, waited_s=row.waited_s or None)
    step = phrase("sorry_unanswered", **short(row))
    return line(moment, 95 - _staleness(row, moment), said, source_of(row), row=row, step=step)


def _message_matters(row: Interaction, timeline: Sequence[Interaction], moment: Moment) -> bool:
    since = row.at if row.waiting_since is None else row.waiting_since
    return moment.now - since < _UNANSWERED_MATTERS_S and not _talked_since(since, timeline)


def _missed(rows: Sequence[Interaction], moment: Moment) -> Iterator[Weighed]:
    if not rows:
        return
    last, count = rows[0], len(rows)
    facts: Params = {} if count == 1 else {"count": count}
    said = phrase(
        "missed" if count == 1 else "missed_several", **short(last), at=last.at, waited_s=last.waited_s or None, **facts
    )
    yield line(moment, 70 - _staleness(last, moment), said, source_of(last), row=last, step=phrase("thank"))


def _missed_matters(row: Interaction, timeline: Sequence[Interaction], moment: Moment) -> bool:
    return moment.now - row.at < _MISSED_MATTERS_S and not _talked_since(row.at, timeline)


def _talked_since(at: float, timeline: Sequence[Interaction]) -> bool:
    """Somebody has spoken with the customer after it: then it is history, not a reason."""
    return any(later.at > at and later.answered_at is not None and later.answered_at > at for later in timeline)


def _staleness(row: Interaction, moment: Moment) -> float:
    return min(max(moment.now - row.active_at, 0.0) / _DAY_S, _OLDEST_COUNTS)


# ── what rules share ──────────────────────────────────────────────────────────────────────────────────────────


def short(row: Interaction) -> dict[str, str | int | None]:
    return {"channel": str(row.channel), "number": row.ticket_number}


def titled(row: Interaction) -> dict[str, str | int | None]:
    return {**short(row), "title": row.title if row.title != noun(row.channel) else None}


def source_of(row: Interaction) -> Phrase:
    return phrase("from_item", **short(row))


def line(
    moment: Moment, weight: float, said: Phrase, source: Phrase, *, row: Interaction | None = None, step: Phrase | None = None
) -> Weighed:
    reason = Reason(
        text=english(said, moment),
        code=said.code,
        params={**source.params, **said.params},
        source=english(source, moment),
        source_code=source.code,
        interaction_id=row.interaction_id if row else None,
    )
    return Weighed(weight=weight, reason=reason, step=step, suggestion=english(step, moment) if step else None)
