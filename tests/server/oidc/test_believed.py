"""What a provider says of people is not all its own: they choose their names there, and it may be anything that answers."""

from __future__ import annotations

from typing import Any

import pytest
from joserfc.jwk import KeySet
from joserfc.util import urlsafe_b64encode

from server.config.sections import Oidc
from server.oidc.flow import Untrusted, Vouched, checked_claims, vouched
from server.safe_url import is_safe

RULES = Oidc(issuer="https://id.example.com", client_id="patchbay")


def told(**claims: Any) -> Vouched:
    return vouched({"sub": "42", "email": "mei@example.com", "email_verified": True, "name": "Mei Lin", **claims}, RULES)


def test_who_it_is() -> None:
    assert told() == Vouched(
        subject="https://id.example.com 42", login="mei@example.com", name="Mei Lin", email="mei@example.com"
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Mei\u202e niL", "Mei niL"),
        ("Mei\x00 Lin", "Mei Lin"),
        ("\u200b", "mei@example.com"),
        ("\ud800Mei", "Mei"),
        ("M" * 5000, "M" * 200),
        (["Mei"], "mei@example.com"),
    ],
)
def test_a_name_is_one_line_that_people_read(name: Any, shown: str) -> None:
    """Half a surrogate pair was an error of the server, and what turns the direction of text came onto everybody's screen."""
    assert told(name=name).name == shown


@pytest.mark.parametrize("email", ["mei\u202e@example.com", "mei\x00@example.com", "", 7, None])
def test_an_address_with_what_nobody_sees_names_nobody(email: Any) -> None:
    with pytest.raises(Untrusted):
        told(email=email)


@pytest.mark.parametrize("subject", [7, {"a": 1}, "", "x" * 256, "mei\x00", "\u202e42"])
def test_a_subject_that_is_none_is_not_believed(subject: Any) -> None:
    with pytest.raises(Untrusted):
        told(sub=subject)


def test_a_token_that_is_nested_for_ever_is_not_believed() -> None:
    nested = urlsafe_b64encode(b'{"alg":"RS256","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}").decode()
    with pytest.raises(Untrusted):
        checked_claims(f"{nested}.{nested}.AAAA", KeySet([]), RULES, "nonce", 0.0)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://id.example.com/token", True),
        ("http://127.0.0.1:9/token", True),
        ("http://id.example.com/token", False),
        ("https://[::1/token", False),
        ("https://id.example.com:port/token", False),
        ("https:///token", False),
        ("ftp://id.example.com", False),
    ],
)
def test_an_address_of_the_provider_is_one_that_can_be_asked(url: str, safe: bool) -> None:
    assert is_safe(url) is safe


@pytest.mark.parametrize("confirmed", [[], {}, "yes", 1.5, None, False])
def test_confirmed_is_what_says_so(confirmed: Any) -> None:
    """A list was an error of the server."""
    with pytest.raises(Untrusted):
        told(email_verified=confirmed)
