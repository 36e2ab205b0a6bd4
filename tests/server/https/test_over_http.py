"""What a request over plain HTTP gets when HTTPS is spoken, too."""

from __future__ import annotations

import pytest

from server.config.sections import HttpsKind
from server.https.over_http import Verdict, decide, opened_first

OUTSIDE = "pbx.example.com:8080"


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "localhost"])
@pytest.mark.parametrize("path", ["/desk", "/api/v1/session", "/api/v1/live"])
def test_this_machine_is_served(host: str, path: str) -> None:
    assert decide("own", "GET", path, "", host).verdict is Verdict.ANSWER


@pytest.mark.parametrize(
    "path",
    ["/metrics", "/api/v1/ready", "/api/v1/health", "/api/v1/https", "/widget.js", "/api/v1/widget/calls", "/authority.crt"],
)
@pytest.mark.parametrize("kind", ["own", "given"])
def test_what_machines_and_other_peoples_pages_ask_is_answered(kind: str, path: str) -> None:
    assert decide(kind, "GET", path, "", OUTSIDE).verdict is Verdict.ANSWER  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["own", "given"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/session"),
        ("GET", "/api/v1/customers"),
        ("GET", "/api/v1/live"),
        ("POST", "/desk"),
        ("PUT", "/api/v1/import"),
    ],
)
def test_nothing_secret_travels_in_the_clear(kind: str, method: str, path: str) -> None:
    assert decide(kind, method, path, "", OUTSIDE).verdict is Verdict.REFUSE  # type: ignore[arg-type]


def test_a_known_certificate_leads_to_the_same_address() -> None:
    decision = decide("given", "GET", "/customers/ä b", "from=mail", OUTSIDE)
    assert (decision.verdict, decision.for_good) == (Verdict.REDIRECT, True)
    assert decision.location == "https://pbx.example.com:8080/customers/%C3%A4%20b?from=mail"


def test_our_own_leads_to_the_page_that_helps_and_remembers_where_one_was_going() -> None:
    decision = decide("own", "GET", "/calls/call_1", "", OUTSIDE)
    assert (decision.verdict, decision.for_good, decision.location) == (Verdict.REDIRECT, False, "/secure?to=/calls/call_1")
    assert decide("own", "GET", "/secure", "to=/desk", OUTSIDE).verdict is Verdict.ANSWER
    assert decide("own", "GET", "/assets/index-1.js", "", OUTSIDE).verdict is Verdict.ANSWER
    assert decide("own", "GET", "/favicon.svg", "", OUTSIDE).verdict is Verdict.ANSWER


@pytest.mark.parametrize(
    ("origin", "kind", "first"),
    [
        ("https://10.0.0.5:8080", "own", "http://10.0.0.5:8080/"),
        ("https://[fd00::5]:8080", "own", "http://[fd00::5]:8080/"),
        ("https://pbx.example.com", "given", None),
        ("https://localhost:8080", "own", None),
        ("http://10.0.0.5:8080", "none", None),
    ],
)
def test_who_does_not_trust_us_yet_begins_at_an_address_without_a_secret(origin: str, kind: HttpsKind, first: str | None) -> None:
    assert opened_first(origin, kind) == first


def test_without_a_host_there_is_nowhere_to_lead_to() -> None:
    assert decide("given", "GET", "/desk", "", None).verdict is Verdict.REFUSE


def test_without_https_everything_is_answered() -> None:
    assert decide("none", "POST", "/api/v1/session", "", OUTSIDE).verdict is Verdict.ANSWER
