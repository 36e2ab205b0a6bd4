"""A tab that is older than its server is offered a reload, and never while there is work in hand."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Route, expect

from tools.ui_server import DIST
from tools.ui_stage import Stage, stage


def is_upgraded(at: Stage) -> None:
    """The server gives out another build than the one that the tab runs."""
    page = re.sub(r"/assets/index-[\w-]+\.js", "/assets/index-newer.js", (DIST / "index.html").read_text())

    def answer(route: Route) -> None:
        if route.request.resource_type == "fetch":
            route.fulfill(body=page, content_type="text/html")
        else:
            route.fallback()

    at.page.route(at.origin + "/", answer)


def test_it_is_offered_after_the_call_and_never_during_one(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        offer = at.page.get_by_role("button", name="Reload")
        is_upgraded(at)
        with at.page.expect_response(at.origin + "/"):
            at.open("/desk", "offered")
        for step in ("answered", "talking", "wrap_up"):
            at.play(step)
            expect(offer).to_have_count(0)
        at.play("done")
        expect(at.page.get_by_text("Patchbay was updated")).to_be_visible()
        with at.page.expect_navigation():
            offer.click()


def test_a_call_that_comes_takes_the_offer_away(browser: Browser) -> None:
    with stage(browser, "desk", language="zh") as at:
        is_upgraded(at)
        at.open("/desk", "available")
        expect(at.page.get_by_role("button", name="重新加载")).to_be_visible()
        at.play("offered")
        expect(at.page.get_by_role("button", name="重新加载")).to_have_count(0)


def test_a_tab_of_today_is_left_alone(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        with at.page.expect_response(at.origin + "/"):
            at.open("/desk", "available")
        at.shown()
        expect(at.page.get_by_role("button", name="Reload")).to_have_count(0)
