"""What an agent does with colleagues in a call: ask one, swap, talk together, leave the call to one, hand it on.

What follows comes over the live view: who takes part (`LiveCall.parties`), and why a colleague did not come.
"""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import Field, model_validator

from core.commands import Consult, EndConsultation, HandOver, TalkWith, Transfer
from core.ids import AgentId, CallId, PartyId, QueueId, WorkId, new_id
from core.model import AgentState
from server.api.access import AsAgent, Deps
from server.api.agent import ask_calls
from server.api.answers import answers, done
from server.api.bodies import Body, Id, Lines
from server.api.errors import ApiError
from server.api.services import Services

router = APIRouter(prefix="/calls/{call_id}", tags=["calls"])
MOST_PARTIES = 8
LONGEST_NOTE = 1000


class Target(Body):
    """A colleague, or whoever a queue has."""

    agent_id: Id | None = None
    queue_id: Id | None = None
    note: Lines = Field("", max_length=LONGEST_NOTE)
    """For whoever it rings at."""

    @model_validator(mode="after")
    def _one_of_them(self) -> Target:
        if (self.agent_id is None) == (self.queue_id is None):
            raise ValueError("either agent_id or queue_id is given")
        return self


class TalkingWith(Body):
    parties: list[Id] = Field(max_length=MOST_PARTIES)
    """Ids of `LiveCall.parties`; whoever is not named waits."""


@router.put("/talking-with", status_code=204, responses=answers(None, 409))
async def talk_with(call_id: str, body: TalkingWith, agent_id: AsAgent, deps: Deps) -> Response:
    """Whom the agent of the call talks with: the customer, a colleague, both, or nobody. So hold, taking up again, swapping and
    the conference are one wish.
    """
    party_ids = tuple(PartyId(party_id) for party_id in body.parties)
    command = TalkWith(call_id=CallId(call_id), agent_id=agent_id, party_ids=party_ids)
    await ask_calls(deps, command, "talking_with_refused")
    return done()


@router.post("/consultation", status_code=204, responses=answers(None, 409))
async def consult(call_id: str, body: Target, agent_id: AsAgent, deps: Deps) -> Response:
    """Asks a colleague, or whoever a queue has, while the customer waits."""
    _can_be_asked(deps, body)
    await ask_calls(deps, _wish(Consult, call_id, agent_id, body), "consultation_refused")
    return done()


@router.delete("/consultation", status_code=204, responses=answers(None, 409))
async def end_consultation(call_id: str, agent_id: AsAgent, deps: Deps) -> Response:
    """The colleague leaves, or is not asked any more: said by either of the two. Harmless when that has happened already."""
    command = EndConsultation(call_id=CallId(call_id), agent_id=agent_id)
    await ask_calls(deps, command, "consultation_refused")
    return done()


@router.post("/consultation/hand-over", status_code=204, responses=answers(None, 409))
async def hand_over(call_id: str, agent_id: AsAgent, deps: Deps) -> Response:
    """Leaves the call to the colleague who was asked; one whose phone still rings has it when it is answered."""
    await ask_calls(deps, HandOver(call_id=CallId(call_id), agent_id=agent_id), "hand_over_refused")
    return done()


@router.post("/transfer", status_code=204, responses=answers(None, 409))
async def transfer(call_id: str, body: Target, agent_id: AsAgent, deps: Deps) -> Response:
    """Hands the call on without asking; it keeps its place by time. The agent is out of it when it has one."""
    _can_be_asked(deps, body)
    await ask_calls(deps, _wish(Transfer, call_id, agent_id, body), "transfer_refused")
    return done()


def _wish(kind: type[Consult] | type[Transfer], call_id: str, agent_id: AgentId, target: Target) -> Consult | Transfer:
    """With an id of its own for the work that comes of it."""
    return kind(
        call_id=CallId(call_id),
        agent_id=agent_id,
        work_id=WorkId(new_id("work")),
        to_agent=AgentId(target.agent_id) if target.agent_id else None,
        queue_id=QueueId(target.queue_id) if target.queue_id else None,
        note=target.note,
    )


def _can_be_asked(deps: Services, target: Target) -> None:
    """As far as the screens know; the ACD has the last word. Raises a 409."""
    try:
        if target.queue_id is not None:
            deps.acd.queue(QueueId(target.queue_id))
            return
        agent = deps.acd.agent(AgentId(target.agent_id or ""))
    except KeyError as error:
        code = "unknown_agent" if target.queue_id is None else "unknown_queue"
        raise ApiError(409, code, "There is nobody of that name.") from error
    if agent.state is not AgentState.AVAILABLE or not agent.reachable:
        raise ApiError(409, "agent_not_available", f"{agent.name} can't take a call now.")
