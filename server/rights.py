"""Who may do what with whom: `may(person, verb, thing)`, for every route and for the live view. Pure.

Invariant: nothing of a customer is read, heard or changed without a yes from here. The facts about a thing (whose call it was,
whom somebody serves) are found by whoever asks; the rules are the company's (`access` in the configuration document) and are read
here only. What needs no thing is a matter of the role alone.

========================  ======================================================================================
calls and recordings
========================  ======================================================================================
``own``                   those that the agent had
``customers``             and those of customers whom the agent serves now or served lately
``queues``                and those of the agent's queues
``all``                   every one
========================  ======================================================================================

========================  ======================================================================================
customers, their history
========================  ======================================================================================
``served``                whom the agent serves now or served lately
``while_serving``         and, with work in hand, whoever is looked up: callers give a name, and may be somebody else
``all``                   everybody
========================  ======================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from core.ids import AgentId, CustomerId, QueueId
from core.model import Value

Role = Literal["agent", "supervisor", "admin"]
CallScope = Literal["own", "customers", "queues", "all"]
CustomerScope = Literal["served", "while_serving", "all"]
_CALL_SCOPES: tuple[CallScope, ...] = ("own", "customers", "queues", "all")


class RoleRights(Value, frozen=True, kw_only=True):
    """What the company lets a role see."""

    calls: CallScope = "customers"
    """Whose calls it reads."""
    recordings: CallScope = "customers"
    """Whose calls it hears."""
    customers: CustomerScope = "while_serving"
    """Whose record and history it reads and changes."""
    lately_h: float = 24.0
    """How long after the end of a conversation its customer is one whom the agent «served lately»."""


ALL = RoleRights(calls="all", recordings="all", customers="all")


ChangeableRole = Literal["agent", "supervisor"]
"""An administrator, who could change the rights, has all."""


def rights_of(access: Mapping[ChangeableRole, RoleRights], role: Role) -> RoleRights:
    """`access` is what the company has set; a role that is not named has the usual rights."""
    if role == "admin":
        return ALL
    return access.get(role, ALL if role == "supervisor" else RoleRights())


class Person(Value, frozen=True, kw_only=True):
    """Who asks."""

    role: Role
    rights: RoleRights
    agent_id: AgentId | None = None
    queues: frozenset[QueueId] = frozenset()
    """Those that the person's agent serves."""
    serves: frozenset[CustomerId] = frozenset()
    """Whom the person has to do with now: offered, talking, in wrap-up."""
    in_work: bool = False
    """A conversation or its wrap-up is in hand."""


class CallThing(Value, frozen=True, kw_only=True):
    agent_id: AgentId | None
    queue_id: QueueId | None
    customer_id: CustomerId | None
    served_lately: bool = False
    """The customer, by the person who asks."""


class CustomerThing(Value, frozen=True, kw_only=True):
    customer_id: CustomerId
    served_lately: bool = False


class AgentThing(Value, frozen=True, kw_only=True):
    """What belongs to one agent: an offer and why it was made."""

    agent_id: AgentId | None


class Verb(StrEnum):
    READ = "read"
    HEAR = "hear"
    CHANGE = "change"
    END = "end"
    SEARCH = "search"
    SEE_BOARD = "see_board"
    """Everybody's calls, work and agents as they are now."""
    SUPERVISE = "supervise"
    ADMINISTER = "administer"


Thing = CallThing | CustomerThing | AgentThing | None


def sees_whole_numbers(role: Role) -> bool:
    """Telephone numbers; whoever does not sees their last digits (`masking.py`)."""
    return role != "agent"


def may(person: Person, verb: Verb, thing: Thing = None) -> bool:
    """The one answer."""
    if isinstance(thing, CallThing):
        return _may_call(person, verb, thing)
    if isinstance(thing, CustomerThing):
        return verb in {Verb.READ, Verb.CHANGE} and _may_customer(person, thing)
    if isinstance(thing, AgentThing):
        return verb is Verb.READ and (person.role != "agent" or _is(person, thing.agent_id))
    match verb:
        case Verb.SEARCH:
            return True  # what is found is shown by the same rights
        case Verb.SEE_BOARD | Verb.SUPERVISE:
            return person.role != "agent"
        case Verb.ADMINISTER:
            return person.role == "admin"
        case _:
            return False


def _may_call(person: Person, verb: Verb, call: CallThing) -> bool:
    own = _is(person, call.agent_id)
    match verb:
        case Verb.CHANGE:
            return own
        case Verb.END:
            return own or person.role != "agent"
        case Verb.READ:
            scope = person.rights.calls
        case Verb.HEAR:
            scope = person.rights.recordings
        case _:
            return False
    reach = _CALL_SCOPES.index(scope)
    served = call.served_lately or call.customer_id in person.serves
    return own or reach >= 3 or (reach >= 1 and served) or (reach >= 2 and call.queue_id in person.queues)


def _may_customer(person: Person, customer: CustomerThing) -> bool:
    scope = person.rights.customers
    served = customer.served_lately or customer.customer_id in person.serves
    return served or scope == "all" or (scope == "while_serving" and person.in_work)


def _is(person: Person, agent_id: AgentId | None) -> bool:
    return agent_id is not None and agent_id == person.agent_id
