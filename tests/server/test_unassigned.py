"""Numbers that are called in vain: named once each, and gone from the list when a rule answers."""

from __future__ import annotations

from collections import Counter

from core.ids import FlowId
from server.business.number_plan import NumberRule, forms_of
from server.storage.sql.unassigned import UnassignedCall
from server.unassigned import unassigned_numbers

RULE = NumberRule(number_id="number_1", number="+442071838750", flow_id=FlowId("flow_demo"))


def call(at: float, called: str, caller: str = "") -> UnassignedCall:
    return UnassignedCall(at=at, called=called, trunk="", caller=caller)


def test_a_stranger_who_dials_on_and_on_costs_one_look_for_each_number() -> None:
    looked: Counter[str] = Counter()

    def forms(called: str, trunk: str) -> tuple[str, ...]:
        looked[called] += 1
        return forms_of(called, "GB")

    calls = [call(1000.0 - each, ("020 7183 8750", "02071838751")[each % 2], f"caller_{each}") for each in range(500)]
    (left,) = unassigned_numbers(calls, [RULE], forms)
    assert (left.number, left.calls, left.first_at, left.last_at) == ("+442071838751", 250, 501.0, 999.0)
    assert [each.caller for each in left.callers] == ["caller_1", "caller_3", "caller_5", "caller_7", "caller_9"]
    assert set(looked.values()) == {1}
