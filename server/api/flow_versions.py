"""Versions of flows: read, compared, published, rolled back. For administrators."""

from __future__ import annotations

from typing import Annotated, NoReturn

import msgspec
from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from core.ids import FlowId
from core.ranges import LARGEST_COUNT
from server.api.access import AsAdmin, Deps
from server.api.answers import answer, answers
from server.api.bodies import Body, OneLine
from server.api.errors import ApiError, not_found
from server.api.flow_views import FlowDetail, FlowDiff, FlowText, FlowVersions, detail_answer, flow_info, problem_view
from server.api.services import Services
from server.api.trail import WritesDown
from server.business.difference import difference
from server.business.flows import Edition, FlowRefused, NoSuchFlow
from server.storage.sql.configuration import Author
from server.storage.sql.flows import FlowChanged, FlowVersion

router = APIRouter(prefix="/flows", tags=["flows"])
Number = Annotated[int, Path(ge=1, le=LARGEST_COUNT)]
"""Of a version."""


class FlowToPublish(FlowText):
    version: int = Field(ge=0, le=LARGEST_COUNT)
    """The published version that was on the screen; 0: none."""
    comment: OneLine = Field("", max_length=500)


class FlowRollback(Body):
    to: int = Field(ge=1, le=LARGEST_COUNT)
    version: int = Field(ge=0, le=LARGEST_COUNT)
    """The published version that was on the screen."""
    comment: OneLine = Field("", max_length=500)


@router.get("/{flow_id}/versions", responses=answers(FlowVersions, 404))
async def versions(
    flow_id: str,
    _: AsAdmin,
    deps: Deps,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_COUNT)] = None,
) -> Response:
    """Newest first."""
    await flow_info(deps, FlowId(flow_id))
    return answer(FlowVersions(items=await deps.flows.store.versions(FlowId(flow_id), limit, before)))


@router.get("/{flow_id}/versions/{version}", responses=answers(FlowVersion, 404))
async def version_text(flow_id: str, version: Number, _: AsAdmin, deps: Deps) -> Response:
    return answer(await _version(deps, flow_id, version))


@router.get("/{flow_id}/versions/{version}/diff", responses=answers(FlowDiff, 404, 429))
async def version_diff(
    flow_id: str, version: Number, _: AsAdmin, deps: Deps, against: Annotated[int | None, Query(ge=0, le=LARGEST_COUNT)] = None
) -> Response:
    """What `version` changed, or how it differs from the version `against`; 0 is the empty text."""
    old = version - 1 if against is None else against
    before = "" if old == 0 else (await _version(deps, flow_id, old)).text
    after = (await _version(deps, flow_id, version)).text
    return await _compared(deps, before, after, old, version)


@router.post("/{flow_id}/versions/{version}/diff", responses=answers(FlowDiff, 404, 429))
async def text_diff(flow_id: str, version: Number, body: FlowText, _: AsAdmin, deps: Deps) -> Response:
    """How a text that is being written differs from a version; `after` is 0."""
    return await _compared(deps, (await _version(deps, flow_id, version)).text, body.text, version, 0)


@router.post("/{flow_id}/publish", responses=answers(FlowDetail, 404, 409))
async def publish(flow_id: str, body: FlowToPublish, me: AsAdmin, deps: Deps, trail: WritesDown) -> Response:
    """For calls from now on; my draft is done. 409 when somebody else has published meanwhile, 422 with every mistake."""
    await flow_info(deps, FlowId(flow_id))
    author, comment = Author(name=me.name, user_id=me.user_id), body.comment.strip()
    try:
        saved = await deps.flows.publish(Edition(body.text, author, comment, FlowId(flow_id), body.version))
    except FlowRefused as refused:
        _refuse(refused)
    except FlowChanged as error:
        _refuse_changed(error)
    await trail.note(me.user_id, "publish_flow", flow_id, version=saved.version, comment=comment)
    await deps.flows.store.discard_draft(FlowId(flow_id), me.user_id)
    return await detail_answer(deps, me, FlowId(flow_id))


@router.post("/{flow_id}/rollback", responses=answers(FlowDetail, 404, 409))
async def roll_back(flow_id: str, body: FlowRollback, me: AsAdmin, deps: Deps, trail: WritesDown) -> Response:
    """Publishes an old text as a new version. One that today's rules refuse is told like any other (422). Drafts stay."""
    author, comment = Author(name=me.name, user_id=me.user_id), body.comment.strip()
    try:
        saved = await deps.flows.roll_back(FlowId(flow_id), body.to, author, comment, body.version)
    except NoSuchFlow as error:
        raise not_found("version of this flow") from error
    except FlowRefused as refused:
        _refuse(refused)
    except FlowChanged as error:
        _refuse_changed(error)
    await trail.note(me.user_id, "roll_back_flow", flow_id, to=body.to, version=saved.version, comment=saved.comment)
    return await detail_answer(deps, me, FlowId(flow_id))


async def _version(deps: Services, flow_id: str, version: int) -> FlowVersion:
    try:
        return await deps.flows.version(FlowId(flow_id), version)
    except NoSuchFlow as error:
        raise not_found("version of this flow") from error


async def _compared(deps: Services, before: str, after: str, old: int, new: int) -> Response:
    names = (f"version {old}", f"version {new}" if new else "draft")
    text = await deps.apart.run(lambda: difference(before, after, names))
    return answer(FlowDiff(before=old, after=new, text=text))


def _refuse(refused: FlowRefused) -> NoReturn:
    count = "1 mistake" if len(refused.problems) == 1 else f"{len(refused.problems)} mistakes"
    told = msgspec.to_builtins(tuple(map(problem_view, refused.problems)))
    raise ApiError(422, "bad_flow", f"Nothing was published: {count} to mend.", details={"problems": told}) from refused


def _refuse_changed(error: FlowChanged) -> NoReturn:
    text = f"Somebody else has published this flow meanwhile: it is at version {error.current}."
    raise ApiError(409, "changed_since", text, details={"version": error.current}) from error
