"""What an agent types on the keypad for the customer's phone, a card number perhaps, can be read by its node alone."""

from __future__ import annotations

from typing import TypeVar

from core.causes import EndCause
from core.commands import AnswerLeg, SealDigits, SendDigits, SetMix
from core.events import DigitPressed, LegAnswered, LegConnected, LegEnded, LegOffered, OfferAccepted, WorkEnqueued
from core.ids import AgentId, CallId, LegId, OfferId, QueueId, WorkId, new_id
from core.model import Channel, LegKind, LegPurpose
from core.sealing import seal
from server.clock import SystemClock
from tests.peers.digits import NODES_OPENER
from tests.peers.waiting import until
from tests.server.api.conftest import FakeNode
from tests.server.redis_server import RedisServer

PLANTED = "4929123412347"
"""In one event, as no phone sends it, so that it can be sought."""
AISHA, QUEUE = AgentId("agent_aisha"), QueueId("queue_billing")
T = TypeVar("T")


async def asked(node: FakeNode, kind: type[T]) -> T:
    def found() -> list[T]:
        return [command for command in node.commands if isinstance(command, kind)]

    await until(lambda: bool(found()), within_s=30)
    return found()[0]


async def test_what_an_agent_types_stands_nowhere_in_redis(node: FakeNode, redis_server: RedisServer) -> None:
    now, call, work = SystemClock().now(), CallId(new_id("call")), WorkId(new_id("work"))
    customer, desk = LegId(new_id("leg")), LegId(new_id("leg"))
    publish = node.bus.publish
    to_control = (await asked(node, SealDigits)).public_key
    await publish(LegConnected(at=now, leg_id=desk, node_id=node.node_id, purpose=LegPurpose.AGENT, agent_id=AISHA))
    await publish(
        LegOffered(
            at=now, call_id=call, leg_id=customer, node_id=node.node_id, kind=LegKind.SIP, caller="+12025550147", called="1000"
        )
    )
    await asked(node, AnswerLeg)
    await publish(LegAnswered(at=now, call_id=call, leg_id=customer, codec="PCMU"))
    enqueued = WorkEnqueued(
        at=now,
        work_id=work,
        call_id=call,
        channel=Channel.CALL,
        queue_id=QUEUE,
        customer_id=None,
        priority=0,
        position=1,
    )
    await publish(enqueued)
    await publish(
        OfferAccepted(
            at=now, offer_id=OfferId(new_id("offer")), work_id=work, call_id=call, queue_id=QUEUE, agent_id=AISHA, waited_s=1.0
        )
    )
    await asked(node, SetMix)
    sealed = seal(to_control, PLANTED, desk)
    await publish(DigitPressed(at=now, leg_id=desk, call_id=call, sealed=sealed, duration_ms=0, method="rfc4733"))
    sent = await asked(node, SendDigits)
    assert NODES_OPENER.open(sent.sealed, customer) == PLANTED
    assert customer.encode() in redis_server.written
    assert PLANTED.encode() not in redis_server.written
    for leg, purpose in ((customer, LegPurpose.CALLER), (desk, LegPurpose.AGENT)):
        await publish(
            LegEnded(at=now, leg_id=leg, node_id=node.node_id, call_id=call, purpose=purpose, cause=EndCause.CALLER_HUNG_UP)
        )
