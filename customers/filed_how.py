"""By what a conversation is filed. Pure."""

from __future__ import annotations

from enum import StrEnum


class FiledHow(StrEnum):
    """By what a conversation was filed under its customer, or under nobody."""

    UNTOLD = ""
    """Before this was written down."""
    IDENTIFIER = "identifier"
    """The number or address is one record's."""
    PROOF = "proof"
    """Something was verified."""
    SEVERAL = "several"
    """The number or address is several people's: nobody."""
    WITHHELD = "withheld"
    """Nothing was shown: nobody."""
    PERSON = "person"
    """Somebody decided."""
    PLACEHOLDER = "placeholder"
    """0.1 had made a record for a number alone, of which nothing else was ever known: nobody."""
