"""Telephone numbers: what a trunk sends becomes E.164, and people read it formatted or masked.

Source: ITU-T E.164 by the `phonenumbers` metadata. A number is accepted when the metadata knows it as valid, or when it was
sent in full international form and has a possible length (new ranges reach networks before they reach metadata).
"""

from __future__ import annotations

import phonenumbers

WITHHELD = frozenset({"", "anonymous", "unknown", "restricted", "private", "unavailable", "withheld"})
"""User parts of From that say "no number" (RFC 3323 §4.1.1.3 and what gateways send in practice)."""

_VISIBLE_DIGITS = 4


def is_withheld(caller: str) -> bool:
    return caller.strip().lower() in WITHHELD


def to_e164(raw: str, region: str) -> str | None:
    """``02079460123`` in region ``GB`` → ``+442079460123``; None for what is no telephone number (an extension, a name)."""
    try:
        number = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException:
        return None
    international = raw.strip().startswith("+")
    if phonenumbers.is_valid_number(number) or (international and phonenumbers.is_possible_number(number)):
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def formatted(e164: str) -> str:
    """``+442079460123`` → ``+44 20 7946 0123``; anything else stays as it is."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def masked(e164: str) -> str:
    """The country code and the last four digits (features X3): ``+44 •• •••• 0123``."""
    text = formatted(e164)
    country, space, national = text.partition(" ")
    if not (space and country.startswith("+")):
        country, national = "", text
    digits = sum(character.isdigit() for character in national)
    hidden = max(digits - _VISIBLE_DIGITS, 0)
    shown: list[str] = []
    for character in national:
        if character.isdigit() and hidden > 0:
            shown.append("•")
            hidden -= 1
        else:
            shown.append(character)
    return country + space + "".join(shown)


def time_zone(e164: str) -> str | None:
    """The zone the number belongs to, when there is exactly one."""
    # Imported here: its table costs 8 MB, and only new callers need it.
    from phonenumbers import timezone  # noqa: PLC0415

    try:
        zones = timezone.time_zones_for_number(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return None
    return zones[0] if len(zones) == 1 and not zones[0].startswith("Etc/") else None
