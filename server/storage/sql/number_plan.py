"""What answers a called number: the `NumberPlan` port, and the rules that people change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, delete, or_, select, update

from core.ids import FlowId, new_id
from core.ports import NumberEntry
from server.business.number_plan import ANY, NumberRule, forms_of, winner
from server.storage.sql.configuration import ROUTING
from server.storage.sql.database import Database
from server.storage.sql.schema import FlowRow, NumberRow
from server.storage.sql.statements import insert_new, one_at_a_time

_ROW = NumberRow.__table__.c


class NumberChanged(Exception):
    """Somebody else has changed, removed or taken this number meanwhile. `current` is how the rule stands now, if it does."""

    def __init__(self, current: NumberRule | None) -> None:
        self.current = current
        super().__init__("the number is gone" if current is None else f"the number is at version {current.version} by now")


class FlowGone(Exception):
    """Somebody else has removed the flow that a number was to lead to, between the look and the writing."""


class SqlNumberPlan:
    def __init__(self, database: Database, region: str = "GB", trunk_regions: Mapping[str, str] | None = None) -> None:
        """`region` (ISO 3166) reads numbers without a country code; a trunk of another country has its own."""
        self._database = database
        self.region = region
        self._trunk_regions = trunk_regions or {}

    def forms(self, called: str, trunk: str = "") -> tuple[str, ...]:
        """The ways in which the plan may name what was dialled."""
        return forms_of(called, self._trunk_regions.get(trunk) or self.region)

    async def find(self, called: str, trunk: str = "") -> NumberEntry | None:
        rule = await self.rule_for(called, trunk)
        return None if rule is None else NumberEntry(number=rule.number, flow_id=rule.flow_id, language=rule.language)

    async def rule_for(self, called: str, trunk: str = "") -> NumberRule | None:
        """The one that answers."""
        forms = self.forms(called, trunk)
        query = _rules().where(or_(_ROW.number.in_(forms), _ROW.number.like(f"%{ANY}")))
        return winner(await self._database.read(lambda connection: _read(connection, query)), forms, trunk)

    async def all(self) -> tuple[NumberRule, ...]:
        """In the order of numbers."""
        query = _rules().order_by(_ROW.number, _ROW.trunk)
        return await self._database.read(lambda connection: _read(connection, query))

    async def get(self, number_id: str) -> NumberRule | None:
        return await self._database.read(lambda connection: _one(connection, number_id))

    async def of_flow(self, flow_id: FlowId) -> tuple[NumberRule, ...]:
        query = _rules().where(_ROW.flow_id == flow_id).order_by(_ROW.number, _ROW.trunk)
        return await self._database.read(lambda connection: _read(connection, query))

    async def add(self, rule: NumberRule) -> None:
        """Raises `NumberChanged` when the number has a rule for this trunk already, and `FlowGone`."""
        row = msgspec.structs.asdict(rule)

        def work(connection: Connection) -> None:
            _hold_flow(connection, rule.flow_id)
            if not insert_new(connection, NumberRow, [row]):
                same = _rules().where(_ROW.number == rule.number, _ROW.trunk == rule.trunk)
                raise NumberChanged(next(iter(_read(connection, same)), None))

        await self._database.write(work)

    async def change(self, rule: NumberRule) -> NumberRule:
        """`rule.version` is the one that was seen; the next one is returned. Raises `NumberChanged`, `FlowGone`."""
        new = msgspec.structs.replace(rule, version=rule.version + 1)

        def work(connection: Connection) -> None:
            _hold_flow(connection, rule.flow_id)
            one_at_a_time(connection, NumberRow.__tablename__)
            same = _rules().where(_ROW.number == rule.number, _ROW.trunk == rule.trunk, _ROW.number_id != rule.number_id)
            for other in _read(connection, same):
                raise NumberChanged(other)
            seen = (_ROW.number_id == rule.number_id) & (_ROW.version == rule.version)
            if not connection.execute(update(NumberRow).where(seen).values(msgspec.structs.asdict(new))).rowcount:
                raise NumberChanged(_one(connection, rule.number_id))

        await self._database.write(work)
        return new

    async def remove(self, number_id: str, version: int) -> None:
        """Raises `NumberChanged`."""

        def work(connection: Connection) -> None:
            seen = (_ROW.number_id == number_id) & (_ROW.version == version)
            if not connection.execute(delete(NumberRow).where(seen)).rowcount:
                raise NumberChanged(_one(connection, number_id))

        await self._database.write(work)

    async def add_missing(self, entry: NumberEntry, label: str = "") -> None:
        """Leaves a number alone that somebody has already given to a flow."""
        rule = NumberRule(
            number_id=new_id("number"), number=entry.number, flow_id=entry.flow_id, language=entry.language, label=label
        )

        def work(connection: Connection) -> None:
            one_at_a_time(connection, ROUTING)
            insert_new(connection, NumberRow, [msgspec.structs.asdict(rule)])

        await self._database.write(work)


def _hold_flow(connection: Connection, flow_id: FlowId) -> None:
    """It is there, and stays there until the transaction's end. Raises `FlowGone`."""
    one_at_a_time(connection, ROUTING)
    if connection.scalar(select(FlowRow.flow_id).where(FlowRow.flow_id == flow_id)) is None:
        raise FlowGone(f"flow {flow_id} is gone")


def _rules() -> Select[Any]:
    return select(*_ROW)


def _read(connection: Connection, query: Select[Any]) -> tuple[NumberRule, ...]:
    return tuple(msgspec.convert(dict(row), NumberRule) for row in connection.execute(query).mappings())


def _one(connection: Connection, number_id: str) -> NumberRule | None:
    return next(iter(_read(connection, _rules().where(_ROW.number_id == number_id))), None)
