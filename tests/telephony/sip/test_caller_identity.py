"""Who calls, by what carriers send. Numbers of Ofcom's and the Bundesnetzagentur's ranges for fiction."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model import CallerFacts
from telephony.engine_settings import Trunk
from telephony.sip.caller_identity import SipCaller, caller_of
from telephony.sip.invite import header_lines
from telephony.sip.text import LONGEST_FIELD

DANA = "+442079460180"
ACCOUNT = "NW-0042"
PAI = f'P-Asserted-Identity: "Dana" <sip:{DANA}@carrier.example;user=phone>'
RPID = f"Remote-Party-ID: <sip:{DANA}@carrier.example>;party=calling;screen=yes"
FROM_ACCOUNT = f'"Northwind Home" <sip:{ACCOUNT}@carrier.example>;tag=1'
FROM_DANA = f'"Dana" <sip:{DANA}@carrier.example>;tag=1'
FROM_NOBODY = '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1'
WITHHELD = SipCaller("", "", CallerFacts(withheld=True))
NOBODY = SipCaller("", "", CallerFacts())


def called(sender: str, *fields: str, **trunk: Any) -> SipCaller:
    carrier = Trunk(**{"name": "carrier", "networks": (), "username": ACCOUNT, "identity": ("pai", "rpid", "from"), **trunk})
    message = "\r\n".join(["INVITE sip:100@pbx.example SIP/2.0", f"f: {sender}", *fields, "", ""])
    return caller_of(header_lines(message), carrier)


@pytest.mark.parametrize(
    ("caller", "fields"),
    [
        (FROM_DANA, ()),
        (FROM_ACCOUNT, (PAI,)),
        (FROM_ACCOUNT, (RPID.replace("<", '"Dana" <'),)),
        ("<sip:+15550000000@h>;tag=1", (PAI, "Remote-Party-ID: <sip:+16660000000@h>")),
        (FROM_ACCOUNT, ('P-Asserted-Identity: "Dana" <tel:+44-20-7946-0180>, <sip:x@h>',)),
        (FROM_ACCOUNT, (f"P-Asserted-Identity: <sip:{ACCOUNT}@h>", PAI)),
        (FROM_ACCOUNT, ('P-Asserted-Identity: "Dana" <tel:2079460180;phone-context=+44>',)),
        (f'"Dana" <sip:{DANA}@h>', ("Privacy: none",)),
        (FROM_NOBODY, (PAI, "Privacy: none")),
        (FROM_ACCOUNT, (RPID.replace("calling", "called").replace(DANA, "+15550000000"), PAI)),
    ],
)
def test_the_most_trusted_field_that_names_somebody_counts(caller: str, fields: tuple[str, ...]) -> None:
    assert called(caller, *fields) == SipCaller(DANA, "Dana", CallerFacts())


@pytest.mark.parametrize("field", [PAI, RPID, f"{PAI};verstat=TN-Validation-Passed-A"])
def test_a_trunk_that_is_not_trusted_says_nothing_in_them(field: str) -> None:
    assert called('"Kim" <sip:200@h>', field, identity=("from",)) == SipCaller("200", "Kim", CallerFacts())


@pytest.mark.parametrize("account", [ACCOUNT, ACCOUNT.lower(), "442079460000", "+442079460000"])
def test_the_trunks_own_account_is_nobody(account: str) -> None:
    assert called(f'"Northwind" <sip:{account}@h>;tag=1', caller="+442079460000") == NOBODY


@pytest.mark.parametrize(
    ("caller", "fields"),
    [
        (FROM_NOBODY, ()),
        (FROM_NOBODY, (PAI,)),
        ('"Dana" <sip:c8Oqz84zk7z@privacy.invalid>', (PAI,)),
        ('"Dana" <sip:Restricted@h>', ()),
        (FROM_DANA, (PAI, "Privacy: id")),
        (FROM_DANA, ("Privacy: user;id;critical",)),
        (FROM_DANA, ("Privacy: header", "Privacy: user")),
        (FROM_ACCOUNT, (RPID + ";privacy=full",)),
        (FROM_ACCOUNT, ("P-Asserted-Identity: <sip:anonymous@anonymous.invalid>",)),
    ],
)
def test_withheld_stays_withheld(caller: str, fields: tuple[str, ...]) -> None:
    assert called(caller, *fields) == WITHHELD


@pytest.mark.parametrize(
    ("shown", "name"),
    [
        ("Anonymous", ""), ("UNKNOWN", ""), ("Private Number", ""), ("anonymous caller", ""), ("No Caller ID", ""),
        ("02079460180", ""), ("+44 (20) 7946", ""), ("Anon Y. Mouse", "Anon Y. Mouse"),
        ("Unknown Pleasures", "Unknown Pleasures"), ("M\ufffdller", "M\ufffdller"), ("李雷", "李雷"),
    ],
)  # fmt: skip
def test_no_name_is_made_up(shown: str, name: str) -> None:
    assert called(f'"{shown}" <sip:{DANA}@h>').name == name


@pytest.mark.parametrize(
    ("numbers", "sent", "number"),
    [
        ("e164_without_plus", "442079460180", DANA),
        ("e164_without_plus", "4930200100", "+4930200100"),
        ("e164_without_plus", "1000", "1000"),
        ("e164_without_plus", "02079460180", "02079460180"),
        ("e164", DANA, DANA),
        ("national", "02079460180", "02079460180"),
    ],
)
def test_numbers_are_read_as_the_trunk_writes_them(numbers: str, sent: str, number: str) -> None:
    assert called(f"<sip:{sent}@h>", numbers=numbers).number == number


def test_the_country_goes_along_for_national_numbers_only() -> None:
    assert called("<sip:030200100@h>", country="DE").facts.country == "DE"
    assert called("<sip:030200100@h>").facts.country is None
    assert called("<sip:030200100@h>", country="DE", numbers="e164").facts.country == ""


@pytest.mark.parametrize(
    ("asserted", "level", "attested"),
    [
        (f"<sip:{DANA};verstat=TN-Validation-Passed-A@h;user=phone>", "", True),
        (f"<tel:{DANA};verstat=TN-Validation-Passed>", "Attestation-Info: A", True),
        (f"<tel:{DANA};verstat=TN-Validation-Passed>", "P-Attestation-Indicator: a", True),
        (f"<tel:{DANA};verstat=TN-Validation-Passed>", "", False),
        (f"<tel:{DANA};verstat=TN-Validation-Passed-B>", "Attestation-Info: A", False),
        (f"<tel:{DANA};verstat=TN-Validation-Failed>", "Attestation-Info: A", False),
        (f"<tel:{DANA};verstat=No-TN-Validation>", "", False),
        (f"<sip:{DANA}@h>", "Attestation-Info: A", False),
    ],
)
def test_attested_is_what_the_carrier_has_verified_in_full(asserted: str, level: str, attested: bool) -> None:
    caller = called(FROM_ACCOUNT, f"P-Asserted-Identity: {asserted}", *([level] if level else []))
    assert (caller.number, caller.facts.attested) == (DANA, attested)


@pytest.mark.parametrize(
    ("fields", "number"),
    [
        (("Diversion: <sip:+442079460222@h>;reason=unconditional, <sip:+442079460111@h>",), "+442079460222"),
        (("Diversion: <tel:442079460222>;counter=1", "Diversion: <sip:1@h>"), "+442079460222"),
        (("Diversion: <sip:+442079460222@h>;privacy=full",), ""),
        (("Diversion: nonsense",), ""),
        ((), ""),
    ],
)
def test_who_sent_the_caller_on(fields: tuple[str, ...], number: str) -> None:
    caller = called(FROM_DANA, *fields, numbers="e164_without_plus")
    assert (caller.number, caller.facts.diverted_from) == (DANA, number)


@given(st.text(), st.sampled_from(["P-Asserted-Identity", "Remote-Party-ID", "Privacy", "Diversion", "From"]))
def test_nonsense_never_raises(text: str, name: str) -> None:
    called(FROM_DANA, f"{name}: {text}")


@pytest.mark.parametrize(
    "sent",
    ["a" + " " * 60_000 + "b", ", " + " " * 2_000 + "b", '"' + "\\" * 60_000, "<" * 60_000, '"a"' + " " * 60_000, "," * 60_000],
)
@pytest.mark.parametrize("name", ["P-Asserted-Identity", "Remote-Party-ID", "Privacy", "Diversion", "From"])
@pytest.mark.timeout(30)
def test_a_long_field_is_read_as_fast_as_it_is_long(name: str, sent: str) -> None:
    """Whoever reads fields stands on the thread of all calls: 50,000 spaces in one took 70 s, and the node was ended."""
    called("<sip:x@h>", f"{name}: {sent}") if name != "From" else called(sent)


def test_what_is_told_of_a_caller_fits_everywhere() -> None:
    """A name of 40,000 letters made the offer unfit to travel. One that turns text changed how the number beside it reads."""
    assert called(f'"{"N" * 40_000}" <sip:{DANA}@h>') == SipCaller(DANA, "N" * LONGEST_FIELD, CallerFacts())
    assert called(f'"\u202eanaD\u2066" <sip:{DANA}@h>').name == "\ufffdanaD\ufffd"
    assert len(called(f"<tel:1;phone-context=+{'4' * 60_000}>").number) <= LONGEST_FIELD
