"""Conversations of every channel: one opened whole, with what was said in it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from core.commands import FileWork
from core.events import ConversationFiled
from core.ids import CustomerId, InteractionId, MessageId
from customers.conversations import InteractionRecord
from customers.filing import UnknownCustomer
from customers.messages import MessagePage
from server.api.access import Deps, SignedIn
from server.api.answers import answer_to, answers
from server.api.bodies import Body
from server.api.errors import ApiError, not_found
from server.api.reading import Reader
from server.live.news import tell
from server.rights import Verb

router = APIRouter(prefix="/interactions", tags=["interactions"])
Cursor = Annotated[str | None, Query(max_length=64)]


@router.get("/{interaction_id}", responses=answers(InteractionRecord, 404))
async def one(interaction_id: str, me: SignedIn, request: Request, deps: Deps) -> Response:
    interaction = await (await Reader.of(deps, request, me)).conversation(Verb.READ, interaction_id, "read_conversation")
    return answer_to(me, await deps.conversations.opened(interaction))


@router.get("/{interaction_id}/messages", responses=answers(MessagePage, 404))
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


class NewPerson(Body):
    name: Annotated[str, Field(min_length=1, max_length=200)]


class Whose(Body):
    """A record, a new one, or nobody's until somebody says."""

    customer_id: str | None = None
    new: NewPerson | None = None


@router.post("/{interaction_id}/customer", responses=answers(InteractionRecord, 404))
async def file(interaction_id: str, body: Whose, me: SignedIn, request: Request, deps: Deps) -> Response:
    """Says whose a conversation is; the ticket and the callback that came of it move along, and who decided is kept."""
    reader = await Reader.of(deps, request, me)
    await reader.filing(interaction_id)
    if body.customer_id is not None:
        await reader.customer(Verb.READ, body.customer_id, "choose_customer")
    chosen = None if body.customer_id is None else CustomerId(body.customer_id)
    try:
        new_name = "" if body.new is None else body.new.name
        filed = await deps.filing.decide(InteractionId(interaction_id), me.user_id, me.name, chosen, new_name)
    except UnknownCustomer as error:
        raise not_found("customer") from error
    if filed is None:
        raise not_found("conversation")
    await reader.note("file_conversation", interaction_id, customer_id=filed.interaction.customer_id or "")
    if filed.call_id is not None:
        await deps.bus.send("acd", FileWork(call_id=filed.call_id, customer_id=filed.interaction.customer_id))
        await tell(deps.bus, ConversationFiled(at=deps.clock.now(), call_id=filed.call_id))
    return answer_to(me, await deps.conversations.opened(filed.interaction))
