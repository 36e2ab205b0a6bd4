"""Commands that run a process. Each imports only its own process, which is why imports are inside."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Coroutine
from enum import StrEnum
from typing import Annotated, NoReturn

import typer

from core.ids import NodeId, WorkerId, new_id
from core.ports import Unavailable
from server.cli.common import BAD_INPUT, ConfigFile, configuration, fail
from server.config import Config
from server.logs import configure_logs
from server.private_files import shut
from server.roles.role import CONTROL, Role, UnknownRole, in_order, processes, roles_of

app = typer.Typer(
    name="patchbay",
    help="An open contact center: SIP and WebRTC, IVR, skills routing, live transcription, agent desk.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Id = Annotated[str | None, typer.Option("--id", help="Name on the bus; new for each start by default.")]


class Part(StrEnum):
    API = "api"


Only = Annotated[Part | None, typer.Option("--only", help="api: the same as --roles worker,desk,queues,installation.")]
Roles = Annotated[
    str | None,
    typer.Option("--roles", help="Only these of worker, desk, queues, installation, node, asr, with commas between; no Redis."),
]
Welcome = Annotated[bool, typer.Option("--welcome", hidden=True, help="Say where it is found once calls can be taken.")]


@app.command()
def serve(config_file: ConfigFile = None, roles: Roles = None, only: Only = None, welcome: Welcome = False) -> None:
    """Run everything on this machine: Redis (unless configured), media node, recognizer, control server; or only some roles."""
    config = configuration(config_file)
    wanted = _wanted(roles, only)
    shut(config.data_dir)
    try:
        if wanted is None or processes(wanted) > 1:
            _supervise(config, wanted)
        elif wanted & {Role.NODE, Role.ASR}:
            _become(config, wanted)
        elif wanted == {Role.QUEUES}:
            _run_acd(config)
        else:
            from server.processes.control import run_control  # noqa: PLC0415

            configure_logs("control" if wanted == CONTROL else "-".join(in_order(wanted)), config.general.log_level)
            _on_uvloop(run_control(config, sys.stdout if welcome else None, wanted))
    except Unavailable as error:
        fail(str(error))


def _wanted(roles: str | None, only: Part | None) -> frozenset[Role] | None:
    """None: everything, as for one machine."""
    if roles is None:
        return CONTROL if only is Part.API else None
    if only is not None:
        fail("Say --roles or --only, not both.", BAD_INPUT)
    try:
        return roles_of(roles)
    except UnknownRole as error:
        fail(str(error), BAD_INPUT)


def _become(config: Config, roles: frozenset[Role]) -> NoReturn:
    """The process that a supervisor would start, with its environment, in place of this one."""
    from server.supervision.plan import plans_of  # noqa: PLC0415

    start = plans_of(config, os.environ, roles)[0].start()
    os.execve(start.command[0], start.command, start.environment)


def _supervise(config: Config, roles: frozenset[Role] | None) -> None:
    from server.processes.supervisor import run_supervisor  # noqa: PLC0415
    from server.supervision.supervisor import CannotStart  # noqa: PLC0415

    configure_logs("supervisor", config.general.log_level)
    try:
        asyncio.run(run_supervisor(config, roles))  # not on uvloop, which knows no process groups
    except CannotStart as error:
        fail(str(error))


nodes = typer.Typer(help="Run one media node; or list them, drain one, take it into use again.", invoke_without_command=True)
app.add_typer(nodes, name="node")


@nodes.callback()
def node(context: typer.Context, config_file: ConfigFile = None, name: Id = None) -> None:
    """Run one media node; or list them, drain one, take it into use again."""
    if context.invoked_subcommand is not None:
        return
    from server.processes.node import run_node  # noqa: PLC0415
    from telephony.media_engine import EngineError  # noqa: PLC0415
    from telephony.node.node import EngineStalled  # noqa: PLC0415

    config = configuration(config_file)
    configure_logs("node", config.general.log_level)
    try:
        _on_uvloop(run_node(config, NodeId(name or new_id("node"))))
    except (EngineError, EngineStalled) as error:
        fail(f"The media node cannot go on: {error}")


@app.command()
def asr(config_file: ConfigFile = None, name: Id = None) -> None:
    """Run one recognizer."""
    from server.processes.asr import run_asr  # noqa: PLC0415

    config = configuration(config_file)
    configure_logs("asr", config.general.log_level)
    _on_uvloop(run_asr(config, WorkerId(name or new_id("asr"))))


@app.command()
def acd(config_file: ConfigFile = None) -> None:
    """Run a stand-by that takes over the queues when their leader dies."""
    _run_acd(configuration(config_file))


def _run_acd(config: Config) -> None:
    from server.processes.acd import run_acd  # noqa: PLC0415

    configure_logs("acd", config.general.log_level)
    _on_uvloop(run_acd(config))


def _on_uvloop(main: Coroutine[None, None, None]) -> None:
    import uvloop  # noqa: PLC0415

    uvloop.run(main)
