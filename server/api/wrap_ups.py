"""An agent writes up their part of a conversation, which may go on with somebody else."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import Field

from core.events import WrapUpFinished
from core.ids import WorkId
from core.ranges import EARLIEST_S, LATEST_S, PROMISE_AHEAD_S, promise_fits
from customers.callable_numbers import why_not
from customers.engagements import who_had
from customers.model import Call, IdentifierKind
from server.api.access import AsAgent, Deps, SignedIn
from server.api.answers import answers, done
from server.api.bodies import Body, Lines, OneLine
from server.api.errors import ApiError
from server.api.reading import person
from server.api.services import Services
from server.rights import CallThing, Verb, may

router = APIRouter(prefix="/work", tags=["agent"])


class WrapUp(Body):
    disposition: OneLine = Field(max_length=200)
    summary: Lines = Field("", max_length=10_000)
    next_step: Literal["none", "ticket", "callback"] = "none"
    ticket_subject: OneLine | None = Field(None, max_length=300)
    callback_at: Annotated[float, Field(ge=EARLIEST_S, le=LATEST_S, allow_inf_nan=False)] | None = None
    """At most a year ahead."""


@router.post("/{work_id}/wrap-up", status_code=204, responses=answers(None, 403))
async def wrap_up(work_id: str, body: WrapUp, agent_id: AsAgent, me: SignedIn, deps: Deps) -> Response:
    """Of one's own work. What is written is kept even when the time for it has run out."""
    call = await deps.calls_table.with_work(WorkId(work_id))
    if call is None or not may(await person(deps, me), Verb.CHANGE, CallThing(agents=who_had(call.engagements, WorkId(work_id)))):
        raise ApiError(403, "not_your_call", "This was not your call.")
    if body.callback_at is not None and not promise_fits(body.callback_at, deps.clock.now()):
        text = "A call back can be promised for at most a year ahead."
        violation = {"place": "callback_at", "code": "too_far_ahead", "params": {"days": PROMISE_AHEAD_S / 86_400}}
        raise ApiError(422, "invalid", text, details={"violations": [violation]})
    if body.next_step == "callback":
        _refuse_what_is_not_called(deps, call)
    await deps.bus.publish(
        WrapUpFinished(
            at=deps.clock.now(),
            call_id=call.call_id,
            work_id=WorkId(work_id),
            agent_id=agent_id,
            disposition=body.disposition,
            summary=body.summary,
            next_step=body.next_step,
            ticket_subject=body.ticket_subject or "",
            callback_at=body.callback_at,
        )
    )
    return done()


def _refuse_what_is_not_called(deps: Services, call: Call) -> None:
    """Nothing is promised that cannot be kept. Raises a 422."""
    known = call.identifier
    number = known.value if known is not None and known.kind is IdentifierKind.PHONE else call.caller
    why = why_not(number, deps.config.general.country, deps.configuration.document.callbacks)
    if why == "not_a_number":
        text = "There is no number to call back: it was withheld, or the call came from a web page or an extension."
        raise ApiError(422, "no_number_to_call", text, details={"why": why})
    if why is not None:
        text = "This number may not be called back: only the own country's ordinary numbers are, and what the rules allow."
        raise ApiError(422, "number_not_callable", text, details={"why": why})
