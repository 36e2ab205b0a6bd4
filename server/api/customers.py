"""Customers and their history on every channel."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from core.ids import CustomerId
from core.model import Channel, Value
from customers.model import Customer, TimelinePage
from server.api.access import Deps, FindsCustomers, SignedIn
from server.api.answers import answer_to, answers
from server.api.bodies import Body, OneLine
from server.api.errors import ApiError, not_found
from server.api.reading import Reader, for_their_eyes
from server.api.services import Services
from server.masking import found_by, may_be_asked
from server.rights import Permission, Verb
from server.schemas import Me

router = APIRouter(prefix="/customers", tags=["customers"])
Tag = Annotated[OneLine, Field(min_length=1, max_length=50)]


class CustomerList(Value, frozen=True, kw_only=True):
    items: tuple[Customer, ...]


class CustomerChange(Body):
    name: OneLine | None = Field(None, min_length=1, max_length=200)
    tags: list[Tag] | None = Field(None, max_length=50)


@router.get("", responses=answers(CustomerList))
async def search(me: FindsCustomers, request: Request, deps: Deps, query: Annotated[str, Query(max_length=200)] = "") -> Response:
    """By name, telephone number or e-mail address. Who sees last digits only finds by what is shown, or by a whole number."""
    reader, asked = await Reader.of(deps, request, me), query.strip()
    await _slow_down(deps, me, asked)
    await reader.note("search_customers", query=asked)
    found = await for_their_eyes(deps, reader.who, await _found(deps, me, asked))
    return answer_to(me, CustomerList(items=found))


async def _slow_down(deps: Services, me: Me, query: str) -> None:
    """Who tries number after number learns little in a day, and stands in the audit log."""
    limits = deps.config.limits
    wait_s = await deps.limits.seconds_to_wait("search", me.user_id, limits.searches_per_minute)
    if not wait_s and not me.may(Permission.WHOLE_NUMBERS) and not any(character.isalpha() for character in query):
        wait_s = await deps.limits.seconds_to_wait("search-number", me.user_id, limits.number_searches_per_minute)
    if wait_s:
        text = f"Too many searches. Please wait {wait_s} seconds."
        raise ApiError(429, "too_many_tries", text, {"Retry-After": str(wait_s)})


async def _found(deps: Services, me: Me, query: str) -> tuple[Customer, ...]:
    if me.may(Permission.WHOLE_NUMBERS):
        return await deps.customers.search(query)
    asked = may_be_asked(query, deps.config.general.country)
    if asked is None:
        return ()
    return tuple(customer for customer in await deps.customers.search(asked) if found_by(asked, customer))


@router.get("/{customer_id}", responses=answers(Customer))
async def one(customer_id: str, me: SignedIn, request: Request, deps: Deps) -> Response:
    return answer_to(me, await (await Reader.of(deps, request, me)).customer(Verb.READ, customer_id, "read_customer"))


@router.patch("/{customer_id}", responses=answers(Customer))
async def change(customer_id: str, body: CustomerChange, me: SignedIn, request: Request, deps: Deps) -> Response:
    await (await Reader.of(deps, request, me)).customer(Verb.CHANGE, customer_id, "change_customer")
    tags = None if body.tags is None else tuple(body.tags)
    customer = await deps.customers.change_customer(CustomerId(customer_id), body.name, tags)
    if customer is None:
        raise not_found("customer")
    await deps.live.customer_changed(CustomerId(customer_id))
    return answer_to(me, customer)


@router.get("/{customer_id}/timeline", responses=answers(TimelinePage))
async def timeline(
    customer_id: str,
    me: SignedIn,
    request: Request,
    deps: Deps,
    *,
    before: str | None = None,
    channel: Channel | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Response:
    await (await Reader.of(deps, request, me)).customer(Verb.READ, customer_id, "read_timeline")
    try:
        return answer_to(me, await deps.customers.timeline(CustomerId(customer_id), before, channel, limit))
    except ValueError as error:
        raise ApiError(422, "invalid", str(error)) from error
