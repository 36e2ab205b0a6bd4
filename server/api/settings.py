"""What the company sets for its screens: the reasons for being away, whether the first steps are shown.

Changed while it runs, told to every screen at once.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Response
from pydantic import Field

from core.events import SettingsChanged
from server.api.access import AsSupervisor, Deps, SignedIn
from server.api.answers import answer, answers
from server.api.bodies import Body, OneLine
from server.api.errors import ApiError
from server.api.trail import WritesDown
from server.live.news import tell
from server.schemas import Settings

router = APIRouter(prefix="/settings", tags=["settings"])
KEY = "screens"
"""In the table of settings."""


class NewSettings(Body):
    away_reasons: list[Annotated[OneLine, Field(min_length=1, max_length=100)]] = Field(min_length=1, max_length=20)
    first_steps: bool | None = Field(None, description="Whether «First steps» is shown; none: as it is")


@router.get("", responses=answers(Settings))
async def read(_: SignedIn, deps: Deps) -> Response:
    return answer(deps.live.settings)


@router.put("", responses=answers(Settings, 403))
async def change(body: NewSettings, me: AsSupervisor, deps: Deps, trail: WritesDown) -> Response:
    """Replaces the reasons, for every queue. Agents who are away keep the reason they gave."""
    if me.only_queues is not None:
        raise ApiError(403, "not_every_queue", "This is for every queue, and you are given some of them. Ask an administrator.")
    reasons = tuple(body.away_reasons)
    if len(set(reasons)) < len(reasons):
        raise ApiError(422, "invalid", "Each reason is named once and is not empty.")
    shown = deps.live.settings.first_steps if body.first_steps is None else body.first_steps
    settings = Settings(away_reasons=reasons, first_steps=shown)
    plain = msgspec.to_builtins(settings)
    await deps.settings.put(KEY, plain)
    await trail.note(me.user_id, "change_settings", KEY, **plain)
    deps.live.set_up(settings)  # what is read here next is what was written
    await tell(deps.bus, SettingsChanged(at=deps.clock.now()))
    return answer(settings)
