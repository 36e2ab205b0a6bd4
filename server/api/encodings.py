"""Which encoding of an answer a browser takes (RFC 9110 §12.5.3), and which answers are worth one. Pure.

Invariant: nothing secret is compressed together with what a stranger chose (BREACH): answers to changing calls hold links, tokens
and keys and stay as they are; what is read holds none, and other sites' pages cannot ask for it in somebody's name (the cookie is
SameSite=Strict). An answer with an ETag stays as it is, too: it would be another representation under the same tag.
"""

from __future__ import annotations

from collections.abc import Sequence

SMALLEST_BYTES = 1000
"""Below, nothing is won: it fits into one packet."""
_TEXTS = ("application/json", "text/")
_APART = ("/api/v1/session", "/api/v1/me", "/api/v1/invitations", "/api/v1/widget")
"""What is about somebody's own sign-in."""


def accepted(header: str, offered: Sequence[str]) -> str | None:
    """The first of `offered` that the browser takes, by its weights; None: none of them."""
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        name, _, parameters = part.partition(";")
        weights[name.strip()] = _weight(parameters)
    anything = weights.get("*", 0.0)
    best = max(offered, key=lambda name: weights.get(name, anything), default=None)
    return best if best is not None and weights.get(best, anything) > 0 else None


def _weight(parameters: str) -> float:
    """``q=0.5``; what cannot be read counts as 0."""
    text = parameters.strip()
    if not text:
        return 1.0
    try:
        return float(text.removeprefix("q="))
    except ValueError:
        return 0.0


def may_be_compressed(path: str) -> bool:
    return not path.startswith(_APART)


def worth_it(content_type: str, length: int) -> bool:
    return length >= SMALLEST_BYTES and content_type.startswith(_TEXTS)
