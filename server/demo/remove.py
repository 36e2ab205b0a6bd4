"""Takes the demo company out of an installation that is to be a company's own.

Invariant: what real calls refer to stays (a customer who called, names in the history), what people have made their own stays (an
account with another password, a queue with other rules, a flow that one of the company's numbers leads to), and all of it is
named. It may be run again, and while Patchbay runs: sign-ins of the demo's people end at once.
"""

from __future__ import annotations

import asyncio
from datetime import tzinfo

from core.model import Value
from customers.identity import interaction_of_call
from customers.import_batch import Batch, read_batch
from customers.import_format import Conversion
from customers.model import Call, Chat, Email, Ticket
from server.accounts import Actor, is_administrator
from server.business.document import plain
from server.business.reading import examine
from server.demo.company import load_company, load_configuration
from server.demo.parts import Kept, without_demo
from server.demo.seed import history
from server.demo.whether import REMOVED, SEEDED
from server.people.opening import Opened
from server.storage.sql.configuration import Author
from server.storage.sql.demo_rows import ClearedFlow, ClearedRows, DemoIds, SqlDemoRows
from server.storage.sql.settings import SqlSettings
from server.storage.sql.users import User

BY = Actor(source="command line")


class Removed(Value, frozen=True, kw_only=True):
    """What became of the demo."""

    counts: dict[str, int]
    kept: dict[str, tuple[Kept, ...]]
    to_mend: tuple[str, ...]
    """What is wrong with the configuration that is left."""
    administrator_left: bool


async def remove_demo(opened: Opened, *, now: float, zone: tzinfo, region: str, rehearse: bool = False) -> Removed | None:
    """None: there is no demo. `rehearse`: says what would go and stay, and changes nothing. Raises `Unavailable`."""
    if await SqlSettings(opened.database).get(SEEDED) is None:
        return None
    company, rows, users = load_company(), SqlDemoRows(opened.database), await opened.users.all()
    gone = [user for user in users if user.demo]
    demo_names = {part.username for part in company.users}
    own = [user for user in users if not user.demo and user.username in demo_names]
    if not rehearse:
        for user in gone:
            await opened.accounts.remove(user.user_id, BY)
    # What leads to a thing goes before it: numbers, the flow, then its queues.
    flow = await rows.clear_flow(company.flow.flow_id, {part.number for part in company.numbers}, rehearse=rehearse)
    current = await opened.configuration.store.current()
    stays = [user.agent_id for user in users if not user.demo and user.agent_id]
    left = without_demo(current.document, load_configuration(), stays, flow.texts)
    if not rehearse:
        author = Author(name="command line")
        await opened.configuration.save(left.document, author, "The demo company removed", current.version)
        await opened.configuration.put_in_force()
    theirs = frozenset(user.user_id for user in gone)
    ids = DemoIds(_ids(await asyncio.to_thread(_batch, now, zone, region)), left.agents, left.queues, theirs)
    cleared = await rows.clear_rows(ids, {REMOVED: now}, (SEEDED,), rehearse=rehearse)
    return Removed(
        counts={
            "people": len(gone),
            "agents": len(left.agents),
            "queues": len(left.queues),
            "numbers": flow.numbers,
            "flows": flow.flows,
            "customers": cleared.customers,
        },
        kept=_kept(flow, cleared, own) | left.kept,
        to_mend=tuple(complaint.sentence for complaint in examine(plain(left.document)).complaints),
        administrator_left=any(is_administrator(user, demo=False) for user in users if user.user_id not in theirs),
    )


def _kept(flow: ClearedFlow, cleared: ClearedRows, own: list[User]) -> dict[str, tuple[Kept, ...]]:
    kept = {
        "person": tuple(Kept(what=user.name, why="has a password of their own") for user in own),
        "customer": tuple(Kept(what=name, why=f"{count} real conversations") for name, count in cleared.customers_kept),
        "flow": tuple(Kept(what="of the demo", why=f"{number} leads to it") for number in flow.kept_for),
        "name": tuple(Kept(what=name, why="stands in the history of real calls") for name in cleared.names_kept),
    }
    return {what: entries for what, entries in kept.items() if entries}


def _batch(now: float, zone: tzinfo, region: str) -> Batch:
    """The demo's history, read as when it was written: ids depend on no time."""
    return read_batch(enumerate(history(), 1), Conversion(now=now, zone=zone, region=region))


def _ids(batch: Batch) -> dict[str, frozenset[str]]:
    values = [item.value for item in batch.conversations]
    calls = [value for value in values if isinstance(value, Call)]
    others = [value for value in values if isinstance(value, Chat | Ticket | Email)]
    return {
        "customers": frozenset(item.profile.customer_id for item in batch.customers),
        "calls": frozenset(call.call_id for call in calls),
        "chats": frozenset(value.chat_id for value in others if isinstance(value, Chat)),
        "tickets": frozenset(value.ticket_id for value in others if isinstance(value, Ticket)),
        "interactions": frozenset(
            [*(interaction_of_call(call.call_id) for call in calls), *(value.interaction_id for value in others)]
        ),
    }
