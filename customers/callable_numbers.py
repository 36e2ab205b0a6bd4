"""Which numbers callbacks may be promised to and dialled: the own country's ordinary ones, unless the rules say more.

Invariant: nothing that costs whoever calls it (premium rate, shared cost, personal numbers, satellites, international premium
services) is called because somebody left it as theirs. A caller writes any number into an INVITE, so what is not known to be
ordinary is not called. Pure; kinds of numbers by the metadata of `phonenumbers`, shared country codes by ITU-T E.164.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumberType

from core.model import Value
from customers.phone import to_e164

ORDINARY = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
        PhoneNumberType.UAN,
        PhoneNumberType.TOLL_FREE,
    }
)
COSTLY = frozenset(
    {PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.PERSONAL_NUMBER, PhoneNumberType.PAGER}
)
COSTLY_PREFIXES = ("+808", "+870", "+878", "+881", "+882", "+883", "+888", "+979")
"""Shared cost, satellites, personal numbers, networks without a country, disaster relief, premium rate."""
PREFIX = re.compile(r"\+?[0-9]{1,15}")


class CallbackRules(Value, frozen=True, kw_only=True):
    """Whom callbacks may call, how often, and for how long in all."""

    allow: tuple[str, ...] = ()
    """Beginnings of numbers that may be called besides the ordinary ones of the own country: ``+33`` (France's ordinary ones),
    ``+4416329``, or without a plus of extensions: ``20``. Costly kinds are not opened by it."""
    allow_costly: tuple[str, ...] = ()
    """Beginnings of numbers that may be called although they cost whoever calls."""
    deny: tuple[str, ...] = ()
    """Beginnings that are never called, whatever else says so."""
    calls_per_hour: int = 120
    """Of the whole installation."""
    minutes_per_hour: int = 600
    """Of conversation and ringing, of all callbacks together."""
    calls_per_number: int = 6
    """To one number, in an hour."""


class Dialled(NamedTuple):
    """A call that we made within the last hour."""

    number: str
    seconds: float


def used_up(calls: Iterable[Dialled], number: str, rules: CallbackRules) -> str | None:
    """Which limit of the hour another call to `number` would break: the field of `CallbackRules`; None: none."""
    made = list(calls)
    if len(made) >= rules.calls_per_hour:
        return "calls_per_hour"
    if sum(call.seconds for call in made) >= 60.0 * rules.minutes_per_hour:
        return "minutes_per_hour"
    if sum(call.number == number for call in made) >= rules.calls_per_number:
        return "calls_per_number"
    return None


def dialled_form(caller: str, region: str) -> str:
    """E.164, or what the trunk sent where that is no telephone number (an extension)."""
    return to_e164(caller, region) or caller


def why_not(number: str, region: str, rules: CallbackRules) -> str | None:
    """Why a number must not be called: ``not_a_number``, ``denied``, ``costly``, ``unknown``, ``foreign``; None: it may."""
    number = dialled_form(number, region)
    if not PREFIX.fullmatch(number):
        return "not_a_number"
    if _begins(number, rules.deny):
        return "denied"
    if _begins(number, rules.allow_costly):
        return None
    if not number.startswith("+"):
        return None if _begins(number, rules.allow) else "not_a_number"
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:  # no country's
        return "not_a_number"
    kind = phonenumbers.number_type(parsed)
    if kind in COSTLY or number.startswith(COSTLY_PREFIXES):
        return "costly"
    if _begins(number, rules.allow):
        return None
    if kind not in ORDINARY:
        return "unknown"
    return None if phonenumbers.region_code_for_number(parsed) == region else "foreign"


def _begins(number: str, prefixes: Iterable[str]) -> bool:
    """A prefix without a plus is of an extension, and of no telephone number."""
    return number.startswith(tuple(prefixes))
