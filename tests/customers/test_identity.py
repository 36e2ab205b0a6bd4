from __future__ import annotations

import pytest

from core.ids import CallId, CustomerId
from core.model import LegKind
from customers.identity import (
    CONFIDENCE,
    Match,
    caller_identifier,
    certainty,
    choose,
    customer_of_call,
    new_profile,
    record_certainty,
    storable,
    sure_by,
)
from customers.model import Certainty, Identifier, IdentifierKind, Profile, Provenance

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


def test_the_surest_edge_wins_and_then_the_latest_contact() -> None:
    by_call = Match(customer_id=CustomerId("cust_a"), identifier=edge(Provenance.CALL), last_contact=900.0)
    by_import = Match(customer_id=CustomerId("cust_b"), identifier=edge(Provenance.IMPORT), last_contact=100.0)
    later = Match(customer_id=CustomerId("cust_c"), identifier=edge(Provenance.IMPORT), last_contact=200.0)
    assert choose((by_call, by_import, later)) is later
    assert choose(()) is None


def test_the_choice_does_not_depend_on_the_order_of_rows() -> None:
    one = Match(customer_id=CustomerId("cust_a"), identifier=edge(Provenance.IMPORT))
    other = Match(customer_id=CustomerId("cust_b"), identifier=edge(Provenance.IMPORT))
    assert choose((one, other)) == choose((other, one))


def test_an_unknown_caller_becomes_the_same_new_customer_however_often_the_event_comes() -> None:
    call = CallId("call_1")
    first = new_profile(call, edge(Provenance.CALL), "", "en", 5.0)
    assert first == new_profile(call, edge(Provenance.CALL), "", "en", 5.0)
    assert first.customer_id == customer_of_call(call) != customer_of_call(CallId("call_2"))
    assert first.local_time_zone == "Europe/London"


@pytest.mark.parametrize(
    ("profile", "shown", "sharing", "is_new", "expected"),
    [
        (dana(edge(Provenance.IMPORT)), edge(Provenance.CALL), 1, False, (Certainty.CERTAIN, "phone")),
        (
            dana(edge(Provenance.IMPORT), edge(Provenance.SIGNED_IN, "login:dana", IdentifierKind.EXTERNAL)),
            edge(Provenance.CALL), 1, False, (Certainty.CERTAIN, "phone and signed-in chat"),
        ),
        (
            dana(edge(Provenance.IMPORT)),
            edge(Provenance.CALL), 2, False, (Certainty.LIKELY, "phone, shared with 1 other customer"),
        ),
        (dana(edge(Provenance.IMPORT)), edge(Provenance.WIDGET), 1, False, (Certainty.LIKELY, "phone typed by the visitor")),
        (dana(edge(Provenance.CALL)), edge(Provenance.CALL), 1, False, (Certainty.LIKELY, "phone, called before")),
        (dana(edge(Provenance.CALL), name=""), edge(Provenance.CALL), 1, False, (Certainty.UNKNOWN, "phone only")),
        (dana(edge(Provenance.CALL), name=""), edge(Provenance.CALL), 1, True, (Certainty.UNKNOWN, "phone not seen before")),
        (dana(), None, 1, True, (Certainty.UNKNOWN, "number withheld")),
    ],
)  # fmt: skip
def test_how_sure_we_are_and_by_what(
    profile: Profile, shown: Identifier | None, sharing: int, is_new: bool, expected: tuple[Certainty, str]
) -> None:
    sure, by = certainty(profile, shown, sharing, is_new)
    assert (sure, sure_by(by)) == expected


def test_a_record_without_a_name_is_nobody_yet() -> None:
    assert record_certainty(dana(edge(Provenance.CALL), name=""))[0] is Certainty.UNKNOWN
    assert record_certainty(dana(edge(Provenance.AGENT)))[0] is Certainty.CERTAIN
