"""Nobody is kept out: no serious finding of axe-core on any page, light and dark (features D8: WCAG AA)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.ui.axe import serious_in_light_and_dark, serious_violations
from tools.ui_stage import stage

PAGES = [
    ("desk", "/desk", "available"),
    ("desk", "/desk", "offered"),
    ("desk", "/desk", "talking"),
    ("desk", "/desk", "held"),
    ("desk", "/desk", "wrap_up"),
    ("desk", "/calls/call_old", "available"),
    ("desk", "/customers/cust_dana", "available"),
    ("board", "/board", "busy"),
    ("board-quiet", "/board", "quiet"),
    ("desk", "/widget.html", "available"),
]


@pytest.mark.parametrize(("scenario", "path", "step"), PAGES, ids=[f"{path}-{step}" for _, path, step in PAGES])
def test_page_has_no_serious_finding(browser: Browser, scenario: str, path: str, step: str) -> None:
    with stage(browser, scenario) as at:
        at.open(path, step)
        at.page.wait_for_load_state("networkidle")
        assert serious_in_light_and_dark(at.page) == []


def test_sign_in_has_no_serious_finding(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.signed_in = False
        at.open("/")
        at.page.get_by_role("button", name="Sign in").wait_for()
        assert serious_in_light_and_dark(at.page) == []


@pytest.mark.parametrize("opens", ["My state", "My audio", "Settings for Mei Lin"])
def test_what_opens_has_no_serious_finding(browser: Browser, opens: str) -> None:
    with stage(browser, "desk") as at:
        at.open("/desk", "available")
        at.page.get_by_role("button", name=opens).click()
        at.page.wait_for_load_state("networkidle")
        assert serious_violations(at.page) == []
