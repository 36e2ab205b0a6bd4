"""What answers a called number: the `NumberPlan` port."""

from __future__ import annotations

from sqlalchemy import select

from core.ids import FlowId
from core.ports import NumberEntry
from customers.phone import to_e164
from server.storage.sql.database import Database
from server.storage.sql.schema import NumberRow
from server.storage.sql.statements import insert_new, upsert


class SqlNumberPlan:
    def __init__(self, database: Database, region: str = "GB") -> None:
        """`region` (ISO 3166) reads numbers without a country code."""
        self._database = database
        self._region = region

    async def find(self, called: str) -> NumberEntry | None:
        """As dialled first (an extension), then as the E.164 number it means: trunks send ``44…``, ``0…`` or ``+44…``."""
        wanted = [called, *(form for form in (to_e164(called, self._region), to_e164(f"+{called}", self._region)) if form)]
        query = select(*NumberRow.__table__.c).where(NumberRow.number.in_(wanted))
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        found = {row.number: row for row in rows}
        row = next((found[form] for form in wanted if form in found), None)
        return None if row is None else NumberEntry(number=row.number, flow_id=FlowId(row.flow_id), language=row.language)

    async def all(self) -> tuple[NumberEntry, ...]:
        query = select(*NumberRow.__table__.c).order_by(NumberRow.number)
        found = await self._database.read(lambda connection: connection.execute(query).all())
        return tuple(NumberEntry(number=row.number, flow_id=FlowId(row.flow_id), language=row.language) for row in found)

    async def save(self, entry: NumberEntry, label: str = "") -> None:
        row = {"number": entry.number, "flow_id": entry.flow_id, "language": entry.language, "label": label}
        await self._database.write(lambda connection: upsert(connection, NumberRow, row))

    async def add_missing(self, entry: NumberEntry, label: str = "") -> None:
        """Leaves a number alone that somebody has already given to a flow."""
        row = {"number": entry.number, "flow_id": entry.flow_id, "language": entry.language, "label": label}
        await self._database.write(lambda connection: insert_new(connection, NumberRow, [row]))
