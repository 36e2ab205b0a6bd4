"""What one machine runs, and how."""

from __future__ import annotations

from pathlib import Path

from server.config import Acd, Config, Storage, load_config
from server.roles.role import roles_of
from server.supervision.memory import available_memory_mb
from server.supervision.plan import STANDBY_NEEDS_MB, plans, plans_of, redis_plan


def test_each_start_of_a_node_and_a_recognizer_has_a_new_name() -> None:
    node, recognizer, acd, control = plans(Config(), {})
    assert (node.name, recognizer.name, acd.name, control.name) == ("node", "recognizer", "acd", "control")
    first, second = node.start(), node.start()
    assert first.node_id is not None
    assert first.node_id in first.command
    assert first.node_id != second.node_id
    assert recognizer.start().command != recognizer.start().command
    assert control.start().node_id is None


def test_children_read_the_same_file(tmp_path: Path) -> None:
    file = tmp_path / "sip.conf"
    file.write_text("[web]\nport = 81")
    for plan in plans(load_config(file, {}), {}):
        assert plan.start().command[-2:] == ("--config", str(file))


def test_the_control_server_says_where_it_is_found_until_people_have_read_it() -> None:
    unread = True
    control = plans(Config(), {}, welcoming=lambda: unread)[-1]
    assert "--welcome" in control.start().command
    unread = False
    assert "--welcome" not in control.start().command


def test_compiled_code_is_kept_so_that_a_restart_is_quick() -> None:
    environment = plans(Config(), {"PYTHONDONTWRITEBYTECODE": "1", "XDG_CACHE_HOME": "/c"})[-1].start().environment
    assert "PYTHONDONTWRITEBYTECODE" not in environment
    assert environment["PYTHONPYCACHEPREFIX"] == "/c/patchbay/python"


def test_the_private_redis_writes_down_every_change_and_listens_to_nobody_else(tmp_path: Path) -> None:
    config = Config(storage=Storage(data_dir=tmp_path))
    command = redis_plan(config, {}).start().command
    pairs = dict(zip(command[1::2], command[2::2], strict=True))
    assert pairs["--port"] == "0"
    assert pairs["--unixsocket"] == str(config.redis_socket)
    assert pairs["--appendonly"] == "yes"
    assert pairs["--maxmemory-policy"] == "noeviction"


def names(config: Config, available_mb: int | None = None) -> list[str]:
    return [plan.name for plan in plans(config, {}, available_mb)]


def test_stand_bys_are_started_as_configured_where_memory_allows() -> None:
    assert names(Config(acd=Acd(standby=0))) == ["node", "recognizer", "control"]
    assert names(Config(acd=Acd(standby=2)), available_mb=8000).count("acd") == 2
    assert names(Config(acd=Acd(standby=2)), available_mb=2 * STANDBY_NEEDS_MB - 1).count("acd") == 1
    assert "acd" not in names(Config(), available_mb=100)


def test_a_machine_with_some_roles_has_a_process_for_the_node_one_for_the_recognizer_and_one_for_the_rest() -> None:
    environment = {"PATCHBAY_SEAL_KEY": "key"}
    node, recognizer, rest = plans_of(Config(), environment, roles_of("queues,node,worker,asr"))
    assert (node.name, recognizer.name, rest.name) == ("node", "recognizer", "worker-queues")
    assert rest.start().command[-3:] == ("serve", "--roles", "worker,queues")
    assert "PATCHBAY_SEAL_KEY" in rest.start().environment
    assert "PATCHBAY_SEAL_KEY" not in node.start().environment
    assert [plan.name for plan in plans_of(Config(), {}, roles_of("node"))] == ["node"]


def test_available_memory_is_read_from_the_system(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:       24683412 kB\nMemFree:         1234 kB\nMemAvailable:   2097152 kB\n")
    assert available_memory_mb(meminfo) == 2048
    assert available_memory_mb(tmp_path / "none") is None
