"""Nothing about a person reaches the log."""

from __future__ import annotations

import json

import pytest
import structlog

from server.logs import configure_logs, hide_personal_data


@pytest.fixture(autouse=True)
def _clean() -> object:
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_fields_that_hold_people_are_hidden_and_named() -> None:
    line = hide_personal_data(None, "info", {"event": "x", "caller": "+442079460180", "call_id": "call_1", "text": "my card is"})
    assert line == {
        "event": "x",
        "caller": "(personal)",
        "call_id": "call_1",
        "text": "(personal)",
        "hidden_fields": ["caller", "text"],
    }


@pytest.mark.parametrize("number", ["+442079460180", "020 7946 0180", "4111 1111 1111 1111", "(212) 555-01234"])
def test_a_number_inside_a_sentence_is_hidden(number: str) -> None:
    line = hide_personal_data(None, "info", {"event": f"call from {number} refused"})
    assert number not in line["event"]


@pytest.mark.parametrize("harmless", ["call_0193f3c2a7", "port 5060", "127.0.0.1:5060", "2026-11-22T00:46:30"])
def test_ids_addresses_and_times_stay_readable(harmless: str) -> None:
    assert hide_personal_data(None, "info", {"event": f"see {harmless}"})["event"] == f"see {harmless}"


def test_a_line_is_json_with_its_process_and_ids(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("control")
    structlog.get_logger("x").info("leg ended", call_id="call_1", display_name="Dana")
    line = json.loads(capsys.readouterr().err)
    assert (line["process"], line["call_id"], line["display_name"], line["level"]) == ("control", "call_1", "(personal)", "info")
