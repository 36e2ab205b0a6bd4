"""`patchbay simulate`, `staff` and `replay` as people and scripts call them."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from acd.simulation.erlang import Queue, steady_state
from core.causes import WorkEnd
from core.events import WorkEnded
from core.ids import QueueId, WorkId
from core.model import Channel, WorkRecord
from server.cli.plans import app
from server.storage.sql.acd_inputs import SqlAcdInputs
from server.storage.sql.acd_records import SqlAcdRecords
from server.storage.sql.database import Database
from server.storage.sql.migrate import upgrade
from tests.acd.simulation.recorded_installation import MORNING, recorded_day

runner = CliRunner(env={"COLUMNS": "200", "TZ": "UTC"})


def asked(*arguments: str) -> dict[str, Any]:
    result = runner.invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def refused(*arguments: str) -> str:
    result = runner.invoke(app, [*arguments], catch_exceptions=False)
    assert result.exit_code == 2
    return " ".join(result.output.split())


# ── simulate ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_simulate_prints_one_object_that_agrees_with_erlang_c() -> None:
    found = asked(
        "simulate",
        "--agents",
        "10",
        "--calls-per-hour",
        "120",
        "--talk",
        "240",
        "--hours",
        "200",
        "--seed",
        "1",
        "--precision",
        "0.015",
    )
    theory = steady_state(Queue(agents=10, calls_per_s=120 / 3600, handle_s=240.0), 20.0)
    assert found["probability_of_waiting"] == pytest.approx(theory.probability_of_waiting, rel=0.03)
    assert found["mean_wait_s"] == pytest.approx(theory.mean_wait_s, rel=0.03)
    assert found["service_level"] == pytest.approx(theory.service_level, rel=0.03)
    assert found["occupancy"] == pytest.approx(0.8, rel=0.01)
    assert found["abandonment"] == 0.0
    assert found["theory"]["model"] == "Erlang C"
    assert found["confidence_95"]["mean_wait_s"] < 0.02 * found["mean_wait_s"]
    assert found["hours"] >= 200.0


def test_simulate_with_patience_agrees_with_erlang_a() -> None:
    found = asked(
        "simulate", "--agents", "10", "--calls-per-hour", "150", "--patience", "180", "--wrap-up", "30", "--hours", "50"
    )
    theory = steady_state(Queue(agents=10, calls_per_s=150 / 3600, handle_s=270.0, patience_s=180.0), 20.0)
    assert found["abandonment"] == pytest.approx(theory.abandonment, rel=0.05)
    assert found["mean_wait_s"] == pytest.approx(theory.mean_wait_s, rel=0.05)
    assert found["theory"]["abandonment"] == theory.abandonment


def test_simulate_shows_a_table_to_people() -> None:
    result = runner.invoke(app, ["simulate", "--agents", "3", "--calls-per-hour", "20", "--hours", "10", "--precision", "0"])
    assert result.exit_code == 0
    for words in ("simulated", "Erlang C", "Probability of waiting", "Occupancy", "warm-up"):
        assert words in result.output


def test_a_line_that_grows_without_end_is_said_plainly() -> None:
    found = asked("simulate", "--agents", "8", "--calls-per-hour", "120", "--talk", "240")
    assert not found["stable"]
    assert "without end" in found["note"]
    assert (found["probability_of_waiting"], found["mean_wait_s"], found["occupancy"]) == (1.0, None, 1.0)
    text = runner.invoke(app, ["simulate", "--agents", "7", "--calls-per-hour", "120"]).output
    assert "grows without end" in " ".join(text.split())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "--agents 10 --calls-per-hour 120"),
        (("--agents", "0", "--calls-per-hour", "120"), "--agents is a number from 1 to 10000"),
        (("--agents", "5", "--calls-per-hour", "-3"), "--calls-per-hour must be a number above 0"),
        (("--agents", "5", "--calls-per-hour", "nan"), "--calls-per-hour must be a number above 0"),
        (("--agents", "5", "--calls-per-hour", "60", "--talk", "0"), "--talk must be a number above 0"),
        (("--agents", "5", "--calls-per-hour", "60", "--service-level", "80"), "--service-level is written 80/20"),
        (("--agents", "5", "--calls-per-hour", "60", "--service-level", "120/20"), "--service-level is written 80/20"),
        (("--agents", "5", "--calls-per-hour", "60", "--patience", "inf"), "--patience must be a number above 0"),
        (("--agents", "5", "--calls-per-hour", "60", "--hours", "9e6"), "too many for one run"),
        (("--agents", "many", "--calls-per-hour", "60"), "Invalid value for '--agents'"),
    ],
)
def test_bad_arguments_get_a_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    assert sentence in refused("simulate", *arguments)


# ── staff ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_staff_says_how_many_agents() -> None:
    found = asked("staff", "--calls-per-half-hour", "100", "--talk", "240", "--service-level", "80/20")
    assert found["agents"] == 17
    assert found["service_level"] >= 0.8
    fewer = asked("staff", "--calls-per-half-hour", "100", "--talk", "240", "--service-level", "80/20", "--patience", "180")
    assert fewer["agents"] < 17
    assert fewer["model"] == "Erlang A"


def test_staff_has_a_roster_and_a_limit_of_occupancy() -> None:
    found = asked("staff", "--calls-per-half-hour", "1000", "--occupancy-max", "0.7", "--shrinkage", "0.3")
    assert found["agents"] == 191
    assert found["rostered"] == 273
    shown = runner.invoke(app, ["staff", "--calls-per-half-hour", "100", "--shrinkage", "0.3"]).output
    assert "on the roster" in shown


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "--calls-per-half-hour 100"),
        (("--calls-per-half-hour", "100", "--occupancy-max", "85"), "such as 0.85"),
        (("--calls-per-half-hour", "100", "--shrinkage", "1"), "such as 0.3"),
        (("--calls-per-half-hour", "1e6"), "more than 100000 agents"),
    ],
)
def test_staff_refuses_with_a_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    assert sentence in refused("staff", *arguments)


def test_staff_reads_own_history(tmp_path: Path) -> None:
    """One Monday half-hour, in two weeks, with sixty calls of five minutes."""
    url = f"sqlite:///{tmp_path / 'patchbay.db'}"
    ten = datetime(2026, 11, 2, 10, tzinfo=UTC).timestamp()

    async def write() -> None:
        await upgrade(url)
        database = Database(url)
        await SqlAcdRecords(database).write(
            [served(number, ten + week * 7 * 86_400 + number * 20.0) for week in range(2) for number in range(60)]
        )
        await database.close()

    asyncio.run(write())
    config = tmp_path / "sip.conf"
    config.write_text(f"[general]\ntime_zone = UTC\n\n[storage]\ndatabase_url = {url}\n", encoding="utf-8")
    own = ("staff", "--from", "2026-11-01", "--to", "2026-11-15", "--config", str(config))
    found = asked(*own)
    assert found["calls_in_history"] == 120
    assert found["patience_s_in_history"] is None
    (row,) = found["half_hours"]
    assert (row["day"], row["time"], row["weeks"], row["calls"], row["handle_s"]) == ("Mon", "10:00", 2, 60.0, 300.0)
    assert row["agents"] == found["agents"] == asked("staff", "--calls-per-half-hour", "60", "--talk", "300")["agents"]
    assert "10:00" in runner.invoke(app, [*own]).output
    assert "needs --from and --to" in refused("staff", "--from", "2026-11-01", "--config", str(config))
    nothing = runner.invoke(app, ["staff", "--from", "2020-01-01", "--to", "2020-02-01", "--config", str(config)])
    assert nothing.exit_code == 1
    assert "No calls are recorded" in nothing.output


def served(number: int, at: float) -> WorkEnded:
    work_id = WorkId(f"work_{at}_{number}")
    record = WorkRecord(
        work_id=work_id,
        call_id=None,
        channel=Channel.CALL,
        queue_id=QueueId("billing"),
        enqueued_at=at,
        entered_at=at,
        answered_at=at + 5.0,
        connected_at=at + 5.0,
        talked_until=at + 305.0,
        ended_at=at + 305.0,
        waited_s=5.0,
        cause=WorkEnd.SERVED,
        service_level_s=20.0,
        short_abandon_s=5.0,
    )
    return WorkEnded(
        at=at + 305.0,
        work_id=work_id,
        call_id=None,
        queue_id=record.queue_id,
        agent_id=None,
        cause=WorkEnd.SERVED,
        waited_s=5.0,
        record=record,
    )


# ── replay ────────────────────────────────────────────────────────────────────────────────────────────────────────

RULES = """
skills:
  billing: Billing
queues:
  queue_sales: {name: Sales, max_wait_s: 600}
  queue_chat: {name: Chat}
  queue_vip: {name: VIP, strategy: ring_all, priority: 5, ring_timeout_s: 30, wrap_up_limit_s: 0}
  queue_billing:
    name: Billing
    requirements: {billing: 1}
    strategy: most_skilled
    ring_timeout_s: 15
    wrap_up_limit_s: 40
agents:
"""


def rules_file(folder: Path) -> Path:
    """As recorded, but billing asks for level 1 at once and never overflows."""
    lines = [RULES.strip("\n")]
    for number in range(12):
        skill = f", skills: {{billing: {1 + number % 5}}}" if number % 3 else ""
        lines.append(f"  agent_{number:02d}: {{name: Agent {number}{skill}}}")
    file = folder / "new.yaml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration whose database has three recorded hours."""
    folder = tmp_path_factory.mktemp("replay")
    engine = recorded_day(seed=3, hours=3.0)
    url = f"sqlite:///{folder / 'patchbay.db'}"

    async def write() -> None:
        await upgrade(url)
        database = Database(url)
        inputs = SqlAcdInputs(database)
        await inputs.append(engine.entries)
        for seq, at, state in engine.snapshots:
            await inputs.save_snapshot(seq, at, state)
        await database.close()

    asyncio.run(write())
    file = folder / "sip.conf"
    file.write_text(f"[general]\ntime_zone = UTC\n\n[storage]\ndatabase_url = {url}\n", encoding="utf-8")
    return file


def stretch(history: Path) -> tuple[str, ...]:
    """2026-05-28 20:26:40 UTC is `MORNING`."""
    assert MORNING == 1_780_000_000.0
    return ("replay", "--from", "2026-05-28T20:40", "--to", "2026-05-28T23:10", "--config", str(history))


def test_replay_without_new_rules_shows_no_difference(history: Path) -> None:
    found = asked(*stretch(history))
    assert found["recorded_inputs_that_no_longer_fit"] == 0
    assert found["inputs_that_did_not_fit_the_new_rules"] == {}
    assert found["total"]["recorded"]["arrived"] > 100
    for row in (*found["queues"], found["total"]):
        assert row["recorded"] == row["replayed"]
        assert set(row["difference"].values()) <= {0.0, None}


def test_replay_shows_what_other_rules_would_have_done(history: Path, tmp_path: Path) -> None:
    found = asked(*stretch(history), "--rules", str(rules_file(tmp_path)))
    billing = next(row for row in found["queues"] if row["queue_id"] == "queue_billing")
    assert billing["difference"]["mean_wait_s"] < 0.0
    assert billing["difference"]["service_level"] > 0.0
    shown = runner.invoke(app, [*stretch(history), "--rules", str(rules_file(tmp_path))])
    assert shown.exit_code == 0
    assert "Billing" in shown.output
    assert "→" in shown.output


def test_replay_says_what_is_wrong(history: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("queues:\n  queue_a: {name: A, ring_timeout_s: soon}\n", encoding="utf-8")
    assert "bad.yaml" in refused(*stretch(history), "--rules", str(bad))
    config = ("--config", str(history))
    assert "--to must be later" in refused("replay", "--from", "2026-05-28", "--to", "2026-05-28", *config)
    assert "not “yesterday”" in refused("replay", "--from", "yesterday", "--to", "2026-05-28", *config)
    nothing = runner.invoke(app, ["replay", "--from", "2020-01-01", "--to", "2020-01-02", *config])
    assert nothing.exit_code == 1
    assert "Nothing is recorded" in nothing.output


# ── simulate --rules ──────────────────────────────────────────────────────────────────────────────────────────────


def test_simulate_runs_a_whole_installation_on_the_real_engine(tmp_path: Path) -> None:
    installation = (
        "simulate",
        "--rules",
        str(rules_file(tmp_path)),
        "--patience",
        "200",
        "--hours",
        "1",
        "--runs",
        "4",
        "--ring",
        "5",
    )
    found = asked(*installation, "--queue-calls", "queue_sales=70", "--queue-calls", "queue_billing=40")
    queues = {queue["queue_id"]: queue for queue in found["queues"]}
    assert set(queues) == {"queue_sales", "queue_billing", "queue_vip", "queue_chat"}
    assert queues["queue_vip"]["arrived"] == 0
    assert queues["queue_sales"]["arrived"] == pytest.approx(70 * 4, rel=0.25)
    assert found["arrived"] == queues["queue_sales"]["arrived"] + queues["queue_billing"]["arrived"]
    assert 0.0 < found["occupancy"] < 1.0
    assert found["mean_wait_s"] > 3.0
    assert found["confidence_95"]["mean_wait_s"] > 0.0
    assert asked(*installation, "--queue-calls", "queue_sales=70", "--queue-calls", "queue_billing=40") == found
    shown = runner.invoke(app, [*installation, "--calls-per-hour", "60"]).output
    assert "Billing" in shown


def test_a_installation_is_refused_with_a_sentence(tmp_path: Path) -> None:
    installation = ("simulate", "--rules", str(rules_file(tmp_path)))
    assert "--calls-per-hour 120 for all queues" in refused(*installation)
    assert "there is no queue “complaints”" in refused(*installation, "--queue-calls", "complaints=3")
    assert "is written billing=60" in refused(*installation, "--queue-calls", "queue_vip=often")
    assert "too many for the engine" in refused(*installation, "--calls-per-hour", "1e6")
    assert "must be below 1" in refused(*installation, "--calls-per-hour", "60", "--decline", "0.6", "--no-answer", "0.5")


# ── what people type, and where it goes ───────────────────────────────────────────────────────────────────────────


def test_a_service_level_is_written_either_way() -> None:
    ways = [asked("staff", "--calls-per-half-hour", "100", "--service-level", text) for text in ("80/20", "0.8/20")]
    assert ways[0] == ways[1]


def test_every_mistake_is_told_at_once() -> None:
    told = refused("simulate", "--talk", "-1", "--patience", "0", "--service-level", "x", "--decline", "2", "--runs", "0")
    for name in ("--talk", "--patience", "--service-level", "--decline", "--runs", "Say how many serve"):
        assert name in told
    told = refused("staff", "--talk", "-1", "--shrinkage", "7", "--service-level", "80", "--calls-per-half-hour", "-5")
    assert all(name in told for name in ("--talk", "--shrinkage", "--service-level", "--calls-per-half-hour"))


TWO_AGENTS = """
queues: {queue_billing: {name: Billing}}
agents: {agent_mei: {name: Mei}, agent_jon: {name: Jon}}
"""


def test_an_installation_is_simulated_with_another_number_of_agents(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(TWO_AGENTS)
    some = ("simulate", "--rules", str(file), "--hours", "2", "--runs", "2", "--queue-calls")
    busy = [asked(*some, "billing=60", "--agents", str(agents)) for agents in (2, 10)]
    assert [found["agents"] for found in busy] == [2, 10]
    assert busy[0]["mean_wait_s"] > busy[1]["mean_wait_s"]
    assert asked(*some, "queue_billing=60") == asked(*some, "billing=60"), "an id is known with and without its prefix"


def test_a_table_in_a_pipe_is_plain_lines_with_tabs() -> None:
    told = runner.invoke(app, ["staff", "--calls-per-half-hour", "100"], env={"COLUMNS": "20"}).stdout
    header, *rows = told.splitlines()
    assert header.split("\t") == ["agents", "within 20 s", "waiting", "mean wait", "leaving", "occupancy"]
    assert all(len(row.split("\t")) == 6 for row in rows[:-1])
    assert not set("│┃─━\x1b…") & set(told)
