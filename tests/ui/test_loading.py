"""Everybody fetches only what they see, and waiting for a page moves nothing."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, Request, Route, expect

from tools.ui_stage import stage

PAGES = {"DeskPage", "BoardPage", "CallsPage", "CustomerPage", "AdminPage", "Inside"}


def fetched_by(page: Page) -> set[str]:
    """Fills with the names of the parts that are asked for from now on, by the chunks' file names."""
    names: set[str] = set()

    def note(request: Request) -> None:
        found = re.search(r"/assets/(\w+?)-[\w-]+\.js$", request.url)
        if found is not None and found[1] in PAGES:
            names.add(found[1])

    page.on("request", note)
    return names


def test_signing_in_fetches_nothing_of_what_is_behind_it(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.signed_in = False
        fetched = fetched_by(at.page)
        at.page.goto(f"{at.origin}/desk")
        at.page.get_by_role("textbox", name="Username").wait_for()
        assert fetched == set()
        with at.page.expect_request("**/assets/Inside-*.js"):
            at.page.get_by_role("textbox", name="Username").fill("mei")
        assert fetched == {"Inside"}


def test_a_desk_fetches_neither_the_board_nor_the_administration(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        fetched = fetched_by(at.page)
        at.open("/desk", "available")
        at.page.get_by_role("complementary", name="Customer").wait_for()
        assert fetched == {"Inside", "DeskPage"}


def test_the_widgets_page_fetches_nothing_of_the_application(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        fetched = fetched_by(at.page)
        at.page.goto(f"{at.origin}/widget.html")
        at.page.get_by_role("button").first.wait_for()
        assert fetched == set()


def test_the_page_before_stands_until_the_next_one_is_here(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        at.page.route("**/assets/CallsPage-*.js", hold)
        at.open("/desk", "available")
        customer = at.page.get_by_role("complementary", name="Customer")
        customer.wait_for()
        at.page.get_by_role("link", name="History").click()
        expect(at.page.get_by_role("link", name="History")).to_have_attribute("aria-current", "page")
        expect(customer).to_be_visible()
        assert held
        for route in held:
            route.fallback()
        expect(at.page.get_by_role("main", name="Calls")).to_be_visible()


def test_a_page_that_cannot_be_fetched_does_not_take_the_desk_with_it(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.page.route("**/assets/CallsPage-*.js", lambda route: route.abort())
        at.open("/desk", "talking")
        at.page.get_by_role("link", name="History").click()
        expect(at.page.get_by_text("This page stopped working")).to_be_visible()
        expect(at.page.locator("header").get_by_role("meter")).to_be_visible()
        at.page.get_by_role("link", name="Desk").click()
        expect(at.page.get_by_role("button", name=re.compile("Hang up"))).to_be_visible()
