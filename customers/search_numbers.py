"""Numbers as people type them into a search: telephone numbers in every form, their last digits, ticket numbers. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from customers.phone import to_e164

LEAST_DIGITS = 3
"""Fewer find everybody."""
_LEAST_PHONE = 7
_NUMBER = re.compile(r"(?:tel:|sip:)?[\s+\d().,/#\u2010-\u2015\u00b7\u2212-]+", re.IGNORECASE)
_TICKET = re.compile(r"#?\s*(\d{1,9})")


class Typed(NamedTuple):
    """Digits that somebody typed."""

    digits: str
    """All of them, in order."""
    whole: tuple[str, ...] = ()
    """Which telephone numbers (E.164) it may be, when it is a whole one."""
    ticket: int | None = None

    @property
    def ends(self) -> str:
        """What the number ends with, when it is not whole: without what stands before an area code."""
        return self.digits.lstrip("0") or self.digits


def typed_number(query: str, regions: Iterable[str]) -> Typed | None:
    """None for what has letters in it, or no digits. `regions` (ISO 3166) are those whose numbers are in use here."""
    text = _in_ascii(query.strip())
    if not _NUMBER.fullmatch(text):
        return None
    digits = "".join(character for character in text if character.isdigit())
    if not digits:
        return None
    ticket = _TICKET.fullmatch(text)
    return Typed(digits, _whole(text, digits, regions), int(ticket[1]) if ticket else None)


def reversed_digits(e164: str) -> str:
    """By what last digits are looked up."""
    return "".join(character for character in reversed(e164) if character.isdigit())


def _whole(text: str, digits: str, regions: Iterable[str]) -> tuple[str, ...]:
    if len(digits) < _LEAST_PHONE:
        return ()
    plain = re.sub(r"^(?:tel:|sip:)", "", text, flags=re.IGNORECASE)
    found = [to_e164(plain, region) for region in regions]
    if not plain.startswith("+"):
        found.append(to_e164(f"+{digits}", "ZZ"))
    return tuple(dict.fromkeys(number for number in found if number is not None))


def _in_ascii(text: str) -> str:
    """Digits of every writing, full-width signs."""
    return "".join(
        str(unicodedata.digit(character)) if character.isdigit() else character
        for character in unicodedata.normalize("NFKC", text)
    )
