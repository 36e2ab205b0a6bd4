"""Flows and numbers for commands: the same services that the API works with, over the database, whether a server runs or not."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from core.ports import Clock, Unavailable
from server.business.flows import Flows, Surrounded
from server.business.numbers import Numbers
from server.cli.common import fail
from server.clock import clock_of
from server.config import Config
from server.storage.redis_bus import RedisBus
from server.storage.sql.audit_log import AuditEntry, SqlAuditLog
from server.storage.sql.configuration import Author, SqlConfiguration
from server.storage.sql.database import Database
from server.storage.sql.flow_source import SqlFlowSource
from server.storage.sql.flows import SqlFlows
from server.storage.sql.migrate import upgrade
from server.storage.sql.number_plan import SqlNumberPlan
from server.storage.sql.unassigned import SqlUnassignedCalls
from server.surroundings import look_around

SOURCE = "command line"
T = TypeVar("T")


class Business(NamedTuple):
    flows: Flows
    numbers: Numbers
    unassigned: SqlUnassignedCalls
    audit: SqlAuditLog
    clock: Clock
    zone: ZoneInfo

    async def note(self, action: str, subject: str, **details: Any) -> None:
        """Into the audit log."""
        now = self.clock.now()
        told = {"author": author().name, **details}
        await self.audit.record(AuditEntry(at=now, user_id=None, action=action, subject=subject, details=told, source=SOURCE))

    def when(self, at: float) -> str:
        return f"{datetime.fromtimestamp(at, self.zone):%Y-%m-%d %H:%M}"


@asynccontextmanager
async def opened(config: Config) -> AsyncIterator[Business]:
    await upgrade(config.database_url)
    database, clock = Database(config.database_url), clock_of(config.data_dir)
    bus = RedisBus(config.redis_url, clock, config.storage.redis_prefix)
    trunks = {trunk.name: trunk.country for trunk in config.trunks}
    flows, plan = SqlFlows(database), SqlNumberPlan(database, config.general.country, trunks)
    kept = config.storage
    try:
        yield Business(
            flows=Flows(flows, SqlConfiguration(database), Surrounded(partial(look_around, config)), bus, clock),
            numbers=Numbers(plan, flows, SqlFlowSource(database), trunks),
            unassigned=SqlUnassignedCalls(database, days=kept.unassigned_calls_days, kept=kept.unassigned_calls),
            audit=SqlAuditLog(database),
            clock=clock,
            zone=ZoneInfo(config.general.time_zone),
        )
    finally:
        await bus.close()
        await database.close()


def run(work: Coroutine[None, None, T]) -> T:
    try:
        return asyncio.run(work)
    except Unavailable as error:
        fail(str(error))


def user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "somebody"


def author() -> Author:
    return Author(name=f"{user_name()} ({SOURCE})")


def author_id() -> str:
    """Whose draft it is."""
    return f"cli:{user_name()}"[:64]
