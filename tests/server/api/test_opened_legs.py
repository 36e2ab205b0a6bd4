"""Whose audio a leg is outlives the process that opened it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from core.causes import EndCause
from core.commands import Answer, AnyCommand, HangUpLeg
from core.events import LegEnded, NodeLost, SessionEnd, SessionsEnded
from core.ids import LegId, NodeId, UserId
from core.model import LegPurpose
from core.ports import ok
from server.api.opened_legs import LEG_KIND, OpenedLegs
from tests.peers.memory_bus import MemoryBus
from tests.peers.memory_store import MemoryStore

SAM, ADA, NODE = UserId("user_sam"), UserId("user_ada"), NodeId("node_1")
FIRST, SECOND = LegId("leg_1"), LegId("leg_2")


class SignedIn:
    """Who has a sign-in that lives."""

    def __init__(self) -> None:
        self.people = {SAM, ADA}

    async def of(self, user_id: UserId) -> list[bytes]:
        return [b"one"] if user_id in self.people else []


class Site:
    """What outlives a control process."""

    def __init__(self) -> None:
        self.store, self.bus, self.signed_in = MemoryStore(), MemoryBus(), SignedIn()
        self.ended: list[LegId] = []

    async def node(self, command: AnyCommand) -> Answer:
        assert isinstance(command, HangUpLeg)
        self.ended.append(command.leg_id)
        return ok()

    async def process(self) -> OpenedLegs:
        """A new one, after a start."""
        made = OpenedLegs(self.signed_in, self.bus, self.store)
        await made.start()
        return made


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(made.bus.serve(f"node:{NODE}", made.node))
        yield made
        serving.cancel()


async def test_after_a_restart_it_is_still_theirs_alone(site: Site) -> None:
    await (await site.process()).opened(FIRST, SAM, NODE)
    after = await site.process()
    assert (await after.node_of(FIRST, SAM), await after.node_of(FIRST, ADA)) == (NODE, None)
    await after.hang_up(FIRST, NODE, EndCause.SUPERVISOR_ENDED)
    assert (site.ended, site.store.kinds[LEG_KIND]) == ([FIRST], {})


async def test_after_a_restart_a_second_one_ends_the_first(site: Site) -> None:
    await (await site.process()).opened(FIRST, SAM, NODE)
    after = await site.process()
    await after.opened(SECOND, SAM, NODE)
    await after.hang_up_all(SAM, but=SECOND)
    assert site.ended == [FIRST]


async def test_at_a_second_desk_process_it_is_theirs_too_and_ends_there(site: Site) -> None:
    here, there = await site.process(), await site.process()
    await here.opened(FIRST, SAM, NODE)
    assert await there.node_of(FIRST, SAM) == NODE
    await there.opened(SECOND, SAM, NODE)
    await there.hang_up_all(SAM, but=SECOND)
    assert site.ended == [FIRST]


async def test_who_signed_out_while_nobody_listened_loses_it_at_the_next_start(site: Site) -> None:
    before = await site.process()
    await before.opened(FIRST, SAM, NODE)
    await before.opened(SECOND, ADA, NODE)
    site.signed_in.people.remove(SAM)
    await (await site.process()).handle(SessionsEnded(at=1.0, user_id=SAM, reason=SessionEnd.SIGNED_OUT))
    assert site.ended == [FIRST]


async def test_what_has_ended_is_kept_nowhere(site: Site) -> None:
    legs = await site.process()
    await legs.opened(FIRST, SAM, NODE)
    await legs.opened(SECOND, ADA, NODE)
    ended = LegEnded(
        at=1.0, leg_id=FIRST, node_id=NODE, call_id=None, purpose=LegPurpose.SUPERVISOR, cause=EndCause.TRANSPORT_FAILED
    )
    await legs.handle(ended)
    assert list(site.store.kinds[LEG_KIND]) == [SECOND]
    await legs.handle(NodeLost(at=2.0, node_id=NODE, reason="gone"))
    assert site.store.kinds[LEG_KIND] == {}


async def test_a_leg_is_opened_while_the_store_is_away(site: Site) -> None:
    legs = await site.process()
    site.store.away = True
    await legs.opened(FIRST, SAM, NODE)
    assert await legs.node_of(FIRST, SAM) == NODE
