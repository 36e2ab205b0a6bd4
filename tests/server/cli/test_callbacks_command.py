"""`patchbay callbacks` on an installation without promises, and with one whose ACD is away."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.ids import AgentId, CallId, CustomerId, QueueId, WorkId
from server.cli import callbacks
from server.cli.callbacks import app
from server.promises import Owed
from tests.peers.current_database import new_sqlite

runner = CliRunner()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATCHBAY_STORAGE_DATA_DIR", str(tmp_path))
    new_sqlite(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_nothing_is_owed() -> None:
    assert runner.invoke(app, ["list"]).stdout == "call\twork\tqueue\tdue\tpromised by\n"
    told = runner.invoke(app, ["withdraw", "call_1"])
    assert told.exit_code == 2
    assert "No callback is owed to" in told.output


def test_a_callback_is_known_by_its_call_and_by_its_work() -> None:
    asked = Owed(
        call_id=CallId("call_1"), customer_id=CustomerId("cust_1"), queue_id=QueueId("q"), due_at=0.0, agent_id=None,
        work_id=WorkId("work_1"),
    )  # fmt: skip
    assert callbacks.works_of([asked]) == {"call_1": "work_1", "work_1": "work_1"}
    promised = Owed(
        call_id=CallId("call_2"), customer_id=CustomerId("cust_1"), queue_id=QueueId("q"), due_at=0.0,
        agent_id=AgentId("agent_mei"), work_id=WorkId("work_2"),
    )  # fmt: skip
    assert "work_2" not in callbacks.works_of([promised])
