"""What one machine runs, and how."""

from __future__ import annotations

from pathlib import Path

from server.config import Config, Storage, load_config
from server.supervision.plan import plans, redis_plan


def test_each_start_of_a_node_and_a_recognizer_has_a_new_name() -> None:
    node, recognizer, control = plans(Config(), {})
    assert (node.name, recognizer.name, control.name) == ("node", "recognizer", "control")
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


def test_compiled_code_is_kept_so_that_a_restart_is_quick() -> None:
    environment = plans(Config(), {"PYTHONDONTWRITEBYTECODE": "1", "XDG_CACHE_HOME": "/c"})[2].start().environment
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
