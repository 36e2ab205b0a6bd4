"""Alembic's entry: runs on the connection it is given by `server/storage/sql/migrate.py`, inside that transaction."""

from __future__ import annotations

from alembic import context

from server.storage.sql.schema import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True)
context.run_migrations()
