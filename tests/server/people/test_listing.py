"""The list of people: who is in it, and what it says of somebody who cannot work yet."""

from __future__ import annotations

import pytest

from core.ids import AgentId, UserId
from server.business.document import AgentRules, Document, QueueRules
from server.people.agents import AgentTaken, new_agent_id, with_agent, with_skills, without_agent, work_problem
from server.people.listing import Asked, UserCounts, counts, found, view
from server.storage.sql.invitations import Invitation
from server.storage.sql.users import User

NOW = 1_000_000.0
DOCUMENT = Document(
    skills={"skill_billing": "Billing", "skill_german": "German"},
    queues={"queue_billing": QueueRules(name="Billing", requirements={"skill_billing": 2})},
    agents={
        "agent_mei": AgentRules(name="Mei Lin", skills={"skill_billing": 5}),
        "agent_tessa": AgentRules(name="Tessa Lindqvist"),
        "agent_hans": AgentRules(name="Hans", skills={"skill_german": 5}),
        "agent_ida": AgentRules(name="Ida", queues=("queue_billing",)),
    },
)


def person(name: str, *, agent: str = "", role: str = "agent", password: str = "hash", active: bool = True) -> User:
    return User(
        user_id=UserId(f"user_{name.lower()}"),
        username=name.lower(),
        name=name,
        role=role,
        password_hash=password,
        agent_id=AgentId(agent) if agent else None,
        email=f"{name.lower()}@northwind.example",
        active=active,
    )


MEI = person("Mei", agent="agent_mei")
TESSA = person("Tessa", agent="agent_tessa", password="")
RUTH = person("Ruth", role="supervisor", active=False)
ADA = person("ada", role="admin")


def invitation(expires_at: float) -> Invitation:
    return Invitation(invitation_id="i", user_id=TESSA.user_id, created_at=NOW - 60, expires_at=expires_at)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        (Asked(), ["ada", "Mei", "Ruth", "Tessa"]),
        (Asked(query="MEI"), ["Mei"]),
        (Asked(query="northwind te"), ["Tessa"]),
        (Asked(query="billing"), ["Mei"]),
        (Asked(query="nobody"), []),
        (Asked(role="admin"), ["ada"]),
        (Asked(state="invited"), ["Tessa"]),
        (Asked(state="disabled", role="supervisor"), ["Ruth"]),
    ],
)
def test_people_are_found_by_name_address_skill_role_and_state(asked: Asked, names: list[str]) -> None:
    assert [user.name for user in found([TESSA, RUTH, MEI, ADA], DOCUMENT, asked)] == names


def test_everybody_is_counted_once() -> None:
    assert counts([TESSA, RUTH, MEI, ADA]) == UserCounts(all=4, active=2, invited=1, disabled=1)


@pytest.mark.parametrize(
    ("agent_id", "problem"),
    [("agent_mei", None), ("agent_tessa", "no_skills"), ("agent_hans", "no_queue"), ("agent_ida", None), (None, None)],
)
def test_who_gets_no_work_is_told_why(agent_id: str | None, problem: str | None) -> None:
    assert work_problem(DOCUMENT, agent_id) == problem


def test_a_queue_without_requirements_is_everybodys() -> None:
    everybodys = Document(queues={"queue_all": QueueRules(name="All")}, agents={"agent_tessa": AgentRules(name="Tessa")})
    assert work_problem(everybodys, "agent_tessa") is None


def test_before_the_first_queue_nobody_is_told_that_skills_are_missing() -> None:
    assert work_problem(Document(agents={"agent_tessa": AgentRules(name="Tessa")}), "agent_tessa") is None


def test_an_invitation_that_ran_out_comes_before_missing_skills() -> None:
    assert view(TESSA, DOCUMENT, invitation(NOW + 60), NOW).problem == "no_skills"
    assert view(TESSA, DOCUMENT, invitation(NOW), NOW).problem == "invitation_expired"
    assert view(TESSA, DOCUMENT, None, NOW).problem == "no_invitation"
    assert view(RUTH, DOCUMENT, None, NOW).problem is None
    shown = view(MEI, DOCUMENT, None, NOW)
    assert (shown.skills, shown.queues, shown.state) == ({"skill_billing": 5}, ("queue_billing",), "active")


def test_a_new_agent_gets_an_id_that_nobody_ever_had() -> None:
    agent_id = new_agent_id("Mei", {*DOCUMENT.agents, "agent_mei_2"})
    assert agent_id == "agent_mei_3"
    document = with_agent(DOCUMENT, agent_id, "Mei", {"skill_german": 1})
    assert document.agents[agent_id] == AgentRules(name="Mei", skills={"skill_german": 1})
    assert with_skills(document, agent_id, {}).agents[agent_id].skills == {}
    assert without_agent(document, agent_id) == DOCUMENT
    with pytest.raises(AgentTaken):
        with_agent(document, agent_id, "Mei", {})
