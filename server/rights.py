"""Who may do what with whom: permissions for what needs no thing, `may(person, verb, thing)` for what does. Pure.

Invariant: nothing of a customer is read, heard or changed without a yes from here. The facts about a thing (whose call it was,
whom somebody serves) are found by whoever asks; the rules are the company's (`access` in the configuration document) on top of
`USUAL`, and are read here only. Whoever is an agent besides (a reviewer who takes calls) has what agents have, too.

========================  ======================================================================================
calls and recordings
========================  ======================================================================================
``own``                   those in which the agent took part: had them, or was asked by a colleague (an engagement, each of them)
``customers``             and those of customers whom the agent serves now or served lately
``queues``                and those of the agent's queues
``all``                   every one
========================  ======================================================================================

Whoever is given certain queues only (`server/sight.py`) has of ``all`` those of these queues, and may act on nothing else.

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
from typing import Literal, get_args

import msgspec

from core.ids import AgentId, CustomerId, QueueId
from core.model import Value
from customers.search import CallReach, Reach
from server.sight import Sight

Role = Literal["agent", "supervisor", "reviewer", "planner", "admin"]
CallScope = Literal["own", "customers", "queues", "all"]
CustomerScope = Literal["served", "while_serving", "all"]
_CALL_SCOPES: tuple[CallScope, ...] = get_args(CallScope)
_CUSTOMER_SCOPES: tuple[CustomerScope, ...] = get_args(CustomerScope)

Grantable = Literal["board", "supervise", "reports", "history", "customers", "whole_numbers", "quality", "planning", "audio"]
"""What a company may give a role or take from it."""


class Permission(StrEnum):
    """What somebody may do at all; whose calls and customers, the scopes say."""

    BOARD = "board"
    """Everybody's calls, work and agents as they are now."""
    SUPERVISE = "supervise"
    """Move and withdraw work, set agents' states, end calls, set what screens offer."""
    REPORTS = "reports"
    HISTORY = "history"
    """The list of calls that were."""
    CUSTOMERS = "customers"
    """Look customers up."""
    WHOLE_NUMBERS = "whole_numbers"
    """Telephone numbers to the last digit (`masking.py`)."""
    QUALITY = "quality"
    PLANNING = "planning"
    AUDIO = "audio"
    """Open an audio leg without being an agent. Whoever takes calls may anyway."""
    ADMINISTER = "administer"
    """People, configuration, import, what was set aside. An administrator's alone: whoever has it can give everything."""


class RoleRights(Value, frozen=True, kw_only=True):
    """What the company lets a role do and see; what is not said is as usual for this role (`USUAL`)."""

    calls: CallScope | None = None
    """Whose calls it reads."""
    recordings: CallScope | None = None
    """Whose calls it hears."""
    customers: CustomerScope | None = None
    """Whose record and history it reads and changes."""
    lately_h: float | None = None
    """How long after the end of a conversation its customer is one whom the agent «served lately»; usually 24."""
    permissions: tuple[Grantable, ...] | None = None
    """All that it may do. An administrator's are not restricted by it."""


class Rights(Value, frozen=True, kw_only=True):
    """What somebody may do and see, all in all."""

    calls: CallScope = "own"
    recordings: CallScope = "own"
    customers: CustomerScope = "served"
    lately_h: float = 24.0
    permissions: frozenset[Permission] = frozenset()


_P = Permission
USUAL: Mapping[Role, Rights] = {
    "agent": Rights(
        calls="customers",
        recordings="customers",
        customers="while_serving",
        permissions=frozenset({_P.HISTORY, _P.CUSTOMERS, _P.AUDIO}),
    ),
    "supervisor": Rights(
        calls="all",
        recordings="all",
        customers="all",
        permissions=frozenset(
            {_P.BOARD, _P.SUPERVISE, _P.REPORTS, _P.HISTORY, _P.CUSTOMERS, _P.WHOLE_NUMBERS, _P.QUALITY, _P.PLANNING, _P.AUDIO}
        ),
    ),
    "reviewer": Rights(calls="all", recordings="all", permissions=frozenset({_P.HISTORY, _P.QUALITY})),
    "planner": Rights(permissions=frozenset({_P.PLANNING, _P.REPORTS})),
    "admin": Rights(calls="all", customers="all", permissions=frozenset(_P)),
}
"""An administrator reads everything and hears nothing, unless the company says so: set-up and people need no recordings."""


def rights_of(access: Mapping[Role, RoleRights], role: Role, takes_work: bool = False) -> Rights:
    """`access` is what the company has set; `takes_work`: the person is an agent besides."""
    rights = _with(USUAL[role], access.get(role), keeps_all=role == "admin")
    if not takes_work or role == "agent":
        return rights
    own_work = _with(USUAL["agent"], access.get("agent"), keeps_all=False)
    return Rights(
        calls=max(rights.calls, own_work.calls, key=_CALL_SCOPES.index),
        recordings=max(rights.recordings, own_work.recordings, key=_CALL_SCOPES.index),
        customers=max(rights.customers, own_work.customers, key=_CUSTOMER_SCOPES.index),
        lately_h=max(rights.lately_h, own_work.lately_h),
        permissions=rights.permissions | own_work.permissions,
    )


def _with(usual: Rights, said: RoleRights | None, *, keeps_all: bool) -> Rights:
    if said is None:
        return usual
    changes = {
        name: value for name in ("calls", "recordings", "customers", "lately_h") if (value := getattr(said, name)) is not None
    }
    if said.permissions is not None and not keeps_all:
        changes["permissions"] = frozenset(map(Permission, said.permissions))
    return msgspec.structs.replace(usual, **changes)


class Person(Value, frozen=True, kw_only=True):
    """Who asks."""

    rights: Rights
    sight: Sight = Sight()
    """As far as the person sees."""
    agent_id: AgentId | None = None
    serves: frozenset[CustomerId] = frozenset()
    """Whom the person has to do with now: offered, talking, in wrap-up."""
    in_work: bool = False
    """A conversation or its wrap-up is in hand."""


class CallThing(Value, frozen=True, kw_only=True):
    agents: frozenset[AgentId] = frozenset()
    """Whose it is: all who had it or were asked while it lasted; of one that is to be ended, who has it now."""
    queues: frozenset[QueueId] = frozenset()
    """In which it was; none: in a menu."""
    customer_id: CustomerId | None = None
    served_lately: bool = False
    """The customer, by the person who asks."""
    at_hand: bool = False
    """It rings at the person who asks, or is in hand."""


class CustomerThing(Value, frozen=True, kw_only=True):
    customer_id: CustomerId | None
    """None: what is filed under nobody is for whoever may look anybody up."""
    served_lately: bool = False


class AgentThing(Value, frozen=True, kw_only=True):
    """What belongs to one agent: an offer and why it was made."""

    agent_id: AgentId | None
    queue_id: QueueId | None = None


class Verb(StrEnum):
    READ = "read"
    HEAR = "hear"
    LISTEN = "listen"
    """To a conversation as it is held, whisper to its agent, join it."""
    CHANGE = "change"
    END = "end"
    FILE = "file"
    """Say whose a conversation is."""


Thing = CallThing | CustomerThing | AgentThing


def may(person: Person, verb: Verb, thing: Thing) -> bool:
    """The one answer."""
    if isinstance(thing, CallThing):
        return _may_call(person, verb, thing)
    if isinstance(thing, CustomerThing):
        return verb in {Verb.READ, Verb.CHANGE, Verb.FILE} and _may_customer(person, thing)
    return verb is Verb.READ and (_supervises(person, thing.queue_id) or _is(person, thing.agent_id))


def reach(person: Person, served_lately: frozenset[CustomerId]) -> Reach:
    """What the person may find by searching: what `may` lets them read."""
    rights, served = person.rights, person.serves | served_lately
    everybody = rights.customers == "all" or (rights.customers == "while_serving" and person.in_work)
    customers = None if everybody else served
    if Permission.CUSTOMERS not in rights.permissions:
        customers = frozenset()
    calls = None
    queues = listed_queues(person)
    if queues is not None:
        calls = CallReach(agent_id=person.agent_id, customers=frozenset() if rights.calls == "own" else served, queues=queues)
    return Reach(customers=customers, calls=calls, whole_numbers=Permission.WHOLE_NUMBERS in rights.permissions)


def listed_queues(person: Person) -> frozenset[QueueId] | None:
    """Whose calls the person may list, besides the own ones; None: every one."""
    match person.rights.calls:
        case "all":
            return person.sight.queues
        case "queues":
            return person.sight.near
        case _:
            return frozenset()


def _supervises(person: Person, queue_id: QueueId | None) -> bool:
    return Permission.SUPERVISE in person.rights.permissions and person.sight.covers(queue_id)


def _supervises_call(person: Person, call: CallThing) -> bool:
    return Permission.SUPERVISE in person.rights.permissions and _covers(person, call)


def _covers(person: Person, call: CallThing) -> bool:
    """One of its queues is among those that the person sees."""
    return person.sight.covers(None) or any(map(person.sight.covers, call.queues))


def _may_call(person: Person, verb: Verb, call: CallThing) -> bool:
    own = person.agent_id is not None and person.agent_id in call.agents
    match verb:
        case Verb.CHANGE:
            return own
        case Verb.FILE:
            return own or call.at_hand or _supervises_call(person, call)
        case Verb.END:
            return own or _supervises_call(person, call)
        case Verb.READ:
            scope = person.rights.calls
        case Verb.LISTEN if not _supervises_call(person, call):
            return False
        case Verb.HEAR | Verb.LISTEN:
            scope = person.rights.recordings
    width = _CALL_SCOPES.index(scope)
    served = call.served_lately or call.customer_id in person.serves
    near = width >= 2 and not call.queues.isdisjoint(person.sight.near)
    return own or near or (width >= 1 and served) or (width >= 3 and _covers(person, call))


def _may_customer(person: Person, customer: CustomerThing) -> bool:
    scope = person.rights.customers
    served = customer.served_lately or customer.customer_id in person.serves
    return served or scope == "all" or (scope == "while_serving" and person.in_work)


def _is(person: Person, agent_id: AgentId | None) -> bool:
    return agent_id is not None and agent_id == person.agent_id
