"""The gate with the real SIP engine: what a carrier reads when the control plane is behind, and when it has caught up."""

from __future__ import annotations

from pathlib import Path

from core.commands import AnswerLeg
from core.events import LegOffered, NodeHeartbeat
from telephony.engine_settings import SipEngineConfig, Trunk
from telephony.media_engine import OnEngineEvent
from telephony.sip.engine import SipMediaEngine
from tests.peers.raw_sip import GOOD_SDP, RawSip
from tests.peers.waiting import until
from tests.telephony.node.running import RunningNode, config_for

SIP = SipEngineConfig(
    bind_host="127.0.0.1",
    sip_port=0,
    trunks=(Trunk(name="lab", networks=("127.0.0.1",)),),
    first_rtp_port=21000,
    last_rtp_port=22000,
)


async def test_a_carrier_reads_503_while_control_is_behind(tmp_path: Path) -> None:
    engines: list[SipMediaEngine] = []

    def make(on_event: OnEngineEvent) -> SipMediaEngine:
        engines.append(SipMediaEngine(SIP, on_event))
        return engines[-1]

    async with RunningNode(make, config_for(tmp_path, shed_after_s=0.3)) as running:
        bus, port = running.bus, engines[0].sip_port
        async with RawSip.to(port) as carrier:
            for _ in range(3):
                carrier.send(carrier.request("INVITE", body=GOOD_SDP))
            await until(lambda: len(bus.of_type(LegOffered)) == 3)
            await until(lambda: any(beat.claim_wait_ms >= 300 for beat in bus.of_type(NodeHeartbeat)))

            refusal = await carrier.final(carrier.request("INVITE", body=GOOD_SDP))
            assert (refusal.status, refusal.header("Retry-After")) == (503, "5")
            await until(lambda: any(beat.refused.get("system:late") for beat in bus.of_type(NodeHeartbeat)))
            assert any(beat.sip_refused.get("503") for beat in bus.of_type(NodeHeartbeat))

            for offered in bus.of_type(LegOffered):
                await running.do(AnswerLeg(leg_id=offered.leg_id))
            beats = len(bus.of_type(NodeHeartbeat))
            await until(lambda: any(beat.claim_wait_ms == 0 for beat in bus.of_type(NodeHeartbeat)[beats:]))
            carrier.send(carrier.request("INVITE", body=GOOD_SDP))
            await until(lambda: len(bus.of_type(LegOffered)) == 4)
