"""Who has a number, an address or an account: looked up where they stand, in every form in which a number may be typed."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, or_, select

from customers.search import Asked, Reach, may_be_partial
from customers.search_numbers import Typed
from server.storage.sql.schema import CustomerRow, IdentifierRow

_AT_MOST = 1001
LEAST_LETTERS = 3
"""From so many on, the middle of a name is looked for, when nothing begins with it."""


def having_number(asked: Asked, reach: Reach) -> Select[str] | None:
    """Customers with this number, or with one that begins or ends so; None: no number was asked for."""
    number = asked.number
    if number is None:
        return None
    conditions = [_whole(number)]
    if may_be_partial(reach, number):
        conditions += [_beginning(number), _ending(number)]
    query = select(IdentifierRow.customer_id).where(or_(*conditions)).distinct()
    if reach.customers is not None:
        query = query.where(IdentifierRow.customer_id.in_(reach.customers))
    return query.order_by(IdentifierRow.customer_id).limit(_AT_MOST)


def having_inside(asked: Asked, reach: Reach) -> Select[str] | None:
    """Customers with this in the middle of a name or number: one pass over an index, for when nothing else was found."""
    number = asked.number
    if number is not None:
        if not may_be_partial(reach, number) or len(number.digits) < LEAST_LETTERS + 1:
            return None
        value = IdentifierRow.value.contains(number.digits, autoescape=True)
        inside = select(IdentifierRow.customer_id).where(IdentifierRow.kind == "phone", value).distinct()
        return inside.order_by(IdentifierRow.customer_id).limit(_AT_MOST)
    told = reach.whole_numbers or not any(character.isdigit() for character in asked.text)
    if len(asked.text) < LEAST_LETTERS or not told:
        return None
    query = select(CustomerRow.customer_id).where(CustomerRow.name_key.contains(asked.text.casefold(), autoescape=True))
    if reach.customers is not None:
        query = query.where(CustomerRow.customer_id.in_(reach.customers))
    return query.order_by(CustomerRow.name_key).limit(_AT_MOST)


def _whole(number: Typed) -> ColumnElement[bool]:
    phones = and_(IdentifierRow.kind == "phone", IdentifierRow.value.in_(number.whole))
    accounts = and_(IdentifierRow.kind == "external", IdentifierRow.value.in_((number.digits, f"sip:{number.digits}")))
    return or_(phones, accounts)


def _beginning(number: Typed) -> ColumnElement[bool]:
    """As it is written with its country's code."""
    first = f"+{number.digits}"
    return and_(IdentifierRow.kind == "phone", IdentifierRow.value >= first, IdentifierRow.value < _after(first))


def _ending(number: Typed) -> ColumnElement[bool]:
    """By the digits read backwards, which an index answers."""
    last = number.ends[::-1]
    return and_(IdentifierRow.kind == "phone", IdentifierRow.backwards >= last, IdentifierRow.backwards < _after(last))


def _after(prefix: str) -> str:
    """The colon stands behind the digits."""
    return prefix + ":"
