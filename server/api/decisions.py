"""Why each piece of work was offered to whom, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Response

from core.ids import CallId, WorkId
from core.model import Value
from server.api.access import Deps, SignedIn
from server.api.answers import answer_to, answers
from server.api.errors import not_found
from server.api.reading import person
from server.api.services import Services
from server.rights import AgentThing, Verb, may
from server.schemas import Me
from server.sight import narrowed_decision
from server.storage.sql.acd_records import OfferRecord

router = APIRouter(tags=["reports"])


class Decisions(Value, frozen=True, kw_only=True):
    """Every offer, in order, with the reason it was made for and what became of it."""

    items: tuple[OfferRecord, ...]


@router.get("/work/{work_id}/decisions", responses=answers(Decisions, 404))
async def decisions_of_work(work_id: str, me: SignedIn, deps: Deps) -> Response:
    """Supervisors see every offer; an agent those to the agent."""
    return await _decisions(me, deps, await deps.records.offers_of_work(WorkId(work_id)))


@router.get("/calls/{call_id}/decisions", responses=answers(Decisions, 404))
async def decisions_of_call(call_id: str, me: SignedIn, deps: Deps) -> Response:
    """Of all work of the call, also of a callback that was promised in it."""
    return await _decisions(me, deps, await deps.records.offers_of_call(CallId(call_id)))


async def _decisions(me: Me, deps: Services, offers: Sequence[OfferRecord]) -> Response:
    who = await person(deps, me)
    seen = [offer for offer in offers if may(who, Verb.READ, AgentThing(agent_id=offer.agent_id, queue_id=offer.queue_id))]
    if not seen:
        raise not_found("offer")
    return answer_to(me, Decisions(items=tuple(narrowed_decision(who.sight, offer) for offer in seen)))
