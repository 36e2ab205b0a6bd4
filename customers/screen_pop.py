"""The screen-pop: who is calling and why, in at most four lines, before the first ring.

Invariant: a pure function of what is known (`PopFacts`) and `now`; the same facts give the same words. Every line names its
source. What is not known is said, never guessed. Our own lines are codes with parameters (`sentences.py`), which screens word in
their reader's language; another system's are shown as it wrote them.

Each rule below looks at one thing and yields reasons with a weight; the four heaviest are shown. The suggested step is the most
concrete one among them: another system's advice before our own general sentences. To teach the pop something new, add a rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import tzinfo

import msgspec

from core.ids import CallId, InteractionId
from core.model import Channel, Value
from customers.engagements import Engagement
from customers.identity import Caller, Sharing, Sure, as_customer, as_nobody, certainty, customer_of_call
from customers.interactions import spoken_path
from customers.model import Call, Candidate, Customer, Fact, Interaction, Profile, Status, Step, TimelineItem
from customers.reasons import Reason, Standing, Weighed, line, source_of, standing_reasons, titled
from customers.sentences import Moment, Params, phrase
from customers.timeline import PAGE_LIMIT, page

MAX_REASONS = 4
_WEEK_S = 7 * 86400.0
_FACT_MATTERS_S = 30 * 86400.0


class PopFacts(Value, frozen=True, kw_only=True):
    """All that the pop is made of, read in one go."""

    call: Call
    path: tuple[Step, ...]
    profile: Profile | None
    """None: the call is filed under nobody."""
    sharing: Sharing = Sharing()
    candidates: tuple[Candidate, ...] = ()
    """Whom the identifier may mean, when it is several people's: the latest contact first."""
    timeline: tuple[Interaction, ...] = ()
    """Newest first, without this call, up to one more than a page."""
    standing: Standing = Standing()
    """What is open, unanswered or missed, on every channel, without this call."""
    facts: tuple[Fact, ...] = ()


class Pop(Value, frozen=True, kw_only=True):
    """What the desk shows before the first ring (docs/api.md)."""

    call_id: CallId
    interaction_id: InteractionId
    customer: Customer
    why: tuple[Reason, ...]
    suggestion: str | None
    timeline: tuple[TimelineItem, ...]
    next: str | None
    candidates: tuple[Candidate, ...] = ()
    """Whom the caller may be, while that is not known."""
    suggestion_code: str = ""
    suggestion_params: Params = msgspec.field(default_factory=dict)
    engagements: tuple[Engagement, ...] = ()
    """Who had this call so far, and who was asked: for whoever gets it next."""


Rule = Callable[[PopFacts, Moment], Iterator[Weighed]]


def screen_pop(facts: PopFacts, now: float, zone: tzinfo) -> Pop:
    """The pop of a running call. `zone` is the company's."""
    customer = _shown_customer(facts)
    moment = Moment(now=now, zone=zone)
    weighed = sorted((each for rule in RULES for each in rule(facts, moment)), key=lambda each: -each.weight)[:MAX_REASONS]
    shown = page(facts.timeline, PAGE_LIMIT)
    advice = _advice(weighed)
    step = advice.step if advice else None
    return Pop(
        call_id=facts.call.call_id,
        interaction_id=facts.call.interaction_id,
        customer=customer,
        why=tuple(each.reason for each in weighed),
        suggestion=advice.suggestion if advice else None,
        suggestion_code=step.code if step else "",
        suggestion_params=step.params if step else {},
        timeline=shown.items,
        next=shown.next,
        candidates=facts.candidates,
        engagements=facts.call.engagements,
    )


def caller_certainty(facts: PopFacts) -> Sure:
    call = facts.call
    caller = Caller(identifier=call.identifier, withheld=call.withheld, proof=call.proof, decided_by=call.decided_by)
    return certainty(facts.profile, caller, facts.sharing, is_new_customer(facts))


def _shown_customer(facts: PopFacts) -> Customer:
    sure, call = caller_certainty(facts), facts.call
    if facts.profile is None:
        return as_nobody(call.identifier, call.display_name, call.language, sure)
    return as_customer(facts.profile, sure, is_new_customer(facts))


def _advice(weighed: list[Weighed]) -> Weighed | None:
    having = [each for each in weighed if each.suggestion]
    return max(having, key=lambda each: (each.concrete, each.weight), default=None)


def is_new_customer(facts: PopFacts) -> bool:
    """Nobody's history is theirs: nobody is known, or the record was made for this call."""
    return facts.profile is None or facts.profile.customer_id == customer_of_call(facts.call.call_id)


def name_of_caller(facts: PopFacts) -> str:
    """By the record; without one, what the caller says."""
    return facts.call.display_name if facts.profile is None else facts.profile.name


def flow_variables(facts: PopFacts) -> dict[str, str]:
    """What a flow may branch on (features I3)."""
    last = facts.timeline[0] if facts.timeline else None
    profile = facts.profile
    return {
        "certainty": str(caller_certainty(facts)[0]),
        "vip": "true" if profile is not None and profile.vip else "false",
        "open_tickets": str(len(facts.standing.tickets)),
        "last_channel": str(last.channel) if last else "",
        "language": facts.call.language if profile is None else profile.language,
        "name": name_of_caller(facts),
        "known": "false" if is_new_customer(facts) else "true",
    }


# ── rules ─────────────────────────────────────────────────────────────────────────────────────────────────────


def nobody_known(facts: PopFacts, moment: Moment) -> Iterator[Weighed]:
    if facts.timeline or not is_new_customer(facts):
        return
    shown, name = facts.call.identifier, name_of_caller(facts)
    if facts.candidates or facts.sharing.marked:
        yield line(moment, 200, phrase("several"), _FROM_NUMBER)
        return
    if shown is None:
        who = "withheld" if facts.call.withheld else "no_number"
    else:
        who = "new_number" if shown.kind == "phone" else "new_caller"
    yield line(moment, 200, phrase(who, name=name), _FROM_NUMBER)


def nameless(facts: PopFacts, moment: Moment) -> Iterator[Weighed]:
    if facts.timeline and not name_of_caller(facts):
        yield line(moment, 65, phrase("nameless"), phrase("from_record"))


def unfinished(facts: PopFacts, moment: Moment) -> Iterator[Weighed]:
    """Open, unanswered and missed conversations of every channel."""
    return standing_reasons(facts.standing, facts.timeline, moment)


def told_by_other_systems(facts: PopFacts, moment: Moment) -> Iterator[Weighed]:
    for number, fact in enumerate(facts.facts):
        if moment.now - fact.at < _FACT_MATTERS_S:
            weight = 94 if fact.suggestion else 86
            reason = Reason(text=fact.text, source=fact.source, interaction_id=None)
            yield Weighed(weight=weight - number, reason=reason, suggestion=fact.suggestion, concrete=True)


def way_through_the_menu(facts: PopFacts, moment: Moment) -> Iterator[Weighed]:
    choice = spoken_path(facts.path)
    if choice:
        yield line(moment, 80, phrase("chose", choice=choice, queue=facts.call.queue_name), phrase("from_menu"))
    elif facts.call.queue_name:
        yield line(moment, 40, phrase("waits", queue=facts.call.queue_name), phrase("from_queue"))


def calls_again(facts: PopFacts, moment: Moment) -> Iterator[Weighed]:
    recent = [row for row in facts.timeline if row.channel is Channel.CALL and moment.now - row.at < _WEEK_S]
    if recent:
        often = len(recent) >= PAGE_LIMIT
        said = phrase("calls_often", count=len(recent)) if often else phrase("calls_again", count=len(recent) + 1)
        step = phrase("ask_left_open", at=recent[0].at) if recent[0].status is Status.CLOSED else None
        yield line(moment, 60, said, phrase("from_calls"), row=recent[0], step=step)


def last_contact(facts: PopFacts, moment: Moment) -> Iterator[Weighed]:
    if facts.timeline and not facts.standing:
        row = facts.timeline[0]
        said = phrase("last_contact", **titled(row), at=row.at, by=row.by)
        yield line(moment, 30, said, source_of(row), row=row)


RULES: tuple[Rule, ...] = (
    nobody_known, nameless, unfinished, told_by_other_systems, way_through_the_menu, calls_again, last_contact,
)  # fmt: skip


_FROM_NUMBER = phrase("from_number")
