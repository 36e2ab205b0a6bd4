"""A conversation that turns out to be somebody else's: who served them last, and who waits to be called back, follow."""

from __future__ import annotations

import pytest

from acd.model.refusals import Repeated
from core.causes import WorkEnd
from core.commands import FileWork
from core.ids import CustomerId
from core.model import Channel
from tests.acd.contact_center import Contact, ContactCenter

ANA, BO = CustomerId("cust_ana"), CustomerId("cust_bo")


def is_filed(center: ContactCenter, contact: Contact, customer: CustomerId | None) -> None:
    assert contact.call_id is not None
    center.does(FileWork(call_id=contact.call_id, customer_id=customer))


def test_who_calls_again_is_given_to_the_agent_who_served_that_customer() -> None:
    center = ContactCenter()
    orders = center.queue("orders", last_agent_days=7)
    mei = center.free_agent("Mei")
    call = orders.gets(customer=ANA)
    mei.answers(call)
    is_filed(center, call, BO)
    assert call.view().customer_id == BO
    call.hangs_up()
    mei.writes_up(call)
    center.free_agent("Jon")
    center.passes(5)
    again = orders.gets(customer=BO)
    assert again.view().preferred_agent == mei.agent_id
    with pytest.raises(Repeated):
        is_filed(center, call, BO)


def test_a_callback_of_the_right_customer_ends_when_that_one_calls_and_is_served() -> None:
    center = ContactCenter()
    orders = center.queue("orders")
    wanted = orders.gets(Channel.CALLBACK, customer=BO)
    call = orders.gets(customer=ANA)
    is_filed(center, call, BO)
    jon = center.free_agent("Jon", callback=0)
    jon.answers(call)
    assert [ended.cause for ended in wanted.ends] == [WorkEnd.CALLED_AGAIN]


def test_nobodys_call_has_no_customer_and_keeps_its_place() -> None:
    center = ContactCenter()
    orders = center.queue("orders")
    call = orders.gets(customer=ANA)
    is_filed(center, call, None)
    assert (call.view().customer_id, call.place()) == (None, 1)
