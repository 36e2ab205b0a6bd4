"""The sign-in page in the browser: the second step, the identity provider's button, and what somebody must know who meets it."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.ui.axe import serious_violations
from tools.ui_server import UI
from tools.ui_stage import Stage, stage

WORDS = json.loads((UI / "src" / "i18n" / "en.json").read_text())


def asks_for_a_code(at: Stage) -> list[dict[str, str]]:
    """The server as it is for somebody with two-step verification; what was sent to it."""
    sent: list[dict[str, str]] = []

    def answer(route: Route) -> None:
        if route.request.method != "POST":
            route.fallback()
            return
        sent.append(json.loads(route.request.post_data or "{}"))
        code = sent[-1].get("code", "")
        if code == "123456":
            route.fulfill(json=at.scenario.me)
        else:
            told = {"code": "wrong_code" if code else "code_needed", "message": "x"}
            route.fulfill(status=401, json={"error": told})

    at.page.route("**/api/v1/session", answer)
    return sent


def test_the_code_is_asked_for_in_a_second_step(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.signed_in = False
        sent = asks_for_a_code(at)
        at.open("/")
        at.page.get_by_label("Username").fill("sam")
        at.page.get_by_label("Password", exact=True).fill("a password")
        at.page.keyboard.press("Enter")
        code = at.page.get_by_role("textbox", name="Code")
        expect(code).to_be_focused()
        assert serious_violations(at.page) == []
        at.page.keyboard.type("000000")
        at.page.keyboard.press("Enter")
        expect(at.page.get_by_role("alert")).to_contain_text("That code isn't right or has been used.")
        expect(code).to_have_value("")
        code.fill("123456")
        at.page.keyboard.press("Enter")
        expect(at.page.get_by_role("navigation", name="Pages")).to_be_visible()
        named = {"username": "sam", "password": "a password"}
        assert sent == [named, {**named, "code": "000000"}, {**named, "code": "123456"}]


WAYS = {"provider": None, "passwords": "everybody", "needs_administrator": False, "own_authority": False}
EVERYTHING = {**WAYS, "provider": "Northwind ID", "own_authority": True}


def places(page: Page) -> list[dict[str, float]]:
    """Of everything that somebody may be about to read or to click, from the top: where each begins, and how wide it is."""
    fields = page.get_by_role("heading"), page.get_by_label("Username"), page.get_by_label("Password", exact=True)
    found = [each.bounding_box() for each in (*fields, page.get_by_role("button", name="Sign in"))]
    return [{"x": box["x"], "y": box["y"], "width": box["width"]} for box in found if box]


def test_what_is_offered_late_moves_nothing(browser: Browser) -> None:
    """The provider's button came after the form, and the form jumped away under the pointer."""
    with stage(browser, "board") as at:
        at.signed_in = False
        late: list[Route] = []
        at.page.route("**/api/v1/session/ways", lambda route: late.append(route))  # noqa: PLW0108  Playwright marks the function
        at.open("/")
        expect(at.page.get_by_text("Checking your session")).to_be_visible()
        before = places(at.page)
        expect(at.page.get_by_role("button", name="Sign in")).to_be_disabled()
        assert len(late) == 1
        late[0].fulfill(json=EVERYTHING)
        expect(at.page.get_by_role("link", name="Sign in with Northwind ID")).to_be_visible()
        expect(at.page.get_by_role("button", name="Sign in")).to_be_enabled()
        assert (len(before), places(at.page)) == (4, before)


def test_an_installation_without_administrator_says_what_to_do(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.signed_in = False
        at.answers["GET /session/ways"] = {**WAYS, "needs_administrator": True}
        at.open("/")
        told = at.page.get_by_role("region", name="This installation has no administrator yet.")
        expect(told).to_contain_text("the link that Patchbay printed")
        expect(told).to_contain_text("patchbay user first-link")
        assert serious_violations(at.page) == []
        told.get_by_role("button", name="I already have an account").click()
        expect(at.page.get_by_label("Username")).to_be_focused()


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("disabled", "Your account was disabled, so you've been signed out. Ask an administrator."),
        ("expired", "You were signed out after a long time without activity."),
        ("signed_out", None),
        ("something newer", None),
    ],
)
def test_who_was_signed_out_reads_why_also_after_loading_the_page_anew(browser: Browser, reason: str, told: str | None) -> None:
    with stage(browser, "board") as at:
        at.signed_in = False
        error = {"error": {"code": "not_signed_in", "message": "x", "reason": reason}}
        at.page.route("**/api/v1/session", lambda route: route.fulfill(status=401, json=error))
        at.open("/")
        said = at.page.get_by_role("form", name="Sign in").locator("xpath=preceding-sibling::p")
        expect(said).to_have_text(told or "Calls, customers and their whole story in one place.")
        assert serious_violations(at.page) == []


def test_who_is_disabled_while_signed_in_reads_why_at_once(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        expect(at.page.get_by_role("region", name="Queues")).to_be_visible()
        at.signed_in = False
        at.ends("disabled")
        expect(at.page.get_by_role("alert").filter(has_text="Your account was disabled")).to_be_visible()


def test_whoever_chose_a_new_password_comes_back_with_the_new_cookie(browser: Browser) -> None:
    """The desk was thrown out when the news of the old sign-in's end was faster than the answer with the new one."""
    with stage(browser, "board") as at:
        at.open("/board")
        expect(at.page.get_by_role("region", name="Queues")).to_be_visible()
        at.ends("password_changed")
        expect(at.page.get_by_text("Reconnecting")).to_be_visible()
        expect(at.page.get_by_text("Reconnecting")).to_be_hidden()
        expect(at.page.get_by_role("region", name="Queues")).to_be_visible()
        assert len(at.live_urls) == 2


def test_past_the_browsers_warning_the_way_to_trust_is_still_there(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.signed_in = False
        at.answers["GET /session/ways"] = {**WAYS, "own_authority": True}
        at.open("/")
        expect(at.page.get_by_text("Did your browser warn you about this page?")).to_be_visible()
        expect(at.page.get_by_role("link", name="Set up this computer")).to_have_attribute("href", "/secure")


@pytest.mark.parametrize("problem", ["away", "unknown", "misconfigured", "not_now"])
def test_what_went_wrong_at_the_provider_is_said_once(browser: Browser, problem: str) -> None:
    with stage(browser, "board") as at:
        at.signed_in = False
        at.answers["GET /session/ways"] = {**WAYS, "provider": "Northwind ID"}
        at.open(f"/?provider={problem}")
        link = at.page.get_by_role("link", name="Sign in with Northwind ID")
        expect(link).to_have_attribute("href", "/api/v1/session/provider")
        expect(at.page.get_by_role("alert").filter(has_text=WORDS["signIn"]["provider"][problem].split("}}")[-1])).to_be_visible()
        assert "provider=" not in at.page.url
        assert serious_violations(at.page) == []
