"""What all events have."""

from __future__ import annotations

import msgspec

from core.ranges import Instant


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag=True):
    """Base of all events."""

    at: Instant
    """When it happened, seconds since the epoch."""
