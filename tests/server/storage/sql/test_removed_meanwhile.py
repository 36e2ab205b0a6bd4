"""Something is removed in the same moment in which somebody makes something lead to it: one of the two is told, nobody fails."""

from __future__ import annotations

import asyncio
from collections import Counter

from core.ids import FlowId
from server.business.number_plan import NumberRule
from server.storage.sql.configuration import Author
from server.storage.sql.database import Database
from server.storage.sql.flows import FlowDraft, FlowInUse, NewVersion, NoSuchVersion, SqlFlows
from server.storage.sql.number_plan import FlowGone, SqlNumberPlan

TIMES = 25


def rule_to(flow_id: FlowId) -> NumberRule:
    return NumberRule(number_id=f"number_{flow_id}", number=f"+4420794601{flow_id[-2:]}", flow_id=flow_id)


async def test_a_flow_goes_or_gets_a_number_and_no_number_leads_nowhere(database: Database) -> None:
    """On PostgreSQL the one that came second broke a foreign key, which was answered with 500."""
    flows, plan = SqlFlows(database), SqlNumberPlan(database)
    ends: Counter[str] = Counter()
    for flow_id in [FlowId(f"flow_{count:02}") for count in range(TIMES)]:
        await flows.add(flow_id, flow_id)
        both = (flows.remove(flow_id), plan.add(rule_to(flow_id)))
        removed, added = await asyncio.gather(*both, return_exceptions=True)
        ends[f"{type(removed).__name__} {type(added).__name__}"] += 1
        there = await flows.info(flow_id) is not None
        assert [rule.flow_id for rule in await plan.of_flow(flow_id)] == ([flow_id] if there else [])
        assert isinstance(removed, FlowInUse) is there
        assert isinstance(added, FlowGone) is not there
    assert ends.total() == TIMES


async def test_a_flow_goes_or_gets_a_version_or_a_draft(database: Database) -> None:
    flows = SqlFlows(database)
    draft = FlowDraft(author_id="user_1", author="Ada", text="flow: x", base_version=0, began_at=1.0, saved_at=1.0)
    for flow_id in [FlowId(f"flow_{count:02}") for count in range(TIMES)]:
        await flows.add(flow_id, flow_id)
        new = NewVersion(flow_id, flow_id, "flow: x", Author(name="Ada"), 1.0)
        publishing = flows.publish_text(new, expected=None, checked_against=0)
        found = await asyncio.gather(flows.remove(flow_id), publishing, flows.save_draft(flow_id, draft), return_exceptions=True)
        wrong = [each for each in found if isinstance(each, BaseException) and not isinstance(each, NoSuchVersion)]
        assert wrong == []


async def test_a_number_cannot_be_changed_to_a_flow_that_has_gone(database: Database) -> None:
    flows, plan = SqlFlows(database), SqlNumberPlan(database)
    for flow_id in ("flow_01", "flow_02"):
        await flows.add(FlowId(flow_id), flow_id)
    rule = rule_to(FlowId("flow_01"))
    await plan.add(rule)
    await flows.remove(FlowId("flow_02"))
    try:
        await plan.change(NumberRule(number_id=rule.number_id, number=rule.number, flow_id=FlowId("flow_02")))
    except FlowGone:
        pass
    else:
        raise AssertionError("it leads nowhere")
    assert (await plan.get(rule.number_id)) == rule
