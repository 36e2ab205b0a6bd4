"""The whole picture as bytes, without what cannot be encoded: one bad text must not keep a screen from everything else. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from server.live.change import narrowed_missing
from server.live.guarded import Guard
from server.live.messages import Snapshot, encode
from server.schemas import Missing, MissingKind
from server.sight import Sight

UNFIT = (ValueError, TypeError, OverflowError, RecursionError)
"""What the encoder raises; half a surrogate pair is a `ValueError`."""
_LISTS: dict[str, tuple[MissingKind, str]] = {
    "agents": ("agent", "agent_id"),
    "queues": ("queue", "queue_id"),
    "calls": ("call", "call_id"),
    "offers": ("offer", "offer_id"),
    "work_items": ("work", "work_id"),
    "lines": ("line", "queue_id"),
    "attention": ("attention", "entry_id"),
    "cleared": ("attention", "entry_id"),
}
_BY_CALL: dict[str, MissingKind] = {"pops": "pop", "segments": "call"}


def encode_what_can_be(snapshot: Snapshot, seq: int, guard: Guard, sight: Sight) -> bytes:
    """What is left out is named in the snapshot itself, where its reader may know."""
    try:
        return encode(snapshot, seq)
    except UNFIT:
        return encode(_without_what_is_unfit(snapshot, guard, sight), seq)


def _without_what_is_unfit(snapshot: Snapshot, guard: Guard, sight: Sight) -> Snapshot:
    kept: dict[str, Any] = {}
    for field, (kind, key) in _LISTS.items():
        kept[field] = tuple(part for part in getattr(snapshot, field) if _fits(part, kind, str(getattr(part, key)), guard))
    for field, kind in _BY_CALL.items():
        parts = getattr(snapshot, field)
        kept[field] = {call_id: part for call_id, part in parts.items() if _fits(part, kind, call_id, guard)}
    missing = narrowed_missing(sight, guard.missing) if sight.board else ()
    return msgspec.structs.replace(snapshot, **kept, missing=missing)


def _fits(part: object, kind: MissingKind, name: str, guard: Guard) -> bool:
    try:
        msgspec.json.encode(part)
    except UNFIT as error:
        guard.fails(Missing(kind=kind, id=name), error)
        return False
    return True
