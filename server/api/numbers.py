"""The number plan: which flow answers a called number, and which numbers are called that nothing answers. For administrators."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, NamedTuple, NoReturn

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from core.ids import FlowId, new_id
from core.model import Value
from server.api.access import AsAdmin, Deps
from server.api.answers import answer, answer_to, answers, done
from server.api.bodies import Body, OneLine
from server.api.errors import ApiError, not_found
from server.api.preconditions import VersionSeen, tag
from server.api.trail import WritesDown
from server.business.number_plan import NumberRule
from server.business.numbers import NumberRefused
from server.storage.sql.number_plan import FlowGone, NumberChanged
from server.unassigned import UnassignedNumber, unassigned_numbers

router = APIRouter(prefix="/numbers", tags=["numbers"])
_DAY_S = 86_400.0


class NumberContent(Body):
    number: str = Field(min_length=1, max_length=64)
    """A number, an extension, or the beginning of numbers with `*` behind."""
    trunk: str = Field("", max_length=64)
    """Only calls that came by it; empty: by any."""
    flow_id: str = Field(min_length=1, max_length=64)
    language: str = Field("en", min_length=2, max_length=32)
    label: OneLine = Field("", max_length=200)


class NumberList(Value, frozen=True, kw_only=True):
    items: tuple[NumberRule, ...]
    trunks: tuple[str, ...]
    """Those of `sip.conf`."""


class NumberFound(Value, frozen=True, kw_only=True):
    rule: NumberRule | None
    """None: nothing answers."""


class UnassignedNumbers(Value, frozen=True, kw_only=True):
    items: tuple[UnassignedNumber, ...]


@router.get("", responses=answers(NumberList))
async def every(_: AsAdmin, deps: Deps) -> Response:
    """In the order of numbers."""
    return answer(NumberList(items=await deps.numbers.plan.all(), trunks=deps.numbers.trunks))


@router.post("", responses=answers(NumberRule, 409))
async def add(body: NumberContent, me: AsAdmin, deps: Deps, trail: WritesDown) -> Response:
    """422 names each field that cannot be so."""
    rule = _rule(new_id("number"), 1, body)
    try:
        saved = await deps.numbers.add(rule)
    except NumberRefused as refused:
        _refuse(refused)
    except NumberChanged as error:
        _refuse_taken(error)
    except FlowGone as error:
        _refuse_gone(error)
    await trail.note(me.user_id, "add_number", saved.number_id, **_told(saved))
    return answer(saved, headers=tag(saved.version))


@router.get("/unassigned", responses=answers(UnassignedNumbers))
async def unassigned(me: AsAdmin, deps: Deps, days: Annotated[float, Query(gt=0, le=400)] = 7.0) -> Response:
    """Numbers that were called lately and that nothing answers, with their last callers; the last called first."""
    calls = await deps.unassigned.since(deps.clock.now() - days * _DAY_S)
    plan = deps.numbers.plan
    items = await asyncio.to_thread(unassigned_numbers, calls, await plan.all(), plan.forms)
    return answer_to(me, UnassignedNumbers(items=items))


@router.get("/find", responses=answers(NumberFound))
async def find(
    _: AsAdmin,
    deps: Deps,
    called: Annotated[str, Query(min_length=1, max_length=64)],
    trunk: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Which rule would answer this call."""
    return answer(NumberFound(rule=await deps.numbers.plan.rule_for(called.strip(), trunk)))


@router.get("/{number_id}", responses=answers(NumberRule, 404))
async def one(number_id: str, _: AsAdmin, deps: Deps) -> Response:
    rule = await deps.numbers.plan.get(number_id)
    if rule is None:
        raise not_found("number")
    return answer(rule, headers=tag(rule.version))


class Change(NamedTuple):
    """Of one number, on the version that was seen."""

    number_id: str
    seen: int


def _change(number_id: str, seen: VersionSeen) -> Change:
    return Change(number_id, seen)


AsSeen = Annotated[Change, Depends(_change)]


@router.put("/{number_id}", responses=answers(NumberRule, 404, 409))
async def change(me: AsAdmin, on: AsSeen, body: NumberContent, deps: Deps, trail: WritesDown) -> Response:
    """For calls from now on. 412 when somebody else has changed it since."""
    number_id = on.number_id
    before = await deps.numbers.plan.get(number_id)
    if before is None:
        raise not_found("number")
    try:
        saved = await deps.numbers.change(_rule(number_id, on.seen, body))
    except NumberRefused as refused:
        _refuse(refused)
    except NumberChanged as error:
        _refuse_changed(number_id, error)
    except FlowGone as error:
        _refuse_gone(error)
    await trail.note(me.user_id, "change_number", number_id, before=_told(before), after=_told(saved))
    return answer(saved, headers=tag(saved.version))


@router.delete("/{number_id}", status_code=204, responses=answers(None, 404, 409))
async def remove(me: AsAdmin, on: AsSeen, deps: Deps, trail: WritesDown) -> Response:
    """Nothing answers it any more, unless another rule does."""
    number_id = on.number_id
    before = await deps.numbers.plan.get(number_id)
    if before is None:
        raise not_found("number")
    try:
        await deps.numbers.plan.remove(number_id, on.seen)
    except NumberChanged as error:
        _refuse_changed(number_id, error)
    await trail.note(me.user_id, "remove_number", number_id, **_told(before))
    return done()


def _rule(number_id: str, version: int, body: NumberContent) -> NumberRule:
    return NumberRule(
        number_id=number_id,
        number=body.number,
        trunk=body.trunk.strip(),
        flow_id=FlowId(body.flow_id.strip()),
        language=body.language.strip(),
        label=body.label.strip(),
        version=version,
    )


def _told(rule: NumberRule) -> dict[str, Any]:
    """For the audit log."""
    return {"number": rule.number, "trunk": rule.trunk, "flow_id": rule.flow_id, "language": rule.language, "label": rule.label}


def _refuse(refused: NumberRefused) -> NoReturn:
    violations = [{"place": str(each.where[0]), "code": each.code, "params": dict(each.params)} for each in refused.complaints]
    raise ApiError(422, "invalid", str(refused), details={"violations": violations}) from refused


def _refuse_taken(error: NumberChanged) -> NoReturn:
    raise ApiError(409, "number_taken", "This number has a flow already for this trunk.") from error


def _refuse_gone(error: FlowGone) -> NoReturn:
    raise ApiError(409, "flow_gone", "Somebody else has removed this flow meanwhile. Choose another one.") from error


def _refuse_changed(number_id: str, error: NumberChanged) -> NoReturn:
    if error.current is None:
        raise not_found("number") from error
    if error.current.number_id != number_id:
        _refuse_taken(error)
    text = "Somebody else has changed this number meanwhile."
    raise ApiError(412, "changed_since", text, tag(error.current.version), {"version": error.current.version}) from error
