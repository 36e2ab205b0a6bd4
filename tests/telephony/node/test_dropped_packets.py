"""Packets of browsers that come to nothing: counted for the node, and told of the leg when it ends."""

from __future__ import annotations

import re
import socket
from pathlib import Path

from structlog.testing import capture_logs

from core.causes import EndCause
from core.commands import CreateBrowserLeg, HangUpLeg
from core.events import LegConnected, LegEnded, NodeHeartbeat
from core.ids import AgentId, LegId
from core.model import LegPurpose
from telephony.webrtc.transport import TransportConfig
from tests.peers.waiting import until
from tests.peers.webrtc_peer import WebRtcPeer
from tests.telephony.node.engine_double import EngineDouble
from tests.telephony.node.running import RunningNode, config_for

LEG, AGENT = LegId("leg_agent"), AgentId("agent_1")


async def test_what_a_leg_dropped_is_told_at_its_end_and_counted_on(tmp_path: Path) -> None:
    loopback = TransportConfig(addresses=("127.0.0.1",))
    async with RunningNode(EngineDouble, config_for(tmp_path, browsers=loopback)) as running:
        peer = WebRtcPeer()
        command = CreateBrowserLeg(leg_id=LEG, purpose=LegPurpose.AGENT, agent_id=AGENT, sdp_offer=await peer.offer())
        answer = (await running.do(command)).result["sdp"]
        await peer.connect(answer)
        await peer.send(peer.next_packet())
        await running.bus.wait_for(LegConnected, leg_id=LEG)

        protected = peer.dtls._tx_srtp.protect(peer.next_packet())
        await peer.send_raw(protected[:-1] + bytes([protected[-1] ^ 1]))
        port = int(re.findall(r"127\.0\.0\.1 (\d+) typ host", answer)[0])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.sendto(b"\x16\xfe\xff" + bytes(20), ("127.0.0.1", port))

        def counted() -> dict[str, int]:
            beats = running.bus.of_type(NodeHeartbeat)
            return {reason: count for reason, count in beats[-1].dropped_packets.items() if reason != "unsent"} if beats else {}

        await until(lambda: counted() == {"srtp": 1, "stray": 1})
        with capture_logs() as lines:
            await running.do(HangUpLeg(leg_id=LEG, cause=EndCause.AGENT_HUNG_UP))
            await running.bus.wait_for(LegEnded, leg_id=LEG)
            await until(lambda: any(line["event"] == "browser leg dropped packets" for line in lines))
        told = [line for line in lines if line["event"] == "browser leg dropped packets"]
        assert [(line["leg_id"], line["agent_id"], line["srtp"], line["stray"]) for line in told] == [(LEG, AGENT, 1, 1)]
        beats = len(running.bus.of_type(NodeHeartbeat))
        await until(lambda: len(running.bus.of_type(NodeHeartbeat)) > beats)
        assert counted() == {"srtp": 1, "stray": 1}
        await peer.close()
