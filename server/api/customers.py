"""Customers and their history on every channel."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from core.ids import CustomerId
from core.model import Channel, Value
from customers.model import Customer, TimelinePage
from server.api.access import Deps, SignedIn
from server.api.answers import answer_to, answers
from server.api.bodies import Body
from server.api.errors import ApiError, not_found
from server.api.services import Services
from server.masking import found_by, may_be_asked
from server.rights import sees_whole_numbers
from server.schemas import Me

router = APIRouter(prefix="/customers", tags=["customers"])
Tag = Annotated[str, Field(min_length=1, max_length=50)]


class CustomerList(Value, frozen=True, kw_only=True):
    items: tuple[Customer, ...]


class CustomerChange(Body):
    name: str | None = Field(None, min_length=1, max_length=200)
    tags: list[Tag] | None = Field(None, max_length=50)


@router.get("", responses=answers(CustomerList))
async def search(me: SignedIn, deps: Deps, query: Annotated[str, Query(max_length=200)] = "") -> Response:
    """By name, telephone number or e-mail address. Who sees last digits only finds by what is shown, or by a whole number."""
    return answer_to(me, CustomerList(items=await _found(deps, me, query.strip())))


async def _found(deps: Services, me: Me, query: str) -> tuple[Customer, ...]:
    if sees_whole_numbers(me):
        return await deps.customers.search(query)
    asked = may_be_asked(query, deps.config.general.country)
    if asked is None:
        return ()
    return tuple(customer for customer in await deps.customers.search(asked) if found_by(asked, customer))


@router.get("/{customer_id}", responses=answers(Customer))
async def one(customer_id: str, me: SignedIn, deps: Deps) -> Response:
    customer = await deps.customers.customer(CustomerId(customer_id))
    if customer is None:
        raise not_found("customer")
    return answer_to(me, customer)


@router.patch("/{customer_id}", responses=answers(Customer))
async def change(customer_id: str, body: CustomerChange, me: SignedIn, deps: Deps) -> Response:
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
    deps: Deps,
    *,
    before: str | None = None,
    channel: Channel | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Response:
    try:
        return answer_to(me, await deps.customers.timeline(CustomerId(customer_id), before, channel, limit))
    except ValueError as error:
        raise ApiError(422, "invalid", str(error)) from error
