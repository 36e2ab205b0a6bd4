"""Which roles have a living process, for `patchbay doctor`."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping

from core.ports import StateStore
from core.saved import sorted_out
from server.findings import Finding
from server.roles.processes import BEAT_EVERY_S, KIND, Beat, keys_of
from server.roles.role import Role

LOOK_AGAIN_S = 2.2 * BEAT_EVERY_S
NEEDED = (Role.WORKER, Role.DESK, Role.INSTALLATION)
"""The queues have a candidate elsewhere, too, and their leader is looked at for itself."""


async def role_findings(store: StateStore, look_again_s: float = LOOK_AGAIN_S) -> list[Finding]:
    """Raises `Unavailable`."""
    first = await _beats(store)
    await asyncio.sleep(look_again_s)
    return findings_of(living(first, await _beats(store)))


def living(first: Mapping[str, Beat], last: Mapping[str, Beat]) -> tuple[Beat, ...]:
    """Of two looks: those that have said something new between them."""
    return tuple(beat for name, beat in last.items() if name not in first or beat.beat != first[name].beat)


def findings_of(beats: Iterable[Beat]) -> list[Finding]:
    beats = tuple(beats)
    found = Counter(role for beat in beats for role in beat.roles)
    missing = [role for role in NEEDED if not found[role]]
    if missing:
        remedy = f"start `patchbay serve`, or `patchbay serve --roles {','.join(missing)}`"
        return [Finding("failed", "roles", f"no living process is {', '.join(missing)}", remedy)]
    if len(keys_of(beats)) > 1:
        text = "workers have different keys: what callers press is read by some of them only"
        return [Finding("failed", "roles", text, "start all of them with the same PATCHBAY_SEAL_KEY")]
    named = ", ".join(f"{count} {role}" for role, count in sorted(found.items()))
    return [Finding("ok", "roles", f"{named}; in {len(beats)} processes on {', '.join(sorted({beat.host for beat in beats}))}")]


async def _beats(store: StateStore) -> dict[str, Beat]:
    return sorted_out(await store.load_all(KIND), Beat)[0]
