from __future__ import annotations

import msgspec
import pytest

from core.ids import CallId, CustomerId
from core.model import Certainty, LegKind
from customers.identity import (
    CONFIDENCE,
    Caller,
    Match,
    Sharing,
    caller_identifier,
    certainty,
    choose,
    customer_of_call,
    new_profile,
    record_certainty,
    storable,
    sure_by,
)
from customers.model import Identifier, IdentifierKind, Profile, Proof, Provenance

PHONE = "+442079460180"


def edge(provenance: Provenance, value: str = PHONE, kind: IdentifierKind = IdentifierKind.PHONE) -> Identifier:
    return Identifier(kind=kind, value=value, provenance=provenance, confidence=CONFIDENCE[provenance])


def dana(*identifiers: Identifier, name: str = "Dana Whitfield") -> Profile:
    return Profile(customer_id=CustomerId("cust_dana"), name=name, identifiers=identifiers)


@pytest.mark.parametrize(
    ("caller", "kind", "found"),
    [
        ("02079460180", LegKind.SIP, (IdentifierKind.PHONE, PHONE)),
        ("1000", LegKind.SIP, (IdentifierKind.EXTERNAL, "sip:1000")),
        ("Alice", LegKind.SIP, (IdentifierKind.EXTERNAL, "sip:alice")),
        ("Dana@Example.com", LegKind.BROWSER, (IdentifierKind.EMAIL, "dana@example.com")),
    ],
)
def test_a_caller_is_recognized_by_what_they_show(caller: str, kind: LegKind, found: tuple[IdentifierKind, str]) -> None:
    identifier = caller_identifier(caller, kind, "GB")
    assert identifier is not None
    assert (identifier.kind, identifier.value) == found


@pytest.mark.parametrize(("caller", "kind"), [("anonymous", LegKind.SIP), ("", LegKind.SIP), ("visitor", LegKind.BROWSER)])
def test_nobody_is_recognized_by_nothing(caller: str, kind: LegKind) -> None:
    assert caller_identifier(caller, kind, "GB") is None


def test_mischief_is_nobody() -> None:
    assert caller_identifier("x" * 400, LegKind.SIP, "GB") is None
    assert storable("Da\x00na\r\n Whitfield ") == "Dana Whitfield"
    assert storable("👨\u200d👩\u200d👧 می\u200cخواهم") == "👨\u200d👩\u200d👧 می\u200cخواهم"


def match(customer: str, provenance: Provenance = Provenance.IMPORT, *, named: bool = True, shared: bool = False) -> Match:
    has = msgspec.structs.replace(edge(provenance), shared=shared)
    return Match(customer_id=CustomerId(customer), identifier=has, named=named)


def test_a_number_of_one_record_finds_it() -> None:
    dana = match("cust_dana")
    assert choose((dana,)) is dana
    assert choose((match("cust_of_number", Provenance.CALL, named=False), dana)) is dana
    assert choose(()) is None


def test_a_number_of_several_people_is_nobodys() -> None:
    assert choose((match("cust_a"), match("cust_b"))) is None
    assert choose((match("cust_a"), match("cust_b", Provenance.CALL))) is None
    assert choose((match("cust_a", shared=True),)) is None


def test_the_choice_does_not_depend_on_the_order_of_rows() -> None:
    one, other = match("cust_a", Provenance.CALL, named=False), match("cust_b", Provenance.CALL, named=False)
    assert choose((one, other)) == choose((other, one))


def test_an_unknown_caller_becomes_the_same_new_customer_however_often_the_event_comes() -> None:
    call = CallId("call_1")
    first = new_profile(call, edge(Provenance.CALL), "", "en", 5.0)
    assert first == new_profile(call, edge(Provenance.CALL), "", "en", 5.0)
    assert first.customer_id == customer_of_call(call) != customer_of_call(CallId("call_2"))
    assert first.local_time_zone == "Europe/London"


ONE, TWO, MANY = Sharing(), Sharing(people=2), Sharing(people=3)
SHOWN = Caller(identifier=edge(Provenance.CALL))
ATTESTED = Caller(identifier=edge(Provenance.CALL), proof=Proof.ATTESTED)
IN_RECORD, CALLED_FROM = dana(edge(Provenance.IMPORT)), dana(edge(Provenance.CALL))


@pytest.mark.parametrize(
    ("profile", "caller", "sharing", "expected"),
    [
        (IN_RECORD, SHOWN, ONE, (Certainty.LIKELY, "phone")),
        (dana(edge(Provenance.AGENT)), SHOWN, ONE, (Certainty.LIKELY, "phone")),
        (CALLED_FROM, SHOWN, ONE, (Certainty.LIKELY, "phone, called before")),
        (IN_RECORD, Caller(identifier=edge(Provenance.WIDGET)), ONE, (Certainty.LIKELY, "phone typed by the visitor")),
        (IN_RECORD, ATTESTED, ONE, (Certainty.CERTAIN, "phone, verified by the carrier")),
        (CALLED_FROM, ATTESTED, ONE, (Certainty.LIKELY, "phone, called before")),
        (IN_RECORD, Caller(identifier=None, proof=Proof.TOKEN), ONE, (Certainty.CERTAIN, "signed in")),
        (IN_RECORD, Caller(identifier=edge(Provenance.CALL), proof=Proof.PIN), MANY, (Certainty.CERTAIN, "PIN")),
        (IN_RECORD, ATTESTED, TWO, (Certainty.LIKELY, "phone, shared with 1 other customer")),
        (IN_RECORD, SHOWN, MANY, (Certainty.LIKELY, "phone, shared with 2 other customers")),
        (None, ATTESTED, TWO, (Certainty.UNKNOWN, "phone of 2 people")),
        (None, ATTESTED, MANY, (Certainty.SHARED, "phone shared by 3 people")),
        (None, SHOWN, Sharing(people=1, marked=True), (Certainty.SHARED, "phone marked as shared")),
        (dana(edge(Provenance.CALL), name=""), SHOWN, ONE, (Certainty.UNKNOWN, "phone only")),
        (dana(), SHOWN, ONE, (Certainty.UNKNOWN, "phone doesn't belong to this customer")),
        (None, Caller(identifier=None, withheld=True), ONE, (Certainty.UNKNOWN, "number withheld")),
        (None, Caller(identifier=None), ONE, (Certainty.UNKNOWN, "no number or account")),
    ],
)  # fmt: skip
def test_how_sure_we_are_and_by_what(
    profile: Profile | None, caller: Caller, sharing: Sharing, expected: tuple[Certainty, str]
) -> None:
    sure, by = certainty(profile, caller, sharing, is_new=False)
    assert (sure, sure_by(by)) == expected


def test_a_record_made_for_this_call_is_nobody_yet() -> None:
    sure, by = certainty(CALLED_FROM, SHOWN, ONE, is_new=True)
    assert (sure, sure_by(by)) == (Certainty.UNKNOWN, "phone not seen before")


def test_a_record_without_a_name_is_nobody_yet() -> None:
    assert record_certainty(dana(edge(Provenance.CALL), name=""))[0] is Certainty.UNKNOWN
    assert record_certainty(dana(edge(Provenance.AGENT)))[0] is Certainty.LIKELY
