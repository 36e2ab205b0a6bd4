"""Who may do what with whom: the rules, case by case."""

from __future__ import annotations

import pytest

from core.ids import AgentId, CustomerId, QueueId
from server.rights import (
    ALL,
    AgentThing,
    CallScope,
    CallThing,
    CustomerScope,
    CustomerThing,
    Person,
    RoleRights,
    Verb,
    may,
    rights_of,
)

MEI, JONAS = AgentId("agent_mei"), AgentId("agent_jonas")
DANA, FRANK = CustomerId("cust_dana"), CustomerId("cust_frank")
BILLING, ORDERS = QueueId("billing"), QueueId("orders")


def mei(rights: RoleRights | None = None, *, serves: CustomerId | None = None, in_work: bool = False) -> Person:
    return Person(
        role="agent",
        rights=rights or rights_of({}, "agent"),
        agent_id=MEI,
        queues=frozenset({BILLING}),
        serves=frozenset({serves} if serves else ()),
        in_work=in_work,
    )


def call_of(agent_id: AgentId | None, queue_id: QueueId = ORDERS, *, lately: bool = False) -> CallThing:
    return CallThing(agent_id=agent_id, queue_id=queue_id, customer_id=DANA, served_lately=lately)


@pytest.mark.parametrize(
    ("scope", "own", "served", "lately", "of_my_queue", "foreign"),
    [
        ("own", True, False, False, False, False),
        ("customers", True, True, True, False, False),
        ("queues", True, True, True, True, False),
        ("all", True, True, True, True, True),
    ],
)
@pytest.mark.parametrize("verb", [Verb.READ, Verb.HEAR])
def test_whose_calls_an_agent_reads_and_hears(  # noqa: PLR0917 - the columns of a table
    verb: Verb, scope: CallScope, own: bool, served: bool, lately: bool, of_my_queue: bool, foreign: bool
) -> None:
    rights = RoleRights(calls=scope if verb is Verb.READ else "own", recordings=scope if verb is Verb.HEAR else "own")
    assert may(mei(rights), verb, call_of(MEI)) is own
    assert may(mei(rights, serves=DANA), verb, call_of(JONAS)) is served
    assert may(mei(rights), verb, call_of(JONAS, lately=True)) is lately
    assert may(mei(rights), verb, call_of(JONAS, BILLING)) is of_my_queue
    assert may(mei(rights), verb, call_of(JONAS)) is foreign
    assert may(mei(rights), verb, call_of(None)) is foreign


@pytest.mark.parametrize(
    ("scope", "served", "lately", "found_in_work", "idle"),
    [
        ("served", True, True, False, False),
        ("while_serving", True, True, True, False),
        ("all", True, True, True, True),
    ],
)
@pytest.mark.parametrize("verb", [Verb.READ, Verb.CHANGE])
def test_whose_history_an_agent_reads(  # noqa: PLR0917 - the columns of a table
    verb: Verb, scope: CustomerScope, served: bool, lately: bool, found_in_work: bool, idle: bool
) -> None:
    rights = RoleRights(customers=scope)
    assert may(mei(rights, serves=DANA), verb, CustomerThing(customer_id=DANA)) is served
    assert may(mei(rights), verb, CustomerThing(customer_id=DANA, served_lately=True)) is lately
    assert may(mei(rights, serves=FRANK, in_work=True), verb, CustomerThing(customer_id=DANA)) is found_in_work
    assert may(mei(rights), verb, CustomerThing(customer_id=DANA)) is idle


def test_only_who_had_a_call_wraps_it_up_and_only_supervisors_end_others() -> None:
    supervisor = Person(role="supervisor", rights=rights_of({}, "supervisor"))
    assert may(mei(), Verb.CHANGE, call_of(MEI))
    assert not may(mei(ALL), Verb.CHANGE, call_of(JONAS, lately=True))
    assert not may(mei(ALL), Verb.END, call_of(JONAS))
    assert may(supervisor, Verb.END, call_of(JONAS))
    assert not may(supervisor, Verb.CHANGE, call_of(JONAS))


def test_the_company_may_give_a_role_less_or_more_and_nobody_locks_the_administrator_out() -> None:
    access = {"supervisor": RoleRights(recordings="own"), "agent": RoleRights(calls="all")}
    supervisor = Person(role="supervisor", rights=rights_of(access, "supervisor"))  # type: ignore[arg-type]
    assert not may(supervisor, Verb.HEAR, call_of(JONAS))
    assert may(mei(rights_of(access, "agent")), Verb.READ, call_of(JONAS))  # type: ignore[arg-type]
    assert rights_of(access, "admin") == ALL  # type: ignore[arg-type]


@pytest.mark.parametrize(("verb", "roles"), [(Verb.SEE_BOARD, 2), (Verb.SUPERVISE, 2), (Verb.ADMINISTER, 1), (Verb.SEARCH, 3)])
def test_what_needs_no_thing_is_the_roles_alone(verb: Verb, roles: int) -> None:
    people = [Person(role=role, rights=ALL) for role in ("admin", "supervisor", "agent")]
    assert [may(person, verb) for person in people] == [True] * roles + [False] * (3 - roles)


def test_nobody_without_an_agent_owns_what_is_nobodys() -> None:
    person = Person(role="agent", rights=RoleRights(calls="own"), agent_id=None)
    assert not may(person, Verb.READ, call_of(None))
    assert not may(person, Verb.READ, AgentThing(agent_id=None))
