"""What an agent may see of a telephone number: its last digits. Pure.

Supervisors and administrators see whole numbers (features X3). Names are not masked: agents speak with these people.
"""

from __future__ import annotations

import re

import msgspec

from customers.model import CallRecord, Customer
from customers.screen_pop import Pop
from server.live import messages as live
from server.schemas import LiveCall, Offer, Work

_VISIBLE_DIGITS = 3
_NUMBER = re.compile(r"^\+?[\d ().-]{7,}$")


def mask_number(number: str) -> str:
    """``+442079460180`` → ``•••• 180``; what is no telephone number (an extension, a name) stays."""
    if not _NUMBER.match(number):
        return number
    digits = "".join(character for character in number if character.isdigit())
    return f"•••• {digits[-_VISIBLE_DIGITS:]}"


def mask_customer(customer: Customer) -> Customer:
    name = mask_number(customer.name)
    phones = tuple(mask_number(phone) for phone in customer.phones)
    return msgspec.structs.replace(customer, phones=phones, name=name)


def mask_call(call: LiveCall) -> LiveCall:
    return msgspec.structs.replace(call, caller=mask_number(call.caller), customer_name=mask_number(call.customer_name))


def mask_record(record: CallRecord) -> CallRecord:
    return msgspec.structs.replace(record, caller=mask_number(record.caller), customer_name=mask_number(record.customer_name))


def mask_pop(pop: Pop) -> Pop:
    candidates = tuple(msgspec.structs.replace(each, name=mask_number(each.name)) for each in pop.candidates)
    return msgspec.structs.replace(pop, customer=mask_customer(pop.customer), candidates=candidates)


def mask_offer(offer: Offer) -> Offer:
    return offer if offer.pop is None else msgspec.structs.replace(offer, pop=mask_pop(offer.pop))


def mask_work(work: Work) -> Work:
    return msgspec.structs.replace(work, customer_name=mask_number(work.customer_name))


def mask_message(message: live.Message) -> live.Message:
    """A live message as an agent may read it."""
    if isinstance(message, live.CallMessage):
        return live.CallMessage(call=mask_call(message.call))
    if isinstance(message, live.PopMessage):
        return live.PopMessage(pop=mask_pop(message.pop))
    if isinstance(message, live.OfferMessage):
        return live.OfferMessage(offer=mask_offer(message.offer))
    if isinstance(message, live.WorkMessage):
        return live.WorkMessage(work=mask_work(message.work))
    return message


def mask_snapshot(snapshot: live.Snapshot) -> live.Snapshot:
    return msgspec.structs.replace(
        snapshot,
        calls=tuple(map(mask_call, snapshot.calls)),
        offers=tuple(map(mask_offer, snapshot.offers)),
        work_items=tuple(map(mask_work, snapshot.work_items)),
        pops={call_id: mask_pop(pop) for call_id, pop in snapshot.pops.items()},
    )
