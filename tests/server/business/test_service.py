"""Whoever saves, and whatever is away meanwhile: the ACD comes to follow the newest version."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from core.codec import encode
from core.commands import Answer, AnyCommand, ConfigureAcd
from core.ports import Unavailable, ok, refused
from server.business import service
from server.business.document import AgentRules, Document, QueueRules
from server.business.needs import FlowNeeds
from server.business.service import Configuration
from server.clock import SystemClock
from server.storage.sql.configuration import Author, SqlConfiguration
from server.storage.sql.database import Database, sqlite_url
from server.storage.sql.flows import SqlFlows
from tests.peers.current_database import new_sqlite
from tests.peers.memory_bus import MemoryBus
from tests.peers.waiting import until

ADA = Author(name="Ada")


def named(name: str) -> Document:
    return Document(queues={"q": QueueRules(name=name)}, agents={"mei": AgentRules(name="Mei")})


class Acd:
    """Takes configurations like the ACD, can be away or refuse, and lets the test act while one is on its way."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.away = False
        self.refuses = ""
        self.code = "contradiction"
        self.meanwhile: Callable[[], object] | None = None


class Bus(MemoryBus):
    def __init__(self, acd: Acd) -> None:
        super().__init__()
        self.acd = acd

    async def send(self, addressee: str, command: AnyCommand, timeout_s: float = 5.0) -> Answer:
        assert addressee == "acd"
        assert isinstance(command, ConfigureAcd)
        if self.acd.away:
            raise Unavailable("Redis is away")
        if self.acd.refuses:
            return refused(self.acd.refuses, self.acd.code)
        self.acd.taken += [queue.name for queue in command.queues]
        if self.acd.meanwhile is not None:
            act, self.acd.meanwhile = self.acd.meanwhile, None
            await act()  # type: ignore[misc]
        return ok()


class CodecBus(Bus):
    """Refuses what cannot travel."""

    async def send(self, addressee: str, command: AnyCommand, timeout_s: float = 5.0) -> Answer:
        encode(command)
        return await super().send(addressee, command, timeout_s)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlConfiguration]:
    url = new_sqlite(tmp_path)
    database = Database(url)
    yield SqlConfiguration(database)
    await database.close()


@pytest.fixture
async def needs(tmp_path: Path, store: SqlConfiguration) -> AsyncIterator[FlowNeeds]:
    """Of an installation without flows."""
    database = Database(sqlite_url(tmp_path / "patchbay.db"))
    yield FlowNeeds(SqlFlows(database))
    await database.close()


async def test_what_is_saved_is_put_in_force(store: SqlConfiguration, needs: FlowNeeds) -> None:
    acd = Acd()
    rules = Configuration(store, Bus(acd), SystemClock(), needs)
    await rules.save(named("Billing"), ADA)
    assert await rules.put_in_force() == ""
    assert acd.taken == ["Billing"]


async def test_of_two_changes_at_once_the_newest_is_in_force_in_the_end(store: SqlConfiguration, needs: FlowNeeds) -> None:
    acd = Acd()
    rules = Configuration(store, Bus(acd), SystemClock(), needs)
    await rules.save(named("first"), ADA)
    acd.meanwhile = lambda: store.append(named("second"), ADA, 2.0)
    assert await rules.put_in_force() == ""
    assert acd.taken == ["first", "second"]


async def test_a_refusal_is_said_with_its_reason(store: SqlConfiguration, needs: FlowNeeds) -> None:
    acd = Acd()
    acd.refuses = "queue q is given 2 times"
    rules = Configuration(store, Bus(acd), SystemClock(), needs)
    assert await rules.put_in_force() == "queue q is given 2 times"
    assert rules.settled, "told, and nothing changes by waiting"


async def test_an_acd_that_was_not_heard_has_not_been_told(store: SqlConfiguration, needs: FlowNeeds) -> None:
    """At a start under load no leader had answered in time, the server was ready all the same, and no agent was known."""
    acd = Acd()
    acd.refuses, acd.code = "acd did not answer ConfigureAcd within 5 s", ""
    rules = Configuration(store, Bus(acd), SystemClock(), needs)
    await rules.put_in_force()
    assert not rules.settled
    acd.refuses = ""
    await rules.put_in_force()
    assert rules.settled


async def test_what_could_not_be_put_in_force_is_as_soon_as_the_acd_is_back(
    store: SqlConfiguration, needs: FlowNeeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LOOK_EVERY_S", 0.01)
    acd = Acd()
    acd.away = True
    rules = Configuration(store, Bus(acd), SystemClock(), needs)
    await rules.save(named("Billing"), ADA)
    assert await rules.put_in_force() == "Redis is away"
    assert not rules.settled
    running = asyncio.create_task(rules.run())
    acd.away = False
    await until(lambda: acd.taken == ["Billing"])
    await until(lambda: rules.settled)
    await store.append(named("imported by somebody else"), ADA, 3.0)
    await until(lambda: acd.taken == ["Billing", "imported by somebody else"])
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_what_no_message_can_carry_waits_and_the_next_version_is_put_in_force(
    store: SqlConfiguration, needs: FlowNeeds
) -> None:
    """An earlier release took it. Before, looking for a newer version ended the process, at every start."""
    acd = Acd()
    configuration = Configuration(store, CodecBus(acd), SystemClock(), needs)
    attributes: dict[str, bool | int | str] = {"desk": 10**30}
    await configuration.save(Document(agents={"mei": AgentRules(name="Mei", attributes=attributes)}), ADA)
    assert "ConfigureAcd" in await configuration.put_in_force()
    await configuration.save(named("mended"), ADA)
    assert await configuration.put_in_force() == ""
    assert acd.taken == ["mended"]
