"""An agent sees the last digits of a number, and everything that is no number."""

from __future__ import annotations

import pytest

from server.masking import mask_number


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+442079460180", "•••• 180"),
        ("020 7946 0180", "•••• 180"),
        ("(212) 555-0123", "•••• 123"),
        ("1000", "1000"),
        ("Dana Whitfield", "Dana Whitfield"),
        ("", ""),
    ],
)
def test_numbers_are_masked_and_names_are_not(number: str, shown: str) -> None:
    assert mask_number(number) == shown
