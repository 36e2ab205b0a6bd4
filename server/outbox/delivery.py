"""How one try ended, and when the next one comes. Pure."""

from __future__ import annotations

import ssl
from pathlib import Path

import msgspec

from core.retrying import later_s

LONGEST_WAIT_S = 86_400.0
"""That another side may ask for (Retry-After, RFC 9110 §10.2.3)."""


NOT_BELIEVED = "its certificate is not believed"
NOT_REACHED = "it cannot be reached"


def is_not_believed(error: BaseException | None) -> bool:
    """Whether a certificate that did not hold is the reason, however it is wrapped."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None


def trust(authorities: Path | None) -> ssl.SSLContext:
    """The system's authorities, and those in this PEM file. Raises OSError for one that cannot be read."""
    context = ssl.create_default_context()
    if authorities is not None:
        context.load_verify_locations(authorities)
    return context


class Delivery(msgspec.Struct, frozen=True):
    arrived: bool
    again: bool = False
    """Another try may do."""
    reason: str = ""
    """In our words: no secret, nothing of what was sent, no address."""
    after_s: float | None = None
    """What the other side asked for."""

    @classmethod
    def done(cls) -> Delivery:
        return cls(True)

    @classmethod
    def failed(cls, reason: str, after_s: float | None = None) -> Delivery:
        return cls(False, True, reason, after_s)

    @classmethod
    def refused(cls, reason: str) -> Delivery:
        return cls(False, False, reason)


def next_try_at(delivery: Delivery, tries: int, most: int, now: float, chance: float) -> float | None:
    """After so many tries, this one among them; None: no more. `chance` is 0…1."""
    if not delivery.again or tries >= most:
        return None
    return now + max(later_s(tries, chance), min(delivery.after_s or 0.0, LONGEST_WAIT_S))
