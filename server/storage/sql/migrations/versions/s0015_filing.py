"""Who decided whose a conversation is, and by what; records that stood for a number alone are nobody's.

0.1 made a record for every number that called. One without a name, with one number or address and with one conversation says
nothing about a person: its conversation becomes nobody's, keeps what was shown, and comes back when that number comes again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "filing"
down_revision = "search"

_AT_ONCE = 1000


def upgrade() -> None:
    op.add_column("interactions", sa.Column("identifier_kind", sa.String(length=32), nullable=True))
    op.add_column("interactions", sa.Column("identifier_value", sa.String(), nullable=True))
    op.add_column("interactions", sa.Column("filed_by", sa.String(length=64), nullable=True))
    op.add_column("interactions", sa.Column("filed_at", sa.Double(), nullable=True))
    op.add_column("interactions", sa.Column("filed_how", sa.String(length=32), nullable=False, server_default=""))
    op.add_column("calls", sa.Column("decided_by", sa.String(), nullable=False, server_default=""))
    connection = op.get_bind()
    for column in ("kind", "value"):
        connection.execute(
            sa.text(
                f"UPDATE interactions SET identifier_{column} = (SELECT calls.identifier_{column} FROM calls"
                " WHERE calls.call_id = interactions.call_id) WHERE channel = 'call' AND call_id IS NOT NULL"
            )
        )
    _placeholders(connection)
    op.create_index(
        "ix_interactions_nobodys",
        "interactions",
        ["identifier_kind", "identifier_value"],
        sqlite_where=sa.text("customer_id IS NULL"),
        postgresql_where=sa.text("customer_id IS NULL"),
    )


_NAMELESS = sa.text(
    "SELECT customers.customer_id, customers.vip, customers.tags, customers.location,"
    " (SELECT count(*) FROM identifiers WHERE identifiers.customer_id = customers.customer_id) AS identifiers,"
    " (SELECT count(*) FROM interactions WHERE interactions.customer_id = customers.customer_id) AS conversations,"
    " (SELECT count(*) FROM customer_facts WHERE customer_facts.customer_id = customers.customer_id) AS facts"
    " FROM customers WHERE lower(customers.name) IN"
    " ('', 'anonymous', 'unknown', 'restricted', 'private', 'unavailable', 'withheld') AND customers.customer_id > :last"
    " ORDER BY customers.customer_id LIMIT :at_most"
)
_STEPS = (
    "UPDATE interactions SET identifier_kind = (SELECT kind FROM identifiers WHERE customer_id = :mine),"
    " identifier_value = (SELECT value FROM identifiers WHERE customer_id = :mine), customer_id = NULL,"
    " filed_how = 'placeholder' WHERE customer_id = :mine",
    "UPDATE calls SET identifier_kind = coalesce(identifier_kind, (SELECT kind FROM identifiers WHERE customer_id = :mine)),"
    " identifier_value = coalesce(identifier_value, (SELECT value FROM identifiers WHERE customer_id = :mine)),"
    " identifier_provenance = coalesce(identifier_provenance,"
    " (SELECT provenance FROM identifiers WHERE customer_id = :mine)), customer_id = NULL WHERE customer_id = :mine",
    "UPDATE chats SET customer_id = NULL WHERE customer_id = :mine",
    "UPDATE tickets SET customer_id = NULL WHERE customer_id = :mine",
    "UPDATE callbacks SET customer_id = NULL WHERE customer_id = :mine",
    "DELETE FROM identifiers WHERE customer_id = :mine",
    "DELETE FROM customers WHERE customer_id = :mine",
)


def _placeholders(connection: sa.Connection) -> None:
    last = ""
    while rows := connection.execute(_NAMELESS, {"last": last, "at_most": _AT_ONCE}).all():
        alone = [
            {"mine": row.customer_id}
            for row in rows
            if row.identifiers <= 1
            and row.conversations <= 1
            and not row.facts
            and not row.vip
            and not row.location
            and row.tags in ("[]", [], None)
        ]
        if alone:
            for statement in _STEPS:
                connection.execute(sa.text(statement), alone)
        last = rows[-1].customer_id
