"""The configuration document in its versions. Versions are only ever added; the highest is in force.

Invariant: the document of the highest version is the one truth. `queues` and `agents` keep nothing but the names that histories
show, also of what is gone, and are written in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select, update

from core.ids import UserId, new_id
from core.model import Value
from server.business.document import Document, from_json, to_json
from server.storage.sql.database import Database
from server.storage.sql.schema import AgentRow, AuditRow, Base, ConfigurationVersionRow, FlowRow, QueueRow
from server.storage.sql.statements import insert_new, one_at_a_time, upsert


class Author(Value, frozen=True, kw_only=True):
    """Who changes it."""

    name: str
    user_id: UserId | None = None
    """None: not somebody who signed in (the command line, the demo, a migration)."""


class VersionInfo(Value, frozen=True, kw_only=True):
    """One version without its text."""

    version: int
    at: float
    author: Author
    comment: str = ""


class Version(VersionInfo, frozen=True, kw_only=True):
    document: Document


EMPTY = Version(version=0, at=0.0, author=Author(name=""), document=Document())
"""Before anybody has configured anything."""


ROUTING = "routing"
"""Whoever changes rules or flows does it alone: each is checked against the other (`one_at_a_time`)."""


class ConfigurationMoved(Exception):
    """The configuration that something was checked against is not in force any more."""


class FlowsMoved(Exception):
    """The published flows that a configuration was checked against are not those any more."""


Also = Callable[[Connection], object]


def nothing(_: Connection) -> None:
    """Nothing else is done."""


class VersionConflict(Exception):
    """Somebody else has changed the configuration since."""

    def __init__(self, current: int) -> None:
        self.current = current
        super().__init__(f"the configuration is at version {current} by now")


class SqlConfiguration:
    def __init__(self, database: Database) -> None:
        self._database = database
        self.unreadable: dict[int, Exception] = {}
        """Versions that were met and cannot be read: the one before is in force."""

    async def current(self) -> Version:
        """The newest that can be read; `EMPTY` when there is none."""
        return await self._database.read(self._current)

    async def newest(self) -> int:
        """Number of the version in force; 0 when there is none."""
        query = select(func.max(ConfigurationVersionRow.version))
        query = query.where(ConfigurationVersionRow.version.not_in(self.unreadable))
        return await self._database.read(lambda connection: connection.scalar(query)) or 0

    async def stamp(self) -> int:
        """Changes with every new version, also with one that cannot be read."""
        return await self._database.read(newest_version)

    async def version(self, version: int) -> Version | None:
        query = select(*ConfigurationVersionRow.__table__.c).where(ConfigurationVersionRow.version == version)
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else _version(row)

    async def versions(self, limit: int = 100, before: int | None = None) -> tuple[VersionInfo, ...]:
        """Newest first."""
        table = ConfigurationVersionRow
        query = select(table.version, table.at, table.user_id, table.author, table.comment).order_by(table.version.desc())
        if before is not None:
            query = query.where(table.version < before)
        rows = await self._database.read(lambda connection: connection.execute(query.limit(limit)).all())
        return tuple(VersionInfo(version=row.version, at=row.at, author=_author(row), comment=row.comment) for row in rows)

    async def append(
        self,
        document: Document,
        author: Author,
        now: float,
        comment: str = "",
        expected: int | None = None,
        *,
        checked_against: frozenset[tuple[str, int]] | None = None,
        also: Also = nothing,
    ) -> Version:
        """Makes `document` the next version, with its entry in the audit log; the same document again is no new version.

        `expected`: the version that the author has seen. `checked_against`: the published flows. Raises `VersionConflict` when
        another one is in force, `FlowsMoved`. `also` is done in the same transaction, after it.
        """

        def work(connection: Connection) -> Version:
            one_at_a_time(connection, ROUTING)
            if checked_against is not None and published_versions(connection) != checked_against:
                raise FlowsMoved
            current = self._current(connection)
            if expected is not None and expected != current.version:
                raise VersionConflict(current.version)
            if current.document == document:
                also(connection)
                return current
            last = max(current.version, *self.unreadable) if self.unreadable else current.version
            new = Version(version=last + 1, at=now, author=author, comment=comment, document=document)
            if not insert_new(connection, ConfigurationVersionRow, [_row(new)]):
                raise VersionConflict(new.version)  # somebody else's transaction was first
            _keep_names(connection, document)
            insert_new(connection, AuditRow, [_audit(new)])
            also(connection)
            return new

        return await self._database.write(work)

    async def agent_ids(self) -> frozenset[str]:
        """Of all agents that there ever were."""
        found = await self._database.read(lambda connection: connection.scalars(select(AgentRow.agent_id)).all())
        return frozenset(found)

    def _current(self, connection: Connection) -> Version:
        while True:
            known = ConfigurationVersionRow.version.not_in(self.unreadable)
            newest = select(func.max(ConfigurationVersionRow.version)).where(known).scalar_subquery()
            query = select(*ConfigurationVersionRow.__table__.c).where(ConfigurationVersionRow.version == newest)
            row = connection.execute(query).one_or_none()
            if row is None:
                return EMPTY
            try:
                return _version(row)
            except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
                self.unreadable[row.version] = error


def newest_version(connection: Connection) -> int:
    """Number of the newest; 0 when there is none."""
    return connection.scalar(select(func.max(ConfigurationVersionRow.version))) or 0


def published_versions(connection: Connection) -> frozenset[tuple[str, int]]:
    """The flows that calls run now."""
    flows = FlowRow.__table__.c
    query = select(flows.flow_id, flows.published_version).where(flows.published_version.is_not(None))
    return frozenset((row.flow_id, row.published_version) for row in connection.execute(query))


def _version(row: Any) -> Version:
    document = from_json(row.document)
    return Version(version=row.version, at=row.at, author=_author(row), comment=row.comment, document=document)


def _author(row: Any) -> Author:
    return Author(name=row.author, user_id=None if row.user_id is None else UserId(row.user_id))


def _row(version: Version) -> dict[str, Any]:
    return {
        "version": version.version,
        "at": version.at,
        "user_id": version.author.user_id,
        "author": version.author.name,
        "comment": version.comment,
        "document": to_json(version.document).decode(),
    }


def _keep_names(connection: Connection, document: Document) -> None:
    """Names of what is gone stay: calls of the past show them."""
    kept: tuple[tuple[type[Base], Any, str, Any], ...] = (
        (QueueRow, QueueRow.active, "queue_id", document.queues),
        (AgentRow, AgentRow.active, "agent_id", document.agents),
    )
    for model, active, key, parts in kept:
        connection.execute(update(model).values({active: False}))
        for name, part in parts.items():
            upsert(connection, model, {key: name, "name": part.name, "active": True})


def _audit(version: Version) -> dict[str, Any]:
    return {
        "audit_id": new_id("audit"),
        "at": version.at,
        "user_id": version.author.user_id,
        "action": "publish_configuration",
        "subject": f"version {version.version}",
        "details": {"author": version.author.name, "comment": version.comment},
    }
