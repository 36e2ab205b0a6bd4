"""The e-mail with a link: in the person's language, with everything they need, once."""

from __future__ import annotations

import msgspec
import pytest

from core.ids import UserId
from core.outgoing import OutgoingKind
from server.people.letters import WORDS, letter
from server.people.service import Link
from server.storage.sql.users import User

LINK = Link(path="/invitation#abcdef", address="http://localhost:8080", expires_at=1_796_040_000.0, invitation_id="invitation_1")
TESSA = User(user_id=UserId("user_t"), username="tessa", name="Tessa {x}", role="agent", password_hash="", email="t@x.example")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("password_hash", ["", "$argon2id$"])
def test_it_says_what_to_do_until_when_and_as_whom(language: str, password_hash: str) -> None:
    user = msgspec.structs.replace(TESSA, language=language, password_hash=password_hash)
    sent = letter(user, LINK, "https://desk.example", "Northwind", "Europe/London")
    assert (sent.kind, sent.target, sent.expires_at) == (OutgoingKind.EMAIL, "t@x.example", LINK.expires_at)
    assert sent.message_id == "invitation.invitation_1", "the same link goes out once"
    assert "Northwind" in sent.subject
    for said in ("https://desk.example/invitation#abcdef\n", "Tessa {x}", "tessa", "2026-11-30 "):
        assert said in sent.body, said
    assert sent.subject.startswith(WORDS[language]["reset" if password_hash else "invitation"].split("{")[0])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_computer_that_does_not_know_the_certificate_is_told_what_to_open_first(language: str) -> None:
    user = msgspec.structs.replace(TESSA, language=language)
    sent = letter(user, LINK, "https://10.0.0.5:8080", "Northwind", "Europe/London", trust="http://10.0.0.5:8080/")
    assert "http://10.0.0.5:8080/" in sent.body
    assert "http://10.0.0.5:8080/invitation" not in sent.body, "the link's secret goes by HTTPS alone"


def test_every_language_has_every_sentence() -> None:
    assert set(WORDS["en"]) == set(WORDS["zh"])
