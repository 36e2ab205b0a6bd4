"""What people type into one line is read by others beside names and numbers: it stays in its line and in its direction."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from server.api.agent import RequestedState
from server.api.customers import CustomerChange
from server.api.settings import NewSettings
from server.api.supervise import Withdrawal
from server.api.wrap_ups import WrapUp


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("  Mei\u202e 0180 \u202c Lin ", "Mei 0180 Lin"),
        ("a\nb\tc\u2028d\x07", "a b c d"),
        ("<img onerror=alert(1)>", "<img onerror=alert(1)>"),
        (
            "\U0001f469\u200d\U0001f467 \u0936\u0930\u094d\u092e\u093e",
            "\U0001f469\u200d\U0001f467 \u0936\u0930\u094d\u092e\u093e",
        ),
    ],
)
def test_a_line_is_a_line(written: str, read: str) -> None:
    assert CustomerChange.model_validate({"name": written, "tags": [written]}).model_dump() == {"name": read, "tags": [read]}
    assert Withdrawal(reason=written).reason == RequestedState(state="away", reason=written).reason == read
    assert NewSettings(away_reasons=[written], first_steps=None).away_reasons == [read]
    assert WrapUp.model_validate({"disposition": written, "ticket_subject": written}).ticket_subject == read


@pytest.mark.parametrize("nothing", ["", " ", "\u200b", "\u202e\u2069", "\u3164", "\u2800\ufeff", "\n"])
def test_a_name_that_nobody_sees_is_none(nothing: str) -> None:
    tried: list[tuple[type[BaseModel], dict[str, object]]] = [
        (CustomerChange, {"name": nothing}),
        (CustomerChange, {"tags": [nothing]}),
        (Withdrawal, {"reason": nothing}),
    ]
    for body, fields in tried:
        with pytest.raises(ValidationError) as error:
            body.model_validate(fields)
        assert error.value.errors()[0]["type"] == "string_too_short"


def test_a_length_is_that_of_what_is_kept() -> None:
    assert CustomerChange.model_validate({"name": "\u200e" + "x" * 199 + "  "}).name is not None
    with pytest.raises(ValidationError):
        CustomerChange.model_validate({"name": "x" * 201})


def test_a_summary_keeps_its_lines_and_its_direction() -> None:
    assert WrapUp.model_validate({"disposition": "solved", "summary": "One\r\n\ttwo\u202e"}).summary == "One\n\ttwo"
