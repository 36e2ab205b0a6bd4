"""What is told of an exception holds nothing that somebody sent, however much that was."""

from __future__ import annotations

import time

import pytest

from core.faults import LONGEST, scrubbed


@pytest.mark.parametrize("sent", ["a" * 100_000, "1" * 100_000, "“" * 100_000, "'" * 100_000])
def test_a_long_text_is_scrubbed_as_fast_as_a_short_one(sent: str) -> None:
    """8,000 characters took more than a second, 64,000 a minute."""
    before = time.thread_time()
    assert len(scrubbed(sent)) <= LONGEST + 1
    assert time.thread_time() - before < 0.5


def test_a_quotation_that_is_cut_off_is_hidden_to_its_end() -> None:
    assert scrubbed(f"no profile “{'Dana Whitfield ' * 1_000}”") == "no profile “…”"
