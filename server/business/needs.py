"""What published flows need of the configuration, so that nobody takes it away from under a caller."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from core.ids import FlowId
from ivr.load import examine_flow
from server.business.checks.flows import SECTIONS, Needed
from server.storage.sql.flows import FlowVersion, SqlFlows


class Needs(NamedTuple):
    flows: frozenset[tuple[str, int]]
    """The published versions."""
    needed: tuple[Needed, ...]


class FlowNeeds:
    """Reads each version once: a version never changes."""

    def __init__(self, flows: SqlFlows) -> None:
        self._flows = flows
        self._known: dict[tuple[str, int], tuple[Needed, ...]] = {}

    async def now(self) -> Needs:
        """Raises `Unavailable`."""
        published = [(info.flow_id, info.published.version) for info in await self._flows.all() if info.published is not None]
        for flow_id, version in published:
            if (flow_id, version) not in self._known:
                text = await self._flows.version(flow_id, version)
                self._known[flow_id, version] = () if text is None else await asyncio.to_thread(_needed, flow_id, text)
        self._known = {key: self._known[key] for key in published}
        return Needs(frozenset(published), tuple(need for key in published for need in self._known[key]))


def _needed(flow_id: FlowId, version: FlowVersion) -> tuple[Needed, ...]:
    """Nothing of a text that cannot be read any more: no caller is in it either."""
    found = examine_flow(version.text, flow_id)
    if found.flow is None or found.source is None:
        return ()
    needed = []
    for name, step in found.flow.steps.items():
        for use in step.uses():
            if use.kind in SECTIONS:
                at = found.source.place(("steps", name, *use.where))
                needed.append(Needed(flow_id, found.flow.name, version.version, at.line, at.column, use.kind, use.name))
    return tuple(needed)
