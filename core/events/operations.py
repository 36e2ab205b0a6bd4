"""What is told of the running system."""

from __future__ import annotations

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
    """In English, for whoever does not know the code."""
    code: str = ""
    """Names the sentence for other languages, which `details` complete."""
    details: dict[str, str | int | float] = msgspec.field(default_factory=dict)
