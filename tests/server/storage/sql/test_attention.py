"""What needed attention, page by page, and who is told of it, changed by several people at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from core.attention import Action, Entry, Severity, Subject
from core.leadership import Fence
from core.outgoing import OutgoingKind
from customers.timeline import Cursor
from server.attention.board import Change
from server.attention.notifications import Subscription
from server.outbox.vault import Vault
from server.storage.sql.attention import SqlAttention
from server.storage.sql.database import Database
from server.storage.sql.notifications import SqlNotifications, Where

FENCE = Fence(token=1, owner="control_1")
HOOK = Subscription(notification_id="notification_1", name="Ops", kind=OutgoingKind.WEBHOOK)
WHERE = Where(url="https://example.com/x", secret="whsec_old")


def over(number: int, cleared_at: float) -> Entry:
    return Entry(
        entry_id=f"entry_{number}",
        code="node_lost",
        subject=Subject(kind="node", id=f"node_{number}"),
        severity=Severity.RED,
        since=1.0,
        raised_at=2.0,
        action=Action(code="open_system"),
        cleared_at=cleared_at,
    )


async def test_entries_that_ended_in_one_moment_are_all_on_some_page(database: Database) -> None:
    log = SqlAttention(database)
    await log.begin(FENCE)
    ended = [over(number, 10.0) for number in range(5)] + [over(5, 9.0), over(6, 11.0)]
    await log.write(FENCE, [Change("cleared", entry) for entry in ended])
    seen: list[str] = []
    place: Cursor | None = None
    while found := await log.cleared(0.0, place, 2):
        seen += [entry.entry_id for entry in found]
        assert found[-1].cleared_at is not None
        place = found[-1].cleared_at, found[-1].entry_id
    assert seen == [f"entry_{number}" for number in (6, 4, 3, 2, 1, 0, 5)]


async def test_who_renames_a_webhook_brings_no_old_secret_back_and_none_that_is_gone(database: Database, tmp_path: Path) -> None:
    told = SqlNotifications(database, Vault.of(tmp_path))
    await told.add(HOOK, WHERE, 1.0, "user_ada")

    def renamed(old: Subscription, where: Where) -> tuple[Subscription, Where]:
        return msgspec.structs.replace(old, name="Night"), where

    def with_secret(old: Subscription, where: Where) -> tuple[Subscription, Where]:
        return old, msgspec.structs.replace(where, secret="whsec_new")

    await asyncio.gather(*(told.change(HOOK.notification_id, each) for each in (renamed, with_secret)))
    found = await told.get(HOOK.notification_id)
    assert found is not None
    assert (found[0].name, found[1]) == ("Night", Where(url="https://example.com/x", secret="whsec_new"))
    await told.remove(HOOK.notification_id)
    assert await told.change(HOOK.notification_id, renamed) is None
    assert await told.all() == []
