"""Adding, inviting and changing people, with real storage: one act each, and nothing by halves."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.commands import Answer, AnyCommand
from core.events import AnyEvent, SessionEnd, SessionsEnded
from core.ids import UserId
from core.ports import ok
from server.accounts import Accounts, Actor
from server.business.document import AgentRules, Document, QueueRules
from server.business.needs import FlowNeeds
from server.business.reading import Refused
from server.business.service import Configuration
from server.passwords import verify_password
from server.people.service import Acceptance, Link, NewPerson, People, WeakPassword
from server.storage.redis_sessions import RedisSessions
from server.storage.sql.audit_log import SqlAuditLog
from server.storage.sql.configuration import Author, SqlConfiguration
from server.storage.sql.database import Database
from server.storage.sql.flows import SqlFlows
from server.storage.sql.invitations import InvitationOver, SqlInvitations
from server.storage.sql.users import SqlUsers, User, UserRefused
from tests.peers.current_database import new_sqlite
from tests.server.redis_server import RedisServer

ADA = Actor(user_id=UserId("user_ada"), source="203.0.113.9")
AUTHOR = Author(name="Ada")
LINK_S = 3600.0
GOOD = "correct horse battery"


class Bus:
    """What happens is kept; every command is obeyed."""

    def __init__(self) -> None:
        self.published: list[AnyEvent] = []

    async def publish(self, event: AnyEvent) -> None:
        self.published.append(event)

    async def send(self, addressee: str, command: AnyCommand, timeout_s: float = 5.0) -> Answer:
        return ok()


class Company:
    """An installation's people, and a clock that the test moves."""

    def __init__(self, database: Database, redis_url: str, prefix: str, demo: bool = False) -> None:
        self.time = 1_000_000.0
        self.bus = Bus()
        self.users, self.audit = SqlUsers(database), SqlAuditLog(database)
        self.configuration = Configuration(SqlConfiguration(database), self.bus, self, FlowNeeds(SqlFlows(database)))
        self.sessions = RedisSessions(redis_url, prefix, self, idle_s=600, longest_s=600, per_user=5)
        self.accounts = Accounts(self.users, self.sessions, self.bus, self.audit, self, demo=demo)
        self.people = People(
            self.users,
            SqlInvitations(database),
            self.accounts,
            self.configuration,
            self,
            demo=demo,
            shortest_password=12,
            invitation_s=LINK_S,
            address="https://desk.example",
        )

    def now(self) -> float:
        return self.time

    async def add(self, name: str, **more: object) -> tuple[User, Link | None]:
        return await self.people.add(NewPerson(name=name, **more), ADA, AUTHOR)  # type: ignore[arg-type]

    async def accept(self, link: Link | None, name: str, password: str = GOOD, **more: str) -> User:
        assert link is not None
        token = link.path.partition("#")[2]
        return await self.people.accept(token, Acceptance(name=name, password=password, **more), "192.0.2.1")

    async def agents(self) -> dict[str, AgentRules]:
        return (await self.configuration.store.current()).document.agents

    async def done(self) -> Counter[str]:
        return Counter(entry.action for entry in await self.audit.latest(20))


@pytest.fixture
async def company(tmp_path: Path, redis_server: RedisServer, prefix: str) -> AsyncIterator[Company]:
    url = new_sqlite(tmp_path)
    database = Database(url)
    made = Company(database, redis_server.url, prefix)
    await made.configuration.save(Document(skills={"skill_billing": "Billing"}), AUTHOR)
    yield made
    await made.sessions.close()
    await database.close()


async def test_an_agent_is_added_in_one_act_and_chooses_the_password(company: Company) -> None:
    user, link = await company.add("Tessa Lindqvist", email="Tessa@Northwind.example", skills={"skill_billing": 2})
    assert (user.username, user.state, user.agent_id) == ("tessa", "invited", "agent_tessa_lindqvist")
    assert await company.agents() == {"agent_tessa_lindqvist": AgentRules(name="Tessa Lindqvist", skills={"skill_billing": 2})}
    assert not verify_password(user.password_hash, "")
    accepted = await company.accept(link, "Tessa Lind", language="zh")
    assert (accepted.state, accepted.name, accepted.language) == ("active", "Tessa Lind", "zh")
    assert verify_password(accepted.password_hash, GOOD)
    assert (await company.agents())["agent_tessa_lindqvist"].name == "Tessa Lind"
    found = await company.users.by_username("tessa@northwind.example")
    assert found is not None
    assert found.user_id == user.user_id
    done = {"accept_invitation": 1, "invite_user": 1, "add_user": 1, "publish_configuration": 3}
    assert await company.done() == done


async def test_a_link_opens_once_and_until_its_time(company: Company) -> None:
    _, link = await company.add("Tessa")
    await company.accept(link, "Tessa")
    with pytest.raises(InvitationOver):
        await company.accept(link, "Somebody else")
    _, late = await company.add("Owen")
    company.time += LINK_S
    with pytest.raises(InvitationOver):
        await company.accept(late, "Owen")


async def test_a_new_link_closes_the_old_one_and_a_withdrawn_one_opens_nothing(company: Company) -> None:
    user, old = await company.add("Tessa")
    new = await company.people.invite(user.user_id, ADA)
    with pytest.raises(InvitationOver):
        await company.accept(old, "Tessa")
    assert await company.people.revoke(user.user_id, ADA)
    assert not await company.people.revoke(user.user_id, ADA)
    with pytest.raises(InvitationOver):
        await company.accept(new, "Tessa")


async def test_a_weak_password_uses_no_link_up(company: Company) -> None:
    _, link = await company.add("Tessa Lindqvist", email="tessa.lindqvist@northwind.example")
    for weak in ("short", "tessa lindqvist", "patchbay-demo", "aaaaaaaaaaaa", "Password1234"):
        with pytest.raises(WeakPassword):
            await company.accept(link, "Tessa Lindqvist", weak)
    assert (await company.accept(link, "Tessa Lindqvist")).state == "active"


async def test_a_first_password_is_good_for_one_sign_in(company: Company) -> None:
    user, link = await company.add("Tessa", password=GOOD)
    assert link is None
    assert (user.state, user.must_change_password) == ("active", True)
    changed = await company.accounts.change_password(user.user_id, "another good one", ADA)
    assert changed is not None
    assert not changed.must_change_password


async def test_a_reset_keeps_the_old_password_until_the_link_is_used_and_ends_sessions_then(company: Company) -> None:
    user, link = await company.add("Tessa")
    user = await company.accept(link, "Tessa")
    assert await company.accounts.begin(user) is not None
    reset = await company.people.invite(user.user_id, ADA)
    assert len(await company.accounts.of(user.user_id)) == 1
    await company.accept(reset, "Tessa", "another good one")
    assert await company.accounts.of(user.user_id) == ()
    ends = [event.reason for event in company.bus.published if isinstance(event, SessionsEnded)]
    assert ends == [SessionEnd.PASSWORD_CHANGED] * 2


async def test_nobody_is_added_by_halves(company: Company) -> None:
    await company.add("Tessa", username="tessa", skills={})
    before = await company.agents()
    with pytest.raises(UserRefused, match="username_taken"):
        await company.add("Another Tessa", username="Tessa", skills={"skill_billing": 1})
    with pytest.raises(Refused):
        await company.add("Frank", skills={"skill_of_nobody": 1})
    assert await company.agents() == before
    assert [user.name for user in await company.users.all()] == ["Tessa"]


async def test_people_of_one_name_who_are_added_at_once_are_agents_of_their_own(company: Company) -> None:
    added = await asyncio.gather(*(company.add("Tessa", username=f"tessa{each}", skills={}) for each in range(3)))
    assert {user.agent_id for user, _ in added} == set(await company.agents())
    assert len(await company.agents()) == 3
    takers = [(await company.add("Sam", username=f"sam{each}"))[0] for each in range(2)]
    taken = await asyncio.gather(*(company.people.change(each.user_id, {}, ADA, AUTHOR, takes_work=True) for each in takers))
    assert {user.agent_id for user in taken if user is not None} == {"agent_sam", "agent_sam_2"}


async def test_names_and_addresses_are_never_shared(company: Company) -> None:
    tessa, _ = await company.add("Tessa", email="t@northwind.example")
    other, _ = await company.add("Tessa", email="u@northwind.example")
    assert {tessa.username, other.username} == {"t", "u"}
    with pytest.raises(UserRefused, match="email_taken"):
        await company.add("Third", email="T@northwind.example")
    with pytest.raises(UserRefused, match="email_taken"):
        await company.people.change(other.user_id, {"email": "t@NORTHWIND.example"}, ADA, AUTHOR)


async def test_work_is_taken_and_given_up_with_the_persons_sessions_ended(company: Company) -> None:
    user, link = await company.add("Sam", role="supervisor")
    user = await company.accept(link, "Sam")
    assert await company.agents() == {}
    changed = await company.people.change(user.user_id, {}, ADA, AUTHOR, takes_work=True, skills={"skill_billing": 3})
    assert changed is not None
    assert changed.agent_id == "agent_sam"
    assert (await company.agents())["agent_sam"].skills == {"skill_billing": 3}
    await company.people.change(user.user_id, {"name": "Sam Okoro"}, ADA, AUTHOR, skills={"skill_billing": 4})
    assert (await company.agents())["agent_sam"] == AgentRules(name="Sam Okoro", skills={"skill_billing": 4})
    changed = await company.people.change(user.user_id, {}, ADA, AUTHOR, takes_work=False)
    assert changed is not None
    assert changed.agent_id is None
    assert await company.agents() == {}
    again = await company.people.change(user.user_id, {}, ADA, AUTHOR, takes_work=True)
    assert again is not None
    assert again.agent_id == "agent_sam_okoro"


async def test_the_last_agent_of_a_queue_is_not_taken_away(company: Company) -> None:
    user, _ = await company.add("Mei", skills={"skill_billing": 5})
    document = (await company.configuration.store.current()).document
    queue = {"queue_billing": QueueRules(name="Billing", requirements={"skill_billing": 2})}
    await company.configuration.save(Document(skills=document.skills, agents=document.agents, queues=queue), AUTHOR)
    with pytest.raises(Refused, match="Billing"):
        await company.people.change(user.user_id, {}, ADA, AUTHOR, takes_work=False)
    kept = await company.users.get(user.user_id)
    assert kept is not None
    assert kept.agent_id == "agent_mei"


async def test_who_is_disabled_cannot_use_an_open_link(company: Company) -> None:
    user, link = await company.add("Tessa")
    await company.people.disable(user.user_id, ADA, "Left the company")
    with pytest.raises(InvitationOver):
        await company.accept(link, "Tessa")
    kept = await company.users.get(user.user_id)
    assert kept is not None
    assert (kept.state, kept.disabled_at, kept.disabled_reason) == ("disabled", company.time, "Left the company")


async def test_another_password_closes_an_open_link_and_overwrites_none_that_nobody_has_seen(company: Company) -> None:
    user, link = await company.add("Tessa")
    user = await company.accept(link, "Tessa")
    reset = await company.people.invite(user.user_id, ADA)
    assert await company.accounts.change_password(user.user_id, "another good one", ADA, expected=user.version) is not None
    with pytest.raises(InvitationOver):
        await company.accept(reset, "A thief of the link")
    with pytest.raises(UserRefused, match="changed_since"):
        await company.accounts.change_password(user.user_id, "what a thief wants", ADA, expected=user.version)


async def test_the_link_of_the_first_administrator_is_over_once_there_is_one(company: Company) -> None:
    link = await company.people.first_link()
    await company.add("Ada", role="admin", password=GOOD)
    assert link is not None
    with pytest.raises(InvitationOver):
        await company.people.opened(link.path.partition("#")[2])
    with pytest.raises(InvitationOver):
        await company.accept(link, "A second one", username="second")
    assert [user.name for user in await company.users.all()] == ["Ada"]


async def test_the_first_administrator_is_made_by_a_link_and_there_is_none_for_a_second(company: Company) -> None:
    old, link = await company.people.first_link(), await company.people.first_link()
    with pytest.raises(InvitationOver):
        await company.accept(old, "Ada")
    first = await company.accept(link, "Ada Kowalska", username="Ada")
    assert (first.role, first.username, first.state) == ("admin", "ada", "active")
    assert await company.people.first_link() is None
    assert (await company.done())["add_first_administrator"] == 1


async def test_an_administrator_of_the_demo_is_none_where_the_demo_is_off(company: Company) -> None:
    await company.users.add(User(user_id=UserId("user_x"), username="x", name="X", role="admin", password_hash="h", demo=True))
    assert await company.people.first_link() is not None
