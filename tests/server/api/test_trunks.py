"""Supervisors and administrators see the trunks' state; what a node says is there with its next heartbeat."""

from __future__ import annotations

from core.events import NodeHeartbeat
from core.model import TrunkReport
from server.clock import SystemClock
from tests.peers.waiting import until_told
from tests.server.api.conftest import ControlProcess, FakeNode


async def test_the_state_of_trunks_is_for_supervisors(control: ControlProcess, node: FakeNode) -> None:
    now = SystemClock().now()
    report = TrunkReport(
        trunk_id="this-machine", state="up", since=now, status=200, reason="OK", answered_at=now, round_trip_ms=3.0, calls=2
    )
    beat = NodeHeartbeat(at=now, node_id=node.node_id, legs=2, max_legs=10, loop_lag_ms=1, trunks=(report,))
    async with control.signed_in("sam") as sam, control.signed_in("mei") as mei:

        async def shown() -> bool:
            await node.bus.publish(beat)
            trunks = {trunk["trunk_id"]: trunk for trunk in (await sam.get("/trunks")).json()["items"]}
            assert trunks["private-networks"]["state"] == "unknown"
            return bool(
                trunks["this-machine"]
                == {
                    "trunk_id": "this-machine",
                    "address": "127.0.0.0/8, ::1/128",
                    "state": "up",
                    "since": now,
                    "last_answer": {"status": 200, "reason": "OK", "at": now},
                    "round_trip_ms": 3.0,
                    "calls_now": 2,
                }
            )

        await until_told(shown)
        assert (await mei.get("/trunks")).status_code == 403
    async with control.visitor() as nobody:
        assert (await nobody.get("/trunks")).status_code == 401
