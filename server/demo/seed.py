"""Writes the demo company through the same doors that an installation's own data comes in by.

Invariant: may run at every start. What people have changed since stays; only a flow text that the demo itself published is
renewed when a newer release brings another. Where a company has an administrator of its own, or has removed the demo, nothing is
written.
"""

from __future__ import annotations

import asyncio
from datetime import tzinfo
from importlib.resources import files

import msgspec

from core.ids import AgentId, FlowId, UserId
from core.ports import NumberEntry
from customers.callable_numbers import CallbackRules
from customers.identity import stable_id
from customers.importing import ImportReport, import_lines
from server.business.checks.names import SECTIONS
from server.demo.company import Company, UserPart, load_company, load_configuration
from server.demo.whether import SEEDED, why_no_demo
from server.passwords import hash_password
from server.storage.sql.archive import SqlArchive
from server.storage.sql.configuration import Author, SqlConfiguration
from server.storage.sql.database import Database
from server.storage.sql.flows import SqlFlows
from server.storage.sql.number_plan import SqlNumberPlan
from server.storage.sql.settings import SqlSettings
from server.storage.sql.users import SqlUsers, User

AUTHOR = "demo"


class DemoSignIn(msgspec.Struct, frozen=True, kw_only=True):
    """What `make serve` prints."""

    username: str
    password: str
    name: str
    role: str


def demo_sign_ins() -> tuple[DemoSignIn, ...]:
    company = load_company()
    return tuple(
        DemoSignIn(username=user.username, password=company.password, name=user.name, role=user.role) for user in company.users
    )


async def seed_demo(
    database: Database, *, now: float, zone: tzinfo, region: str = "GB", again: bool = False
) -> ImportReport | None:
    """The report of the imported history the first time, None when the demo is there already or is not wanted here. `again`:
    also after somebody has removed it.
    """
    why = await why_no_demo(database)
    if why == "own_administrator" or (why == "removed" and not again):
        return None
    company = load_company()
    await _publish_flow(database, company, now)
    settings = SqlSettings(database)
    if await settings.get(SEEDED) is not None:
        return None
    await _organization(database, now)
    await _users(database, company)
    numbers = SqlNumberPlan(database, region)
    for number in company.numbers:
        await numbers.add_missing(NumberEntry(number=number.number, flow_id=FlowId(company.flow.flow_id)), number.label)
    report = await import_lines(history(), SqlArchive(database), now=now, zone=zone, region=region)
    # Last, so that a start that was interrupted is repeated wholly; each step before is harmless when repeated.
    await settings.put(SEEDED, now)
    return report


def history() -> list[bytes]:
    return (files("server.demo") / "history.jsonl").read_bytes().splitlines(keepends=True)


async def _publish_flow(database: Database, company: Company, now: float) -> None:
    text = (files("ivr") / "flows" / "demo.yaml").read_text(encoding="utf-8")
    flows, flow_id = SqlFlows(database), FlowId(company.flow.flow_id)
    newest = await flows.newest(flow_id)
    if newest is None or (newest.author == AUTHOR and newest.text != text):
        await flows.publish(flow_id, await flows.save(flow_id, company.flow.name, text, AUTHOR, now))


async def _organization(database: Database, now: float) -> None:
    """The demo's skills, hours, queues and agents beside those that are there."""
    store, demo = SqlConfiguration(database), load_configuration()
    there = (await store.current()).document
    both = {section: {**getattr(demo, section), **getattr(there, section)} for section in SECTIONS}
    callbacks = demo.callbacks if there.callbacks == CallbackRules() else there.callbacks
    document = msgspec.structs.replace(there, **both, callbacks=callbacks)
    await store.append(document, Author(name=AUTHOR), now, "The demo company")


async def _users(database: Database, company: Company) -> None:
    """Everybody of the demo has the password that is printed: its hash, which takes longer than all the rest, is made once."""
    users = SqlUsers(database)
    password_hash = await asyncio.to_thread(hash_password, company.password)
    for part in company.users:
        if await users.by_username(part.username) is None:
            await users.add(_user(part, password_hash))


def _user(part: UserPart, password_hash: str) -> User:
    return User(
        user_id=UserId(stable_id("user", "demo", part.username)),
        username=part.username,
        name=part.name,
        role=part.role,
        password_hash=password_hash,
        agent_id=None if part.agent_id is None else AgentId(part.agent_id),
        demo=True,
    )
