"""Commands that run a process. Each imports only its own process, which is why imports are inside."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from enum import StrEnum
from typing import Annotated

import typer

from core.ids import NodeId, WorkerId, new_id
from core.ports import Unavailable
from server.cli.common import ConfigFile, configuration, fail
from server.logs import configure_logs
from server.private_files import shut

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


Only = Annotated[Part | None, typer.Option("--only", help="Only this part; the others are started elsewhere.")]
Welcome = Annotated[bool, typer.Option("--welcome", hidden=True, help="Say where it is found once calls can be taken.")]


@app.command()
def serve(config_file: ConfigFile = None, only: Only = None, welcome: Welcome = False) -> None:
    """Run everything on this machine: Redis (unless configured), a media node, a recognizer, the control server."""
    config = configuration(config_file)
    shut(config.data_dir)
    try:
        if only is Part.API:
            from server.processes.control import run_control  # noqa: PLC0415

            configure_logs("control", config.general.log_level)
            _on_uvloop(run_control(config, sys.stdout if welcome else None))
        else:
            from server.processes.supervisor import run_supervisor  # noqa: PLC0415
            from server.supervision.supervisor import CannotStart  # noqa: PLC0415

            configure_logs("supervisor", config.general.log_level)
            try:
                asyncio.run(run_supervisor(config))  # not on uvloop, which knows no process groups
            except CannotStart as error:
                fail(str(error))
    except Unavailable as error:
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
    from server.processes.acd import run_acd  # noqa: PLC0415

    config = configuration(config_file)
    configure_logs("acd", config.general.log_level)
    _on_uvloop(run_acd(config))


def _on_uvloop(main: Coroutine[None, None, None]) -> None:
    import uvloop  # noqa: PLC0415

    uvloop.run(main)
