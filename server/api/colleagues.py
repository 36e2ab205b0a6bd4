"""Whom an agent can ask, or hand a conversation to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from core.ids import QueueId
from server.api.access import AsAgent, Deps
from server.api.answers import answer, answers
from server.api.services import Services
from server.colleagues import ColleagueList, colleagues, queues, shown

router = APIRouter(prefix="/colleagues", tags=["agent"])
MOST = 200
Limit = Annotated[int, Query(ge=1, le=MOST)]
Words = Annotated[str, Query(max_length=100)]


@router.get("", responses=answers(ColleagueList))
async def found(agent_id: AsAgent, deps: Deps, query: Words = "", limit: Limit = 50) -> Response:
    """Other agents and queues whose name or skills have the words of `query`: available first, then the soonest; the first
    `limit` of each. It is a picture of this moment: whoever asks is told when it has changed.
    """
    names = deps.configuration.document.skills
    agents = colleagues(deps.views.standings(), names, agent_id, query)
    lines = queues(deps.views.queues(), _open(deps), query)
    return answer(
        ColleagueList(
            agents=tuple(shown(each, names) for each in agents[:limit]),
            agents_found=len(agents),
            queues=tuple(lines[:limit]),
            queues_found=len(lines),
        )
    )


def _open(deps: Services) -> dict[QueueId, bool]:
    """By the newest configuration; a queue without hours is always open."""
    document, now = deps.configuration.document, deps.clock.now()
    hours = {queue_id: document.hours.get(rules.hours) for queue_id, rules in document.queues.items()}
    return {QueueId(queue_id): each is None or each.is_open(now) for queue_id, each in hours.items()}
