"""What `patchbay doctor` says of people who could sign in with a password that everybody knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.ids import UserId
from server.config.sections import Config, General, Storage
from server.demo.company import public_password
from server.findings import Finding
from server.health import _database
from server.passwords import hash_password
from server.storage.sql.database import Database
from server.storage.sql.migrate import upgrade
from server.storage.sql.users import SqlUsers, User


async def examined(folder: Path, demo: bool, password: str) -> list[Finding]:
    config = Config(general=General(demo=demo), storage=Storage(data_dir=folder))
    await upgrade(config.database_url)
    database = Database(config.database_url)
    user = User(user_id=UserId("user_1"), username="x", name="X", role="admin", password_hash=hash_password(password), demo=True)
    await SqlUsers(database).add(user)
    await database.close()
    return [finding for finding in await _database(config) if finding.part == "demo"]


async def test_the_demo_s_password_is_named_where_the_demo_is_off(tmp_path: Path) -> None:
    (finding,) = await examined(tmp_path, demo=False, password=public_password())
    assert finding.verdict == "warning"
    assert "user_1" in finding.text
    assert public_password() not in finding.text


@pytest.mark.parametrize(("demo", "password"), [(True, public_password()), (False, "another one")])
async def test_nothing_is_said_where_nothing_is_wrong(tmp_path: Path, demo: bool, password: str) -> None:
    assert await examined(tmp_path, demo, password) == []


async def test_who_is_only_invited_cannot_sign_in_yet(tmp_path: Path) -> None:
    config = Config(storage=Storage(data_dir=tmp_path))
    await upgrade(config.database_url)
    database = Database(config.database_url)
    for number, password in enumerate(("hash", "", "")):
        user = User(user_id=UserId(f"user_{number}"), username=f"x{number}", name="X", role="agent", password_hash=password)
        await SqlUsers(database).add(user)
    await database.close()
    assert (await _database(config))[0].text == "answers; 1 person can sign in, 2 invited so far"
