from __future__ import annotations

from functools import partial

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from core.ids import SkillId
from server.storage.sql.acd_config import SqlAcdConfig
from server.storage.sql.database import Database
from server.storage.sql.migrate import config_for, upgrade
from server.storage.sql.schema import Base


def differences(connection: Connection) -> object:
    return compare_metadata(MigrationContext.configure(connection), Base.metadata)


def forward(connection: Connection, to: str) -> None:
    command.upgrade(config_for(connection), to)


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def test_the_migrations_make_exactly_the_schema_from_an_empty_database(database: Database) -> None:
    assert await database.read(differences) == []
    assert await database.read(tables) == {*Base.metadata.tables, "alembic_version"}


async def test_a_current_database_stays_as_it_is(empty_url: str) -> None:
    await upgrade(empty_url)
    database = Database(empty_url)
    await SqlAcdConfig(database).save_skill(SkillId("skill_english"), "English")
    await upgrade(empty_url)
    assert await database.read(differences) == []
    await database.close()


async def test_there_is_one_way_forward(database: Database) -> None:
    def heads(connection: Connection) -> list[str]:
        return list(ScriptDirectory.from_config(config_for(connection)).get_heads())

    assert len(await database.read(heads)) == 1


async def test_each_step_works_from_the_one_before(empty_url: str) -> None:
    """Forward one step at a time, as an installation that skipped no release did."""
    database = Database(empty_url)

    def steps(connection: Connection) -> list[str]:
        revisions = ScriptDirectory.from_config(config_for(connection)).walk_revisions()
        return [revision.revision for revision in revisions][::-1]

    for revision in await database.read(steps):
        await database.write(partial(forward, to=revision))
    assert await database.read(differences) == []
    await database.close()
