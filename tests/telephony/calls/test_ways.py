"""How both ends of a way between two nodes come to know each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from core.commands import Answer, AnyCommand, OpenLink, SetMix, Supervise
from core.ids import LegId, NodeId, UserId
from core.parties import Mode
from core.partitions import calls_of
from core.ports import ok
from tests.peers.waiting import until
from tests.telephony.calls.test_service import CALL, NODE, Installation

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
