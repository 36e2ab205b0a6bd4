"""Flows and numbers from the command line, on an installation that does not run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from server.cli.app import app

TEXT = """\
flow: flow_shop
name: Shop
start: bye
steps:
  bye: {verb: hang_up, say: Good-bye.}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATCHBAY_STORAGE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PATCHBAY_STORAGE_REDIS_URL", f"unix://{tmp_path / 'nobody.sock'}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def patchbay(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def flow_file(folder: Path, text: str = TEXT) -> str:
    path = folder / "shop.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def said(*words: str) -> str:
    result = patchbay(*words)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_flow_is_published_compared_and_rolled_back_and_a_number_leads_to_it(folder: Path) -> None:
    assert "published as version 1" in said("flow", "publish", flow_file(folder), "--comment", "The first")
    assert "nothing differs from version 1" in said("flow", "publish", flow_file(folder))
    said("flow", "publish", flow_file(folder, TEXT.replace("Good-bye", "See you")))
    assert "+  bye: {verb: hang_up, say: See you.}" in said("flow", "diff", "flow_shop", "1", "2")
    assert "as version 3" in said("flow", "rollback", "flow_shop", "1")
    assert said("flow", "show", "flow_shop") == TEXT
    versions = [line.split("\t") for line in said("flow", "versions", "flow_shop").splitlines()[1:]]
    assert [(line[0], line[3]) for line in versions] == [("3", "Back to version 1"), ("2", ""), ("1", "The first")]
    said("number", "add", "020 7946 0001", "--flow", "flow_shop", "--label", "Shop")
    assert re.search(r"\+442079460001\tany\tflow_shop\ten\tShop", said("number", "list"))
    said("number", "set", "+442079460001", "--label", "Orders")
    assert "Orders" in said("number", "list")
    said("number", "remove", "02079460001")
    assert "+44" not in said("number", "list")


def test_mistakes_end_the_command_with_their_places(folder: Path) -> None:
    refused = patchbay("flow", "publish", flow_file(folder, TEXT.replace("bye: {verb: hang_up", "bye: {verb: hang_upp")))
    assert refused.exit_code == 2
    assert re.search(r"shop\.yaml:5:15: there is no verb “hang_upp”; did you mean “hang_up”\?", refused.output)
    number = patchbay("number", "add", "1*1", "--flow", "flow_nowhere", "--trunk", "acme")
    assert number.exit_code == 2
    assert [line.split(":")[0] for line in number.output.splitlines()] == ["number", "trunk", "flow"]


def test_who_publishes_on_an_older_version_than_is_live_is_told(folder: Path) -> None:
    said("flow", "publish", flow_file(folder))
    late = patchbay("flow", "publish", flow_file(folder, TEXT + "# more\n"), "--expect", "0")
    assert late.exit_code == 1
    assert "Nothing was published" in late.output


def test_a_draft_is_kept_shown_and_discarded(folder: Path) -> None:
    said("flow", "publish", flow_file(folder))
    said("flow", "draft", "flow_shop", "--save", flow_file(folder, "steps: ["))
    (line,) = said("flow", "draft", "flow_shop").splitlines()[1:]
    author = line.split("\t")[0]
    assert said("flow", "draft", "flow_shop", "--of", author) == "steps: ["
    said("flow", "draft", "flow_shop", "--discard")
    assert said("flow", "draft", "flow_shop").splitlines()[1:] == []
