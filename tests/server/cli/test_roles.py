"""What `patchbay serve` is told to be, where it cannot be that."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from server.cli.app import app


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--roles", "worker,weather"), "There is no role “weather”."),
        (("--roles", ","), "Name at least one role"),
        (("--roles", "desk", "--only", "api"), "Say --roles or --only, not both."),
    ],
)
def test_what_cannot_be_run_is_refused_in_a_sentence(words: tuple[str, ...], said: str) -> None:
    done = CliRunner().invoke(app, ["serve", *words], env={"COLUMNS": "200"})
    assert done.exit_code == 2
    assert said in done.output
