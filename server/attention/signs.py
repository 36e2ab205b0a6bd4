"""A sign: what one rule found at one moment.

Two severities keep entries from flickering: `raises` by the thresholds as they are set, `keeps` by the same with the margin by
which a figure must be better before an entry that stands is cleared.
"""

from __future__ import annotations

import msgspec

from core.attention import Action, Figures, Next, Severity, Subject, key_of, less_urgent, more_urgent
from core.model import Value


class Sign(Value, frozen=True, kw_only=True):
    code: str
    subject: Subject
    raises: Severity | None
    keeps: Severity | None = None
    since: float | None = None
    """When the cause began, where it is known; None: when it was first seen."""
    figures: Figures = msgspec.field(default_factory=dict)
    next: Next = Next()
    action: Action

    @property
    def key(self) -> str:
        return key_of(self.code, self.subject)

    def severity(self, standing: Severity | None) -> Severity | None:
        """Of an entry that stands (or None stands) with this severity."""
        return more_urgent(self.raises, less_urgent(standing, self.keeps))


def at_least(value: float, soon: float, now: float) -> Severity | None:
    """More is worse; a threshold of 0 is switched off."""
    if now and value >= now:
        return Severity.RED
    return Severity.AMBER if soon and value >= soon else None


def below(value: float, soon: float, now: float) -> Severity | None:
    """Less is worse."""
    if value < now:
        return Severity.RED
    return Severity.AMBER if value < soon else None
