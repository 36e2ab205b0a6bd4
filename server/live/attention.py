"""«Needs attention» on screens: what stands, what was cleared lately, and when everything was looked at last. Pure.

Invariant: one entry for a cause in one place, and none that the leader does not know: a process that takes over raises anew what
the one before had not written down.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from core.attention import Checked, Entry, in_order
from core.events import AnyEvent, AttentionChanged, AttentionChecked
from server.live import messages as live
from server.live.change import Change, to_board
from server.sight import HOUSE, Sight, entry_thing, seen_entries

CLEARED_SHOWN_S = 86_400.0
MOST_CLEARED = 200


class AttentionBoard:
    """Owns what supervisors have been told."""

    def __init__(self) -> None:
        self.standing: dict[str, Entry] = {}
        """By key."""
        self.cleared: dict[str, Entry] = {}
        """By entry, the oldest first."""
        self.checked: Checked | None = None

    def restore(self, standing: Iterable[Entry], cleared: Iterable[Entry]) -> None:
        """What an earlier process has told; `cleared` the newest first."""
        self.standing = {entry.key: entry for entry in standing}
        self.cleared = {entry.entry_id: entry for entry in reversed(list(cleared)[:MOST_CLEARED])}

    @property
    def shown(self) -> tuple[Entry, ...]:
        return tuple(in_order(self.standing.values()))

    @property
    def cleared_lately(self) -> tuple[Entry, ...]:
        """The newest first."""
        return tuple(reversed(self.cleared.values()))

    def seen_by(self, sight: Sight) -> tuple[Entry, ...]:
        return seen_entries(sight, self.shown)

    def cleared_seen_by(self, sight: Sight) -> tuple[Entry, ...]:
        return seen_entries(sight, self.cleared_lately)

    def handle(self, event: AnyEvent) -> list[Change]:
        if isinstance(event, AttentionChecked):
            return self._look(event)
        if not isinstance(event, AttentionChanged):
            return []
        return self._clear(event.entry) if event.entry.cleared_at is not None else self._stand(event.entry)

    def _look(self, event: AttentionChecked) -> list[Change]:
        self.checked = event.checked
        known = set(event.standing)
        over = [entry for entry in self.shown if entry.entry_id not in known] if not event.checked.unknown else []
        changes = [each for entry in over for each in self._clear(msgspec.structs.replace(entry, cleared_at=event.at))]
        return [*changes, to_board(live.CheckedMessage(checked=event.checked), HOUSE)]

    def _stand(self, entry: Entry) -> list[Change]:
        if entry.entry_id in self.cleared or self.standing.get(entry.key) == entry:
            return []  # told again
        self.standing[entry.key] = entry
        return [to_board(live.AttentionMessage(entry=entry), entry_thing(entry))]

    def _clear(self, entry: Entry) -> list[Change]:
        if entry.entry_id in self.cleared:
            return []
        self.standing.pop(entry.key, None)
        self.cleared[entry.entry_id] = entry
        while len(self.cleared) > MOST_CLEARED:
            del self.cleared[next(iter(self.cleared))]
        return [to_board(live.AttentionMessage(entry=entry), entry_thing(entry))]

    def refresh(self, now: float) -> list[Change]:
        """Forgets what was cleared long ago; screens forget by themselves."""
        for entry_id, entry in tuple(self.cleared.items()):
            if entry.cleared_at is None or now - entry.cleared_at > CLEARED_SHOWN_S:
                del self.cleared[entry_id]
        return []
