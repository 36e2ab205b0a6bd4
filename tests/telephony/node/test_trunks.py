"""What a node does about its trunks: asks those that want to be asked, reports them, and calls by one that answers."""

from __future__ import annotations

import time
from pathlib import Path

from core.commands import DialLeg
from core.events import NodeHeartbeat
from core.ids import CallId, LegId
from core.model import TrunkReport
from telephony.media_engine import EngineError, OnEngineEvent, PeerAnswered
from telephony.node.config import OutboundTrunk
from telephony.node.trunk_life import TrunkState
from tests.peers.waiting import until
from tests.telephony.node.engine_double import EngineDouble
from tests.telephony.node.running import RunningNode, config_for

CARRIER = OutboundTrunk(name="carrier", proxy="sip:203.0.113.5", caller="+442079460000", keep_alive_s=30.0)
SPARE = OutboundTrunk(name="spare", proxy="sip:192.0.2.1")
DIAL = DialLeg(leg_id=LegId("leg_out"), call_id=CallId("call_1"), number="+442079460180")


class Site(RunningNode):
    engine: EngineDouble

    def __init__(self, folder: Path, **fails: EngineError) -> None:
        def make(on_event: OnEngineEvent) -> EngineDouble:
            self.engine = EngineDouble(on_event)
            self.engine.fails = dict(fails)
            return self.engine

        super().__init__(make, config_for(folder, outbound=(CARRIER, SPARE)))

    def questions(self) -> int:
        return sum(asked[0] == "ask_peer" for asked in self.engine.asked)

    def dialled_by(self) -> object:
        return [asked[-1] for asked in self.engine.asked if asked[0] == "dial"][-1]

    def says(self, status: int, reason: str) -> None:
        self.engine.say(
            PeerAnswered(peer="carrier", sip_status=status, reason=reason, by_peer=True, round_trip_ms=7.04, at=time.time())
        )

    async def reported(self, state: TrunkState) -> TrunkReport:
        def states() -> list[TrunkReport]:
            beats = self.bus.of_type(NodeHeartbeat)
            return [trunk for beat in beats[-1:] for trunk in beat.trunks if trunk.state == state]

        await until(lambda: bool(states()))
        return states()[0]


async def test_only_who_wants_to_be_asked_is_asked_and_its_words_go_out_with_the_heartbeat(tmp_path: Path) -> None:
    async with Site(tmp_path) as site:
        await until(lambda: site.questions() == 1)
        assert ("ask_peer", "carrier", "sip:203.0.113.5", "sip:+442079460000@203.0.113.5") in site.engine.asked
        assert (await site.reported("unknown")).trunk_id == "carrier"
        site.says(404, "Not Here")
        report = await site.reported("up")
        assert (report.status, report.reason, report.round_trip_ms, report.calls) == (404, "Not Here", 7.0, 0)


async def test_calls_go_by_the_next_trunk_when_the_first_is_down_and_back_again(tmp_path: Path) -> None:
    async with Site(tmp_path) as site:
        await until(lambda: site.questions() == 1)
        site.says(503, "Maintenance")
        await until(lambda: site.questions() == 2)
        site.says(503, "Maintenance")
        report = await site.reported("down")
        assert report.reason == "Maintenance"
        await site.do(DIAL)
        assert site.dialled_by() == "spare"
        site.says(200, "OK")
        await site.do(DialLeg(leg_id=LegId("leg_other"), call_id=CallId("call_2"), number="1000"))
        assert site.dialled_by() == "carrier"
        assert (await site.reported("up")).calls == 1


async def test_a_trunk_that_cannot_be_asked_is_down_and_the_node_goes_on(tmp_path: Path) -> None:
    async with Site(tmp_path, ask_peer=EngineError("bad_argument", "cannot be asked")) as site:
        await site.reported("down")
