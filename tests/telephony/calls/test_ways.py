"""How both ends of a way between two nodes come to know each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from core.commands import Answer, AnyCommand, ListLegs, OpenLink, SetMix, StopSupervising, Supervise
from core.ids import LegId, NodeId, UserId
from core.model import LegPurpose
from core.parties import Mode
from core.partitions import ALL, calls_of
from core.ports import ok
from tests.peers.waiting import until
from tests.telephony.calls.test_service import CALL, CUSTOMER, MEI_LEG, NODE, Installation, snapshot

FAR = NodeId("node_2")
SAM = LegId("leg_sam")


class TwoNodes(Installation):
    """Whose ends tell an address and a key of their own each."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[NodeId, OpenLink]] = []
        self.mixes: list[SetMix] = []
        self._tasks.append(asyncio.create_task(self.bus.serve(f"node:{FAR}", self._far_node), name="far-node"))

    async def _node(self, command: AnyCommand) -> Answer:
        if isinstance(command, OpenLink):
            self.asked.append((NODE, command))
            return ok(host="192.0.2.1", port=4000, public_key=b"near")
        return await super()._node(command)

    async def _far_node(self, command: AnyCommand) -> Answer:
        if isinstance(command, OpenLink):
            self.asked.append((FAR, command))
            return ok(host="192.0.2.2", port=5000, public_key=b"far")
        if isinstance(command, ListLegs):
            return ok(legs=[])
        assert isinstance(command, SetMix)
        self.mixes.append(command)
        return ok()

    async def sam_listens(self, mode: Mode = Mode.LISTEN) -> None:
        """From the other node."""
        wish = Supervise(call_id=CALL, user_id=UserId("user_sam"), leg_id=SAM, node_id=FAR, mode=mode)
        before = len(self.mixes)
        assert (await self.bus.send(calls_of(CALL), wish)).ok
        await until(lambda: len(self.mixes) > before)


@pytest.fixture
async def nodes() -> AsyncIterator[TwoNodes]:
    made = TwoNodes()
    await made.service.start()
    await made.service.take(ALL)
    await made.connect()
    yield made
    await made.stop()


async def test_each_end_is_told_the_others_address_and_key(nodes: TwoNodes) -> None:
    await nodes.sam_listens()
    assert [(node, asked.host, asked.port, asked.public_key) for node, asked in nodes.asked] == [
        (NODE, "", 0, b""),
        (FAR, "192.0.2.1", 4000, b"near"),
        (NODE, "192.0.2.2", 5000, b"far"),
    ]
    assert len({asked.link_id for _, asked in nodes.asked}) == 1


async def test_a_way_is_opened_once_for_all_mixes_that_name_it(nodes: TwoNodes) -> None:
    await nodes.sam_listens()
    await nodes.sam_listens(Mode.TALK)
    await nodes.sam_listens()
    assert len(nodes.asked) == 3


async def test_whoever_comes_back_has_a_way_again(nodes: TwoNodes) -> None:
    """Both nodes closed it when their mixes did not name it any more."""
    await nodes.sam_listens()
    assert (await nodes.bus.send(calls_of(CALL), StopSupervising(call_id=CALL, user_id=UserId("user_sam")))).ok
    await until(lambda: nodes.mixes[-1].hears == {})
    await nodes.sam_listens()
    assert len(nodes.asked) == 6


async def test_a_way_that_a_node_has_lost_is_opened_again(nodes: TwoNodes) -> None:
    await nodes.sam_listens()
    (_, asked), *_ = nodes.asked
    nodes.refuses[SetMix] = ok(missing=[asked.link_id])
    await nodes.sam_listens(Mode.TALK)
    del nodes.refuses[SetMix]
    await nodes.sam_listens()
    assert len(nodes.asked) == 6


async def test_whoever_takes_a_call_over_opens_its_ways_once_more(nodes: TwoNodes) -> None:
    """What it is told by the nodes is what they said before, and they change nothing."""
    await nodes.sam_listens()
    nodes.legs = [snapshot(CUSTOMER, LegPurpose.CALLER), snapshot(MEI_LEG, LegPurpose.AGENT)]
    await nodes.restart()
    await until(lambda: len(nodes.asked) == 6)
    assert [command for _, command in nodes.asked[3:]] == [command for _, command in nodes.asked[:3]]
