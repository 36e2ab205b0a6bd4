"""The business database: SQLite (WAL) by default, PostgreSQL by URL, one schema and one code for both.

`database.py` opens it, `migrate.py` brings it up to date, `schema/` names every table, and each other file is the repository
behind one port. docs/data-model.md draws it.
"""
