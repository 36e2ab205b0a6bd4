"""What the ACD is told of each agent's browser, and when."""

from __future__ import annotations

from core.commands import Answer, AnyCommand, SetAgentReachable
from core.events import AgentAtDesk, AnyEvent, BrowserSound, DesksSeen, LegConnected, NodeLost
from core.ids import AgentId, CommandId, DeskId, LegId, NodeId
from core.model import Channel, LegPurpose, UnreachableReason
from core.ports import Unavailable
from server.presence.audio import TEXT
from server.presence.judge import DESK_SILENT_S, Presence
from telephony.calls.call import AgentLeg
from tests.peers.memory_bus import MemoryBus

MEI, JONAS = AgentId("agent_mei"), AgentId("agent_jonas")
LEG, NODE = LegId("leg_mei"), NodeId("node_1")
BEGAN, AFTER_S = 1000.0, 6.0
WORKING = BrowserSound(leg_id=LEG, microphone="live", running=True, connected=True)


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


HERE, THERE = DeskId("desk_1"), DeskId("desk_2")


class Judging:
    """The judge, and its clock."""

    def __init__(self, acd: BelievingAcd) -> None:
        self.at = BEGAN
        self.judges = True
        self.presence = Presence(acd, self, lambda: acd.unreachable, AFTER_S, lambda: self.judges)

    def now(self) -> float:
        return self.at

    async def hears(self, event: AnyEvent, at: float) -> None:
        self.at = at
        await self.presence.handle(event)

    async def seen(
        self, at: float, screens: int = 1, desk: DeskId = HERE, sound: BrowserSound | None = WORKING, age_s: float = 0.0
    ) -> None:
        mei = AgentAtDesk(agent_id=MEI, screens=screens, sound=sound, sound_age_s=age_s)
        await self.hears(DesksSeen(at=at, desk_id=desk, agents=(mei,)), at)

    async def beat(self, at: float, desk: DeskId = HERE) -> None:
        """A sign of life with nothing new."""
        await self.hears(DesksSeen(at=at, desk_id=desk, agents=()), at)

    async def later(self, at: float) -> tuple[AgentId, ...]:
        self.at = at
        self.presence.look()
        return await self.presence.send_changes([MEI])


async def with_sound(acd: BelievingAcd) -> Judging:
    """Mei's desk is open, and could take a call."""
    made = Judging(acd)
    await made.hears(LegConnected(at=BEGAN, leg_id=LEG, node_id=NODE, purpose=LegPurpose.AGENT, agent_id=MEI), BEGAN)
    await made.seen(BEGAN)
    acd.told.clear()
    return made


async def test_a_desk_that_is_closed_gets_nothing_once_the_time_to_come_back_is_over() -> None:
    acd = BelievingAcd()
    judge = await with_sound(acd)
    await judge.seen(BEGAN, screens=0)
    await judge.later(BEGAN + AFTER_S)
    assert acd.unreachable[MEI] == {}
    assert await judge.later(BEGAN + AFTER_S + 0.1) == (MEI,)
    assert acd.unreachable[MEI] == dict.fromkeys((Channel.CALL, *TEXT), UnreachableReason.DESK_CLOSED)


async def test_a_page_that_is_loaded_anew_changes_nothing() -> None:
    acd = BelievingAcd()
    judge = await with_sound(acd)
    await judge.seen(BEGAN + 1, screens=0)
    await judge.later(BEGAN + 2)
    await judge.seen(BEGAN + 3)
    await judge.later(BEGAN + 8)
    assert acd.told == []


async def test_of_two_screens_one_may_close() -> None:
    acd = BelievingAcd()
    judge = await with_sound(acd)
    await judge.seen(BEGAN + 1, screens=2)
    await judge.seen(BEGAN + 2, screens=1)
    await judge.seen(BEGAN + 60)
    await judge.later(BEGAN + 60)
    assert acd.told == []


async def test_a_browser_that_says_nothing_any_more_gets_no_calls_and_may_still_get_chats() -> None:
    """A killed machine or a sleeping tab closes no connection."""
    acd = BelievingAcd()
    judge = await with_sound(acd)
    await judge.seen(BEGAN + AFTER_S + 0.1, age_s=AFTER_S + 0.1)
    assert set(acd.unreachable[MEI]) == {Channel.CALL}
    await judge.seen(BEGAN + 10)
    assert acd.unreachable[MEI] == {}


async def test_who_comes_back_through_another_desk_process_was_never_away() -> None:
    """The first one was killed: it closes nothing, and what it said counts until the second one has spoken."""
    acd = BelievingAcd()
    judge = await with_sound(acd)
    await judge.seen(BEGAN + 2.5, desk=THERE)
    for second in range(3, 20):
        await judge.seen(BEGAN + second, desk=THERE)
        await judge.later(BEGAN + second + 0.5)
    assert acd.told == []


async def test_two_desk_processes_do_not_argue_about_an_agent_with_a_screen_at_each() -> None:
    """One has the sound, the other says that it has not."""
    acd = BelievingAcd()
    judge = await with_sound(acd)
    for second in range(1, 20):
        await judge.seen(BEGAN + second, desk=HERE)
        await judge.seen(BEGAN + second, desk=THERE, sound=None)
        await judge.later(BEGAN + second + 0.5)
    await judge.seen(BEGAN + 20, screens=0, desk=THERE, sound=None)
    await judge.later(BEGAN + 20.5)
    assert acd.told == []


async def test_screens_of_a_desk_process_that_says_nothing_any_more_are_closed() -> None:
    acd = BelievingAcd()
    judge = await with_sound(acd)
    await judge.beat(BEGAN + 4)
    await judge.later(BEGAN + 4 + DESK_SILENT_S)
    assert acd.unreachable[MEI] == {Channel.CALL: UnreachableReason.NO_REPORT}
    await judge.later(BEGAN + 4 + DESK_SILENT_S + AFTER_S)
    assert acd.unreachable[MEI][Channel.CHAT] == UnreachableReason.DESK_CLOSED


async def test_whoever_only_stands_by_tells_nothing_and_knows_all_the_same() -> None:
    acd = BelievingAcd()
    judge = Judging(acd)
    judge.judges = False
    await judge.hears(LegConnected(at=BEGAN, leg_id=LEG, node_id=NODE, purpose=LegPurpose.AGENT, agent_id=MEI), BEGAN)
    await judge.seen(BEGAN)
    await judge.later(BEGAN + 1)
    assert acd.told == []
    judge.judges = True
    acd.unreachable[MEI] = {Channel.CALL: UnreachableReason.NO_REPORT}
    await judge.later(BEGAN + 2)
    assert acd.unreachable[MEI] == {}


async def test_who_never_opened_a_desk_is_not_reachable_after_a_restart() -> None:
    """The earlier process may have left the ACD in the belief that somebody is there."""
    acd = BelievingAcd()
    judge = Judging(acd)
    judge.at = BEGAN + AFTER_S + 0.1
    assert set(await judge.presence.send_changes()) == {MEI, JONAS}
    assert acd.unreachable[JONAS][Channel.CALL] == UnreachableReason.DESK_CLOSED


async def test_what_is_believed_already_is_not_told_again() -> None:
    acd = BelievingAcd()
    judge = Judging(acd)
    await judge.later(BEGAN + 100)
    before = len(acd.told)
    assert await judge.later(BEGAN + 200) == ()
    assert len(acd.told) == before


async def test_what_could_not_be_told_is_told_when_the_acd_hears_again() -> None:
    acd = BelievingAcd()
    judge = Judging(acd)
    acd.deaf = True
    assert await judge.later(BEGAN + 100) == ()
    acd.deaf = False
    assert await judge.later(BEGAN + 101) == (MEI,)


async def test_an_acd_that_forgot_is_told_again() -> None:
    acd = BelievingAcd()
    judge = Judging(acd)
    await judge.later(BEGAN + 100)
    acd.unreachable = {MEI: {}, JONAS: {}}
    assert await judge.later(BEGAN + 101) == (MEI,)


async def test_nobody_is_told_of_who_is_no_agent_any_more() -> None:
    acd = BelievingAcd()
    judge = await with_sound(acd)
    del acd.unreachable[MEI]
    assert await judge.later(BEGAN + 100) == ()
    assert acd.told == []


async def test_a_lost_node_takes_the_sound_of_its_agents_and_a_leg_that_survived_a_restart_is_known() -> None:
    acd = BelievingAcd()
    judge = Judging(acd)
    judge.presence.restore({MEI: AgentLeg(leg_id=LEG, node_id=NODE, agent_id=MEI)})
    await judge.seen(BEGAN)
    await judge.later(BEGAN + 1)
    assert acd.told == []
    await judge.hears(NodeLost(at=BEGAN + 1, node_id=NODE, reason="killed"), BEGAN + 1)
    assert acd.unreachable[MEI] == {Channel.CALL: UnreachableReason.NOT_CONNECTED}
