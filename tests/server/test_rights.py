"""Who may do what with whom: the rules, case by case."""

from __future__ import annotations

import pytest

from core.ids import AgentId, CustomerId, QueueId
from server.rights import (
    AgentThing,
    CallScope,
    CallThing,
    CustomerScope,
    CustomerThing,
    Permission,
    Person,
    Rights,
    Role,
    RoleRights,
    Verb,
    may,
    rights_of,
)
from server.sight import Sight

MEI, JONAS = AgentId("agent_mei"), AgentId("agent_jonas")
DANA, FRANK = CustomerId("cust_dana"), CustomerId("cust_frank")
BILLING, ORDERS = QueueId("billing"), QueueId("orders")


ALL = Rights(calls="all", recordings="all", customers="all", permissions=frozenset(Permission))


def mei(rights: Rights | None = None, *, serves: CustomerId | None = None, in_work: bool = False) -> Person:
    return Person(
        rights=rights or rights_of({}, "agent"),
        agent_id=MEI,
        sight=Sight(served=frozenset({BILLING})),
        serves=frozenset({serves} if serves else ()),
        in_work=in_work,
    )


def call_of(agent_id: AgentId | None, queue_id: QueueId = ORDERS, *, lately: bool = False) -> CallThing:
    agents = frozenset({agent_id} if agent_id else ())
    return CallThing(agents=agents, queues=frozenset({queue_id}), customer_id=DANA, served_lately=lately)


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
    rights = Rights(calls=scope if verb is Verb.READ else "own", recordings=scope if verb is Verb.HEAR else "own")
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
    rights = Rights(customers=scope)
    assert may(mei(rights, serves=DANA), verb, CustomerThing(customer_id=DANA)) is served
    assert may(mei(rights), verb, CustomerThing(customer_id=DANA, served_lately=True)) is lately
    assert may(mei(rights, serves=FRANK, in_work=True), verb, CustomerThing(customer_id=DANA)) is found_in_work
    assert may(mei(rights), verb, CustomerThing(customer_id=DANA)) is idle


def test_only_who_had_a_call_wraps_it_up_and_only_supervisors_end_others() -> None:
    supervisor = Person(rights=rights_of({}, "supervisor"))
    assert may(mei(), Verb.CHANGE, call_of(MEI))
    assert not may(mei(ALL), Verb.CHANGE, call_of(JONAS, lately=True))
    assert not may(mei(rights_of({}, "agent")), Verb.END, call_of(JONAS))
    assert may(supervisor, Verb.END, call_of(JONAS))
    assert not may(supervisor, Verb.CHANGE, call_of(JONAS))


def test_a_call_belongs_to_all_who_had_it_and_to_all_queues_it_was_in() -> None:
    call = CallThing(agents=frozenset({JONAS, MEI}), queues=frozenset({ORDERS, BILLING}), customer_id=DANA)
    own = mei(Rights(calls="own", recordings="own"))
    for verb in (Verb.READ, Verb.HEAR, Verb.CHANGE, Verb.FILE):
        assert may(own, verb, call)
    for queue_id in (ORDERS, BILLING):
        assert may(Person(rights=rights_of({}, "supervisor"), sight=Sight(queues=frozenset({queue_id}))), Verb.READ, call)
    nothing = Person(rights=rights_of({}, "supervisor"), sight=Sight(queues=frozenset({QueueId("sales")})))
    assert not may(nothing, Verb.READ, call)
    assert not may(nothing, Verb.READ, CallThing())


def test_the_company_may_give_a_role_less_or_more_and_the_rest_is_as_usual_for_that_role() -> None:
    access: dict[Role, RoleRights] = {"supervisor": RoleRights(recordings="own"), "agent": RoleRights(calls="all")}
    supervisor = Person(rights=rights_of(access, "supervisor"))
    assert not may(supervisor, Verb.HEAR, call_of(JONAS))
    assert may(supervisor, Verb.READ, call_of(JONAS))
    assert may(mei(rights_of(access, "agent")), Verb.READ, call_of(JONAS))


def test_an_administrator_hears_no_recordings_unless_the_company_says_so() -> None:
    assert not may(Person(rights=rights_of({}, "admin")), Verb.HEAR, call_of(JONAS))
    assert may(Person(rights=rights_of({}, "admin")), Verb.READ, call_of(JONAS))
    access: dict[Role, RoleRights] = {"admin": RoleRights(recordings="all")}
    assert may(Person(rights=rights_of(access, "admin")), Verb.HEAR, call_of(JONAS))


def test_nobody_locks_the_administrator_out() -> None:
    access: dict[Role, RoleRights] = {"admin": RoleRights(permissions=())}
    assert rights_of(access, "admin").permissions == frozenset(Permission)


@pytest.mark.parametrize(
    ("permission", "agent", "supervisor", "reviewer", "planner", "admin"),
    [
        (Permission.BOARD, False, True, False, False, True),
        (Permission.SUPERVISE, False, True, False, False, True),
        (Permission.REPORTS, False, True, False, True, True),
        (Permission.HISTORY, True, True, True, False, True),
        (Permission.CUSTOMERS, True, True, False, False, True),
        (Permission.WHOLE_NUMBERS, False, True, False, False, True),
        (Permission.QUALITY, False, True, True, False, True),
        (Permission.PLANNING, False, True, False, True, True),
        (Permission.ADMINISTER, False, False, False, False, True),
    ],
)
def test_what_each_role_may_do(  # noqa: PLR0917 - the columns of a table
    permission: Permission, agent: bool, supervisor: bool, reviewer: bool, planner: bool, admin: bool
) -> None:
    table: dict[Role, bool] = {
        "agent": agent,
        "supervisor": supervisor,
        "reviewer": reviewer,
        "planner": planner,
        "admin": admin,
    }
    assert {role: permission in rights_of({}, role).permissions for role in table} == table


def test_a_company_sets_what_a_role_may_do() -> None:
    access: dict[Role, RoleRights] = {"planner": RoleRights(permissions=("planning", "board"))}
    assert rights_of(access, "planner").permissions == {Permission.PLANNING, Permission.BOARD}
    assert rights_of(access, "planner").calls == "own"


@pytest.mark.parametrize(("role", "hears_all"), [("reviewer", True), ("planner", False), ("admin", False)])
def test_who_takes_calls_besides_has_what_agents_have_too(role: Role, hears_all: bool) -> None:
    rights = rights_of({}, role, takes_work=True)
    assert {Permission.HISTORY, Permission.CUSTOMERS} <= rights.permissions
    person = Person(rights=rights, agent_id=MEI, serves=frozenset({DANA}), in_work=True)
    assert may(person, Verb.HEAR, call_of(JONAS))  # of a customer in hand
    assert may(person, Verb.CHANGE, CustomerThing(customer_id=FRANK))
    assert may(Person(rights=rights, agent_id=MEI), Verb.HEAR, call_of(JONAS)) is hears_all


def test_nobody_without_an_agent_owns_what_is_nobodys() -> None:
    person = Person(rights=Rights(calls="own"), agent_id=None)
    assert not may(person, Verb.READ, call_of(None))
    assert not may(person, Verb.READ, AgentThing(agent_id=None))
