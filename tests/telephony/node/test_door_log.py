"""What is written about connections that were ended: seldom, and nothing is left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from structlog.testing import capture_logs

from core.events import NodeHeartbeat
from telephony.engine_settings import ConnectionLimits, SipEngineConfig, Trunk
from telephony.node.door_log import TELL_EVERY_S, DoorLog
from telephony.sip.engine import SipMediaEngine
from tests.peers.raw_connections import connections
from tests.peers.waiting import until
from tests.telephony.node.running import RunningNode, config_for

LAB = Trunk(name="lab", networks=("127.0.0.0/8",))


def test_what_happens_between_two_lines_stands_in_the_second() -> None:
    door = DoorLog()
    assert door.news({"refused": 0, "silent": 0}, 100) == {}
    assert door.news({"refused": 3, "silent": 0}, 101) == {"refused": 3}
    assert door.news({"refused": 50, "silent": 1}, 101 + TELL_EVERY_S - 0.1) == {}
    assert door.news({"refused": 60, "silent": 1}, 101 + TELL_EVERY_S) == {"refused": 57, "silent": 1}
    assert door.news({"refused": 60, "silent": 1}, 101 + 5 * TELL_EVERY_S) == {}


def test_a_clock_that_was_set_back_hides_nothing() -> None:
    door = DoorLog()
    assert door.news({"refused": 1}, 1000) == {"refused": 1}
    assert door.news({"refused": 2}, 10) == {"refused": 1}


async def test_half_messages_are_one_line_of_the_log_and_stand_in_the_heartbeat(tmp_path: Path) -> None:
    limits = ConnectionLimits(message_within_s=1.0)
    config = SipEngineConfig(bind_host="127.0.0.1", sip_port=0, trunks=(LAB,), connections=limits)
    engine: list[SipMediaEngine] = []

    def make(on_event: object) -> SipMediaEngine:
        engine.append(SipMediaEngine(config, on_event))  # type: ignore[arg-type]
        return engine[0]

    with capture_logs() as lines:
        async with RunningNode(make, config_for(tmp_path)) as node:

            async def beats(fits: Callable[[NodeHeartbeat], bool]) -> None:
                await until(lambda: any(fits(beat) for beat in node.bus.of_type(NodeHeartbeat)[-1:]))

            async with connections(engine[0].sip_port, 20) as opened:
                for each in opened:
                    each.send("INVITE sip:100@127.0.0.1 SIP/2.0\r\nVia: ")
                await beats(lambda beat: beat.connections_ended.get("unfinished") == 20)
            await beats(lambda beat: beat.connections == 0)
    told = [line for line in lines if line["event"] == "SIP connections were ended or refused"]
    assert len(told) == 1
    assert 1 <= told[0]["unfinished"] <= 20
