"""Changing queues and agents while people wait and talk."""

from __future__ import annotations

import msgspec
import pytest

from acd.model.refusals import Refused, Repeated
from core.commands import ConfigureAcd, EnqueueWork
from core.events import AgentStateChanged
from core.ids import AgentId, QueueId, WorkId
from core.model import AgentConfig, AgentState, Channel, QueueConfig
from tests.acd.contact_center import ContactCenter, needs, skills


def test_waiting_work_stays_when_the_installation_changes_and_is_offered_by_the_new_rules() -> None:
    center = ContactCenter()
    billing = center.queue("billing", asks={"billing": 5})
    mei = center.free_agent("Mei", {"billing": 3})
    call = billing.gets()
    assert call.ringing() is None
    center.queue("billing", asks={"billing": 3})
    assert billing.offers(call, to=mei)


def test_a_learned_skill_brings_the_waiting_caller_at_once() -> None:
    center = ContactCenter()
    billing = center.queue("billing", asks={"billing": 3})
    mei = center.free_agent("Mei")
    call = billing.gets()
    center.agent("Mei", {"billing": 4})
    assert billing.offers(call, to=mei)


def test_a_dismissed_agent_finishes_the_call_and_then_leaves() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei = center.free_agent("Mei")
    call = billing.gets()
    mei.answers(call)
    center.dismiss(mei)
    assert mei.state() is AgentState.BUSY
    second = billing.gets()
    call.hangs_up()
    center.passes(60)
    assert mei.agent_id not in center.engine.registry.agents
    assert mei.history[-1] is AgentState.SIGNED_OUT
    assert second.ringing() is None


def test_a_call_ringing_at_a_dismissed_agent_rings_elsewhere() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei, jon = center.free_agent("Mei"), center.free_agent("Jon")
    call = billing.gets()
    assert billing.offers(call, to=mei)
    center.dismiss(mei)
    assert billing.offers(call, to=jon)


def test_a_closed_queue_serves_those_in_line_and_takes_nobody_new() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    call = billing.gets()
    center.close(billing)
    with pytest.raises(Refused, match="there is no queue"):
        billing.gets()
    mei = center.free_agent("Mei")
    assert billing.offers(call, to=mei)
    call.hangs_up()
    assert billing.queue_id not in center.engine.registry.queues


def test_the_same_configuration_again_changes_nothing() -> None:
    center = ContactCenter()
    center.queue("billing")
    queues = tuple(queue.config for queue in center.engine.registry.queues.values())
    with pytest.raises(Repeated):
        center.does(ConfigureAcd(queues=queues, agents=()))


def test_every_problem_of_a_bad_configuration_is_told() -> None:
    center = ContactCenter()
    queue = QueueConfig(queue_id=QueueId("queue_a"), name="A", requirements=needs({"billing": 6}), ring_timeout_s=0)
    agent = AgentConfig(agent_id=AgentId("agent_x"), name="X", skills=skills({"billing": 0}), queues=(QueueId("queue_b"),))
    with pytest.raises(Refused) as refusal:
        center.does(ConfigureAcd(queues=(queue, queue), agents=(agent,)))
    reason = refusal.value.reason
    for words in (
        "queue queue_a is given 2 times",
        "asks for billing at level 6",
        "needs a ring time-out",
        "serves queue queue_b, which does not exist",
        "has billing at level 0",
    ):
        assert words in reason
    assert center.engine.registry.queues == {}


def test_work_for_an_unknown_queue_is_refused() -> None:
    center = ContactCenter()
    command = EnqueueWork(work_id=WorkId("work_1"), call_id=None, channel=Channel.CHAT, queue_id=QueueId("queue_never"))
    with pytest.raises(Refused, match="there is no queue queue_never"):
        center.does(command)


def test_a_new_name_is_told_at_once_and_changes_no_state() -> None:
    center = ContactCenter()
    mei, jon = center.free_agent("Mei"), center.free_agent("Jon")
    since = center.engine.registry.agents[mei.agent_id].since
    center.passes(60)
    queues = tuple(queue.config for queue in center.engine.registry.queues.values())
    agents = [agent.config for agent in center.engine.registry.agents.values()]
    renamed = tuple(msgspec.structs.replace(one, name="Mei Lin") if one.agent_id == mei.agent_id else one for one in agents)
    told = [event for event in center.does(ConfigureAcd(queues=queues, agents=renamed)) if isinstance(event, AgentStateChanged)]
    assert [(event.agent_id, event.state, event.since) for event in told] == [(mei.agent_id, AgentState.AVAILABLE, since)]
    assert jon.state() is AgentState.AVAILABLE
