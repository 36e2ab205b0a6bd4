"""The shell around `server/rights.py`: finds what a rule needs to know, asks it, and writes down who read, heard or sought what.

Invariant: what a route gives of a customer's conversations has been allowed by `may` and stands in the audit log before the first
byte leaves, refusals too; when the log cannot be written nothing is given. Rights come before existence: what is not there is
refused like what is somebody else's, so that nobody learns by asking what there is. One hearing or reading is one entry, in
however many pieces a player or a screen fetches it, and no way of asking for a piece goes without.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.requests import HTTPConnection

from core.ids import CallId, CustomerId, InteractionId
from core.model import Channel
from core.ranges import fit_id
from customers.model import Call, Customer, Interaction, Whose
from customers.search import Reach
from server.api.errors import ApiError, not_found
from server.api.services import Services
from server.api.trail import Trail
from server.people.agents import sight_of
from server.rights import CallThing, CustomerThing, Permission, Person, Thing, Verb, listed_queues, may, reach, rights_of
from server.schemas import Me
from server.sight import Sight

ONE_READING_S = 600.0
"""Screens ask again when they are looked at again."""


async def person(deps: Services, me: Me) -> Person:
    hands = deps.live.hands_of(me.agent_id) if me.agent_id is not None else None
    return Person(
        rights=rights_of(deps.configuration.document.access, me.role, me.agent_id is not None),
        sight=sight(deps, me),
        agent_id=me.agent_id,
        serves=hands.customers if hands is not None else frozenset(),
        in_work=hands is not None and hands.in_work,
    )


def sight(deps: Services, me: Me) -> Sight:
    """As far as the person sees, by the company's rules of this moment."""
    board = me.may(Permission.BOARD)
    return sight_of(deps.configuration.document, board=board, agent_id=me.agent_id, only=me.only_queues)


async def call_thing(deps: Services, who: Person, call: Call | None) -> CallThing:
    """None, a call that there is not, is nobody's: whoever may not read every call learns nothing else of it."""
    if call is None:
        return CallThing()
    return _thing_of_call(call, await _served_lately(deps, who, call.customer_id))


async def call_things(deps: Services, who: Person, calls: Sequence[Call]) -> list[CallThing]:
    """The same of many calls, asked for once."""
    customers = sorted({call.customer_id for call in calls if call.customer_id is not None})
    lately = await _served(deps, who, customers)
    return [_thing_of_call(call, call.customer_id in lately) for call in calls]


def _thing_of_call(call: Call, served_lately: bool) -> CallThing:
    """A call that was transferred belongs to both queues and to all who had it."""
    queues = {call.queue_id, *(each.queue_id for each in call.engagements)}
    return CallThing(
        agents=frozenset(each.agent_id for each in call.engagements if each.agent_id is not None),
        queues=frozenset(queue_id for queue_id in queues if queue_id is not None),
        customer_id=call.customer_id,
        served_lately=served_lately,
    )


async def customer_thing(deps: Services, who: Person, customer_id: CustomerId | None) -> CustomerThing:
    return CustomerThing(customer_id=customer_id, served_lately=await _served_lately(deps, who, customer_id))


async def reach_of(deps: Services, who: Person) -> Reach:
    """What the person may find."""
    if who.agent_id is None:
        return reach(who, frozenset())
    return reach(who, await deps.calls_table.served_lately(who.agent_id, _since(deps, who)))


async def _served_lately(deps: Services, who: Person, customer_id: CustomerId | None) -> bool:
    return customer_id is not None and bool(await _served(deps, who, [customer_id]))


async def _served(deps: Services, who: Person, customer_ids: Sequence[CustomerId]) -> frozenset[CustomerId]:
    if who.agent_id is None or not customer_ids:
        return frozenset()
    return await deps.calls_table.served(who.agent_id, customer_ids, _since(deps, who))


def _since(deps: Services, who: Person) -> float:
    return deps.clock.now() - who.rights.lately_h * 3600


def whose_calls(who: Person) -> Whose | None:
    """Which calls the person may list; None: all."""
    queues = listed_queues(who)
    return None if queues is None else Whose(agent_id=who.agent_id, queues=queues)


class Reader:
    """One request of one person: what is asked for is allowed and written down, or refused and written down."""

    def __init__(self, deps: Services, connection: HTTPConnection, me: Me, who: Person) -> None:
        self._deps = deps
        self._trail = Trail(deps, connection)
        self._me = me
        self.who = who

    @classmethod
    async def of(cls, deps: Services, connection: HTTPConnection, me: Me) -> Reader:
        return cls(deps, connection, me, await person(deps, me))

    async def call(self, verb: Verb, call_id: str, action: str) -> Call:
        """Raises a 403 when it is not for this person, there or not, and a 404 when it is not there."""
        call = await self._deps.calls_table.get(CallId(call_id))
        await self._ask(verb, await call_thing(self._deps, self.who, call), action, call_id)
        if call is None:
            raise not_found("call")
        within_s = ONE_READING_S + (call.recording_ms / 1000 if verb is Verb.HEAR else 0)
        await self.note(action, call_id, within_s)
        return call

    async def customer(self, verb: Verb, customer_id: str, action: str) -> Customer:
        """The same. Whether there is such a customer is looked at last: how long a refusal takes says nothing, either."""
        thing = await customer_thing(self._deps, self.who, CustomerId(customer_id))
        await self._ask(verb, thing, action, customer_id)
        customer = await self._deps.customers.customer(CustomerId(customer_id))
        if customer is None:
            raise not_found("customer")
        await self.note(action, customer_id, 0 if verb is Verb.CHANGE else ONE_READING_S)
        return customer

    async def conversation(self, verb: Verb, interaction_id: str, action: str) -> Interaction:
        """The same: a call by the rules of calls, anything else by those of its customer."""
        found = await self._deps.conversations.get(InteractionId(interaction_id))
        await self._ask(verb, await self._thing_of(found), action, interaction_id)
        if found is None:
            raise not_found("conversation")
        await self.note(action, interaction_id, ONE_READING_S)
        return found

    async def filing(self, interaction_id: str) -> None:
        """Who has the conversation in hand, or rung for it, may say whose it is; and whoever may supervise."""
        found = await self._deps.conversations.get(InteractionId(interaction_id))
        thing = await self._thing_of(found)
        agent_id = self.who.agent_id
        if isinstance(thing, CallThing) and found is not None and found.call_id is not None and agent_id is not None:
            rings_or_has = self._deps.live.at_hand(agent_id, found.call_id)
            thing = msgspec.structs.replace(thing, at_hand=rings_or_has)
        await self._ask(Verb.FILE, thing, "file_conversation", interaction_id)
        if found is None:
            raise not_found("conversation")

    async def _thing_of(self, found: Interaction | None) -> Thing:
        if found is not None and found.channel is Channel.CALL and found.call_id is not None:
            call = await self._deps.calls_table.get(found.call_id)
            if call is not None:
                return await call_thing(self._deps, self.who, call)
        return await customer_thing(self._deps, self.who, None if found is None else found.customer_id)

    async def _ask(self, verb: Verb, thing: Thing, action: str, subject: str) -> None:
        if not may(self.who, verb, thing):
            named = subject if fit_id(subject) else ""  # what people typed is no business of the log
            await self.note(action, named, ONE_READING_S, refused=True)
            raise ApiError(403, "not_yours", "This belongs to other people's work.")

    async def note(self, action: str, subject: str = "", within_s: float = 0.0, *, refused: bool = False, **details: Any) -> None:
        await self._trail.note(self._me.user_id, action, subject, within_s=within_s, refused=refused, **details)
