"""The outcomes that a wrap-up offers, as the newest configuration has them."""

from __future__ import annotations

from fastapi import APIRouter, Response

from core.model import Value
from server.api.access import Deps, SignedIn
from server.api.answers import answer, answers

router = APIRouter(prefix="/dispositions", tags=["calls"])


class OfferedDisposition(Value, frozen=True, kw_only=True):
    name: str
    below: tuple[str, ...]
    """One of these is chosen instead of the name; empty: the name itself."""


class DispositionList(Value, frozen=True, kw_only=True):
    items: tuple[OfferedDisposition, ...]
    """None: the outcomes that every installation has."""


@router.get("", responses=answers(DispositionList))
async def offered(_: SignedIn, deps: Deps, queue_id: str = "") -> Response:
    """Those of a queue, in order; without `queue_id` those that are offered everywhere."""
    rules = deps.configuration.document.dispositions
    here = [each for each in rules if not each.queues or queue_id in each.queues]
    return answer(DispositionList(items=tuple(OfferedDisposition(name=each.name, below=each.below) for each in here)))
