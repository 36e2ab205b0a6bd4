"""Which e-mails still wait for an answer, after others of the same customers came in."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, select, update

from core.ids import CustomerId, InteractionId
from core.model import Channel
from customers.email_threads import Letter, answered
from customers.model import Status
from server.storage.sql.schema import InteractionRow
from server.storage.sql.statements import parts

_LETTERS = select(
    InteractionRow.interaction_id, InteractionRow.customer_id, InteractionRow.at, InteractionRow.title, InteractionRow.last_from
).where(InteractionRow.channel == str(Channel.EMAIL))
_ANSWERED = (
    update(InteractionRow)
    .where(InteractionRow.interaction_id == bindparam("mine"), InteractionRow.waiting_since.is_not(None))
    .values(status=str(Status.NONE), waiting_since=None, answered_at=bindparam("answered_at"))
)


def settle_emails(connection: Connection, customer_ids: Iterable[CustomerId]) -> None:
    """Those that a later one of ours answers wait no longer."""
    letters: dict[str, list[Letter]] = {}
    for some in parts(sorted(customer_ids)):
        for row in connection.execute(_LETTERS.where(InteractionRow.customer_id.in_(some))):
            letter = Letter(InteractionId(row.interaction_id), row.at, row.title, row.last_from == "us")
            letters.setdefault(row.customer_id, []).append(letter)
    settled = [
        {"mine": interaction_id, "answered_at": at}
        for of_one in letters.values()
        for interaction_id, at in sorted(answered(of_one).items())
    ]
    if settled:
        connection.execute(_ANSWERED, settled)
