"""What people configure reaches the ACD whole."""

from __future__ import annotations

from core.ids import QueueId, SkillId
from core.model import AgentConfig, QueueConfig, RoutingStep, SkillRequirement
from server.business.acd import agent_config, configure_acd, queue_config
from server.business.document import Agent, Document, Queue, Step


def test_the_document_knows_every_rule_of_the_acd_and_the_same_usual_values() -> None:
    assert set(Queue.__struct_fields__) == set(QueueConfig.__struct_fields__) - {"queue_id"}
    assert set(Agent.__struct_fields__) == set(AgentConfig.__struct_fields__) - {"agent_id"}
    assert set(Step.__struct_fields__) == set(RoutingStep.__struct_fields__)
    assert queue_config("q", Queue(name="Q")) == QueueConfig(queue_id=QueueId("q"), name="Q")
    assert agent_config("a", Agent(name="A")) == AgentConfig(agent_id=agent_config("a", Agent(name="A")).agent_id, name="A")


def test_a_channel_that_is_not_named_keeps_the_usual_capacity() -> None:
    assert agent_config("a", Agent(name="A", capacity={"chat": 1})).capacity == {"call": 1, "chat": 1, "ticket": 5, "callback": 1}


def test_a_step_that_names_nothing_changes_nothing_and_one_that_asks_for_nothing_asks_for_nothing() -> None:
    steps = (Step(after_s=30), Step(after_s=60, requirements={}), Step(after_s=90, requirements={"b": 2, "a": 1}))
    told = queue_config("q", Queue(name="Q", steps=steps)).steps
    both = (SkillRequirement(skill=SkillId("a"), level=1), SkillRequirement(skill=SkillId("b"), level=2))
    assert [step.requirements for step in told] == [None, (), both]


def test_queues_and_agents_come_in_the_order_of_their_ids() -> None:
    document = Document(queues={"b": Queue(name="1"), "a": Queue(name="2")}, agents={"z": Agent(name="Z"), "y": Agent(name="Y")})
    command = configure_acd(document)
    assert [queue.queue_id for queue in command.queues] == ["a", "b"]
    assert [agent.agent_id for agent in command.agents] == ["y", "z"]
