"""Whom to call back: the `CallbackBook` port, read from the record of the call in which it was promised."""

from __future__ import annotations

import re

from sqlalchemy import func, select

from core.ids import CallId, CustomerId
from core.ports import CallbackTarget
from customers.model import IdentifierKind
from customers.phone import to_e164
from server.promises import Owed
from server.storage.sql.database import Database
from server.storage.sql.schema import CallbackRow, CallRow, CustomerRow

_DIALLED = re.compile(r"\+?[0-9]{2,32}")


class SqlCallbackBook:
    def __init__(self, database: Database, region: str = "GB") -> None:
        """`region` (ISO 3166) reads numbers without a country code."""
        self._database = database
        self._region = region

    async def target(self, origin_call_id: CallId) -> CallbackTarget | None:
        """The number as E.164, or as the caller's trunk sent it (an extension); None when it was withheld."""
        query = (
            select(
                CallRow.caller,
                CallRow.identifier_value,
                CallRow.identifier_kind,
                CallRow.language,
                CallRow.customer_id,
                func.coalesce(CustomerRow.name, CallRow.display_name).label("name"),
            )
            .outerjoin(CustomerRow, CustomerRow.customer_id == CallRow.customer_id)
            .where(CallRow.call_id == origin_call_id)
        )
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        if row is None:
            return None
        # As it was recognized: the trunk may have been of another country.
        number = row.identifier_value if row.identifier_kind == IdentifierKind.PHONE else self._number(row.caller)
        if number is None:
            return None
        customer_id = None if row.customer_id is None else CustomerId(row.customer_id)
        return CallbackTarget(number=number, name=row.name, language=row.language, customer_id=customer_id)

    async def owed(self, due_after: float) -> list[Owed]:
        """Promises that nobody has kept, the earliest first; those of calls that came to no queue were never the ACD's."""
        query = (
            select(
                CallbackRow.call_id,
                CallbackRow.customer_id,
                CallRow.queue_id,
                CallbackRow.due_at,
                CallbackRow.agent_id,
                CallRow.work_id,
            )
            .join(CallRow, CallRow.call_id == CallbackRow.call_id)
            .where(CallbackRow.done_at.is_(None), CallbackRow.due_at > due_after, CallRow.queue_id.is_not(None))
            .order_by(CallbackRow.due_at)
        )
        found = await self._database.read(lambda connection: connection.execute(query).all())
        return [Owed(**row._asdict()) for row in found]

    def _number(self, caller: str) -> str | None:
        e164 = to_e164(caller, self._region)
        if e164 is not None:
            return e164
        return caller if _DIALLED.fullmatch(caller) else None
