"""`patchbay import` as people call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from server.cli.app import app

runner = CliRunner(env={"COLUMNS": "200", "TZ": "UTC"})
OMAR = {"type": "customer", "id": "1", "name": "Omar Haddad", "phones": ["1000"]}
FAX = {"type": "fax", "id": "2"}


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATCHBAY_STORAGE_DATA_DIR", str(tmp_path / "data"))
    file = tmp_path / "history.jsonl"
    lines = [OMAR, *([FAX] * 30)]
    file.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-16")
    return file


def test_twenty_problems_are_shown_and_all_are_in_the_report(history: Path) -> None:
    report = history.with_name("problems.jsonl")
    result = runner.invoke(app, ["import", str(history), "--source", "shop", "--report", str(report)], catch_exceptions=False)
    assert result.exit_code == 1
    assert "line 1: «1000» is no telephone number" in result.output
    assert (result.output.count("Invalid value 'fax'"), "30 lines left out, 1 taken in part" in result.output) == (19, True)
    problems = [json.loads(line) for line in report.read_text().splitlines()]
    assert [problem["line"] for problem in problems] == list(range(1, 32))
    assert problems[0] == {
        "line": 1, "severity": "warning", "type": "customer", "id": "1",
        "code": "phone", "reason": "«1000» is no telephone number",
    }  # fmt: skip
    assert report.stat().st_mode & 0o077 == 0


def test_a_mistaken_source_or_encoding_is_said(history: Path) -> None:
    for option, words in (("--source=a b", "letters, digits"), ("--encoding=klingon", "no encoding named «klingon»")):
        result = runner.invoke(app, ["import", str(history), option], catch_exceptions=False)
        assert result.exit_code != 0
        assert words in " ".join(result.output.split())
