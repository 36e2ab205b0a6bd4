"""When an entry begins, changes and ends. Pure: `look` is given what the rules found, and the time.

Invariants: at most one entry stands for a cause in one place. It stands exactly while its cause does, but for the pauses of
`PAUSES`: a cause must have been there (or gone) for so long without a break before anything is said. Where nothing could be
looked at nothing is raised or cleared, and what could not be looked at is in `unknown` from the first moment on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

import msgspec

from core.attention import Entry, Severity, Unknown, in_order, rank
from core.ids import new_id
from server.attention.rules import Part, Seen
from server.attention.signs import Sign

FIGURES_EVERY_S = 5.0
"""Figures of an entry that stands are told again at most so often."""


class Pause(NamedTuple):
    raise_after_s: float = 0.0
    clear_after_s: float = 0.0


PAUSES: dict[str, Pause] = {
    "queue_waiting": Pause(5.0, 10.0),
    "queue_oldest": Pause(0.0, 3.0),
    "queue_service_level": Pause(10.0, 30.0),
    "queue_abandoned": Pause(10.0, 30.0),
    "queue_nobody": Pause(0.0, 3.0),
    "no_node": Pause(10.0, 0.0),
    "no_recognizer": Pause(30.0, 5.0),
    "node_full": Pause(5.0, 15.0),
    "trunk_down": Pause(0.0, 5.0),
    "disk_low": Pause(0.0, 10.0),
}
"""By code; others are told at once. A process that has just begun has not heard of its nodes yet."""
_AT_ONCE = Pause()

What = Literal["raised", "worse", "better", "figures", "cleared"]


class Change(msgspec.Struct, frozen=True):
    what: What
    entry: Entry


class _Cause(msgspec.Struct):
    """One cause in one place."""

    entry: Entry | None = None
    """Stands for it."""
    since: float | None = None
    """There without a break since then; None: not there."""
    moving: int = 0
    """Towards more (+1) or less (−1) severity than the entry's; 0: the entry says what is."""
    moving_since: float = 0.0
    told_at: float = 0.0
    """When the figures were."""


class Board:
    """Owns what stands."""

    def __init__(self, standing: Iterable[Entry] = (), make_id: Callable[[str], str] = new_id) -> None:
        """With what stood when an earlier process ended."""
        self._make_id = make_id
        self._causes = {entry.key: _Cause(entry=entry, since=entry.since) for entry in standing}
        self._unknown: dict[Part, float] = {}

    @property
    def standing(self) -> list[Entry]:
        return in_order(cause.entry for cause in self._causes.values() if cause.entry is not None)

    @property
    def unknown(self) -> tuple[Unknown, ...]:
        """What the last look could not see, and since when."""
        return tuple(Unknown(what=what, id=name, since=since) for (what, name), since in sorted(self._unknown.items()))

    def look(self, seen: Seen, now: float) -> list[Change]:
        self._unknown = {part: self._unknown.get(part, now) for part in seen.unknown}
        changes = [change for sign in seen.signs if (change := self._sign(sign, now)) is not None]
        found = {sign.key for sign in seen.signs}
        for key, cause in tuple(self._causes.items()):
            if key in found:
                continue
            if cause.entry is not None and _is_unknown(cause.entry, seen.unknown):
                cause.moving = 0  # nobody saw whether the cause was there without a break
                continue
            change = self._settle(cause, None, None, now)  # what it was about is no longer there
            if change is not None:
                changes.append(change)
            if cause.entry is None:
                del self._causes[key]
        return changes

    def _sign(self, sign: Sign, now: float) -> Change | None:
        cause = self._causes.get(sign.key)
        if cause is None:
            if sign.raises is None:
                return None
            cause = self._causes[sign.key] = _Cause()
        severity = sign.severity(cause.entry.severity if cause.entry is not None else None)
        change = self._settle(cause, sign, severity, now)
        if cause.entry is None and cause.since is None:
            del self._causes[sign.key]
        return change

    def _settle(self, cause: _Cause, sign: Sign | None, severity: Severity | None, now: float) -> Change | None:
        """`severity` is what it should be now; `sign` is None when nothing is found any more."""
        if severity is None:
            cause.since = None
        elif cause.since is None:
            cause.since = now
        standing = cause.entry.severity if cause.entry is not None else None
        direction = (rank(severity) > rank(standing)) - (rank(severity) < rank(standing))
        if direction != cause.moving:
            cause.moving, cause.moving_since = direction, now
        code = sign.code if sign is not None else cause.entry.code if cause.entry is not None else ""
        pause = PAUSES.get(code, _AT_ONCE)
        patience_s = pause.raise_after_s if direction > 0 else pause.clear_after_s
        if direction == 0 or now - cause.moving_since < patience_s:
            return self._figures(cause, sign, now)
        cause.moving = 0
        return self._move(cause, sign, severity, now)

    def _move(self, cause: _Cause, sign: Sign | None, severity: Severity | None, now: float) -> Change | None:
        old = cause.entry
        if severity is None or sign is None:
            cause.entry = None
            return Change("cleared", msgspec.structs.replace(old, cleared_at=now)) if old is not None else None
        cause.told_at = now
        if old is not None:
            new = _updated(old, sign, severity)
            cause.entry = new
            return Change("worse" if rank(severity) > rank(old.severity) else "better", new)
        cause.entry = Entry(
            entry_id=self._make_id("attention"),
            code=sign.code,
            subject=sign.subject,
            severity=severity,
            since=sign.since if sign.since is not None else cause.since if cause.since is not None else now,
            raised_at=now,
            figures=sign.figures,
            next=sign.next,
            action=sign.action,
        )
        return Change("raised", cause.entry)

    def _figures(self, cause: _Cause, sign: Sign | None, now: float) -> Change | None:
        """What an entry says stays true while it stands; of a cause that is just going the last figures stay."""
        old = cause.entry
        if old is None or sign is None or sign.raises is None or now - cause.told_at < FIGURES_EVERY_S:
            return None
        new = _updated(old, sign, old.severity)
        if new == old:
            return None
        cause.entry, cause.told_at = new, now
        return Change("figures", new)


def _updated(entry: Entry, sign: Sign, severity: Severity) -> Entry:
    return msgspec.structs.replace(entry, severity=severity, figures=sign.figures, next=sign.next, action=sign.action)


_CODES_OF: dict[str, frozenset[str]] = {
    "nodes": frozenset({"no_node", "no_recognizer", "node_full"}),
    "trunks": frozenset({"trunk_down"}),
    "disk": frozenset({"disk_low"}),
    "dead_letters": frozenset({"dead_letters"}),
}


def _is_unknown(entry: Entry, unknown: frozenset[Part]) -> bool:
    """Whether the rule behind this entry could not be evaluated."""
    for what, name in unknown:
        of_queues = what in {"queues", "queue"}
        covered = entry.code.startswith("queue_") if of_queues else entry.code in _CODES_OF[what]
        if covered and name in {"", entry.subject.id}:
            return True
    return False
