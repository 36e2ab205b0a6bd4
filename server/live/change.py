"""A message, what it is about, and who is told: who sees the board sees it there, agents are told by name.

Invariant: a screen has what its sight sees (`server/sight.py`) and nothing else, also when a thing moves: whoever sees it no more
is told that it is gone, and whoever sees it from now on gets all of it.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from core.ids import AgentId, QueueId
from server.live.messages import (
    AgentMessage,
    AttentionMessage,
    CheckedMessage,
    Message,
    MissingMessage,
    OfferMessage,
    WorkMessage,
)
from server.schemas import Missing
from server.sight import (
    QueueThing,
    Sight,
    StaffThing,
    Thing,
    WorkThing,
    directs,
    narrowed_agent,
    narrowed_decision,
    narrowed_entry,
    narrowed_look,
    sees,
)

EVERYBODY: None = None
WHOLE = Sight(board=True)
"""Of whoever sees everything."""


class Left(NamedTuple):
    """Where a thing was before, and what is told to those who saw it there and see it here no more."""

    thing: Thing
    message: Message


class Change(msgspec.Struct, frozen=True):
    message: Message
    agents: frozenset[AgentId] | None
    """The agents who are told besides whoever sees the board; None: every agent."""
    about: Thing
    board: bool = True
    """Who sees the board is told; False: has it already."""
    left: Left | None = None
    unseen_at: Thing | None = None
    """Only for those who did not see it there: it was in another place before."""


def to_board(message: Message, about: Thing) -> Change:
    return Change(message, agents=frozenset(), about=about)


def to_agent(agent_id: AgentId, message: Message, about: Thing) -> Change:
    """Only this agent: who sees the board has it already."""
    return Change(message, agents=frozenset({agent_id}), about=about, board=False)


def told(change: Change, sight: Sight) -> Message | None:
    """What somebody with this sight is told of a change; None: nothing."""
    if not sight.board:
        named = change.agents is None or sight.agent_id in change.agents
        return narrowed(sight, change.message) if named and (change.agents is not None or sees(sight, change.about)) else None
    if sight.whole:
        shown = change.board and change.unseen_at is None and sees(sight, change.about)
        return change.message if shown else None
    return _told_in_part(change, sight)


def _told_in_part(change: Change, sight: Sight) -> Message | None:
    """Whoever sees some queues of the board, and the own work besides."""
    own = change.agents is not None and sight.agent_id in change.agents
    if not change.board:
        other = isinstance(change.about, WorkThing) and not directs(sight, change.about)
        return change.message if own and other else None
    if own or sees(sight, change.about):
        news = change.unseen_at is None or not sees(sight, change.unseen_at)
        return narrowed(sight, change.message) if news else None
    if change.left is not None and sees(sight, change.left.thing):
        return change.left.message
    return None


def narrowed(sight: Sight, message: Message) -> Message:
    """Without what it holds beside its thing."""
    if sight.queues is None:
        return message
    match message:
        case AgentMessage():
            return msgspec.structs.replace(message, agent=narrowed_agent(sight, message.agent))
        case AttentionMessage():
            return msgspec.structs.replace(message, entry=narrowed_entry(sight, message.entry))
        case WorkMessage():
            return msgspec.structs.replace(message, work=narrowed_decision(sight, message.work))
        case OfferMessage():
            return msgspec.structs.replace(message, offer=narrowed_decision(sight, message.offer))
        case CheckedMessage():
            return msgspec.structs.replace(message, checked=narrowed_look(sight, message.checked))
        case MissingMessage():
            return msgspec.structs.replace(message, missing=narrowed_missing(sight, message.missing))
        case _:
            return message


def narrowed_missing(sight: Sight, missing: tuple[Missing, ...]) -> tuple[Missing, ...]:
    """Whose queue a piece of work or a call was in that cannot be shown, is not known."""
    return missing if sight.queues is None else tuple(each for each in missing if _may_miss(sight, each))


def _may_miss(sight: Sight, missing: Missing) -> bool:
    match missing.kind:
        case "queue" | "line" | "watch":
            return sees(sight, QueueThing(queue_id=QueueId(missing.id)))
        case "agent":
            return sees(sight, StaffThing(agent_id=AgentId(missing.id)))
        case kind:
            return kind in {"numbers", "part"}
