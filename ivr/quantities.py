"""Numbers of a flow's text, within what a call can last and a caller do.

A deadline beyond every calendar never comes, and one that is no number compares with nothing: the caller would wait for good.
What makes sense within these limits each verb says itself (`Step.complaints`).
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

LONGEST_S = 1_000_000.0
"""Eleven days."""
MOST_TIMES = 1_000

Seconds = Annotated[float, Meta(le=LONGEST_S)]
Times = Annotated[int, Meta(le=MOST_TIMES)]
"""How often something is done, or how many of something there are."""
