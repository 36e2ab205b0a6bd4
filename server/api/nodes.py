"""Media nodes: how they are, and taking one out of use without ending a call."""

from __future__ import annotations

from fastapi import APIRouter, Response

from core.model import Value
from server.api.access import AsAdmin, Deps
from server.api.answers import answer, answers, done
from server.api.errors import ApiError, not_found
from server.api.services import Services
from server.api.trail import Trail, WritesDown
from server.nodes import Drains, NodeStatus, Silent, named, node_states
from server.schemas import Me

router = APIRouter(prefix="/nodes", tags=["system"])


class NodeList(Value, frozen=True, kw_only=True):
    items: tuple[NodeStatus, ...]


@router.get("", responses=answers(NodeList))
async def nodes(_: AsAdmin, deps: Deps) -> Response:
    """Those that run, and those that were drained and stopped."""
    return answer(NodeList(items=tuple(await _nodes(deps))))


@router.post("/{node_id}/drain", status_code=204, responses=answers(None, 404, 409))
async def drain(node_id: str, me: AsAdmin, deps: Deps, trail: WritesDown) -> Response:
    """It takes no new calls and no new legs, also after a restart. Desks move to other nodes by themselves, calls end in their
    own time; then its state is `drained`. An id or a name.
    """
    await _set(node_id, me, deps, trail, draining=True)
    return done()


@router.post("/{node_id}/resume", status_code=204, responses=answers(None, 404, 409))
async def resume(node_id: str, me: AsAdmin, deps: Deps, trail: WritesDown) -> Response:
    """It takes calls and legs again."""
    await _set(node_id, me, deps, trail, draining=False)
    return done()


async def _nodes(deps: Services) -> list[NodeStatus]:
    return node_states(deps.fleet.nodes.values(), await Drains(deps.bus, deps.store).names())


async def _set(node_id: str, me: Me, deps: Services, trail: Trail, *, draining: bool) -> None:
    meant = named(await _nodes(deps), node_id)
    if not meant:
        raise not_found("media node")
    for node in meant:
        await trail.note(me.user_id, "drain_node" if draining else "resume_node", node.name)
    try:
        await Drains(deps.bus, deps.store).set(meant, draining)
    except Silent as error:
        raise ApiError(409, "node_silent", f"The media node doesn't answer: {error}") from error
