"""Which encoding a browser is answered in."""

from __future__ import annotations

import pytest

from server.api.encodings import accepted

BOTH = ["br", "gzip"]


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("br;q=0.5, gzip;q=0.9", "gzip"),
        ("*", "br"),
        ("br;q=0, *;q=0.1", "gzip"),
        ("identity", None),
        ("gzip;q=0", None),
        ("gzip;q=many", None),
        ("*;q=0", None),
        ("", None),
        (";;,,;q=1", None),
    ],
)
def test_the_best_that_both_know(header: str, encoding: str | None) -> None:
    assert accepted(header, BOTH) == encoding


def test_nothing_is_offered() -> None:
    assert accepted("br", []) is None
