"""Whom to call back: the `CallbackBook` port, read from the record of the call in which it was promised."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable

from sqlalchemy import func, select

from core.causes import EndCause
from core.ids import CallId, CustomerId
from core.ports import CallbackRefusal, CallbackTarget
from customers.callable_numbers import CallbackRules, Dialled, used_up, why_not
from customers.model import IdentifierKind
from customers.phone import to_e164
from server.promises import Owed
from server.storage.sql.database import Database
from server.storage.sql.schema import CallbackRow, CallRow, CustomerRow

HOUR_S = 3600.0
ON_ITS_WAY_S = 10.0
"""A call that was given out so short a time ago may not be in the table yet."""
_DIALLED = re.compile(r"\+?[0-9]{2,32}")


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
        self._granted: deque[tuple[float, str]] = deque(maxlen=1000)
        """Numbers given out a moment ago, whose calls are not in the table yet."""

    async def target(self, origin_call_id: CallId) -> CallbackTarget | CallbackRefusal | None:
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
        if (why := why_not(number, self._region, self._rules())) is not None:
            return CallbackRefusal(cause=EndCause.NUMBER_NOT_ALLOWED, why=why)
        if (why := used_up(await self._dialled(), number, self._rules())) is not None:
            return CallbackRefusal(cause=EndCause.DIAL_LIMIT, why=why)
        self._granted.append((self._now(), number))
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

    async def _dialled(self) -> list[Dialled]:
        """Our own calls of the last hour: those without a flow and a called number."""
        now = self._now()
        query = select(CallRow.caller, CallRow.started_at, CallRow.ended_at).where(
            CallRow.started_at > now - HOUR_S, CallRow.called == "", func.coalesce(CallRow.flow_id, "") == ""
        )
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        made = [Dialled(row.caller, (now if row.ended_at is None else row.ended_at) - row.started_at) for row in rows]
        known = {(row.caller, round(row.started_at / ON_ITS_WAY_S)) for row in rows}
        fresh = [
            Dialled(number, now - at)
            for at, number in self._granted
            if now - at < ON_ITS_WAY_S and (number, round(at / ON_ITS_WAY_S)) not in known
        ]
        return made + fresh

    def _number(self, caller: str) -> str | None:
        e164 = to_e164(caller, self._region)
        if e164 is not None:
            return e164
        return caller if _DIALLED.fullmatch(caller) else None
