"""A call that several agents had: its record and its row say who, and how it was handed on."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, expect

from tests.ui.axe import serious_in_light_and_dark
from tools.ui_stage import stage

WHEN = 1794998500
"""When the fixture's old call was connected."""


def had(name: str, start: int, **more: Any) -> dict[str, Any]:
    return {
        "work_id": f"work_{name}", "agent_id": f"agent_{name}", "stay": 0, "agent_name": name, "queue_id": "queue_orders",
        "queue_name": "Orders", "role": "agent", "began": "taken", "asked_by": None, "asked_by_name": "", "note": "",
        "from_at": WHEN + start, "took_over_at": None, "to_at": None, "ended": None, "disposition": "", "summary": "",
        "written_at": None, **more,
    }  # fmt: skip


HANDED_OVER = [
    had("Aisha Rahman", 0, to_at=WHEN + 180, ended="transferred", disposition="follow_up", summary="Wants the address changed."),
    had(
        "Mei Lin", 120, began="consulted", asked_by="agent_Aisha Rahman", asked_by_name="Aisha Rahman", queue_name="Billing",
        note="The invoice has the old address", took_over_at=WHEN + 180, to_at=WHEN + 380, ended="call_ended",
        disposition="solved", summary="Moved the delivery of order 77-0931 to the new address in Leeds.",
    ),
]  # fmt: skip


def test_a_call_says_who_had_it_and_how_it_was_handed_on(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.answers["GET /calls/call_old"] = {**at.answers["GET /calls/call_old"], "engagements": HANDED_OVER}
        calls = at.answers["GET /calls"]
        items = [{**item, "engagements": HANDED_OVER} if item["call_id"] == "call_old" else item for item in calls["items"]]
        at.answers["GET /calls"] = {**calls, "items": items}
        at.open("/calls/call_old")
        lines = at.page.get_by_role("article").get_by_role("listitem")
        expect(lines).to_have_count(2)
        expect(lines.first).to_contain_text("Aisha Rahman")
        expect(lines.first).to_contain_text("Handed over")
        expect(lines.nth(1)).to_contain_text("Consulted by Aisha Rahman · took over at")
        expect(lines.nth(1)).to_contain_text("Note: The invoice has the old address")
        expect(at.page.get_by_role("list").first).to_contain_text("Aisha Rahman, then Mei Lin")
        assert serious_in_light_and_dark(at.page) == []
