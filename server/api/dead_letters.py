"""What was set aside: to look at, to hand in again, to discard. What a letter holds is not shown: it may be somebody's words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from core.dead_letters import Stage
from core.model import Value
from customers.timeline import cursor_after, parse_cursor
from server.api.access import AsAdmin, Deps
from server.api.answers import answer, answers, done
from server.api.errors import ApiError, not_found
from server.api.services import Services
from server.api.trail import Trail, WritesDown
from server.dead_letters import CannotBeHandedIn, InHand, hand_in
from server.schemas import Me
from server.storage.sql.dead_letters import KeptLetter, State

router = APIRouter(prefix="/dead-letters", tags=["dead letters"])


class Letter(Value, frozen=True, kw_only=True):
    """A message that could not be used, without what it holds."""

    letter_id: str
    at: float
    stage: Stage
    part: str
    kind: str
    ids: dict[str, str]
    reason: str
    can_be_handed_in: bool
    state: State
    tries: int
    settled_at: float | None
    settled_by: str
    """Name of who settled it; empty: nobody, or somebody who is gone."""


class LetterPage(Value, frozen=True, kw_only=True):
    items: tuple[Letter, ...]
    next: str | None
    """For `before`: where the next page begins."""
    waiting: int


@router.get("", responses=answers(LetterPage))
async def latest(
    _: AsAdmin,
    deps: Deps,
    show: Literal["waiting", "all"] = "waiting",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: str | None = None,
) -> Response:
    """Newest first."""
    try:
        cursor = parse_cursor(before)
    except ValueError as error:
        raise ApiError(422, "invalid", "This is no place in the list.") from error
    kept = await deps.dead_letters.kept.page(limit + 1, cursor, waiting_only=show == "waiting")
    names = {str(user.user_id): user.name for user in await deps.users.all()} if kept else {}
    items = tuple(_shown(each, names) for each in kept[:limit])
    last = items[-1] if len(kept) > limit else None
    following = cursor_after(last.at, last.letter_id) if last is not None else None
    return answer(LetterPage(items=items, next=following, waiting=await deps.dead_letters.kept.waiting()))


@router.post("/{letter_id}/hand-in", status_code=204, responses=answers(None, 404, 409))
async def hand_in_again(letter_id: str, me: AsAdmin, deps: Deps, trail: WritesDown) -> Response:
    """Once more where it failed. 409 with the reason when it cannot be, or fails again: then it waits on."""
    async with _deciding(deps, letter_id) as kept:
        try:
            await hand_in(kept.letter, deps.bus, deps.processes, deps.outbox)
        except CannotBeHandedIn as error:
            await _settle(trail, me, kept, "waiting", "hand_in_failed")
            raise ApiError(409, error.code, str(error)) from error
        await _settle(trail, me, kept, "handed_in", "hand_in")
    return done()


@router.post("/{letter_id}/discard", status_code=204, responses=answers(None, 404, 409))
async def discard(letter_id: str, me: AsAdmin, deps: Deps, trail: WritesDown) -> Response:
    async with _deciding(deps, letter_id) as kept:
        await _settle(trail, me, kept, "discarded", "discard")
    return done()


@asynccontextmanager
async def _deciding(deps: Services, letter_id: str) -> AsyncIterator[KeptLetter]:
    """A letter that waits, for one person at a time. Raises a 404 or 409."""
    try:
        with deps.dead_letters.in_hand(letter_id):
            kept = await deps.dead_letters.kept.get(letter_id)
            if kept is None:
                raise not_found("letter")
            if kept.state != "waiting":
                raise ApiError(409, "settled", "Somebody has settled this already.")
            yield kept
    except InHand:
        raise ApiError(409, "settled", "Somebody is settling this just now.") from None


async def _settle(trail: Trail, me: Me, kept: KeptLetter, state: State, action: str) -> None:
    now, letter = trail.deps.clock.now(), kept.letter
    await trail.deps.dead_letters.kept.settle(letter.letter_id, state, now, me.user_id)
    details: dict[str, Any] = {"stage": str(letter.stage), "part": letter.part, "kind": letter.kind, "ids": letter.ids}
    action = f"{action}_dead_letter"
    await trail.note(me.user_id, action, letter.letter_id, **details)


def _shown(kept: KeptLetter, names: dict[str, str]) -> Letter:
    letter = kept.letter
    return Letter(
        letter_id=letter.letter_id,
        at=letter.at,
        stage=letter.stage,
        part=letter.part,
        kind=letter.kind,
        ids=letter.ids,
        reason=letter.reason,
        can_be_handed_in=letter.holds in {"event", "command", "outgoing"},
        state=kept.state,
        tries=kept.tries,
        settled_at=kept.settled_at,
        settled_by=names.get(kept.settled_by or "", ""),
    )
