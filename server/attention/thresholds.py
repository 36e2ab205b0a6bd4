"""From when on something needs attention: what a company sets, for all queues and for single ones.

Each figure has two thresholds: `…_soon` makes an amber entry, `…_now` a red one. 0 switches a threshold off. What a queue does
not set is as for all queues. Ranges: `server/business/checks/attention.py`.
"""

from __future__ import annotations

import msgspec

from core.model import Value


class QueueThresholds(Value, frozen=True, kw_only=True):
    """Of one queue; None: as for all queues."""

    waiting_soon: int | None = None
    waiting_now: int | None = None
    oldest_soon: float | None = None
    oldest_now: float | None = None
    service_level_soon: float | None = None
    service_level_now: float | None = None
    abandoned_soon: float | None = None
    abandoned_now: float | None = None
    least_contacts: int | None = None
    nobody_after_s: float | None = None


class Thresholds(Value, frozen=True, kw_only=True):
    """Of the installation."""

    waiting_soon: int = 5
    """So many wait in a queue."""
    waiting_now: int = 15
    oldest_soon: float = 2.0
    """Who waits longest has waited so many times the queue's promise (`service_level_s`)."""
    oldest_now: float = 5.0
    service_level_soon: float = 0.8
    """Service level of the last 30 minutes below this."""
    service_level_now: float = 0.5
    abandoned_soon: float = 0.1
    """Share of the last 30 minutes' contacts that gave up, this or more."""
    abandoned_now: float = 0.3
    least_contacts: int = 5
    """With fewer in the last 30 minutes the two shares say nothing."""
    nobody_after_s: float = 10.0
    """Somebody waits and nobody who could serve is reachable, for so long. Red."""
    missed_rings: int = 1
    """An agent missed so many rings in a row."""
    declines: int = 3
    """An agent declined so many offers in a row."""
    cut_calls: int = 1
    """So many calls were cut by the network, a browser or a node within `remember_s`."""
    remember_s: float = 900.0
    """What happened once (a missed ring, a cut call) stands for so long, unless it is settled before."""
    node_soon: float = 0.8
    """Share of a media node's connections in use."""
    node_now: float = 0.95
    disk_soon_gib: float = 2.0
    """Free space in the data directory below this."""
    disk_now_gib: float = 0.5
    certificate_soon_days: float = 14.0
    """A given certificate for HTTPS ends within so many days."""
    certificate_now_days: float = 3.0
    """The same; also one that renews itself and cannot be renewed."""
    dead_letters: int = 1
    """So many messages that nobody could use wait for somebody to decide."""
    clear_margin: float = 0.1
    """A figure must be better than its threshold by this share of it before an entry is cleared, so that none flickers."""

    def of_queue(self, own: QueueThresholds | None) -> Thresholds:
        """With what the queue sets itself."""
        if own is None:
            return self
        set_here = {name: value for name in own.__struct_fields__ if (value := getattr(own, name)) is not None}
        return msgspec.structs.replace(self, **set_here)
