"""Whether an event that is handed in again was done already.

A handler meets each event at least once: after a restart those are read anew that some service had not finished, minutes of them
when its database was away. What is kept with a thing says when the last of its kind was done.
"""

from __future__ import annotations

NOW_S = 1.0
"""What is no older happens now, whatever was done before: a clock may have been set back."""


def is_old_news(at: float, done_at: float, now: float) -> bool:
    """`at` of the event, `done_at` that of the newest of its kind that was done; 0: none, or nobody knows."""
    return done_at > 0.0 and at <= done_at and now - at > NOW_S
