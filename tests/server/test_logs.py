"""Nothing about a person reaches the log, whoever writes to it and whatever goes wrong."""

from __future__ import annotations

import ast
import asyncio
import gc
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from core.ports import Unavailable
from server import logs
from server.logs import configure_logs, hide_personal_data

COOKIE, NUMBER, NAME, WORDS = "Zq7-cookie-Zq7", "+442079460180", "Aurelia Fitzwilliam", "my secret colour is heliotrope"
MARKED = (COOKIE, NUMBER, NAME, WORDS, "heliotrope", "Fitzwilliam")
PACKAGES = ("acd", "asr", "core", "customers", "ivr", "server", "telephony")


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning = hooks
    logging.root.handlers[:], logging.root.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


Capsys = pytest.CaptureFixture[str]


class Written:
    def __init__(self, capsys: Capsys) -> None:
        self._capsys = capsys
        configure_logs("control")
        self.log = structlog.get_logger("x")

    def lines(self) -> list[dict[str, Any]]:
        """Every line is JSON and holds nothing of a person."""
        text = self._capsys.readouterr().err
        for marked in MARKED:
            assert marked not in text
        return [json.loads(line) for line in text.splitlines()]

    def line(self) -> dict[str, Any]:
        [only] = self.lines()
        return only


def fails(cookie: str = COOKIE) -> None:
    said = {"name": NAME, "words": WORDS}
    try:
        raise KeyError(f"{said} {cookie}")
    except KeyError as error:
        raise ValueError(f"cannot handle {said!r}") from error


def test_a_traceback_tells_types_and_places_and_no_values(capsys: Capsys) -> None:
    written = Written(capsys)
    try:
        fails()
    except ValueError:
        written.log.exception("event failed", call_id="call_1")
    line = written.line()
    assert [entry["type"] for entry in line["exception"]] == ["ValueError", "KeyError"]
    assert line["exception"][0]["frames"][-1].endswith("fails")
    assert line["call_id"] == "call_1"


def test_our_own_exception_keeps_its_words_without_what_they_quote(capsys: Capsys) -> None:
    written = Written(capsys)
    written.log.warning("service waits", error=Unavailable(f"Redis is away (ping) for “{NAME}” at {NUMBER}"))
    assert written.line()["error"] == "Unavailable: Redis is away (ping) for “…” at (number)"


def test_a_librarys_exception_is_its_type(capsys: Capsys) -> None:
    written = Written(capsys)
    written.log.warning("did not work", error=RuntimeError(WORDS))
    written.log.warning("did not work", error=ConnectionRefusedError(111, WORDS))
    assert [line["error"] for line in written.lines()] == [
        "RuntimeError",
        "ConnectionRefusedError: [Errno 111] Connection refused",
    ]


def test_what_a_library_says_is_who_and_where(capsys: Capsys) -> None:
    written = Written(capsys)
    library = logging.getLogger("some.library")
    library.warning(f"bad input {WORDS}")
    library.warning("bad input %s from %s", WORDS, NUMBER)
    try:
        fails()
    except ValueError:
        library.exception("failed for %s", NAME)
    lines = written.lines()
    assert {line["logger"] for line in lines} == {"some.library"}
    assert lines[-1]["exception"][0]["type"] == "ValueError"
    assert "test_logs.py" in lines[0]["place"]


async def test_a_task_that_nobody_waited_for(capsys: Capsys) -> None:
    written = Written(capsys)

    async def broken() -> None:
        fails()

    asyncio.get_running_loop().create_task(broken(), name="task")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gc.collect()
    assert any(line.get("logger") == "asyncio" and line["exception"][0]["type"] == "ValueError" for line in written.lines())


@pytest.mark.filterwarnings("always")
def test_warnings_threads_finalizers_and_what_ends_a_process(capsys: Capsys) -> None:
    written = Written(capsys)
    warnings.warn(WORDS, UserWarning, stacklevel=1)
    thread = threading.Thread(target=fails)
    thread.start()
    thread.join()

    class Finalized:
        def __del__(self) -> None:
            fails()

    Finalized()
    gc.collect()
    try:
        fails()
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    assert [line["event"] for line in written.lines()] == [
        "python warns",
        "nobody caught this in a thread",
        "nobody could be told of this",
        "nobody caught this",
    ]


@pytest.mark.parametrize("field", ["caller", "text", "body", "cookie", "display_name", "whatever_comes_next", "code", "call_id"])
@pytest.mark.parametrize("value", [NAME + "!", WORDS + "?", NUMBER, (NUMBER,), {NUMBER: 1}])
def test_a_field_is_printed_only_when_its_name_is_on_the_list_and_its_value_looks_like_it(
    capsys: Capsys, field: str, value: object
) -> None:
    written = Written(capsys)
    written.log.info("leg ended", **{field: value})
    line = written.line()
    assert (line[field], line["hidden_fields"]) == ("(personal)", [field])


@pytest.mark.parametrize("number", [NUMBER, "020 7946 0180", "4111 1111 1111 1111", "(212) 555-01234", "0207 946"])
def test_a_number_inside_a_sentence_is_hidden(number: str) -> None:
    line = hide_personal_data(None, "info", {"event": f"call from {number} refused"})
    assert number not in line["event"]


@pytest.mark.parametrize("harmless", ["call_0193f3c2a7", "port 5060", "127.0.0.1:5060", "2026-11-22T00:46:30"])
def test_ids_addresses_and_times_stay_readable(harmless: str) -> None:
    assert hide_personal_data(None, "info", {"event": f"see {harmless}"})["event"] == f"see {harmless}"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("call_id", "call_0193f3c2a7"),
        ("call_id", "call_0193f3c2a71234567"),  # one id in thirty ends so
        ("owner", "standby_0193f3c2a71234567@vm"),
        ("stream", "pb:cmd:node:node_01"),
        ("path", "/api/v1/calls/{call_id}"),
        ("languages", ["en", "zh"]),
        ("place", "/x/y_z.py:12 some_function"),
        ("seq", 12345678901),
        ("entry_id", "1764471430000-0"),
    ],
)
def test_what_a_log_is_read_by_stays(field: str, value: object) -> None:
    assert hide_personal_data(None, "info", {field: value}) == {field: value}


def test_a_line_is_json_with_its_process_and_ids(capsys: Capsys) -> None:
    written = Written(capsys)
    written.log.info("leg ended", call_id="call_1", display_name="Dana")
    line = written.line()
    assert (line["process"], line["call_id"], line["display_name"], line["level"]) == ("control", "call_1", "(personal)", "info")


def log_calls() -> Iterator[tuple[str, ast.Call]]:
    root = Path(logs.__file__).parents[1]
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                    continue
                owner, verb = ast.unparse(node.func.value), node.func.attr
                if verb in {"debug", "info", "warning", "error", "exception", "critical", "log"} and owner.endswith("log"):
                    yield f"{path.relative_to(root)}:{node.lineno}", node


def test_every_line_of_ours_begins_with_constant_words() -> None:
    def words(node: ast.Call) -> ast.expr:
        return node.args[1] if isinstance(node.func, ast.Attribute) and node.func.attr == "log" else node.args[0]

    assert [where for where, node in log_calls() if not isinstance(words(node), ast.Constant)] == []


def test_every_field_of_ours_is_on_the_list() -> None:
    """A new field needs a decision: an id, a code or a count goes to `PLAIN`; what a person said or is goes nowhere."""
    unknown = {
        (where, keyword.arg)
        for where, node in log_calls()
        for keyword in node.keywords
        if keyword.arg is not None and keyword.arg not in logs.PLAIN | logs.SENTENCES | {"exc_info"}
        if not keyword.arg.endswith("_id")
    }
    assert unknown == set()


def test_no_error_is_made_a_text_before_it_comes_here() -> None:
    """`error=error`, not `error=str(error)`: only here it is known which texts may be told."""
    assert [
        where for where, node in log_calls() if any("str(error)" in ast.unparse(keyword.value) for keyword in node.keywords)
    ] == []
