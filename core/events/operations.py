"""What is told of the running system."""

from __future__ import annotations

from typing import Literal

import msgspec

from core.attention import Checked, Entry
from core.events.event import Event
from core.ranges import Count, IdText, Measure, Name, Text, Whole


class ChildRestarted(Event, frozen=True, kw_only=True):
    """The supervisor started a child process again; the board says so."""

    name: Name
    reason: Text
    attempt: Count


class Alert(Event, frozen=True, kw_only=True):
    """Something people must know: disk full, no model, Redis lost."""

    key: Name
    """Stable name; a later alert with the same key replaces it."""
    severity: Name
    """``info``, ``warning``, ``critical`` or ``cleared``."""
    text: Text
    """In English, for whoever does not know the code."""
    code: Name = ""
    """Names the sentence for other languages, which `details` complete."""
    details: dict[Name, Name | Whole | Measure] = msgspec.field(default_factory=dict)


class AttentionChanged(Event, frozen=True, kw_only=True):
    """Something needs attention, does so more or less than before, or no longer (`entry.cleared_at`)."""

    entry: Entry
    what: Literal["raised", "worse", "better", "figures", "cleared"]


class AttentionChecked(Event, frozen=True, kw_only=True):
    """Everything was looked at: told every few seconds, and at once when what could not be looked at changes."""

    checked: Checked
    standing: tuple[IdText, ...] = ()
    """Every entry that stands; one that is not among them does not, whoever has raised it."""
