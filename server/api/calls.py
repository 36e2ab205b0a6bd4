"""Calls: doing something to one, and reading what was."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import FileResponse

from core.causes import EndCause
from core.commands import EndCall, StopSupervising, Supervise
from core.files import BadName
from core.ids import CallId, LegId
from customers.model import Call, CallPage, CallRecord
from server.api.access import AsSupervisor, Deps, SeesHistory, SignedIn
from server.api.agent import ask_calls, own_leg
from server.api.answers import answer_to, answers, done, refusals
from server.api.bodies import Body, Id
from server.api.errors import ApiError, not_found
from server.api.pieces import Pieces, StoredPieces
from server.api.reading import ONE_READING_S, Reader, person, whose_calls
from server.api.trail import WritesDown
from server.living import KnownCall
from server.rights import CallThing, Verb, may
from server.schemas import MODES

router = APIRouter(prefix="/calls", tags=["calls"])
_WAV = {"content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}}}
_RECORDING: dict[int | str, dict[str, Any]] = {
    200: {"description": "The recording", **_WAV},
    206: {"description": "A piece of it", **_WAV},
}
ON_ITS_WAY_S = 86_400.0
"""What a node has not handed over a day after the call is not said to come any more."""
Limit = Annotated[int, Query(ge=1, le=200)]


class Supervision(Body):
    leg_id: Id
    """Of one's own audio (`POST /legs`)."""
    mode: Literal["listen", "whisper", "join"]
    """Heard by nobody, by the agent alone, by everybody."""


_MODES = {said: mode for mode, said in MODES.items()}
_AUDITED = {"listen": "listen_to_call", "whisper": "whisper_in_call", "join": "join_call"}


@router.post("/{call_id}/hang-up", status_code=204, responses=answers(None, 409))
async def hang_up(call_id: str, me: SignedIn, deps: Deps) -> Response:
    call = deps.live.living.calls.get(CallId(call_id))
    whose = call if call is not None else await deps.calls_table.get(CallId(call_id))
    if not may(await person(deps, me), Verb.END, _owned(whose)):
        raise ApiError(403, "not_your_call", "This is not your call.")
    if call is None:
        raise ApiError(409, "call_over", "This call is over.")
    own = me.agent_id is not None and call.agent_id == me.agent_id
    cause = EndCause.AGENT_HUNG_UP if own else EndCause.SUPERVISOR_ENDED
    await ask_calls(deps, EndCall(call_id=call.call_id, cause=cause), "hang_up_refused")
    return done()


@router.put("/{call_id}/supervision", status_code=204, responses=answers(None, 404, 409))
async def supervise(call_id: str, body: Supervision, me: AsSupervisor, deps: Deps, trail: WritesDown) -> Response:
    """Hear a conversation with an audio leg of one's own, whisper to its agent, or join it; said again, in another way.

    Whoever supervises another conversation leaves that one.
    """
    call = deps.live.living.calls.get(CallId(call_id))
    if not may(await person(deps, me), Verb.LISTEN, _owned(call)):
        await trail.note(me.user_id, _AUDITED[body.mode], call_id, refused=True)
        raise ApiError(403, "not_your_call", "This call is not for you to hear.")
    node_id = await own_leg(deps, me, LegId(body.leg_id))
    if node_id is None:
        raise not_found("audio leg of yours")
    await trail.note(me.user_id, _AUDITED[body.mode], call_id)
    command = Supervise(
        call_id=CallId(call_id), user_id=me.user_id, leg_id=LegId(body.leg_id), node_id=node_id, mode=_MODES[body.mode]
    )
    try:
        await ask_calls(deps, command, "supervision_refused")
    except ApiError:
        await trail.note(me.user_id, _AUDITED[body.mode], call_id, refused=True)  # nobody was heard after all
        raise
    return done()


@router.delete("/{call_id}/supervision", status_code=204, responses=answers(None, 403, 409))
async def stop_supervising(call_id: str, me: AsSupervisor, deps: Deps) -> Response:
    """Ends what the same person began with `PUT`; harmless when that has ended by itself."""
    call = deps.live.living.calls.get(CallId(call_id))
    hears = call is not None and call.is_heard_by(me.user_id)
    if not hears and not may(await person(deps, me), Verb.LISTEN, _owned(call)):
        raise ApiError(403, "not_your_call", "This call is not for you to hear.")
    await ask_calls(deps, StopSupervising(call_id=CallId(call_id), user_id=me.user_id), "supervision_refused")
    return done()


def _owned(call: Call | KnownCall | None) -> CallThing:
    """As far as it matters to whoever ends it or listens: who has it now, or had it; a call that there is not is nobody's."""
    if call is None:
        return CallThing()
    agents = {call.agent_id} if isinstance(call, KnownCall) else {each.agent_id for each in call.engagements}
    queues = frozenset({call.queue_id} if call.queue_id is not None else ())
    return CallThing(agents=frozenset(each for each in agents if each is not None), queues=queues)


@router.get("", responses=answers(CallPage))
async def latest(me: SeesHistory, request: Request, deps: Deps, limit: Limit = 50, before: str | None = None) -> Response:
    """Those that the person may list: an agent's own, or what the company lets agents see."""
    reader = await Reader.of(deps, request, me)
    try:
        page = await deps.customers.call_records(before, limit, whose_calls(reader.who))
    except ValueError as error:
        raise ApiError(422, "invalid", str(error)) from error
    await reader.note("list_calls", within_s=ONE_READING_S)
    return answer_to(me, page)


@router.get("/{call_id}", responses=answers(CallRecord, 404))
async def one(call_id: str, me: SignedIn, request: Request, deps: Deps) -> Response:
    """With its path, its summary and every word."""
    call = await (await Reader.of(deps, request, me)).call(Verb.READ, call_id, "read_call")
    record = await deps.customers.call_record(call.call_id)
    if record is None:  # taken out meanwhile
        raise not_found("call")
    return answer_to(me, record)


@router.get("/{call_id}/recording", response_class=FileResponse, responses=_RECORDING | refusals(404, 416))
async def recording(call_id: str, me: SignedIn, request: Request, deps: Deps) -> Response:
    """WAV, left the customer and right the agent; ranges are served, so that a player can jump. A hearing is written down once,
    in whatever pieces it is fetched, before the first of them leaves.
    """
    call = await (await Reader.of(deps, request, me)).call(Verb.HEAR, call_id, "hear_recording")
    if call.recording_path is None:
        raise not_found("recording")
    try:
        path = await asyncio.to_thread(deps.shelf.local, call.recording_path)
        found = await deps.shelf.store.find(call.recording_path) if path is None and deps.shelf.is_apart else None
    except BadName:
        raise not_found("recording") from None
    if path is not None:
        return Pieces(path, media_type="audio/wav")
    if found is not None:
        return StoredPieces(deps.shelf.store, found, "audio/wav")
    if deps.shelf.is_apart and deps.clock.now() - (call.ended_at or deps.clock.now()) < ON_ITS_WAY_S:
        raise ApiError(404, "recording_on_its_way", "The recording is still on the machine that made it. Try again in a moment.")
    raise not_found("recording")
