"""The screen-pop: who is calling and why, in at most four lines, before the first ring.

Invariant: a pure function of what is known (`PopFacts`) and `now`; the same facts give the same words. Every line names its
source. What is not known is said, never guessed.

Each rule below looks at one thing and yields reasons with a weight; the four heaviest are shown. The suggested step is the most
concrete one among them: another system's advice before our own general sentences. To teach the pop something new, add a rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import tzinfo

from core.ids import CallId, InteractionId
from core.model import Channel, Value
from customers.identity import as_customer, certainty, customer_of_call
from customers.interactions import spoken_path
from customers.model import Call, Customer, Fact, Interaction, Profile, Status, Step, TimelineItem
from customers.timeline import PAGE_LIMIT, page
from customers.words import how_long, ordinal, when

MAX_REASONS = 4
_WEEK_S = 7 * 86400.0
_UNANSWERED_MATTERS_S = 14 * 86400.0
_MISSED_MATTERS_S = 3 * 86400.0
_FACT_MATTERS_S = 30 * 86400.0


class PopFacts(Value, frozen=True, kw_only=True):
    """All that the pop is made of, read in one go."""

    call: Call
    path: tuple[Step, ...]
    profile: Profile
    sharing: int = 1
    """How many customers have the caller's identifier."""
    timeline: tuple[Interaction, ...] = ()
    """Newest first, without this call, up to one more than a page."""
    waiting: tuple[Interaction, ...] = ()
    """What is open, unanswered or missed, newest first, on every channel, without this call."""
    facts: tuple[Fact, ...] = ()


class Reason(Value, frozen=True, kw_only=True):
    """One line of «why they are calling»."""

    text: str
    source: str
    interaction_id: InteractionId | None


class Pop(Value, frozen=True, kw_only=True):
    """What the desk shows before the first ring (docs/api.md)."""

    call_id: CallId
    customer: Customer
    why: tuple[Reason, ...]
    suggestion: str | None
    timeline: tuple[TimelineItem, ...]
    next: str | None


class Weighed(Value, frozen=True, kw_only=True):
    """A reason on the scales."""

    weight: int
    reason: Reason
    suggestion: str | None = None
    concrete: bool = False
    """The suggestion is about exactly this case."""


class Moment(Value, frozen=True, kw_only=True):
    """From when and where the words are said."""

    now: float
    zone: tzinfo


Rule = Callable[[PopFacts, Moment], Iterator[Weighed]]


def screen_pop(facts: PopFacts, now: float, zone: tzinfo) -> Pop:
    """The pop of a running call. `zone` is the company's."""
    is_new = is_new_customer(facts)
    sure = certainty(facts.profile, facts.call.identifier, facts.sharing, is_new)
    customer = as_customer(facts.profile, sure, is_new)
    moment = Moment(now=now, zone=zone)
    weighed = sorted((line for rule in RULES for line in rule(facts, moment)), key=lambda line: -line.weight)[:MAX_REASONS]
    shown = page(facts.timeline, PAGE_LIMIT)
    return Pop(
        call_id=facts.call.call_id,
        customer=customer,
        why=tuple(line.reason for line in weighed),
        suggestion=_suggestion(weighed),
        timeline=shown.items,
        next=shown.next,
    )


def _suggestion(weighed: list[Weighed]) -> str | None:
    having = [line for line in weighed if line.suggestion]
    best = max(having, key=lambda line: (line.concrete, line.weight), default=None)
    return best.suggestion if best else None


def is_new_customer(facts: PopFacts) -> bool:
    return facts.profile.customer_id == customer_of_call(facts.call.call_id)


def flow_variables(facts: PopFacts) -> dict[str, str]:
    """What a flow may branch on (features I3)."""
    tickets = [row for row in facts.waiting if row.channel is Channel.TICKET and row.status is Status.OPEN]
    last = facts.timeline[0] if facts.timeline else None
    return {
        "vip": "true" if facts.profile.vip else "false",
        "open_tickets": str(len(tickets)),
        "last_channel": str(last.channel) if last else "",
        "language": facts.profile.language,
        "name": facts.profile.name,
        "known": "false" if is_new_customer(facts) else "true",
    }


# ── rules ─────────────────────────────────────────────────────────────────────────────────────────────────────


def nobody_known(facts: PopFacts, _moment: Moment) -> Iterator[Weighed]:
    if facts.timeline or not is_new_customer(facts):
        return
    if not facts.profile.identifiers:
        who = "No number shown, no history."
    else:
        who = "New number, no history." if facts.profile.identifiers[0].kind == "phone" else "New caller, no history."
    ask = f"Says the name is {facts.profile.name}." if facts.profile.name else "Ask for a name."
    yield _line(200, f"{who} {ask}", "phone number")


def nameless(facts: PopFacts, _moment: Moment) -> Iterator[Weighed]:
    if facts.timeline and not facts.profile.name:
        yield _line(65, "No name known yet. Ask for a name.", "customer record")


def unfinished(facts: PopFacts, moment: Moment) -> Iterator[Weighed]:
    """Open, unanswered and missed conversations of every channel."""
    for row in facts.waiting:
        age = moment.now - row.at
        if row.status is Status.OPEN and row.due_at is not None:
            yield _promised(row, row.due_at, moment)
        elif row.status is Status.OPEN:
            yield _open(row, age, moment)
        elif row.status is Status.UNANSWERED and age < _UNANSWERED_MATTERS_S and not _talked_since(row, facts):
            yield _unanswered(row, moment)
        elif row.status is Status.MISSED and age < _MISSED_MATTERS_S and not _talked_since(row, facts):
            yield _missed(row, moment)


def told_by_other_systems(facts: PopFacts, moment: Moment) -> Iterator[Weighed]:
    for number, fact in enumerate(facts.facts):
        if moment.now - fact.at < _FACT_MATTERS_S:
            weight = 94 if fact.suggestion else 86
            reason = Reason(text=fact.text, source=fact.source, interaction_id=None)
            yield Weighed(weight=weight - number, reason=reason, suggestion=fact.suggestion, concrete=True)


def way_through_the_menu(facts: PopFacts, _moment: Moment) -> Iterator[Weighed]:
    choice = spoken_path(facts.path)
    if choice:
        waits = f", waits in {facts.call.queue_name}" if facts.call.queue_name else ""
        yield _line(80, f"{choice[0].upper()}{choice[1:]}{waits}", "menu")
    elif facts.call.queue_name:
        yield _line(40, f"Waits in {facts.call.queue_name}", "queue")


def calls_again(facts: PopFacts, moment: Moment) -> Iterator[Weighed]:
    recent = [row for row in facts.timeline if row.channel is Channel.CALL and moment.now - row.at < _WEEK_S]
    if recent:
        more = "more than " if len(recent) >= PAGE_LIMIT else ""
        text = f"{more}{ordinal(len(recent) + 1)} call this week".capitalize()
        step = f"Ask what was left open on {_day(recent[0], moment)}." if recent[0].status is Status.CLOSED else None
        yield _line(60, text, "calls", recent[0], step)


def last_contact(facts: PopFacts, moment: Moment) -> Iterator[Weighed]:
    if facts.timeline and not facts.waiting:
        row = facts.timeline[0]
        by = f" with {row.by}" if row.by else ""
        yield _line(30, f"Last contact: {_named(row, moment)}{by}", _NOUN[row.channel].lower(), row)


RULES: tuple[Rule, ...] = (
    nobody_known, nameless, unfinished, told_by_other_systems, way_through_the_menu, calls_again, last_contact,
)  # fmt: skip


# ── words ─────────────────────────────────────────────────────────────────────────────────────────────────────

_NOUN: dict[Channel, str] = {
    Channel.CALL: "Call",
    Channel.CHAT: "Chat",
    Channel.EMAIL: "E-mail",
    Channel.TICKET: "Ticket",
    Channel.CALLBACK: "Callback",
}


def _promised(row: Interaction, due_at: float, moment: Moment) -> Weighed:
    late = moment.now - due_at
    tail = f", {how_long(late)} late" if late > 0 else ""
    what = f": {row.text}" if row.text else ""
    text = f"Callback promised for {when(due_at, moment.now, moment.zone)}{tail}{what}"
    step = "Say sorry that we did not call as promised." if late > 0 else "This settles the promised callback: close it."
    return _line(98 if late > 0 else 84, text, "callback", row, step)


def _open(row: Interaction, age: float, moment: Moment) -> Weighed:
    name = _named(row, moment, with_day=False)
    if row.answered_at is None:
        step = f"Start with {_short(row)}: nobody has answered it yet."
        return _line(100, f"{name} open for {how_long(age)}, no answer yet", _source(row), row, step)
    text = f"{name} open for {how_long(age)}, last answer {when(row.answered_at, moment.now, moment.zone)}"
    return _line(85, text, _source(row), row, f"Ask whether our answer to {_short(row)} helped.")


def _unanswered(row: Interaction, moment: Moment) -> Weighed:
    waited = f"left after {how_long(row.waited_s)} of waiting" if row.waited_s else "nobody answered"
    text = f"{_named(row, moment)}, {waited}"
    return _line(95, text, _source(row), row, f"Say sorry for the {_NOUN[row.channel].lower()} that stayed without an answer.")


def _missed(row: Interaction, moment: Moment) -> Weighed:
    waited = f", left after {how_long(row.waited_s)} of waiting" if row.waited_s else ""
    return _line(70, f"{_named(row, moment)}{waited}", _source(row), row, "Thank them for calling again.")


def _named(row: Interaction, moment: Moment, with_day: bool = True) -> str:
    """«Ticket #20391 “Charged twice”», «Chat yesterday 16:02», «E-mail “Re: invoice” 3 Nov»."""
    words = [_short(row)]
    if row.title and row.title != _NOUN[row.channel] and row.status is not Status.MISSED:
        words.append(f"“{row.title}”")
    if with_day:
        words.append(_day(row, moment))
    return " ".join(words)


def _short(row: Interaction) -> str:
    noun = _NOUN[row.channel]
    return noun if row.ticket_number is None else f"{noun} #{row.ticket_number}"


def _source(row: Interaction) -> str:
    return _NOUN[row.channel].lower() if row.ticket_number is None else f"ticket #{row.ticket_number}"


def _day(row: Interaction, moment: Moment) -> str:
    return when(row.at, moment.now, moment.zone)


def _talked_since(row: Interaction, facts: PopFacts) -> bool:
    """Somebody has spoken with the customer after it: then it is history, not a reason."""
    return any(later.at > row.at and later.answered_at is not None and later.answered_at > row.at for later in facts.timeline)


def _line(weight: int, text: str, source: str, row: Interaction | None = None, suggestion: str | None = None) -> Weighed:
    reason = Reason(text=text, source=source, interaction_id=row.interaction_id if row else None)
    return Weighed(weight=weight, reason=reason, suggestion=suggestion)
