"""What all events have."""

from __future__ import annotations

import msgspec


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag=True):
    """Base of all events."""

    at: float
    """When it happened, seconds since the epoch."""
