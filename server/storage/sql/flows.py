"""Flows with their versions and drafts. A version is published and never changed; a draft is one person's until it is published.

Invariant: what is published was checked against the configuration in force: whoever publishes, and whoever changes the
configuration, says what the other side looked like, and is sent back when it has moved meanwhile (`one_at_a_time`). Whoever adds
something to a flow (a number, a version, a draft) and whoever removes it go one after the other, so that nothing leads nowhere.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection, RowMapping, delete, func, select, update

from core.ids import FlowId, UserId
from core.model import Value
from server.storage.sql.configuration import ROUTING, Author, ConfigurationMoved, newest_version
from server.storage.sql.database import Database
from server.storage.sql.schema import FlowDraftRow, FlowRow, FlowVersionRow, NumberRow
from server.storage.sql.statements import insert_new, one_at_a_time, upsert

T = TypeVar("T", bound=msgspec.Struct)
_FLOW, _VERSION, _DRAFT = FlowRow.__table__.c, FlowVersionRow.__table__.c, FlowDraftRow.__table__.c
_INFO = (_VERSION.version, _VERSION.author, _VERSION.user_id, _VERSION.saved_at, _VERSION.comment)


class FlowVersionInfo(Value, frozen=True, kw_only=True):
    """One version without its text."""

    version: int
    author: str
    saved_at: float
    comment: str = ""
    user_id: UserId | None = None


class FlowVersion(FlowVersionInfo, frozen=True, kw_only=True):
    flow_id: FlowId
    text: str


class NewVersion(NamedTuple):
    flow_id: FlowId
    name: str
    text: str
    author: Author
    at: float
    comment: str = ""
    """Why."""


class FlowInfo(Value, frozen=True, kw_only=True):
    flow_id: FlowId
    name: str
    published: FlowVersionInfo | None
    """None: only drafts so far; no call can run it."""


class FlowDraft(Value, frozen=True, kw_only=True):
    author_id: str
    author: str
    text: str
    base_version: int
    """The published version it began with; 0: none."""
    began_at: float
    saved_at: float


class NoSuchVersion(Exception):
    """A flow or a version of it that does not exist."""


class FlowChanged(Exception):
    """Somebody else has published this flow meanwhile."""

    def __init__(self, current: int) -> None:
        self.current = current
        super().__init__(f"the flow is at version {current} by now")


class FlowInUse(Exception):
    """Numbers lead to it."""

    def __init__(self, numbers: tuple[str, ...]) -> None:
        self.numbers = numbers
        super().__init__(f"these numbers lead to the flow: {', '.join(numbers)}")


class SqlFlows:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> tuple[FlowInfo, ...]:
        """By name."""
        join = (_VERSION.flow_id == _FLOW.flow_id) & (_VERSION.version == _FLOW.published_version)
        query = select(_FLOW.flow_id, _FLOW.name, *_INFO).join(FlowVersionRow, join, isouter=True)
        query = query.order_by(func.lower(_FLOW.name), _FLOW.flow_id)
        rows = await self._database.read(lambda connection: connection.execute(query).mappings().all())
        return tuple(_flow_info(row) for row in rows)

    async def info(self, flow_id: FlowId) -> FlowInfo | None:
        return next((info for info in await self.all() if info.flow_id == flow_id), None)

    async def get(self, flow_id: FlowId) -> str | None:
        """The published text; None when there is none."""
        info = await self.info(flow_id)
        version = None if info is None or info.published is None else await self.version(flow_id, info.published.version)
        return None if version is None else version.text

    async def version(self, flow_id: FlowId, version: int) -> FlowVersion | None:
        query = select(*_VERSION).where(_VERSION.flow_id == flow_id, _VERSION.version == version)
        row = await self._database.read(lambda connection: connection.execute(query).mappings().one_or_none())
        return None if row is None else _part(row, FlowVersion)

    async def versions(self, flow_id: FlowId, limit: int = 100, before: int | None = None) -> tuple[FlowVersionInfo, ...]:
        """Newest first."""
        query = select(*_INFO).where(_VERSION.flow_id == flow_id).order_by(_VERSION.version.desc()).limit(limit)
        if before is not None:
            query = query.where(_VERSION.version < before)
        rows = await self._database.read(lambda connection: connection.execute(query).mappings().all())
        return tuple(_part(row, FlowVersionInfo) for row in rows)

    async def newest(self, flow_id: FlowId) -> FlowVersion | None:
        found = await self.versions(flow_id, 1)
        return await self.version(flow_id, found[0].version) if found else None

    async def add(self, flow_id: FlowId, name: str) -> bool:
        """A flow without a version. False when the id is taken."""
        row = {"flow_id": flow_id, "name": name, "published_version": None}
        return await self._database.write(lambda connection: insert_new(connection, FlowRow, [row])) == 1

    async def save(self, flow_id: FlowId, name: str, text: str, author: str, now: float) -> int:
        """Adds the next version, published by nobody yet, and returns its number."""
        new = NewVersion(flow_id, name, text, Author(name=author), now)

        def work(connection: Connection) -> int:
            one_at_a_time(connection, ROUTING)
            return _add_version(connection, new)

        return await self._database.write(work)

    async def publish(self, flow_id: FlowId, version: int) -> None:
        """Calls that begin from now on run this version, unchecked. Raises `NoSuchVersion`."""
        wanted = select(_VERSION.version).where(_VERSION.flow_id == flow_id, _VERSION.version == version)

        def work(connection: Connection) -> None:
            if connection.scalar(wanted) is None:
                raise NoSuchVersion(f"flow {flow_id} has no version {version}")
            _point_to(connection, flow_id, version)

        await self._database.write(work)

    async def publish_text(self, new: NewVersion, *, expected: int | None, checked_against: int) -> int:
        """The next version, published at once; the same text again is no new version. `expected`: the published version that the
        author has seen; `checked_against`: the version of the configuration. Raises `FlowChanged`, `ConfigurationMoved`.
        """
        here = _FLOW.flow_id == new.flow_id

        def work(connection: Connection) -> int:
            one_at_a_time(connection, ROUTING)
            if newest_version(connection) != checked_against:
                raise ConfigurationMoved
            published = connection.scalar(select(_FLOW.published_version).where(here)) or 0
            if expected is not None and expected != published:
                raise FlowChanged(published)
            same = (_VERSION.flow_id == new.flow_id) & (_VERSION.version == published) & (_VERSION.text == new.text)
            if connection.scalar(select(_VERSION.version).where(same)) is not None:
                return published
            version = _add_version(connection, new)
            _point_to(connection, new.flow_id, version)
            connection.execute(update(FlowRow).where(here).values(name=new.name))
            return version

        return await self._database.write(work)

    async def remove(self, flow_id: FlowId) -> bool:
        """With its versions and drafts; what is written of its calls stays. Raises `FlowInUse`. False: it was not there."""
        numbers = NumberRow.__table__.c

        def work(connection: Connection) -> bool:
            one_at_a_time(connection, ROUTING)
            used = connection.scalars(select(numbers.number).where(numbers.flow_id == flow_id).order_by(numbers.number)).all()
            if used:
                raise FlowInUse(tuple(used))
            connection.execute(delete(FlowDraftRow).where(_DRAFT.flow_id == flow_id))
            connection.execute(delete(FlowVersionRow).where(_VERSION.flow_id == flow_id))
            return connection.execute(delete(FlowRow).where(_FLOW.flow_id == flow_id)).rowcount == 1

        return await self._database.write(work)

    # ── drafts ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def drafts(self, flow_ids: Collection[FlowId] | None = None) -> dict[FlowId, tuple[FlowDraft, ...]]:
        """Of these flows, or of all; the one that was saved last first."""
        query = select(*_DRAFT).order_by(_DRAFT.saved_at.desc(), _DRAFT.author_id)
        if flow_ids is not None:
            query = query.where(_DRAFT.flow_id.in_(flow_ids))
        rows = await self._database.read(lambda connection: connection.execute(query).mappings().all())
        found: dict[FlowId, tuple[FlowDraft, ...]] = {}
        for row in rows:
            flow_id = FlowId(row["flow_id"])
            found[flow_id] = (*found.get(flow_id, ()), _part(row, FlowDraft))
        return found

    async def save_draft(self, flow_id: FlowId, draft: FlowDraft) -> None:
        """Instead of this person's earlier one, which keeps the time it began. Raises `NoSuchVersion` for an unknown flow."""
        row = {"flow_id": flow_id, **msgspec.structs.asdict(draft)}

        def work(connection: Connection) -> None:
            one_at_a_time(connection, ROUTING)
            if connection.scalar(select(_FLOW.flow_id).where(_FLOW.flow_id == flow_id)) is None:
                raise NoSuchVersion(f"there is no flow {flow_id}")
            upsert(connection, FlowDraftRow, row, keep=frozenset({"began_at"}))

        await self._database.write(work)

    async def discard_draft(self, flow_id: FlowId, author_id: str) -> None:
        mine = (_DRAFT.flow_id == flow_id) & (_DRAFT.author_id == author_id)
        await self._database.write(lambda connection: connection.execute(delete(FlowDraftRow).where(mine)))


def _add_version(connection: Connection, new: NewVersion) -> int:
    insert_new(connection, FlowRow, [{"flow_id": new.flow_id, "name": new.name, "published_version": None}])
    last = connection.scalar(select(func.max(_VERSION.version)).where(_VERSION.flow_id == new.flow_id))
    version = (last or 0) + 1
    row = {
        "flow_id": new.flow_id,
        "version": version,
        "text": new.text,
        "author": new.author.name,
        "user_id": new.author.user_id,
        "saved_at": new.at,
        "comment": new.comment,
    }
    insert_new(connection, FlowVersionRow, [row])
    return version


def _point_to(connection: Connection, flow_id: FlowId, version: int) -> None:
    connection.execute(update(FlowRow).where(_FLOW.flow_id == flow_id).values(published_version=version))


def _flow_info(row: RowMapping) -> FlowInfo:
    published = None if row["version"] is None else _part(row, FlowVersionInfo)
    return FlowInfo(flow_id=FlowId(row["flow_id"]), name=row["name"], published=published)


def _part(row: RowMapping, kind: type[T]) -> T:
    """The columns that the value has."""
    return msgspec.convert({name: row[name] for name in kind.__struct_fields__}, kind)
