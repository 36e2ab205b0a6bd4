"""A group of commands is loaded alone where it is named, and is the same as among all of them."""

from __future__ import annotations

import sys

import pytest

from server.cli import GROUPS, PROCESSES, main
from server.cli.app import app


def test_every_group_is_one_that_is_loaded_alone() -> None:
    assert {group.name for group in app.registered_groups} - PROCESSES == GROUPS


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_it_tells_of_itself_what_it_tells_among_all(
    group: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["patchbay", group, "--help"])
    with pytest.raises(SystemExit):
        main()
    alone = capsys.readouterr().out
    with pytest.raises(SystemExit):
        app()
    assert alone == capsys.readouterr().out
    assert f" {group} " in alone
