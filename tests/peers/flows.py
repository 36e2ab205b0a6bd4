"""The flow behind an installation's number, exchanged while it runs, as an administrator would."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Protocol

from core.ids import FlowId
from server.storage.sql.database import Database
from server.storage.sql.flows import SqlFlows


class Place(Protocol):
    data_dir: Path


async def publish(installation: Place, flow: str, database_url: str = "") -> None:
    """`flow` is its text, of the demo's flow."""
    database = Database(database_url or f"sqlite:///{installation.data_dir / 'patchbay.db'}")
    try:
        flows = SqlFlows(database)
        version = await flows.save(FlowId("flow_demo"), "Straight into the queue", flow, "test", time.time())
        await flows.publish(FlowId("flow_demo"), version)
    finally:
        await database.close()
