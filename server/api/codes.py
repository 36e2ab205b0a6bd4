"""The code of a second step, wherever somebody must show one: asked for, counted like a password, used up."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request
from pydantic import Field

from server.accounts import Actor
from server.api.access import network
from server.api.errors import ApiError
from server.api.person import source_of
from server.api.services import Services
from server.api.trail import Trail
from server.storage.sql.users import User

Code = Annotated[str, Field(max_length=100)]
"""Six digits, or a recovery code."""


def code_needed() -> ApiError:
    return ApiError(401, "code_needed", "Please type the code of your authenticator app.")


def wrong_code() -> ApiError:
    return ApiError(401, "wrong_code", "This code is not right, or was used already. Wait for the next one.")


async def is_right_code(deps: Services, request: Request, trail: Trail, user: User, code: str) -> bool:
    """Uses it up. Raises a 429 for who guesses."""
    counted = await deps.sign_ins.count_code(user.user_id, user.username, network(request))
    verdict = await deps.second_steps.check(user.user_id, code, Actor(user_id=user.user_id, source=source_of(request)))
    if verdict == "wrong":
        await trail.note(user.user_id, "sign_in_failed", user.user_id, refused=True, reason="wrong_code")
        return False
    await counted.taken_back()
    return True
