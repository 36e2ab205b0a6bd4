"""Customers and their history on every channel."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from core.ids import CustomerId
from core.model import Channel, Value
from customers.model import Customer, TimelinePage
from server.api.access import Deps, SignedIn
from server.api.answers import answer, answers
from server.api.errors import ApiError, not_found
from server.masking import mask_customer
from server.schemas import Me

router = APIRouter(prefix="/customers", tags=["customers"])
Tag = Annotated[str, Field(min_length=1, max_length=50)]


class CustomerList(Value, frozen=True, kw_only=True):
    items: tuple[Customer, ...]


class CustomerChange(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str | None = Field(None, min_length=1, max_length=200)
    tags: list[Tag] | None = Field(None, max_length=50)


def _shown(customer: Customer, me: Me) -> Customer:
    return mask_customer(customer) if me.role == "agent" else customer


@router.get("", responses=answers(CustomerList))
async def search(me: SignedIn, deps: Deps, query: Annotated[str, Query(max_length=200)] = "") -> Response:
    """By name, telephone number or e-mail address."""
    found = await deps.customers.search(query)
    return answer(CustomerList(items=tuple(_shown(customer, me) for customer in found)))


@router.get("/{customer_id}", responses=answers(Customer))
async def one(customer_id: str, me: SignedIn, deps: Deps) -> Response:
    customer = await deps.customers.customer(CustomerId(customer_id))
    if customer is None:
        raise not_found("customer")
    return answer(_shown(customer, me))


@router.patch("/{customer_id}", responses=answers(Customer))
async def change(customer_id: str, body: CustomerChange, me: SignedIn, deps: Deps) -> Response:
    tags = None if body.tags is None else tuple(body.tags)
    customer = await deps.customers.change_customer(CustomerId(customer_id), body.name, tags)
    if customer is None:
        raise not_found("customer")
    await deps.live.customer_changed(CustomerId(customer_id))
    return answer(_shown(customer, me))


@router.get("/{customer_id}/timeline", responses=answers(TimelinePage))
async def timeline(
    customer_id: str,
    _: SignedIn,
    deps: Deps,
    before: str | None = None,
    channel: Channel | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Response:
    try:
        return answer(await deps.customers.timeline(CustomerId(customer_id), before, channel, limit))
    except ValueError as error:
        raise ApiError(422, "invalid", str(error)) from error
