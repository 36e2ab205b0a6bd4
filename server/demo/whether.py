"""Whether the demo company may be written into a database. Its passwords are printed for everybody: where a company has an
administrator of its own, nobody signs in with them who could not before.
"""

from __future__ import annotations

from typing import Literal

from server.accounts import is_administrator
from server.storage.sql.database import Database
from server.storage.sql.settings import SqlSettings
from server.storage.sql.users import SqlUsers

SEEDED = "demo.seeded"
REMOVED = "demo.removed"

DemoUnwanted = Literal["own_administrator", "removed"]


async def why_no_demo(database: Database) -> DemoUnwanted | None:
    """None: it may be written. Where it stands already, nothing more is asked: it is not written again."""
    settings = SqlSettings(database)
    if await settings.get(SEEDED) is not None:
        return None
    if any(is_administrator(user, demo=False) for user in await SqlUsers(database).all()):
        return "own_administrator"
    return "removed" if await settings.get(REMOVED) is not None else None
