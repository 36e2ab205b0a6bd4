"""Who a caller is: identifiers as edges between a value and a customer, each with provenance and confidence.

Invariant: deciding is pure. The same caller and the same edges give the same customer, so a replayed `CallStarted` finds what
the first one found or made; ids of customers and interactions made from a call are derived from the call's id.
"""

from __future__ import annotations

import hashlib

import msgspec

from core.ids import CallId, CustomerId, InteractionId, WorkId
from core.model import Certainty, LegKind, Value
from core.ranges import one_line
from customers.model import Customer, Identifier, IdentifierKind, Profile, Proof, Provenance
from customers.phone import is_withheld, time_zone, to_e164
from customers.sentences import Phrase, phrase

CONFIDENCE: dict[Provenance, float] = {
    Provenance.IMPORT: 1.0,
    Provenance.SIGNED_IN: 1.0,
    Provenance.AGENT: 0.9,
    Provenance.CALL: 0.5,
    Provenance.WIDGET: 0.3,
}
"""A number that merely called us is worth less than one that stands in the customer's record; a typed one is worth least."""

_STANDS_FROM = 0.9
"""From this confidence on an identifier stands in the record, put there by somebody who knew."""
SHARED_FROM = 3
"""So many people with one number or address share it: an office, a school, a switchboard."""
MAX_VALUE = 320
"""Longest identifier: an e-mail address (RFC 3696, erratum 1690). Longer ones are somebody's mischief."""


Sure = tuple[Certainty, Phrase]
"""How sure, and by what (`SURE_BY`)."""


class Match(Value, frozen=True, kw_only=True):
    """A customer who has the identifier looked for."""

    customer_id: CustomerId
    identifier: Identifier
    named: bool = True
    """Somebody's record; one without a name stands for its number alone."""


class Sharing(Value, frozen=True, kw_only=True):
    """Who else has the caller's identifier."""

    people: int = 1
    """Records with a name that have it."""
    marked: bool = False
    """Somebody has said that it is several people's."""


class Caller(Value, frozen=True, kw_only=True):
    """What is shown of a caller, and what has been verified."""

    identifier: Identifier | None
    withheld: bool = False
    proof: Proof | None = None
    decided_by: str = ""
    """The person who has said whose it is; empty: nobody has."""


def stable_id(prefix: str, *parts: str) -> str:
    """The same id for the same parts, always: what makes replays and repeated imports harmless."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
    return f"{prefix}_{digest}"


def customer_of_call(call_id: CallId) -> CustomerId:
    """The id of the customer that this call creates if nobody is found."""
    return CustomerId(stable_id("cust", "call", call_id))


def storable(text: str, limit: int = MAX_VALUE) -> str:
    """What a stranger sent, fit to be kept: one line, and no longer than a name is."""
    return one_line(text[: 4 * limit])[:limit].strip()


def interaction_of_call(call_id: CallId) -> InteractionId:
    return InteractionId(stable_id("int", "call", call_id))


def ticket_of_call(call_id: CallId, work_id: WorkId | None = None) -> InteractionId:
    """The history row of the ticket opened at the end of a call; `work_id` of all but the first agent's, who may open another."""
    return InteractionId(stable_id("int", "ticket-of-call", call_id, *filter(None, [work_id])))


def email_identifier(address: str, provenance: Provenance) -> Identifier:
    return Identifier(
        kind=IdentifierKind.EMAIL, value=address.strip().lower(), provenance=provenance, confidence=CONFIDENCE[provenance]
    )


def phone_identifier(raw: str, region: str, provenance: Provenance) -> Identifier | None:
    """None when `raw` is no telephone number."""
    value = to_e164(raw, region)
    if value is None:
        return None
    return Identifier(kind=IdentifierKind.PHONE, value=value, provenance=provenance, confidence=CONFIDENCE[provenance])


def external_identifier(value: str, provenance: Provenance = Provenance.IMPORT) -> Identifier:
    """An id in another system, such as ``crm:1017``."""
    return Identifier(kind=IdentifierKind.EXTERNAL, value=value, provenance=provenance, confidence=CONFIDENCE[provenance])


def caller_identifier(caller: str, kind: LegKind, region: str) -> Identifier | None:
    """What a caller can be recognized by; None when the number is withheld or the visitor said nothing usable.

    `region` (ISO 3166) reads numbers without a country code; empty: there are none such, and what has no plus is an extension.
    """
    if is_withheld(caller) or len(caller) > MAX_VALUE:
        return None
    provenance = Provenance.WIDGET if kind is LegKind.BROWSER else Provenance.CALL
    phone = phone_identifier(caller, region, provenance)
    if phone is not None:
        return phone
    if "@" in caller:
        return email_identifier(caller, provenance)
    if kind is LegKind.BROWSER:
        return None
    # An extension or the name of a SIP account: no number, but the same one every time.
    return external_identifier(f"sip:{caller.strip().lower()}", Provenance.CALL)


def choose(matches: tuple[Match, ...]) -> Match | None:
    """The one record that has the caller's identifier. None: nobody has it, or it is several people's, who are candidates."""
    if any(match.identifier.shared for match in matches):
        return None
    people = [match for match in matches if match.named]
    if len(people) > 1:
        return None
    return people[0] if people else max(matches, key=_likelihood, default=None)


def _likelihood(match: Match) -> tuple[float, str]:
    """The id last, so that the choice never depends on the order of rows."""
    return match.identifier.confidence, match.customer_id


def new_profile(call_id: CallId, caller: Identifier, display_name: str, language: str, at: float) -> Profile:
    """A record for a number or address that nobody has yet."""
    zone = time_zone(caller.value) if caller.kind is IdentifierKind.PHONE else None
    return Profile(
        customer_id=customer_of_call(call_id),
        name=display_name,
        local_time_zone=zone,
        since=at,
        language=language,
        identifiers=(caller,),
    )


def certainty(profile: Profile | None, caller: Caller, sharing: Sharing, is_new: bool) -> Sure:
    """How sure it is that `caller` is this customer, and by what; without a customer, why there is none."""
    shown = caller.identifier
    if caller.decided_by:
        chosen = profile is not None
        return (Certainty.LIKELY, phrase("chosen", by=caller.decided_by)) if chosen else (Certainty.UNKNOWN, phrase("undecided"))
    if profile is not None and caller.proof in {Proof.TOKEN, Proof.PIN}:
        return Certainty.CERTAIN, phrase(str(caller.proof))
    if shown is None:
        return Certainty.UNKNOWN, phrase("withheld" if caller.withheld else "nothing")
    kind = str(shown.kind)
    if profile is None:
        return _of_several(kind, sharing)
    if is_new:
        return Certainty.UNKNOWN, phrase("not_seen", kind=kind)
    edge = next((known for known in profile.identifiers if (known.kind, known.value) == (shown.kind, shown.value)), None)
    if edge is None:
        return Certainty.UNKNOWN, phrase("of_another", kind=kind)
    if sharing.people > 1 or sharing.marked:
        # Filed here by somebody's decision, or because it is we who call.
        return Certainty.LIKELY, phrase("shared", kind=kind, count=max(sharing.people - 1, 1))
    return _of_one(profile, shown, edge, caller.proof)


def _of_several(kind: str, sharing: Sharing) -> Sure:
    """The number or address has several people: none of them is the caller until somebody says so."""
    if sharing.marked or sharing.people >= SHARED_FROM:
        many = sharing.people >= SHARED_FROM
        return Certainty.SHARED, phrase("shared_by", kind=kind, count=sharing.people) if many else phrase("marked", kind=kind)
    return Certainty.UNKNOWN, phrase("one_of", kind=kind, count=sharing.people)


def _of_one(profile: Profile, shown: Identifier, edge: Identifier, proof: Proof | None) -> Sure:
    """The number or address of one record, which nobody else has."""
    kind = str(shown.kind)
    if shown.provenance is Provenance.WIDGET:
        return Certainty.LIKELY, phrase("typed", kind=kind)
    if not profile.name:
        return Certainty.UNKNOWN, phrase("only", kind=kind)
    stands = edge.confidence >= _STANDS_FROM
    if proof is Proof.ATTESTED and stands:
        return Certainty.CERTAIN, phrase("attested", kind=kind)
    return Certainty.LIKELY, phrase("alone" if stands else "called_before", kind=kind)


def record_certainty(profile: Profile) -> Sure:
    """How sure a record is by itself, with nobody on the line."""
    surest = max(profile.identifiers, key=lambda known: known.confidence, default=None)
    if surest is None:
        return Certainty.UNKNOWN, phrase("nothing")
    if not profile.name:
        return Certainty.UNKNOWN, phrase("only", kind=str(surest.kind))
    return Certainty.LIKELY, phrase("alone", kind=str(surest.kind))


def sure_by(said: Phrase) -> str:
    """In English."""
    noun = _NOUN[IdentifierKind(str(said.params["kind"]))] if "kind" in said.params else ""
    return SURE_BY[said.code].format(
        noun=noun, others="customer" if said.params.get("count") == 1 else "customers", **said.params
    )


def as_customer(profile: Profile, sure: Sure, is_new: bool = False) -> Customer:
    def values(kind: IdentifierKind) -> tuple[str, ...]:
        return tuple(known.value for known in profile.identifiers if known.kind is kind)

    return Customer(
        customer_id=profile.customer_id,
        name=profile.name,
        is_new=is_new,
        certainty=sure[0],
        certainty_by=sure_by(sure[1]),
        certainty_code=sure[1].code,
        certainty_params=sure[1].params,
        phones=values(IdentifierKind.PHONE),
        emails=values(IdentifierKind.EMAIL),
        tags=profile.tags,
        vip=profile.vip,
        location=profile.location,
        local_time_zone=profile.local_time_zone,
        since=profile.since,
        language=profile.language,
        version=profile.version,
    )


def as_nobody(shown: Identifier | None, name: str, language: str, sure: Sure) -> Customer:
    """A caller who is filed under nobody: what is shown, and what they call themselves."""
    alone = Profile(customer_id=CustomerId(""), name=name, language=language, identifiers=() if shown is None else (shown,))
    return msgspec.structs.replace(as_customer(alone, sure, is_new=True), customer_id=None)


_NOUN: dict[IdentifierKind, str] = {
    IdentifierKind.PHONE: "phone",
    IdentifierKind.EMAIL: "e-mail",
    IdentifierKind.DEVICE: "device",
    IdentifierKind.EXTERNAL: "account",
}

SURE_BY: dict[str, str] = {
    "withheld": "number withheld",
    "nothing": "no number or account",
    "not_seen": "{noun} not seen before",
    "of_another": "{noun} doesn't belong to this customer",
    "shared": "{noun}, shared with {count} other {others}",
    "shared_by": "{noun} shared by {count} people",
    "marked": "{noun} marked as shared",
    "one_of": "{noun} of {count} people",
    "typed": "{noun} typed by the visitor",
    "called_before": "{noun}, called before",
    "only": "{noun} only",
    "alone": "{noun}",
    "attested": "{noun}, verified by the carrier",
    "token": "signed in",
    "pin": "PIN",
    "chosen": "chosen by {by}",
    "undecided": "not decided yet",
}
"""By what we are sure, by code: screens have the same in their languages."""
