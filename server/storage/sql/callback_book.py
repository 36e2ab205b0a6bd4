"""Whom to call back: the `CallbackBook` port, read from the record of the call in which it was promised."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from sqlalchemy import Connection, delete, func, insert, or_, select
from sqlalchemy.orm import aliased

from core.causes import EndCause
from core.ids import CallId, CustomerId
from core.ports import CallbackRefusal, CallbackTarget
from customers.callable_numbers import CallbackRules, Dialled, used_up, why_not
from customers.model import IdentifierKind
from customers.phone import to_e164
from server.promises import Owed
from server.storage.sql.database import Database
from server.storage.sql.rows import AnyRow
from server.storage.sql.schema import CallbackRow, CallRow, CustomerRow, DialledRow

HOUR_S = 3600.0
RECORDED_WITHIN_S = 10.0
"""A call that began is in its table by then."""
_DIALLED = re.compile(r"\+?[0-9]{2,32}")
_NUMBER = (CallRow.caller, CallRow.identifier_value, CallRow.identifier_kind)


class SqlCallbackBook:
    """Invariant: no number leaves here that the rules forbid, whoever asked for the callback and however long ago."""

    def __init__(
        self,
        database: Database,
        region: str = "GB",
        *,
        rules: Callable[[], CallbackRules] = CallbackRules,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`region` (ISO 3166) reads numbers without a country code. `rules`: those in force at the moment."""
        self._database = database
        self._region = region
        self._rules = rules
        self._now = now

    async def target(self, origin_call_id: CallId, call_id: CallId) -> CallbackTarget | CallbackRefusal | None:
        """The number as E.164, or as the caller's trunk sent it (an extension); None when it was withheld.

        What is given out counts as dialled by `call_id`, however often it is asked for.
        """
        return await self._database.write(lambda connection: self._give_out(connection, origin_call_id, call_id))

    def _give_out(
        self, connection: Connection, origin_call_id: CallId, call_id: CallId
    ) -> CallbackTarget | CallbackRefusal | None:
        query = (
            select(
                *_NUMBER,
                CallRow.language,
                CallRow.customer_id,
                func.coalesce(CustomerRow.name, CallRow.display_name).label("name"),
            )
            .outerjoin(CustomerRow, CustomerRow.customer_id == CallRow.customer_id)
            .where(CallRow.call_id == origin_call_id)
        )
        row = connection.execute(query).one_or_none()
        number = None if row is None else self._number(row)
        if row is None or number is None:
            return None
        if (why := why_not(number, self._region, self._rules())) is not None:
            return CallbackRefusal(cause=EndCause.NUMBER_NOT_ALLOWED, why=why)
        now = self._now()
        connection.execute(delete(DialledRow).where(or_(DialledRow.at <= now - HOUR_S, DialledRow.call_id == call_id)))
        if (why := used_up(self._dialled(connection, now), number, self._rules())) is not None:
            return CallbackRefusal(cause=EndCause.DIAL_LIMIT, why=why)
        connection.execute(insert(DialledRow).values(call_id=call_id, origin_call_id=origin_call_id, at=now))
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

    def _dialled(self, connection: Connection, now: float) -> list[Dialled]:
        """Our own calls of the last hour, also those whose record is still to come, or went with their customer."""
        made = aliased(CallRow)
        query = (
            select(*_NUMBER, DialledRow.at, made.started_at, made.ended_at)
            .select_from(DialledRow)
            .outerjoin(CallRow, CallRow.call_id == DialledRow.origin_call_id)
            .outerjoin(made, made.call_id == DialledRow.call_id)
        )
        return [Dialled(self._number(row) or "", _seconds(row, now)) for row in connection.execute(query)]

    def _number(self, row: AnyRow) -> str | None:
        """As it was recognized: the trunk may have been of another country."""
        if row.identifier_kind == IdentifierKind.PHONE:
            return str(row.identifier_value)
        caller = row.caller or ""
        return to_e164(caller, self._region) or (caller if _DIALLED.fullmatch(caller) else None)


def _seconds(row: AnyRow, now: float) -> float:
    """What a call took so far; one that nobody has recorded yet has just begun, or never did."""
    if row.started_at is None:
        return min(now - float(row.at), RECORDED_WITHIN_S)
    return float((now if row.ended_at is None else row.ended_at) - row.started_at)
