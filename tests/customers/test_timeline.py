from __future__ import annotations

import pytest

from core.ids import CustomerId
from core.model import Channel
from customers.timeline import clamp, parse_cursor
from tests.customers.front_office import FrontOffice

DANA = {"type": "customer", "id": "crm:1", "name": "Dana", "phones": ["+442079460180"]}


async def dana_with_history(office: FrontOffice) -> CustomerId:
    owner = {"id": "crm:1"}
    await office.knows(
        DANA,
        {"type": "chat", "id": "c1", "customer": owner, "started_at": "-1d", "ended_at": "-1d"},
        {"type": "ticket", "id": "t1", "customer": owner, "subject": "Charged twice", "opened_at": "-19h"},
        {"type": "call", "id": "k1", "customer": owner, "started_at": "-3d", "answered_at": "-3d", "ended_at": "-3d"},
        {"type": "email", "id": "m1", "customer": owner, "at": "-12d", "from": "customer", "subject": "Invoice", "text": "Hi"},
        {"type": "email", "id": "m2", "customer": owner, "at": "-12d", "from": "agent", "subject": "Re: Invoice", "text": "Here"},
    )
    return await office.finds("dana")


async def test_every_channel_stands_in_one_timeline_newest_first(office: FrontOffice) -> None:
    items = await office.timeline(await dana_with_history(office))
    assert [item.channel for item in items] == [Channel.TICKET, Channel.CHAT, Channel.CALL, Channel.EMAIL, Channel.EMAIL]


async def test_pages_neither_repeat_nor_skip_rows_of_the_same_time(office: FrontOffice) -> None:
    customer = await dana_with_history(office)
    seen, cursor = [], None
    while True:
        page = await office.service.timeline(customer, before=cursor, limit=1)
        seen += [item.interaction_id for item in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [item.interaction_id for item in await office.timeline(customer)]
    assert len(set(seen)) == 5


async def test_one_channel_can_be_looked_at_alone(office: FrontOffice) -> None:
    items = await office.timeline(await dana_with_history(office), channel=Channel.EMAIL)
    assert {item.title for item in items} == {"Invoice", "Re: Invoice"}


async def test_a_bare_time_means_strictly_before(office: FrontOffice) -> None:
    customer = await dana_with_history(office)
    newest = (await office.timeline(customer))[0]
    assert newest not in await office.timeline(customer, before=str(newest.at))


async def test_a_place_that_is_none_is_refused(office: FrontOffice) -> None:
    with pytest.raises(ValueError, match="no place in a timeline"):
        await office.timeline(CustomerId("cust_x"), before="yesterday")


async def test_an_unknown_customer_has_an_empty_timeline(office: FrontOffice) -> None:
    page = await office.service.timeline(CustomerId("cust_x"))
    assert page.items == ()
    assert page.next is None


def test_page_sizes_are_kept_within_what_is_served() -> None:
    assert [clamp(None), clamp(0), clamp(10_000)] == [20, 1, 200]


def test_a_cursor_holds_its_time_exactly() -> None:
    assert parse_cursor("1700049600.123456~int_1") == (1700049600.123456, "int_1")
    assert parse_cursor(None) is None
