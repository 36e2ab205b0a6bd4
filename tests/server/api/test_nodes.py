"""Media nodes: administrators see them, and take one out of use without ending a call."""

from __future__ import annotations

from core.commands import DrainNode
from core.events import NodeHeartbeat
from core.ids import NodeId
from core.model import NodeState
from server.nodes import KIND, node_states, starts_draining
from server.storage.redis_state import RedisStateStore
from tests.peers.waiting import until_told
from tests.server.api.conftest import ControlProcess, FakeNode
from tests.server.redis_server import RedisServer


def beat(node: str, name: str, state: NodeState = NodeState.UP) -> NodeHeartbeat:
    return NodeHeartbeat(at=1, node_id=NodeId(node), legs=3, max_legs=10, loop_lag_ms=1, name=name, state=state, in_calls=2)


def test_nodes_by_name_and_those_that_were_drained_and_stopped() -> None:
    found = node_states([beat("node_2", "b", NodeState.DRAINING), beat("node_1", "a"), beat("node_3", "")], ["b", "c"])
    assert [(node.name, node.node_id, node.state) for node in found] == [
        ("a", "node_1", "up"),
        ("b", "node_2", "draining"),
        ("c", None, "stopped"),
        ("node_3", "node_3", "up"),
    ]


async def test_a_drained_node_is_told_and_stays_so_after_a_restart(
    control: ControlProcess, node: FakeNode, redis_server: RedisServer
) -> None:
    store = RedisStateStore(redis_server.url, control.prefix)
    async with control.signed_in("ada") as ada:
        assert (await ada.post(f"/nodes/{node.node_id}/drain")).status_code == 204
        assert DrainNode() in node.commands
        assert await starts_draining(store, node.node_id), "it has no other name"
        assert (await ada.post(f"/nodes/{node.node_id}/resume")).status_code == 204
        assert node.commands[-1] == DrainNode(draining=False)
        assert not await starts_draining(store, node.node_id)
        assert (await ada.post("/nodes/nobody/drain")).status_code == 404
        trail = (await ada.get("/audit")).json()["items"]
        assert [(each["action"], each["subject"]) for each in trail[:2]] == [
            ("resume_node", node.node_id),
            ("drain_node", node.node_id),
        ]
    await store.close()


async def test_what_is_drained_gets_no_leg_and_everybody_sees_it(control: ControlProcess, node: FakeNode) -> None:
    async with control.signed_in("ada") as ada, control.signed_in("mei") as mei:
        node.state = NodeState.DRAINED

        async def is_shown() -> bool:
            shown = {each["node_id"]: each["state"] for each in (await mei.get("/system")).json()["nodes"]}
            return shown.get(node.node_id) == "drained"

        await until_told(is_shown, within_s=20)
        assert [each["state"] for each in (await ada.get("/nodes")).json()["items"]] == ["drained"]
        refusal = await mei.post("/legs", json={"sdp": "v=0 offer"})
        assert (refusal.status_code, refusal.json()["error"]["code"]) == (503, "no_node")


async def test_one_that_was_drained_and_stopped_can_be_resumed_by_its_name(
    control: ControlProcess, node: FakeNode, redis_server: RedisServer
) -> None:
    store = RedisStateStore(redis_server.url, control.prefix)
    await store.save(KIND, "voice-9:5060", b"1")
    async with control.signed_in("ada") as ada:
        stopped = [each for each in (await ada.get("/nodes")).json()["items"] if each["state"] == "stopped"]
        assert [(each["name"], each["node_id"]) for each in stopped] == [("voice-9:5060", None)]
        assert (await ada.post("/nodes/voice-9:5060/resume")).status_code == 204
        assert not await starts_draining(store, "voice-9:5060")
    await store.close()


async def test_a_leg_says_where_it_is_and_comes_back_elsewhere_if_it_can(control: ControlProcess, node: FakeNode) -> None:
    async with control.signed_in("mei") as mei:
        made = (await mei.post("/legs", json={"sdp": "v=0 offer"})).json()
        assert made["node_id"] == node.node_id
        again = await mei.post("/legs", json={"sdp": "v=0 offer", "avoid": made["node_id"]})
        assert again.json()["node_id"] == node.node_id, "it is the only one"
        assert (await mei.post("/legs", json={"sdp": "v=0 offer", "avoid": "x" * 500})).status_code == 422
