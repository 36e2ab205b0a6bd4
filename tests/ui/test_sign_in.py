"""The sign-in page in the browser: the second step, and the identity provider's button."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.ui.axe import serious_violations
from tools.ui_stage import Stage, stage


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


@pytest.mark.parametrize("problem", ["away", "unknown"])
def test_what_went_wrong_at_the_provider_is_said_once(browser: Browser, problem: str) -> None:
    with stage(browser, "board") as at:
        at.signed_in = False
        at.answers["GET /session/ways"] = {"provider": "Northwind ID", "passwords": "everybody"}
        at.open(f"/?provider={problem}")
        link = at.page.get_by_role("link", name="Sign in with Northwind ID")
        expect(link).to_have_attribute("href", "/api/v1/session/provider")
        expect(at.page.get_by_role("alert").filter(has_text="Northwind ID")).to_be_visible()
        assert "provider=" not in at.page.url
        assert serious_violations(at.page) == []
