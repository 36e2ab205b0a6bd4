"""One search over everything that people remember: people, tickets, messages, what was said."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from core.model import Value
from customers.search import LIMIT_MAX, HitGroup, SearchKind, SearchTooSlow, parse_cursor
from customers.search_numbers import typed_number
from server.api.access import Deps, SignedIn
from server.api.answers import answer_to, answers
from server.api.errors import ApiError
from server.api.reading import Reader, reach_of
from server.api.services import Services
from server.rights import Permission
from server.schemas import Me

router = APIRouter(prefix="/search", tags=["search"])


class Found(Value, frozen=True, kw_only=True):
    """In the order in which kinds were asked for."""

    groups: tuple[HitGroup, ...]


@router.get("", responses=answers(Found, 429))
async def search(
    me: SignedIn,
    request: Request,
    deps: Deps,
    *,
    query: Annotated[str, Query(max_length=200)] = "",
    kinds: Annotated[list[SearchKind] | None, Query(max_length=len(SearchKind))] = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 5,
    after: Annotated[str | None, Query(max_length=8)] = None,
) -> Response:
    """What the person may read. `after` is a group's `next`, asked for with that kind alone."""
    asked = query.strip()
    await slow_down(deps, me, asked)
    reader = await Reader.of(deps, request, me)
    await reader.note("search", query=asked)
    try:
        skip = parse_cursor(after)
    except ValueError as error:
        raise ApiError(422, "invalid", str(error)) from error
    wanted = tuple(dict.fromkeys(kinds)) if kinds else tuple(SearchKind)
    try:
        groups = await deps.customers.find(wanted, asked, await reach_of(deps, reader.who), limit=limit, skip=skip)
    except SearchTooSlow as error:
        raise too_slow() from error
    return answer_to(me, Found(groups=groups))


async def slow_down(deps: Services, me: Me, query: str) -> None:
    """Who tries number after number learns little in a day, and stands in the audit log."""
    limits = deps.config.limits
    wait_s = await deps.limits.seconds_to_wait("search", me.user_id, limits.searches_per_minute)
    if not wait_s and not me.may(Permission.WHOLE_NUMBERS) and typed_number(query, ()) is not None:
        wait_s = await deps.limits.seconds_to_wait("search-number", me.user_id, limits.number_searches_per_minute)
    if wait_s:
        text = f"Too many searches. Please wait {wait_s} seconds."
        raise ApiError(429, "too_many_tries", text, {"Retry-After": str(wait_s)})


def too_slow() -> ApiError:
    return ApiError(503, "search_too_slow", "The search took too long. Try again, or type more.")
