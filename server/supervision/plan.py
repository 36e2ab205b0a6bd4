"""Which processes one machine runs, and how each is started. Pure.

Ids of nodes and recognizers are new for each start, so that nobody takes a new process for the old one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

import msgspec

from asr.environment import worker_environment
from asr.model_files import cache_root
from core.ids import NodeId, new_id
from server.config import Config
from server.roles.role import CONTROL, Role, in_order
from server.seal_key import without_seal_key

STANDBY_NEEDS_MB = 300
"""Memory that must be available for each stand-by: four times what it takes when idle, so that it never hurts calls."""


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """One start of one process."""

    command: tuple[str, ...]
    environment: dict[str, str]
    node_id: NodeId | None = None
    """Of a media node: what everybody must be told when it dies."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    """As the board shows it: «redis», «node», «recognizer», «acd», «control»; else the roles of the process."""
    start: Callable[[], Start]


def plans(
    config: Config,
    environment: Mapping[str, str],
    available_mb: int | None = None,
    welcoming: Callable[[], bool] = lambda: False,
) -> list[Plan]:
    """The children besides Redis, in the order of starting; they are stopped the other way round.

    The stand-bys come before the control server: so one of them leads the queues, and restarts of the server change no leader.
    `welcoming`: whether the control server is to say where it is found, once calls can be taken.
    """
    keyed = with_compiled_code(environment)
    base = without_seal_key(keyed)
    standbys = range(affordable_standbys(config, available_mb))
    return [
        Plan(name="node", start=lambda: _node(config, base)),
        Plan(name="recognizer", start=lambda: _recognizer(config, base)),
        *(Plan(name="acd", start=lambda: Start(command=patchbay(config, "acd"), environment=base)) for _ in standbys),
        Plan(name="control", start=lambda: Start(command=_control(config, welcome=welcoming()), environment=keyed)),
    ]


def plans_of(config: Config, environment: Mapping[str, str], roles: frozenset[Role]) -> list[Plan]:
    """Of a machine that has some roles: a node and a recognizer are processes of their own, the rest is one."""
    keyed = with_compiled_code(environment)
    base = without_seal_key(keyed)
    made: list[Plan] = []
    if Role.NODE in roles:
        made.append(Plan(name="node", start=lambda: _node(config, base)))
    if Role.ASR in roles:
        made.append(Plan(name="recognizer", start=lambda: _recognizer(config, base)))
    if rest := roles & CONTROL:
        words, name = ",".join(in_order(rest)), "-".join(in_order(rest))
        made.append(Plan(name=name, start=lambda: Start(command=patchbay(config, "serve", "--roles", words), environment=keyed)))
    return made


def affordable_standbys(config: Config, available_mb: int | None) -> int:
    """As many as are wanted and fit into the available memory; None: it is not known, and all are started."""
    return config.acd.standby if available_mb is None else min(config.acd.standby, available_mb // STANDBY_NEEDS_MB)


def with_compiled_code(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` in which Python keeps what it has compiled, in the cache folder: a process that must come back quickly
    shall not compile its libraries again (half of the control server's start).
    """
    kept = {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {"PYTHONPYCACHEPREFIX": str(cache_root(environment) / "python"), **kept}


def _node(config: Config, environment: dict[str, str]) -> Start:
    node_id = NodeId(new_id("node"))
    return Start(command=patchbay(config, "node", "--id", node_id), environment=environment, node_id=node_id)


def _recognizer(config: Config, environment: dict[str, str]) -> Start:
    kept = worker_environment(environment) if config.speech.jemalloc else environment
    return Start(command=patchbay(config, "asr", "--id", new_id("asr")), environment=kept)


def _control(config: Config, *, welcome: bool) -> tuple[str, ...]:
    return patchbay(config, "serve", "--only", "api", *(("--welcome",) if welcome else ()))


def patchbay(config: Config, *words: str) -> tuple[str, ...]:
    """The `patchbay` command in this interpreter, with this configuration."""
    given = ("--config", str(config.source)) if config.source else ()
    return (sys.executable, "-m", "server.cli", *words, *given)


def redis_plan(config: Config, environment: Mapping[str, str]) -> Plan:
    """A private redis-server: a socket in the data directory, every change in its append-only file, one sync per second."""
    folder = config.data_dir / "redis"
    options = {
        "port": "0",
        "unixsocket": str(config.redis_socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory": f"{config.storage.redis_memory_mb}mb",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        "daemonize": "no",
    }
    command = ("redis-server", *(word for key, value in options.items() for word in (f"--{key}", value)))
    return Plan(name="redis", start=lambda: Start(command=command, environment=without_seal_key(environment)))
