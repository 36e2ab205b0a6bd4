"""How the machinery is: for people, for load balancers, for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Response

from core.model import Value
from core.ports import Unavailable
from server.api.access import Deps, SignedIn
from server.api.answers import answer, answers
from server.api.services import Services
from server.schemas import System

router = APIRouter(tags=["system"])


class Health(Value, frozen=True, kw_only=True):
    ok: bool
    problems: tuple[str, ...] = ()


@router.get("/system", responses=answers(System))
async def system(_: SignedIn, deps: Deps) -> Response:
    return answer(deps.live.system())


@router.get("/health", responses=answers(Health))
async def health() -> Response:
    """The process is alive."""
    return answer(Health(ok=True))


@router.get("/ready", responses=answers(Health))
async def ready(deps: Deps) -> Response:
    """Calls could be taken now; 503 and the reasons otherwise."""
    problems = await _problems(deps)
    return answer(Health(ok=not problems, problems=tuple(problems)), 503 if problems else 200)


async def _problems(deps: Services) -> list[str]:
    problems = []
    try:
        await deps.bus.ping()
    except Unavailable:
        problems.append("Redis is away")
    try:
        await deps.users.count()
    except Unavailable:
        problems.append("the database is away")
    if not deps.fleet.nodes:
        problems.append("no media node is running")
    if not deps.dispatcher.caught_up:
        problems.append("events of the past are still being read")
    return problems
