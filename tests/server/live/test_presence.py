"""What the ACD is told of each agent's browser, and when."""

from __future__ import annotations

from core.commands import Answer, AnyCommand, SetAgentReachable
from core.events import LegConnected, NodeLost
from core.ids import AgentId, CommandId, LegId, NodeId
from core.model import Channel, LegPurpose, UnreachableReason
from core.ports import Unavailable
from server.live.audio import TEXT
from server.live.messages import AudioReport
from server.live.presence import Presence
from telephony.calls.call import AgentLeg
from tests.peers.memory_bus import MemoryBus

MEI, JONAS = AgentId("agent_mei"), AgentId("agent_jonas")
LEG, NODE = LegId("leg_mei"), NodeId("node_1")
BEGAN, AFTER_S = 1000.0, 6.0
WORKING = AudioReport(leg_id=LEG, microphone="live", context="running", ice="connected")


class BelievingAcd(MemoryBus):
    """The ACD at the other end of the bus: believes what it is told. `deaf`: nothing comes there."""

    def __init__(self) -> None:
        super().__init__()
        self.deaf = False
        self.unreachable: dict[AgentId, dict[Channel, str]] = {MEI: {}, JONAS: {}}
        self.told: list[SetAgentReachable] = []

    async def send(self, addressee: str, command: AnyCommand, timeout_s: float = 5.0) -> Answer:
        if self.deaf:
            raise Unavailable("no Redis")
        assert isinstance(command, SetAgentReachable)
        assert addressee == "acd"
        self.told.append(command)
        reasons = self.unreachable[command.agent_id]
        reasons.pop(command.channel, None)
        if not command.reachable:
            reasons[command.channel] = command.reason
        return Answer(command_id=CommandId("cmd"), ok=True)


def presence(acd: BelievingAcd) -> Presence:
    return Presence(acd, lambda: acd.unreachable, BEGAN, AFTER_S)


def with_sound(acd: BelievingAcd, now: float = BEGAN) -> Presence:
    """Mei's desk is open, and could take a call."""
    made = presence(acd)
    made.opened(MEI)
    made.happened(LegConnected(at=now, leg_id=LEG, node_id=NODE, purpose=LegPurpose.AGENT, agent_id=MEI))
    made.reported(MEI, WORKING, now)
    return made


async def test_a_desk_that_is_closed_gets_nothing_once_the_time_to_come_back_is_over() -> None:
    acd = BelievingAcd()
    desk = with_sound(acd)
    desk.closed(MEI, BEGAN)
    await desk.send_changes(BEGAN + AFTER_S, only=[MEI])
    assert acd.unreachable[MEI] == {}
    assert await desk.send_changes(BEGAN + AFTER_S + 0.1, only=[MEI]) == (MEI,)
    assert acd.unreachable[MEI] == dict.fromkeys((Channel.CALL, *TEXT), UnreachableReason.DESK_CLOSED)


async def test_a_page_that_is_loaded_anew_changes_nothing() -> None:
    acd = BelievingAcd()
    desk = with_sound(acd)
    desk.closed(MEI, BEGAN + 1)
    await desk.send_changes(BEGAN + 2, only=[MEI])
    desk.opened(MEI)
    desk.reported(MEI, WORKING, BEGAN + 3)
    await desk.send_changes(BEGAN + 8, only=[MEI])
    assert acd.told == []


async def test_of_two_screens_one_may_close() -> None:
    acd = BelievingAcd()
    desk = with_sound(acd)
    desk.opened(MEI)
    desk.closed(MEI, BEGAN)
    desk.reported(MEI, WORKING, BEGAN + 60)
    await desk.send_changes(BEGAN + 60, only=[MEI])
    assert acd.told == []


async def test_a_browser_that_says_nothing_any_more_gets_no_calls_and_may_still_get_chats() -> None:
    """A killed machine or a sleeping tab closes no connection."""
    acd = BelievingAcd()
    desk = with_sound(acd)
    await desk.send_changes(BEGAN + AFTER_S + 0.1, only=[MEI])
    assert set(acd.unreachable[MEI]) == {Channel.CALL}
    desk.reported(MEI, WORKING, BEGAN + 10)
    await desk.send_changes(BEGAN + 10, only=[MEI])
    assert acd.unreachable[MEI] == {}


async def test_who_never_opened_a_desk_is_not_reachable_after_a_restart() -> None:
    """The earlier process may have left the ACD in the belief that somebody is there."""
    acd = BelievingAcd()
    desk = presence(acd)
    told = await desk.send_changes(BEGAN + AFTER_S + 0.1)
    assert set(told) == {MEI, JONAS}
    assert acd.unreachable[JONAS][Channel.CALL] == UnreachableReason.DESK_CLOSED


async def test_what_is_believed_already_is_not_told_again() -> None:
    acd = BelievingAcd()
    desk = presence(acd)
    await desk.send_changes(BEGAN + 100)
    before = len(acd.told)
    assert await desk.send_changes(BEGAN + 200) == ()
    assert len(acd.told) == before


async def test_what_could_not_be_told_is_told_when_the_acd_hears_again() -> None:
    acd = BelievingAcd()
    desk = presence(acd)
    acd.deaf = True
    assert await desk.send_changes(BEGAN + 100) == ()
    acd.deaf = False
    assert set(await desk.send_changes(BEGAN + 101)) == {MEI, JONAS}


async def test_an_acd_that_forgot_is_told_again() -> None:
    acd = BelievingAcd()
    desk = presence(acd)
    await desk.send_changes(BEGAN + 100)
    acd.unreachable = {MEI: {}, JONAS: {}}
    assert set(await desk.send_changes(BEGAN + 101)) == {MEI, JONAS}


async def test_nobody_is_told_of_who_is_no_agent_any_more() -> None:
    acd = BelievingAcd()
    desk = with_sound(acd)
    del acd.unreachable[MEI]
    assert await desk.send_changes(BEGAN + 100, only=[MEI]) == ()
    assert acd.told == []


async def test_a_lost_node_takes_the_sound_of_its_agents_and_a_leg_that_survived_a_restart_is_known() -> None:
    acd = BelievingAcd()
    desk = presence(acd)
    desk.restore({MEI: AgentLeg(leg_id=LEG, node_id=NODE, agent_id=MEI)})
    desk.opened(MEI)
    desk.reported(MEI, WORKING, BEGAN)
    await desk.send_changes(BEGAN + 1, only=[MEI])
    assert acd.told == []
    assert desk.happened(NodeLost(at=BEGAN + 1, node_id=NODE, reason="killed")) == (MEI,)
    await desk.send_changes(BEGAN + 1, only=[MEI])
    assert acd.unreachable[MEI] == {Channel.CALL: UnreachableReason.NOT_CONNECTED}
