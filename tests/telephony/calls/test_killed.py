"""Call control is killed between any two things that it does, and Redis goes away at any of them: what happened is told once, in
its order, and every ear hears what the parties say.

Each life of a call is lived once undisturbed, and once for each point at which it can be disturbed; whoever takes over goes on
with what was saved, and hears the last events once more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
import pytest

from core.causes import EndCause, WorkEnd
from core.commands import Consult, EndCall, EndConsultation, HandBackCall, HandOver, Supervise, TalkWith, Transfer
from core.events import AnyEvent, CallbackRequested, CallEnded, LegConnected, LegOffered, OfferAccepted, WorkEnded, WorkEnqueued
from core.ids import AgentId, CallId, LegId, OfferId, QueueId, UserId, WorkId
from core.model import Channel, LegKind, LegPurpose
from core.parties import Mode
from telephony.calls.call import legs_of, party_id
from telephony.calls.picture import SoundFiles, set_mix
from telephony.calls.saved import read_calls
from telephony.calls.service import CALL_KIND
from telephony.calls.texts import speakers
from tests.telephony.calls.installation import CALL, CUSTOMER, MEI, MEI_LEG, MUSIC, NODE, RINGING
from tests.telephony.calls.killed import World

JON, JON_LEG = AgentId("agent_jon"), LegId("leg_jon")
BILLING = QueueId("queue_billing")
CALLBACK = CallId("call_back")
CUSTOMER_PARTY = party_id("customer", CALL)
Life = Callable[[World], Awaitable[None]]


# ── what happens in a life ────────────────────────────────────────────────────────────────────────────────────────────


async def is_up(world: World, agent: AgentId, leg: LegId) -> None:
    world.agent_leg(leg, agent)
    up = LegConnected(at=world.clock.at, leg_id=leg, node_id=NODE, purpose=LegPurpose.AGENT, agent_id=agent)
    await world.happens(up)


async def rings(world: World, called: str = "1000") -> None:
    world.caller_leg(CUSTOMER, CALL)
    await world.happens(
        LegOffered(
            at=world.clock.at, call_id=CALL, leg_id=CUSTOMER, node_id=NODE, kind=LegKind.SIP, caller="+4420", called=called
        )
    )


async def waits(world: World) -> None:
    await world.happens(
        WorkEnqueued(
            at=world.clock.at,
            work_id=WorkId("work_1"),
            call_id=CALL,
            channel=Channel.CALL,
            queue_id=BILLING,
            customer_id=None,
            priority=0,
            position=1,
        )
    )


async def accepts(
    world: World, agent: AgentId, work: str, offer: str, *, call: CallId = CALL, channel: Channel = Channel.CALL
) -> None:
    await world.happens(
        OfferAccepted(
            at=world.clock.at,
            offer_id=OfferId(offer),
            work_id=WorkId(work),
            call_id=call,
            queue_id=BILLING,
            agent_id=agent,
            waited_s=1.0,
            channel=channel,
            origin_call_id=CALL if channel is Channel.CALLBACK else None,
        )
    )


async def talks(world: World) -> None:
    """A caller with an agent; a colleague is there."""
    await is_up(world, MEI, MEI_LEG)
    await is_up(world, JON, JON_LEG)
    await rings(world)
    await waits(world)
    await accepts(world, MEI, "work_1", "offer_1")


async def hangs_up(world: World, leg: LegId = CUSTOMER) -> None:
    world.leg_ends(leg, EndCause.CALLER_HUNG_UP)
    await world.settle()


async def consults(world: World, work: str = "work_2") -> None:
    await talks(world)
    await world.wishes(Consult(call_id=CALL, agent_id=MEI, work_id=WorkId(work), to_agent=JON, note="about the bill"))


async def with_colleague(world: World) -> None:
    await consults(world)
    await accepts(world, JON, "work_2", "offer_2")


# ── lives ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def abandoned(world: World) -> None:
    await rings(world)
    await waits(world)
    await hangs_up(world)


async def of_an_unknown_number(world: World) -> None:
    await rings(world, called="9999")


async def held(world: World) -> None:
    await talks(world)
    await world.wishes(TalkWith(call_id=CALL, agent_id=MEI, party_ids=()))
    await world.wishes(TalkWith(call_id=CALL, agent_id=MEI, party_ids=(CUSTOMER_PARTY,)))
    await hangs_up(world)


async def ended_by_the_agent(world: World) -> None:
    await talks(world)
    await world.wishes(EndCall(call_id=CALL, cause=EndCause.AGENT_HUNG_UP))


async def handed_over_in_conference(world: World) -> None:
    await with_colleague(world)
    colleague = party_id("colleague", "work_2")
    await world.wishes(TalkWith(call_id=CALL, agent_id=MEI, party_ids=(CUSTOMER_PARTY, colleague)))
    await world.wishes(HandOver(call_id=CALL, agent_id=MEI))
    await hangs_up(world)


async def with_a_colleague_who_leaves(world: World) -> None:
    await with_colleague(world)
    await world.wishes(EndConsultation(call_id=CALL, agent_id=JON))
    await world.wishes(TalkWith(call_id=CALL, agent_id=MEI, party_ids=(CUSTOMER_PARTY,)))
    await hangs_up(world)


async def with_a_colleague_who_declines(world: World) -> None:
    await consults(world)
    declined = WorkEnded(
        at=world.clock.at,
        work_id=WorkId("work_2"),
        call_id=CALL,
        queue_id=BILLING,
        agent_id=None,
        cause=WorkEnd.DECLINED,
        waited_s=1.0,
    )
    await world.happens(declined)
    await hangs_up(world)


async def with_a_colleague_whom_the_queues_refuse(world: World) -> None:
    world.refuses.add("work_2")
    await consults(world)
    await hangs_up(world)


async def handed_to_a_queue(world: World) -> None:
    await talks(world)
    await world.wishes(Transfer(call_id=CALL, agent_id=MEI, work_id=WorkId("work_3"), queue_id=BILLING))
    await accepts(world, JON, "work_3", "offer_3")
    await hangs_up(world)


async def handed_back_twice(world: World) -> None:
    await talks(world)
    await world.wishes(HandBackCall(call_id=CALL, agent_id=MEI))
    await accepts(world, JON, "work_1", "offer_4")
    await world.wishes(HandBackCall(call_id=CALL, agent_id=JON))
    await hangs_up(world)


async def whose_agent_comes_back(world: World) -> None:
    await talks(world)
    await hangs_up(world, MEI_LEG)
    await is_up(world, MEI, LegId("leg_mei_again"))
    await hangs_up(world)


async def listened_to(world: World) -> None:
    await talks(world)
    world.agent_leg(LegId("leg_boss"), AgentId("agent_boss"))
    wish = Supervise(call_id=CALL, user_id=UserId("user_boss"), leg_id=LegId("leg_boss"), node_id=NODE, mode=Mode.LISTEN)
    await world.wishes(wish)
    await hangs_up(world)


async def called_back(world: World) -> None:
    await is_up(world, MEI, MEI_LEG)
    await rings(world)
    await waits(world)
    await world.happens(
        CallbackRequested(
            at=world.clock.at,
            work_id=WorkId("work_1"),
            call_id=CALL,
            queue_id=BILLING,
            customer_id=None,
        )
    )
    await hangs_up(world)
    await accepts(world, MEI, "work_1", "offer_5", call=CALLBACK, channel=Channel.CALLBACK)
    await world.wishes(EndCall(call_id=CALLBACK, cause=EndCause.AGENT_HUNG_UP))


LIVES = [
    abandoned,
    of_an_unknown_number,
    held,
    ended_by_the_agent,
    handed_over_in_conference,
    with_a_colleague_who_leaves,
    with_a_colleague_who_declines,
    with_a_colleague_whom_the_queues_refuse,
    handed_to_a_queue,
    handed_back_twice,
    whose_agent_comes_back,
    listened_to,
    called_back,
]


# ── what must be true of each ─────────────────────────────────────────────────────────────────────────────────────────


async def lived(life: Life, *, kill_at: int = 0, away_at: int = 0) -> World:
    world = World(kill_at=kill_at, away_at=away_at)
    await world.begin()
    await life(world)
    return world


def told(world: World) -> list[AnyEvent]:
    """A caller who hangs up while nobody is there to hear it is found to be gone: the cause is another then."""
    same = [msgspec.structs.replace(event, at=0.0) for event in world.facts]
    return [msgspec.structs.replace(event, cause=EndCause.NODE_LOST) if isinstance(event, CallEnded) else event for event in same]


def check(world: World) -> None:
    """What is heard is what the parties say, now and after the end; nobody reads along in a call that is over."""
    calls = world.control.calls
    for call in calls.values():
        if call.mix_version:
            assert world.mixes[call.call_id] == set_mix(call, SoundFiles(music=MUSIC, ringing=RINGING))
    assert all(not mix.hears for call_id, mix in world.mixes.items() if call_id not in calls)
    heard = sorted(world.recognizers.heard.values())
    assert heard == sorted(leg for call in calls.values() for leg in speakers(call))
    assert all(legs_of(call) <= world.legs.keys() for call in calls.values())
    saved, unreadable = read_calls(world.store.kinds[CALL_KIND])
    assert (saved, unreadable) == (calls, {})


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.__name__)
async def test_whoever_is_killed_over_a_call_loses_nothing_and_repeats_nothing(life: Life) -> None:
    undisturbed = await lived(life)
    check(undisturbed)
    await undisturbed.stop()
    ended = [event.call_id for event in undisturbed.facts if isinstance(event, CallEnded)]
    assert len(set(ended)) == len(ended)
    for point in range(1, undisturbed.points + 1):
        world = await lived(life, kill_at=point)
        assert told(world) == told(undisturbed), f"killed at {point}"
        assert (world.dialled, world.played) == (undisturbed.dialled, undisturbed.played), f"killed at {point}"
        check(world)
        await world.stop()


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.__name__)
async def test_without_redis_in_the_middle_of_a_step_nothing_is_lost_or_repeated(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.retrying.PAUSES_S", (0.0,))
    undisturbed = await lived(life)
    await undisturbed.stop()
    for point in range(1, undisturbed.points + 1):
        world = await lived(life, away_at=point)
        assert told(world) == told(undisturbed), f"away at {point}"
        check(world)
        await world.stop()
