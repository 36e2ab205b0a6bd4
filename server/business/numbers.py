"""Numbers as people change them: checked against flows and trunks, saved when nobody else was faster.

Calls that begin from now on go by what was saved; calls that are under way stay where they are.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from core.ids import FlowId
from core.problems import Complaint
from server.business.number_plan import NumberRule, World, as_written, rule_complaints
from server.storage.sql.flow_source import SqlFlowSource
from server.storage.sql.flows import SqlFlows
from server.storage.sql.number_plan import SqlNumberPlan


class NumberRefused(Exception):
    """A rule that cannot be saved; each complaint names its field."""

    def __init__(self, complaints: tuple[Complaint, ...]) -> None:
        self.complaints = complaints
        super().__init__("; ".join(complaint.sentence for complaint in complaints))


class Numbers:
    def __init__(self, plan: SqlNumberPlan, flows: SqlFlows, source: SqlFlowSource, trunks: Collection[str]) -> None:
        self.plan = plan
        self.trunks = tuple(trunks)
        self._flows = flows
        self._source = source

    async def add(self, rule: NumberRule) -> NumberRule:
        """Raises `NumberRefused`, `NumberChanged` and `FlowGone`."""
        checked = await self._checked(rule)
        await self.plan.add(checked)
        return checked

    async def change(self, rule: NumberRule) -> NumberRule:
        """`rule.version` is the one that was seen. Raises `NumberRefused`, `NumberChanged` and `FlowGone`."""
        return await self.plan.change(await self._checked(rule))

    async def _checked(self, rule: NumberRule) -> NumberRule:
        complaints = tuple(rule_complaints(rule, await self.plan.all(), await self._world(rule.flow_id), self.plan.region))
        if complaints:
            raise NumberRefused(complaints)
        number = as_written(rule.number, self.plan.region)
        assert number is not None, "else there was a complaint"
        return msgspec.structs.replace(rule, number=number)

    async def _world(self, flow_id: FlowId) -> World:
        """Only the languages of the flow in question are read: a text is parsed for them."""
        flows: dict[str, tuple[str, ...] | None] = {info.flow_id: None for info in await self._flows.all()}
        flow = await self._source.get(flow_id)
        if flow is not None:
            flows[flow_id] = flow.languages()
        return World(trunks=self.trunks, flows=flows)
