"""Telephone numbers: what a trunk sends becomes E.164, and people read it formatted.

Source: ITU-T E.164 by the `phonenumbers` metadata. A number is accepted when the metadata knows it as valid, or when it was
sent in full international form and has a possible length (new ranges reach networks before they reach metadata).
"""

from __future__ import annotations

import phonenumbers

WITHHELD = frozenset({"", "anonymous", "unknown", "restricted", "private", "unavailable", "withheld"})
"""User parts of From that say "no number" (RFC 3323 §4.1.1.3 and what gateways send in practice)."""


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


def time_zone(e164: str) -> str | None:
    """The zone the number belongs to, when there is exactly one."""
    # Imported here: its table costs 8 MB, and only new callers need it.
    from phonenumbers import timezone  # noqa: PLC0415

    try:
        zones = timezone.time_zones_for_number(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return None
    return zones[0] if len(zones) == 1 and not zones[0].startswith("Etc/") else None
