"""The people's service for a command that runs and ends: with the running Patchbay, or with the database alone.

While Patchbay is not running nobody is signed in to it: a server that starts ends by itself every sign-in that no longer fits its
account (`Accounts.end_outdated`), and puts in force what stands in the database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple

from core.commands import Answer, AnyCommand
from core.events import AnyEvent
from core.ids import UserId
from core.ports import Clock, Unavailable
from server.accounts import Accounts
from server.addresses import invited_to
from server.business.needs import FlowNeeds
from server.business.service import Configuration
from server.clock import clock_of
from server.config import Config
from server.people.service import People
from server.storage.redis_bus import RedisBus
from server.storage.redis_sessions import Kept, RedisSessions
from server.storage.sql.audit_log import SqlAuditLog
from server.storage.sql.configuration import SqlConfiguration
from server.storage.sql.database import Database
from server.storage.sql.flows import SqlFlows
from server.storage.sql.invitations import SqlInvitations
from server.storage.sql.migrate import upgrade
from server.storage.sql.second_steps import SqlSecondSteps
from server.storage.sql.users import SqlUsers


class NobodySignedIn:
    """Sessions where Patchbay does not run."""

    async def begin(self, user_id: UserId, value: bytes, displaced: str) -> tuple[str, list[bytes]]:
        raise Unavailable("Patchbay does not run")

    async def find(self, token: str) -> bytes | None:
        return None

    async def ends_at(self, token: str) -> float | None:
        return None

    async def end(self, token: str, why: str) -> None: ...

    async def end_all(self, user_id: UserId, why: str) -> list[bytes]:
        return []

    async def why_over(self, token: str) -> str | None:
        return None

    async def people(self) -> list[UserId]:
        return []

    async def of(self, user_id: UserId) -> list[bytes]:
        return []

    async def listed(self, user_id: UserId) -> list[Kept]:
        return []

    async def end_kept(self, kept: Kept, why: str) -> None: ...

    async def replace(self, kept: Kept, value: bytes) -> None: ...


class NobodyListens:
    """The bus where Patchbay does not run."""

    async def publish(self, event: AnyEvent) -> None: ...

    async def send(self, addressee: str, command: AnyCommand, timeout_s: float = 5.0) -> Answer:
        raise Unavailable("Patchbay does not run")


class Opened(NamedTuple):
    people: People
    accounts: Accounts
    users: SqlUsers
    invitations: SqlInvitations
    second_steps: SqlSecondSteps
    configuration: Configuration
    database: Database
    running: bool
    """Whether Patchbay's Redis answers."""


@asynccontextmanager
async def open_people(config: Config) -> AsyncIterator[Opened]:
    """Raises `Unavailable` when the database is away."""
    await upgrade(config.database_url)
    clock = clock_of(config.data_dir)
    async with AsyncExitStack() as stack:
        database = Database(config.database_url)
        stack.push_async_callback(database.close)
        redis_bus = RedisBus(config.redis_url, clock, config.storage.redis_prefix)
        stack.push_async_callback(redis_bus.close)
        running = await _answers(redis_bus)
        redis_sessions = RedisSessions(
            config.redis_url,
            config.storage.redis_prefix,
            clock,
            idle_s=config.web.session_hours * 3600,
            longest_s=config.web.session_longest_hours * 3600,
            per_user=config.limits.sessions_per_user,
        )
        stack.push_async_callback(redis_sessions.close)
        sessions, bus = (redis_sessions, redis_bus) if running else (NobodySignedIn(), NobodyListens())
        users, invitations = SqlUsers(database), SqlInvitations(database)
        accounts = Accounts(users, sessions, bus, SqlAuditLog(database), clock, demo=config.general.demo)
        configuration = Configuration(SqlConfiguration(database), bus, clock, FlowNeeds(SqlFlows(database)))
        people = people_of(config, database, accounts, configuration, clock)
        yield Opened(people, accounts, users, invitations, SqlSecondSteps(database), configuration, database, running)


def people_of(config: Config, database: Database, accounts: Accounts, configuration: Configuration, clock: Clock) -> People:
    return People(
        SqlUsers(database),
        SqlInvitations(database),
        accounts,
        configuration,
        clock,
        demo=config.general.demo,
        shortest_password=config.web.shortest_password,
        invitation_s=config.web.invitation_hours * 3600,
        address=invited_to(config),
    )


async def _answers(bus: RedisBus) -> bool:
    try:
        await bus.ping()
    except Unavailable:
        return False
    return True
