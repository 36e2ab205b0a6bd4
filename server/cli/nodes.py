"""Commands on media nodes: list them, drain one, take it into use again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeVar

import typer
from rich.table import Table

from core.ids import NodeId
from core.ports import Unavailable
from server.cli import run
from server.cli.common import BAD_INPUT, ConfigFile, configuration, console, fail, show, working
from server.clock import clock_of
from server.config import Config
from server.fleet import Fleet
from server.logs import configure_logs
from server.nodes import Drains, NodeStatus, Silent, named, node_states
from server.storage.redis_bus import RedisBus
from server.storage.redis_state import RedisStateStore

HEARTBEATS_WITHIN_S = 2.5
LOOK_EVERY_S = 0.25
T = TypeVar("T")
Node = Annotated[str, typer.Argument(help="Name or id of the media node, as `patchbay node list` shows it.", metavar="NODE")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait until its last call has ended and it can be stopped.")]
Timeout = Annotated[float, typer.Option(min=0.0, help="With --wait: give up after so many seconds; 0: never.")]


@run.nodes.command("list")
def listed(config_file: ConfigFile = None) -> None:
    """List the media nodes and what they carry."""
    table = Table("name", "id", "region", "state", "legs", "in calls", "at most")
    for node in _do(_nodes(_configuration(config_file))):
        numbers = (node.legs, node.in_calls, node.max_legs) if node.node_id else ("", "", "")
        table.add_row(node.name, node.node_id or "", node.region, node.state, *map(str, numbers))
    show(table)


@run.nodes.command("drain")
def drain(node: Node, wait: Wait = False, timeout: Timeout = 0.0, config_file: ConfigFile = None) -> None:
    """Take a media node out of use without ending a call: it gets no new calls, desks move to other nodes, calls end in their own
    time. It stays so when it is restarted, until `patchbay node resume`.
    """
    config = _configuration(config_file)
    meant = _told(config, node, draining=True)
    if not wait:
        console.print("draining")
        return
    ids = [each.node_id for each in meant if each.node_id is not None]
    with working("waiting") as tell:
        left = _do(_until_drained(config, ids, timeout, tell))
    if left:
        fail("; ".join(left))
    console.print("drained")


@run.nodes.command("resume")
def resume(node: Node, config_file: ConfigFile = None) -> None:
    """Let a drained media node take calls again."""
    _told(_configuration(config_file), node, draining=False)
    console.print("takes calls again")


def _configuration(config_file: Any) -> Config:
    configure_logs("command", "warning")  # what a command has to say it says itself
    return configuration(config_file)


def _told(config: Config, given: str, *, draining: bool) -> Sequence[NodeStatus]:
    meant = named(_do(_nodes(config)), given)
    if not meant:
        fail(f"There is no media node “{given}”; `patchbay node list` shows them.", BAD_INPUT)
    try:
        _do(_tell(config, meant, draining))
    except Silent as error:
        fail(f"The media node does not answer: {error}")
    return meant


async def _tell(config: Config, nodes: Sequence[NodeStatus], draining: bool) -> None:
    async with _redis(config) as (bus, store):
        await Drains(bus, store).set(nodes, draining)


async def _nodes(config: Config) -> list[NodeStatus]:
    """Who is heard within two heartbeats, and who was drained and stopped."""
    async with _redis(config) as (bus, store):
        drained = await Drains(bus, store).names()
        async with _heard(bus) as fleet:
            await asyncio.sleep(HEARTBEATS_WITHIN_S)
            return node_states(fleet.nodes.values(), drained)


async def _until_drained(config: Config, ids: Collection[NodeId], limit_s: float, tell: Callable[[str], None]) -> list[str]:
    """Why not, in sentences; none: all of them are drained. One that has ended has nothing left either."""
    left: list[NodeStatus] = []
    try:
        async with _redis(config) as (bus, _), _heard(bus) as fleet, asyncio.timeout(limit_s or None):
            await asyncio.sleep(HEARTBEATS_WITHIN_S)
            while True:
                silent = fleet.silent_nodes(time.monotonic())
                here = [node for node in node_states(fleet.nodes.values(), ()) if node.node_id in ids]
                left = [node for node in here if node.state != "drained" and node.node_id not in silent]
                if not left:
                    return []
                tell(f"{sum(node.in_calls for node in left)} legs in calls")
                await asyncio.sleep(LOOK_EVERY_S)
    except TimeoutError:
        return [f"{node.name} still has {node.in_calls} legs in calls" for node in left]


@asynccontextmanager
async def _heard(bus: RedisBus) -> AsyncIterator[Fleet]:
    """Grows with what is heard from now on."""
    fleet = Fleet()

    async def listen() -> None:
        async for _, event in bus.events("$"):
            fleet.handle(event, time.monotonic())

    listening = asyncio.create_task(listen(), name="listens")
    try:
        yield fleet
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


@asynccontextmanager
async def _redis(config: Config) -> AsyncIterator[tuple[RedisBus, RedisStateStore]]:
    bus = RedisBus(config.redis_url, clock_of(config.data_dir), config.storage.redis_prefix)
    store = RedisStateStore(config.redis_url, config.storage.redis_prefix)
    try:
        yield bus, store
    finally:
        await bus.close()
        await store.close()


def _do(work: Coroutine[None, None, T]) -> T:
    try:
        return asyncio.run(work)
    except Unavailable as error:
        fail(str(error))
