"""The configuration as one document in versions; what the tables held before becomes version 1."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "configuration"
down_revision = "acd_archive"


def upgrade() -> None:
    op.create_table(
        "configuration_versions",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=True),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_configuration_versions"),
    )
    op.add_column("queues", sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()))
    _first_version()
    for table in ("agent_skills", "queue_requirements", "skills"):
        op.drop_table(table)
    # Not rebuilt as a batch would: `users` refers to the table of agents.
    for table, columns in (("agents", ("queues", "capacity")), ("queues", _RULES)):
        for column in columns:
            op.drop_column(table, column)


_RULES = (
    "strategy",
    "ring_timeout_s",
    "wrap_up_limit_s",
    "max_wait_s",
    "priority",
    "ageing_per_minute",
    "service_level_s",
    "short_abandon_s",
)


def _first_version() -> None:
    connection = op.get_bind()
    document = {
        "skills": {row.skill_id: row.name for row in _rows(connection, "SELECT * FROM skills ORDER BY skill_id")},
        "queues": _queues(connection),
        "agents": _agents(connection),
    }
    if not any(document.values()):
        return
    connection.execute(
        sa.text(
            "INSERT INTO configuration_versions (version, at, user_id, author, comment, document) "
            "VALUES (1, 0, NULL, 'migration', 'What the tables held before there were versions', :document)"
        ),
        {"document": json.dumps(document, ensure_ascii=False, sort_keys=True)},
    )


def _queues(connection: sa.Connection) -> dict[str, Any]:
    needs: dict[str, dict[str, int]] = {}
    for row in _rows(connection, "SELECT * FROM queue_requirements"):
        needs.setdefault(row.queue_id, {})[row.skill_id] = row.level
    return {
        row.queue_id: {"name": row.name, "requirements": needs.get(row.queue_id, {})}
        | {rule: getattr(row, rule) for rule in _RULES}
        for row in _rows(connection, "SELECT * FROM queues")
    }


def _agents(connection: sa.Connection) -> dict[str, Any]:
    skills: dict[str, dict[str, int]] = {}
    for row in _rows(connection, "SELECT * FROM agent_skills"):
        skills.setdefault(row.agent_id, {})[row.skill_id] = row.level
    return {
        row.agent_id: {
            "name": row.name,
            "skills": skills.get(row.agent_id, {}),
            "queues": _plain(row.queues),
            "capacity": _plain(row.capacity),
        }
        for row in _rows(connection, "SELECT * FROM agents WHERE active")
    }


def _plain(value: Any) -> Any:
    """JSON comes as text from SQLite and from PostgreSQL, whose driver does not know the column's type here."""
    return json.loads(value) if isinstance(value, str) else value


def _rows(connection: sa.Connection, query: str) -> list[Any]:
    return list(connection.execute(sa.text(query)).all())
