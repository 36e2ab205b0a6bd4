"""Flows: listed, begun, written as drafts, checked. For administrators."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import Field

from core.ids import FlowId, QueueId
from core.ranges import LARGEST_COUNT
from ivr.flow import STANDARD_VARIABLES
from ivr.schema import flow_schema
from ivr.templates import QUEUES, Template, flow_text
from server.api.access import AsAdmin, Deps
from server.api.answers import NO_CONTENT, answer, answers, done, refusals
from server.api.bodies import Body, OneLine
from server.api.errors import ApiError, not_found
from server.api.flow_views import (
    Beside,
    FlowDetail,
    FlowDraftInfo,
    FlowDraftText,
    FlowExamined,
    FlowList,
    FlowText,
    FlowWords,
    detail_answer,
    draft_info,
    draft_text,
    examined,
    summary,
)
from server.api.services import Services
from server.api.trail import WritesDown
from server.schemas import Me
from server.storage.sql.flows import FlowDraft, FlowInUse, NoSuchVersion
from server.surroundings import sound_files

router = APIRouter(prefix="/flows", tags=["flows"])
ID = r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$"


class NewFlow(Body):
    flow_id: str = Field(pattern=ID)
    name: OneLine = Field(min_length=1, max_length=200)
    language: str = Field("en", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
    template: Template = Template.EMPTY
    queues: list[str] = Field([], max_length=max(QUEUES.values()))
    """Ids of as many as the template leads to."""


class FlowToCheck(FlowText):
    flow_id: str | None = Field(None, max_length=64)
    """Whose text it must be."""


class NewFlowDraft(FlowText):
    base_version: int = Field(ge=0, le=LARGEST_COUNT)
    """The published version it began with; 0: none."""


@router.get("", responses=answers(FlowList))
async def every(me: AsAdmin, deps: Deps) -> Response:
    """By name."""
    beside = Beside(await deps.flows.store.drafts(), await deps.numbers.plan.all(), deps.processes.callers())
    return answer(FlowList(items=tuple(summary(me, info, beside) for info in await deps.flows.store.all())))


@router.post("", responses=answers(FlowDetail, 404, 409))
async def create(body: NewFlow, me: AsAdmin, deps: Deps, trail: WritesDown) -> Response:
    """A flow that has only a draft: mine, from a template. 422: other queues than the template needs."""
    document = (await deps.configuration.store.current()).document
    queues = {queue_id: document.queues[QueueId(queue_id)].name for queue_id in body.queues if queue_id in document.queues}
    if len(queues) != QUEUES[body.template]:
        raise ApiError(422, "template_needs_queues", "Choose the queues that this template leads to.")
    flow_id, name = FlowId(body.flow_id), body.name.strip()
    if not await deps.flows.store.add(flow_id, name):
        raise ApiError(409, "flow_exists", "There is a flow with this id already.")
    await trail.note(me.user_id, "create_flow", flow_id, name=name)
    text = flow_text(body.template, flow_id, name, body.language, queues)
    await _keep(deps, me, flow_id, text, 0)
    return await detail_answer(deps, me, flow_id)


@router.get("/words", responses=answers(FlowWords))
async def words(_: AsAdmin, deps: Deps) -> Response:
    """The language's schema, and the names that there are."""
    document = (await deps.configuration.store.current()).document
    told = FlowWords(
        schema=flow_schema(),
        queues={queue_id: queue.name for queue_id, queue in sorted(document.queues.items())},
        skills=dict(sorted(document.skills.items())),
        files=sound_files(deps.config.data_dir),
        variables=STANDARD_VARIABLES,
    )
    return answer(told)


@router.post("/check", responses=answers(FlowExamined))
async def check(body: FlowToCheck, _: AsAdmin, deps: Deps) -> Response:
    """Everything that is wrong with a text, and what its steps are; nothing is saved."""
    found = await deps.flows.examine(body.text, None if body.flow_id is None else FlowId(body.flow_id))
    return answer(examined(found))


@router.get("/{flow_id}", responses=answers(FlowDetail, 404))
async def one(flow_id: str, me: AsAdmin, deps: Deps) -> Response:
    return await detail_answer(deps, me, FlowId(flow_id))


@router.delete("/{flow_id}", status_code=204, responses=NO_CONTENT | refusals(404, 409))
async def remove(flow_id: str, me: AsAdmin, deps: Deps, trail: WritesDown) -> Response:
    """409 while a number leads to it or a caller is in it."""
    if any(running == flow_id for running, _ in deps.processes.callers()):
        raise ApiError(409, "callers_in_flow", "Callers are in this flow. Try again when they have left it.")
    try:
        if not await deps.flows.store.remove(FlowId(flow_id)):
            raise not_found("flow")
    except FlowInUse as error:
        details = {"numbers": list(error.numbers)}
        raise ApiError(
            409, "flow_has_numbers", "Numbers lead to this flow. Give them another one first.", None, details
        ) from error
    await trail.note(me.user_id, "remove_flow", flow_id)
    return done()


@router.put("/{flow_id}/draft", responses=answers(FlowDraftInfo, 404))
async def save_draft(flow_id: str, body: NewFlowDraft, me: AsAdmin, deps: Deps) -> Response:
    """Mine; nobody else's is touched. It may have mistakes."""
    await _keep(deps, me, FlowId(flow_id), body.text, body.base_version)
    return answer(next(draft_info(me, draft) for draft in await _drafts(deps, flow_id) if draft.author_id == me.user_id))


@router.delete("/{flow_id}/draft", status_code=204, responses=NO_CONTENT)
async def discard_draft(flow_id: str, me: AsAdmin, deps: Deps) -> Response:
    """Mine. Harmless when there is none."""
    await deps.flows.store.discard_draft(FlowId(flow_id), me.user_id)
    return done()


@router.get("/{flow_id}/drafts/{author_id}", responses=answers(FlowDraftText, 404))
async def draft_of(flow_id: str, author_id: str, me: AsAdmin, deps: Deps) -> Response:
    """Somebody else's, to compare with or to take over."""
    found = next((draft for draft in await _drafts(deps, flow_id) if draft.author_id == author_id), None)
    if found is None:
        raise not_found("draft")
    return answer(draft_text(me, found))


async def _drafts(deps: Services, flow_id: str) -> tuple[FlowDraft, ...]:
    return (await deps.flows.store.drafts([FlowId(flow_id)])).get(FlowId(flow_id), ())


async def _keep(deps: Services, me: Me, flow_id: FlowId, text: str, base_version: int) -> None:
    now = deps.clock.now()
    draft = FlowDraft(author_id=me.user_id, author=me.name, text=text, base_version=base_version, began_at=now, saved_at=now)
    try:
        await deps.flows.store.save_draft(flow_id, draft)
    except NoSuchVersion as error:
        raise not_found("flow") from error
