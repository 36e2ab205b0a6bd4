"""Customers and their history on every channel."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from core.events import CustomerChanged
from core.ids import CustomerId
from core.model import Channel, Value
from customers.identity import as_customer, record_certainty
from customers.model import Customer, TimelinePage
from customers.ports import ChangedSince
from customers.search import SearchTooSlow
from server.api.access import Deps, FindsCustomers, SignedIn
from server.api.answers import answer_to, answers, shown_to
from server.api.bodies import Body, OneLine
from server.api.errors import ApiError, not_found
from server.api.preconditions import VersionSeen, tag
from server.api.reading import Reader, reach_of
from server.api.search import slow_down, too_slow
from server.live.news import tell
from server.rights import Verb
from server.schemas import Me

router = APIRouter(prefix="/customers", tags=["customers"])
Tag = Annotated[OneLine, Field(min_length=1, max_length=50)]


class CustomerList(Value, frozen=True, kw_only=True):
    items: tuple[Customer, ...]


class CustomerChange(Body):
    name: OneLine | None = Field(None, min_length=1, max_length=200)
    tags: list[Tag] | None = Field(None, max_length=50)


@router.get("", responses=answers(CustomerList, 429))
async def search(me: FindsCustomers, request: Request, deps: Deps, query: Annotated[str, Query(max_length=200)] = "") -> Response:
    """By name, telephone number or e-mail address. Who sees last digits only finds by what is shown, or by a whole number."""
    reader, asked = await Reader.of(deps, request, me), query.strip()
    await slow_down(deps, me, asked)
    await reader.note("search_customers", query=asked)
    try:
        found = await deps.customers.search(asked, reach=await reach_of(deps, reader.who))
    except SearchTooSlow as error:
        raise too_slow() from error
    return answer_to(me, CustomerList(items=found))


@router.get("/{customer_id}", responses=answers(Customer, 404))
async def one(customer_id: str, me: SignedIn, request: Request, deps: Deps) -> Response:
    customer = await (await Reader.of(deps, request, me)).customer(Verb.READ, customer_id, "read_customer")
    return answer_to(me, customer, headers=tag(customer.version))


@router.patch("/{customer_id}", responses=answers(Customer, 404))
async def change(
    customer_id: str, body: CustomerChange, me: SignedIn, request: Request, deps: Deps, *, seen: VersionSeen
) -> Response:
    """412 with the record as it is now when somebody else has changed it since: nothing is overwritten unseen."""
    await (await Reader.of(deps, request, me)).customer(Verb.CHANGE, customer_id, "change_customer")
    tags = None if body.tags is None else tuple(body.tags)
    try:
        customer = await deps.customers.change_customer(CustomerId(customer_id), body.name, tags, expected=seen)
    except ChangedSince as error:
        raise _changed_since(me, error) from error
    if customer is None:
        raise not_found("customer")
    await tell(deps.bus, CustomerChanged(at=deps.clock.now(), customer_id=CustomerId(customer_id)))
    return answer_to(me, customer, headers=tag(customer.version))


def _changed_since(me: Me, error: ChangedSince) -> ApiError:
    if error.profile is None:
        return not_found("customer")
    now = as_customer(error.profile, record_certainty(error.profile))
    shown = shown_to(me, now)
    details = {"version": now.version, "current": msgspec.to_builtins(shown)}
    return ApiError(412, "changed_since", "Somebody else has changed this customer meanwhile.", details=details)


@router.get("/{customer_id}/timeline", responses=answers(TimelinePage, 404))
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
