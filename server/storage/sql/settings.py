"""Named settings that people change while it runs; each value is JSON."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from server.storage.sql.database import Database
from server.storage.sql.schema import SettingRow
from server.storage.sql.statements import upsert


class SqlSettings:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, key: str) -> Any:
        """None when it was never set."""
        query = select(SettingRow.value).where(SettingRow.key == key)
        return await self._database.read(lambda connection: connection.scalar(query))

    async def put(self, key: str, value: Any) -> None:
        await self._database.write(lambda connection: upsert(connection, SettingRow, {"key": key, "value": value}))
