"""A trunk that is a real SIP peer: it answers, goes, and comes back, and the node says so."""

from __future__ import annotations

from pathlib import Path

from core.events import NodeHeartbeat
from core.model import TrunkReport
from telephony.engine_settings import SipEngineConfig, Trunk
from telephony.node.config import OutboundTrunk
from telephony.sip.engine import SipMediaEngine
from tests.peers.phone import Phone
from tests.peers.ports import free_port
from tests.peers.waiting import until
from tests.telephony.node.running import RunningNode, config_for

LAB = Trunk(name="lab", networks=("127.0.0.0/8",))
ENGINE = SipEngineConfig(bind_host="127.0.0.1", sip_port=0, trunks=(LAB,))


async def reported(node: RunningNode, state: str) -> TrunkReport:
    def found() -> list[TrunkReport]:
        beats = node.bus.of_type(NodeHeartbeat)
        return [trunk for beat in beats[-1:] for trunk in beat.trunks if trunk.state == state]

    await until(lambda: bool(found()))
    return found()[0]


async def test_a_trunk_answers_goes_and_comes_back(tmp_path: Path) -> None:
    port = free_port()
    lab = OutboundTrunk(name="lab", proxy=f"sip:127.0.0.1:{port};transport=tcp", keep_alive_s=2.0)
    config = config_for(tmp_path, outbound=(lab,))
    arguments = ("--transport", "tcp", "--port", str(port))
    async with RunningNode(lambda on_event: SipMediaEngine(ENGINE, on_event), config) as node:
        async with Phone.start(*arguments):
            report = await reported(node, "up")
            assert (report.status, report.reason) == (200, "OK")
            assert report.round_trip_ms is not None
        down = await reported(node, "down")
        assert (down.status, down.reason) == (200, "OK"), "what it said last"
        async with Phone.start(*arguments):
            await reported(node, "up")
