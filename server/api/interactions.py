"""Conversations of every channel: one opened whole, with what was said in it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from core.ids import MessageId
from customers.conversations import InteractionRecord
from customers.messages import MessagePage
from server.api.access import Deps, SignedIn
from server.api.answers import answer_to, answers
from server.api.errors import ApiError
from server.api.reading import Reader
from server.rights import Verb

router = APIRouter(prefix="/interactions", tags=["interactions"])
Cursor = Annotated[str | None, Query(max_length=64)]


@router.get("/{interaction_id}", responses=answers(InteractionRecord, 403, 404))
async def one(interaction_id: str, me: SignedIn, request: Request, deps: Deps) -> Response:
    interaction = await (await Reader.of(deps, request, me)).conversation(Verb.READ, interaction_id, "read_conversation")
    return answer_to(me, await deps.conversations.opened(interaction))


@router.get("/{interaction_id}/messages", responses=answers(MessagePage, 403, 404))
async def messages(
    interaction_id: str,
    me: SignedIn,
    request: Request,
    deps: Deps,
    *,
    before: Cursor = None,
    after: Cursor = None,
    around: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Oldest first: the newest of them, or those before or after a cursor, or those around one message."""
    interaction = await (await Reader.of(deps, request, me)).conversation(Verb.READ, interaction_id, "read_conversation")
    try:
        page = await deps.conversations.messages(
            interaction.interaction_id,
            before=before,
            after=after,
            around=None if around is None else MessageId(around),
            limit=limit,
        )
    except ValueError as error:
        raise ApiError(422, "invalid", str(error)) from error
    return answer_to(me, page)
