"""Calls that were: written as the events of them would have been."""

from __future__ import annotations

from customers.model import Call, CallChanges
from customers.moments import Came, Over
from server.storage.sql.calls import SqlCalls
from server.storage.sql.database import Database


async def keep_call(database: Database, call: Call) -> None:
    """With its agent, from the connection to the end."""
    calls = SqlCalls(database)
    await calls.open(call)
    came = Came(at=call.connected_at or call.started_at, work_id=call.work_id, agent_id=call.agent_id, queue_id=call.queue_id)
    over = () if call.ended_at is None else (Over(at=call.ended_at),)
    await calls.change(call.call_id, CallChanges(), (came, *over))
