"""Whoever loses a right loses it now: sessions end, and everybody who holds something open for them is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from core.events import AnyEvent, SessionEnd, SessionsEnded
from core.ids import UserId
from server.accounts import UNKNOWN, Accounts, Actor, Device
from server.passwords import hash_password
from server.storage.redis_sessions import RedisSessions
from server.storage.sql.audit_log import SqlAuditLog
from server.storage.sql.database import Database
from server.storage.sql.users import SqlUsers, User, UserRefused
from tests.peers.current_database import new_sqlite
from tests.server.redis_server import RedisServer

BOSS_PERSON = User(user_id=UserId("user_boss"), username="boss", name="Boss", role="admin", password_hash="x")
MEI = User(user_id=UserId("user_mei"), username="mei", name="Mei", role="supervisor", password_hash="secret hash", demo=True)
IDLE_S, LONGEST_S, PER_USER = 100.0, 250.0, 3
BOSS = Actor(user_id=UserId("user_boss"), source="203.0.113.9")


class Watch:
    def __init__(self) -> None:
        self.time = 1_000_000.0

    def now(self) -> float:
        return self.time


class Events:
    def __init__(self) -> None:
        self.published: list[AnyEvent] = []

    async def publish(self, event: AnyEvent) -> None:
        self.published.append(event)

    def ends(self) -> list[tuple[SessionEnd, bool]]:
        """Why, and whether all sessions of the person."""
        return [(event.reason, event.session_id is None) for event in self.published if isinstance(event, SessionsEnded)]


class Office:
    """Accounts with real storage, and a clock that the test moves."""

    def __init__(self, database: Database, redis_url: str, prefix: str) -> None:
        self.watch = Watch()
        self.events = Events()
        self.users = SqlUsers(database)
        self.audit = SqlAuditLog(database)
        self.sessions = RedisSessions(redis_url, prefix, self.watch, idle_s=IDLE_S, longest_s=LONGEST_S, per_user=PER_USER)
        self.accounts = self.with_demo(True)

    def with_demo(self, demo: bool) -> Accounts:
        return Accounts(self.users, self.sessions, self.events, self.audit, self.watch, demo=demo)

    async def sign_in(self, device: Device = UNKNOWN) -> str:
        user = await self.users.by_username("mei")
        assert user is not None
        begun = await self.accounts.begin(user, device)
        assert begun is not None
        return begun[0]

    async def lives(self, token: str) -> bool:
        return await self.accounts.find(token) is not None

    async def done(self) -> list[tuple[str, UserId | None, str]]:
        return [(entry.action, entry.user_id, entry.subject) for entry in await self.audit.latest(10)]


@pytest.fixture
async def office(tmp_path: Path, redis_server: RedisServer, prefix: str) -> AsyncIterator[Office]:
    url = new_sqlite(tmp_path)
    database = Database(url)
    made = Office(database, redis_server.url, prefix)
    await made.users.add(MEI)
    yield made
    await made.sessions.close()
    await database.close()


async def test_a_session_slides_with_its_use_and_ends_without_it(office: Office) -> None:
    token = await office.sign_in()
    for _ in range(2):
        office.watch.time += IDLE_S - 1
        assert await office.lives(token)
    office.watch.time += IDLE_S
    assert not await office.lives(token)


async def test_a_session_ends_for_good_whatever_is_done_with_it(office: Office) -> None:
    token, began = await office.sign_in(), office.watch.time
    while office.watch.time < began + LONGEST_S - 10:
        office.watch.time += 10
        assert await office.lives(token)
    assert await office.accounts.ends_at(token) == began + LONGEST_S
    office.watch.time = began + LONGEST_S
    assert not await office.lives(token)


async def test_looking_at_a_session_does_not_prolong_it(office: Office) -> None:
    token, began = await office.sign_in(), office.watch.time
    office.watch.time += IDLE_S - 1
    assert await office.accounts.ends_at(token) == began + IDLE_S
    office.watch.time += 1
    assert await office.accounts.ends_at(token) is None


async def test_who_is_disabled_loses_every_session_at_once(office: Office) -> None:
    tokens = [await office.sign_in() for _ in range(2)]
    assert await office.accounts.disable(MEI.user_id, BOSS)
    assert not any([await office.lives(token) for token in tokens])
    assert office.events.ends() == [(SessionEnd.DISABLED, True)]
    assert await office.users.by_username("mei") is None
    assert await office.done() == [("disable_user", BOSS.user_id, MEI.user_id)]
    assert await office.accounts.enable(MEI.user_id, BOSS)
    assert await office.lives(await office.sign_in())


async def test_a_new_role_counts_from_now_on(office: Office) -> None:
    token = await office.sign_in()
    assert await office.accounts.change_role(MEI.user_id, "agent", BOSS)
    assert not await office.lives(token)
    assert office.events.ends() == [(SessionEnd.ROLE_CHANGED, True)]
    found = await office.accounts.find(await office.sign_in())
    assert found is not None
    assert found.me.role == "agent"


async def test_a_new_password_ends_what_the_old_one_began(office: Office) -> None:
    token = await office.sign_in()
    assert await office.accounts.change_password(MEI.user_id, "a better one", Actor())
    assert not await office.lives(token)
    assert office.events.ends() == [(SessionEnd.PASSWORD_CHANGED, True)]
    user = await office.users.by_username("mei")
    assert user is not None
    assert not user.demo
    assert (await office.done())[0] == ("change_password", None, MEI.user_id)


async def test_nothing_is_told_of_people_who_are_not_there(office: Office) -> None:
    assert not await office.accounts.disable(UserId("user_none"), BOSS)
    assert office.events.published == []
    assert await office.done() == []


async def test_whoever_signs_in_while_the_account_changes_is_not_signed_in(office: Office) -> None:
    read_before = await office.users.by_username("mei")
    assert read_before is not None
    await office.accounts.change_role(MEI.user_id, "agent", BOSS)
    assert await office.accounts.begin(read_before) is None
    assert await office.sessions.of(MEI.user_id) == []


async def test_changes_past_this_door_are_found(office: Office) -> None:
    token = await office.sign_in()
    await office.accounts.end_outdated()
    assert await office.lives(token)
    await office.users.change(MEI.user_id, password_hash=hash_password("x"))
    await office.accounts.end_outdated()
    assert not await office.lives(token)
    assert office.events.ends() == [(SessionEnd.ACCOUNT_CHANGED, True)]


async def test_the_last_administrator_stays_one(office: Office) -> None:
    await office.users.add(BOSS_PERSON)
    for refused in (
        office.accounts.disable(BOSS_PERSON.user_id, BOSS),
        office.accounts.change_role(BOSS_PERSON.user_id, "agent", BOSS),
        office.accounts.change(BOSS_PERSON.user_id, BOSS, "change_user", {"password_hash": ""}),
    ):
        with pytest.raises(UserRefused, match="last_administrator"):
            await refused
    await office.accounts.change_role(MEI.user_id, "admin", BOSS)
    assert await office.accounts.disable(BOSS_PERSON.user_id, BOSS)
    with pytest.raises(UserRefused, match="last_administrator"):
        await office.accounts.disable(MEI.user_id, BOSS)


async def test_where_the_demo_is_off_its_administrator_does_not_count(office: Office) -> None:
    await office.users.add(BOSS_PERSON)
    await office.accounts.change_role(MEI.user_id, "admin", BOSS)
    with pytest.raises(UserRefused, match="last_administrator"):
        await office.with_demo(False).disable(BOSS_PERSON.user_id, BOSS)
    assert await office.accounts.disable(BOSS_PERSON.user_id, BOSS)


async def test_two_who_change_the_same_person_do_not_overwrite_each_other(office: Office) -> None:
    changed = await office.accounts.change(MEI.user_id, BOSS, "change_user", {"name": "Mei Lin"}, expected=1)
    assert changed is not None
    assert (changed.name, changed.version) == ("Mei Lin", 2)
    with pytest.raises(UserRefused, match="changed_since") as refused:
        await office.accounts.change(MEI.user_id, BOSS, "change_user", {"name": "Lin Mei"}, expected=1)
    assert refused.value.version == 2


async def test_another_name_ends_no_sign_in_and_each_says_it(office: Office) -> None:
    token = await office.sign_in()
    await office.accounts.change(MEI.user_id, BOSS, "change_user", {"name": "Mei Lin", "language": "zh"})
    found = await office.accounts.find(token)
    assert found is not None
    assert (found.me.name, found.me.language) == ("Mei Lin", "zh")
    assert office.events.ends() == []


async def test_sign_ins_are_listed_with_where_and_when_and_ended_one_by_one(office: Office) -> None:
    began = office.watch.time
    first = await office.sign_in(Device(browser="Firefox", system="Windows", address="192.0.2.7"))
    office.watch.time += 10
    second = await office.sign_in()
    office.watch.time += 20
    assert await office.lives(first)
    newest, other = await office.accounts.of(MEI.user_id)
    assert (newest.device.browser, newest.began_at, newest.seen_at) == ("Firefox", began, began + 30)
    assert await office.accounts.end_one(MEI.user_id, other.session_id, BOSS)
    assert not await office.accounts.end_one(MEI.user_id, other.session_id, BOSS)
    assert (await office.lives(first), await office.lives(second)) == (True, False)
    assert office.events.ends() == [(SessionEnd.ENDED, False)]
    office.watch.time += 1
    assert await office.accounts.sign_out_everywhere(MEI.user_id, BOSS)
    assert await office.accounts.of(MEI.user_id) == ()
    assert [action for action, _, _ in await office.done()] == ["end_sessions", "end_session"]


async def test_people_who_are_gone_are_found(office: Office) -> None:
    token = await office.sign_in()
    await office.users.change(MEI.user_id, active=False)
    await office.accounts.end_outdated()
    assert not await office.lives(token)


async def test_sessions_of_the_demo_end_where_the_demo_is_turned_off(office: Office) -> None:
    token = await office.sign_in()
    await office.with_demo(False).end_outdated()
    assert not await office.lives(token)


async def test_the_oldest_sign_in_makes_room_for_the_newest(office: Office) -> None:
    tokens = []
    for _ in range(PER_USER + 1):
        tokens.append(await office.sign_in())
        office.watch.time += 1
    assert [await office.lives(token) for token in tokens] == [False, True, True, True]
    assert office.events.ends() == [(SessionEnd.REPLACED, False)]
    assert [await office.accounts.why_over(token) for token in tokens] == [SessionEnd.REPLACED, None, None, None]


async def test_who_comes_back_with_the_cookie_is_told_why_it_is_over(office: Office) -> None:
    """The first reason counts; of a cookie that never was nothing is known."""
    token, other = await office.sign_in(), await office.sign_in()
    session = await office.accounts.find(other)
    assert session is not None
    await office.accounts.end_one(MEI.user_id, session.session_id, BOSS)
    await office.accounts.disable(MEI.user_id, BOSS)
    await office.accounts.end(token, session, SessionEnd.EXPIRED)
    told = [await office.accounts.why_over(each) for each in (token, other, "never begun")]
    assert told == [SessionEnd.DISABLED, SessionEnd.ENDED, None]


async def test_sign_ins_that_are_over_displace_none_that_lives(office: Office) -> None:
    kept = await office.sign_in()
    for _ in range(PER_USER + 1):
        office.watch.time += 1
        await office.sessions.end(await office.sign_in(), SessionEnd.SIGNED_OUT)
    assert await office.lives(kept)
    assert office.events.ends() == []


async def test_redis_holds_no_cookie(office: Office, redis_server: RedisServer, prefix: str) -> None:
    token = await office.sign_in()
    async with Redis.from_url(redis_server.url) as redis:
        keys = await redis.keys(f"{prefix}*")
        held = [await redis.dump(key) for key in keys]
    assert len(keys) == 3
    assert not any(token.encode() in part for part in (*keys, *held) if part)


async def test_signing_out_names_the_sign_in_that_is_over(office: Office) -> None:
    token = await office.sign_in()
    found = await office.accounts.find(token)
    assert found is not None
    await office.accounts.end(token, found, SessionEnd.SIGNED_OUT)
    (event,) = office.events.published
    assert isinstance(event, SessionsEnded)
    assert event.session_id == found.session_id
    assert not await office.lives(token)
