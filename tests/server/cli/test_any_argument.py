"""Whatever somebody types after `patchbay`: a clear line and exit status 2, or it is taken; never a traceback."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from server.cli import PROCESSES, main
from server.cli.app import app
from server.cli.arguments import LONGEST, wrong_with

COMMAND = (sys.executable, "-m", "server.cli")
REFUSED = ("a\nb", "a\x1b[31mb", "\udcff\udcfe", "x" * 10_000, "\u0085")
STRANGE = ("", "🙂", "--no-such-name", "-1")
RUNS_LONG = {"simulate", "staff", "replay"}
"""Tested for themselves; their numbers decide how long they run."""


def commands(group: Any, *words: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *words, name)
        elif not words and name in PROCESSES | RUNS_LONG:
            continue
        else:
            yield (*words, name), command


EVERY = dict(commands(typer.main.get_command(app)))


def with_value(words: tuple[str, ...], command: Any, wanted: Any, value: str) -> list[str]:
    """The command with `value` for one parameter, and something for the others that it needs."""
    given = list(words)
    for parameter in command.params:
        text = value if parameter is wanted else "x"
        if parameter.param_type_name == "argument":
            given += [text] if parameter is wanted or parameter.required else []
        elif parameter is wanted or parameter.required:
            given += [f"{parameter.opts[0]}={text}"]
    return given


def values_of(command: Any) -> list[Any]:
    return [each for each in command.params if not getattr(each, "is_flag", False) and each.name not in {"config_file", "help"}]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("installation")


class Said:
    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err


@pytest.fixture
def says(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setenv("PATCHBAY_STORAGE_DATA_DIR", str(folder / "data"))
    monkeypatch.setenv("PATCHBAY_STORAGE_REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.chdir(folder)

    def run(*words: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["patchbay", *words])
        monkeypatch.setattr(sys, "stdin", io.StringIO(""))
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return Said(int(ended.value.code or 0), told.out, told.err)

    return run


def test_the_commands_are_found() -> None:
    assert len(EVERY) > 30
    assert ("user", "add") in EVERY


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_what_can_be_used_nowhere_is_refused_in_one_line(words: tuple[str, ...], says: Any) -> None:
    for value in REFUSED:
        said = says(*words, value)
        assert (said.status, said.out, said.err.count("\n")) == (2, "", 1), (value[:20], said.err)
        assert value[:5] not in said.err, "the terminal is not to be played with"


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_strange_words_are_taken_or_told_never_an_error_of_the_program(words: tuple[str, ...], says: Any) -> None:
    for parameter in values_of(EVERY[words]):
        for value in STRANGE:
            said = says(*with_value(words, EVERY[words], parameter, value))
            assert "Traceback" not in said.err
            talks_to_redis = said.status == 1 and "Redis is away" in said.err
            assert said.status in {0, 2} or talks_to_redis, (parameter.name, value, said.err)
            assert said.status == 0 or said.err.strip()


@given(st.lists(st.text(st.characters(), max_size=40), max_size=4))
def test_only_text_that_can_be_shown_gets_through(arguments: list[str]) -> None:
    wrong = wrong_with(arguments)
    if not wrong:
        "".join(arguments).encode()
        assert all(each.isprintable() or not set(each) & set(map(chr, range(32))) for each in arguments)
    assert wrong.isprintable()
    assert all(each not in wrong for each in arguments if len(each) > 8)


def test_a_path_may_be_as_long_as_the_system_allows() -> None:
    assert wrong_with(["x" * LONGEST]) == ""
    assert "too long" in wrong_with(["fine", "x" * (LONGEST + 1)])


def shell(folder: Path, line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = " ".join(COMMAND)
    env = os.environ | {"PATCHBAY_STORAGE_DATA_DIR": str(folder / "data"), "PYTHONPATH": os.getcwd()} | environment
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; P='{command}'; {line}"],
        capture_output=True,
        text=True,
        env=env,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("$P schema live | true", 1),
        ("$P schema live >&-", 0),
        ("$P user list <&- >/dev/null", 0),
        ("$P schema live >/dev/full", 1),
    ],
)
def test_an_output_that_is_closed_or_full_is_no_error_of_the_program(folder: Path, line: str, status: int) -> None:
    done = shell(folder, line)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert done.returncode == status, done.stderr
    assert done.stderr.strip() == ("No space left on device" if "full" in line else "")


def test_a_terminal_without_our_letters_shows_what_it_can(folder: Path) -> None:
    done = shell(folder, '$P user role nobody agent; $P user add "张三" --username zhang3', PYTHONIOENCODING="ascii")
    assert "Traceback" not in done.stderr
    assert "There is nobody called \\u201cnobody\\u201d" in done.stderr
    assert "\\u5f20\\u4e09 is added and signs in as zhang3" in done.stdout
    assert done.stdout.startswith("\\u5f20"), "nothing but the answer: a log line stood before it"
