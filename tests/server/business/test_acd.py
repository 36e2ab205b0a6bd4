"""What people configure reaches the ACD whole."""

from __future__ import annotations

from core.ids import AgentId, QueueId, SkillId
from core.model import AgentConfig, QueueConfig, RoutingStep, SkillRequirement
from core.opening_hours import OpeningHours
from server.business.acd import agent_config, configure_acd, queue_config
from server.business.document import AgentRules, Document, QueueRules, StepRules


def test_the_document_knows_every_rule_of_the_acd_and_the_same_usual_values() -> None:
    assert set(QueueRules.__struct_fields__) == set(QueueConfig.__struct_fields__) - {"queue_id"} | {"attention"}
    assert set(AgentRules.__struct_fields__) == set(AgentConfig.__struct_fields__) - {"agent_id"}
    assert set(StepRules.__struct_fields__) == set(RoutingStep.__struct_fields__)
    assert queue_config("q", QueueRules(name="Q")) == QueueConfig(queue_id=QueueId("q"), name="Q")
    assert agent_config("a", AgentRules(name="A")) == AgentConfig(agent_id=AgentId("a"), name="A")


def test_a_channel_that_is_not_named_keeps_the_usual_capacity() -> None:
    assert agent_config("a", AgentRules(name="A", capacity={"chat": 1})).capacity == {
        "call": 1,
        "chat": 1,
        "ticket": 5,
        "callback": 1,
    }


def test_a_step_that_names_nothing_changes_nothing_and_one_that_asks_for_nothing_asks_for_nothing() -> None:
    steps = (StepRules(after_s=30), StepRules(after_s=60, requirements={}), StepRules(after_s=90, requirements={"b": 2, "a": 1}))
    told = queue_config("q", QueueRules(name="Q", steps=steps)).steps
    both = (SkillRequirement(skill=SkillId("a"), level=1), SkillRequirement(skill=SkillId("b"), level=2))
    assert [step.requirements for step in told] == [None, (), both]


def test_opening_hours_go_with_the_queues_that_name_them() -> None:
    shop = OpeningHours(time_zone="Europe/London", week={"mon-fri": ("09:00-17:00",)})
    command = configure_acd(Document(hours={"shop": shop}, queues={"q": QueueRules(name="Q", hours="shop")}))
    assert (command.hours, command.queues[0].hours) == ({"shop": shop}, "shop")


def test_queues_and_agents_come_in_the_order_of_their_ids() -> None:
    document = Document(
        queues={"b": QueueRules(name="1"), "a": QueueRules(name="2")},
        agents={"z": AgentRules(name="Z"), "y": AgentRules(name="Y")},
    )
    command = configure_acd(document)
    assert [queue.queue_id for queue in command.queues] == ["a", "b"]
    assert [agent.agent_id for agent in command.agents] == ["y", "z"]
