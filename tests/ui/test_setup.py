"""«First steps»: what is done and what is next is told from what is there; nobody is kept out of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Browser, expect

from tests.ui.axe import serious_in_light_and_dark, serious_violations
from tools.ui_answers import COMPANY
from tools.ui_stage import Stage, stage

FLOW = {"flow_id": "flow_main", "name": "Main number", "numbers": ["1000"], "callers": 0, "drafts": []}
LIVE = {"version": 1, "author": "Ada", "saved_at": 1794990000.0, "comment": ""}
RULE = {"number_id": "n1", "version": 1, "number": "1000", "trunk": "", "flow_id": "flow_main", "language": "en", "label": ""}


def there_are(at: Stage, flows: Sequence[Any] = (), numbers: Sequence[Any] = (), calls: Sequence[Any] = ()) -> None:
    at.answers |= {
        "GET /installation": COMPANY,
        "GET /flows": {"items": [*flows]},
        "GET /numbers": {"items": [*numbers], "trunks": []},
        "GET /trunks": {"items": []},
        "GET /calls": {"items": [*calls], "next": None},
    }


def test_what_is_next_has_the_one_filled_button(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        there_are(at, flows=[{**FLOW, "published": None}], numbers=[RULE])
        at.open("/admin/setup")
        steps = at.page.get_by_role("list", name="First steps").get_by_role("listitem")
        expect(steps.nth(3)).to_contain_text("Main number is a draft.")
        expect(steps.nth(4)).to_contain_text("Your number leads to a flow that isn't published.")
        expect(steps.nth(5).get_by_role("button")).to_be_disabled()
        filled = at.page.locator("[data-variant=filled]", has_text="number")
        expect(filled).to_have_count(1)
        assert serious_in_light_and_dark(at.page) == []


def test_an_answered_call_says_that_it_works_and_leads_to_it(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        call = answered_call()
        there_are(at, flows=[{**FLOW, "published": LIVE}], numbers=[RULE], calls=[call])
        at.open("/admin/setup")
        expect(at.page.get_by_role("heading", name="Your first call worked")).to_be_visible()
        steps = at.page.get_by_role("list", name="First steps").get_by_role("listitem")
        expect(steps.nth(4)).to_contain_text("Works internally")
        test_call = at.page.get_by_role("region", name="Your test call")
        expect(test_call.get_by_role("link", name="Open in History")).to_have_attribute("href", f"/calls/{call['call_id']}")
        assert serious_violations(at.page) == []


def test_a_step_opens_what_it_asks_for_at_once(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        there_are(at, flows=[], numbers=[])
        at.open("/admin/setup")
        at.page.get_by_role("link", name="Create a flow").click()
        dialog = at.page.get_by_role("dialog", name="New flow")
        expect(dialog).to_be_visible()
        dialog.get_by_role("button", name="Cancel").click()
        expect(at.page).to_have_url(re.compile(r"/admin/flows$"))
        at.open("/admin/people/new")
        expect(at.page.get_by_label("Names or e-mail addresses")).to_be_focused()


def answered_call() -> dict[str, Any]:
    return {
        "call_id": "call_1",
        "called": "1000",
        "caller": "+442079460180",
        "agent_id": "agent_mei",
        "agent_name": "Mei Lin",
        "engagements": [],
        "customer_id": None,
        "customer_name": "",
        "started_at": 1794990000.0,
        "connected_at": 1794990010.0,
        "ended_at": 1794990100.0,
        "cause": "caller_hung_up",
        "disposition": "solved",
        "diverted_from": "",
        "has_recording": True,
        "path": [],
        "queue_id": None,
        "recording_ms": 90000,
        "segments": None,
        "summary": "",
    }


def test_what_cannot_be_loaded_is_said_with_a_way_on(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        there_are(at)
        at.failing["GET /numbers"] = 503
        at.open("/admin/setup")
        expect(at.page.get_by_role("alert").filter(has_text="The steps can't be loaded")).to_be_visible()


def test_it_can_be_hidden_and_is_found_again_under_system(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        there_are(at)
        at.open("/admin/setup")
        expect(at.page.get_by_role("listitem").filter(has_text="Your company")).to_contain_text(
            "Northwind Home · Europe/London · English"
        )
        at.page.get_by_role("button", name="Hide this page").click()
        expect(at.page.get_by_role("button", name="Hide this page")).to_be_enabled()
        (change,) = [body for method, path, body in at.actions if (method, path) == ("PUT", "/settings")]
        assert change["first_steps"] is False
        seq = max(message["seq"] for message in at.scenario.steps[0]["messages"])
        at.send({"type": "settings", "seq": seq + 1, "settings": {"away_reasons": ["break"], "first_steps": False}})
        sections = at.page.get_by_role("navigation", name="Administration sections")
        expect(sections.get_by_role("link", name="First steps")).to_have_count(0)
        sections.get_by_role("link", name="System").click()
        at.page.get_by_role("navigation", name="System").get_by_role("link", name="First steps").click()
        expect(at.page.get_by_role("button", name="Show this page in the menu")).to_be_visible()


def test_what_can_wait_is_offered_with_one_way_each(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        there_are(at, flows=[{**FLOW, "published": LIVE}], numbers=[RULE])
        at.answers["GET /https"] = {"kind": "own", "fingerprint": None, "address": "https://pbx.example:8080"}
        at.open("/admin/setup")
        later = at.page.get_by_role("region", name="When you are ready")
        line = later.get_by_role("button", name="Copy the line")
        expect(line).to_have_attribute("title", re.compile(r'="https://pbx\.example:8080/widget\.js" data-number="1000"'))
        expect(later.get_by_role("link", name="Open People")).to_have_attribute("href", "/admin/people")
        assert serious_violations(at.page) == []
