"""What is told of the running system."""

from __future__ import annotations

from typing import Any

import msgspec

from core.events.event import Event


class ChildRestarted(Event, frozen=True, kw_only=True):
    """The supervisor started a child process again; the board says so."""

    name: str
    reason: str
    attempt: int


class Alert(Event, frozen=True, kw_only=True):
    """Something people must know: disk full, no model, Redis lost."""

    key: str
    """Stable name; a later alert with the same key replaces it."""
    severity: str
    """``info``, ``warning``, ``critical`` or ``cleared``."""
    text: str
    details: dict[str, Any] = msgspec.field(default_factory=dict)
