"""axe-core in the page: what would keep somebody from using it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tools.ui_server import UI

SOURCE = (UI / "node_modules" / "axe-core" / "axe.min.js").read_text()
SERIOUS = {"serious", "critical"}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


COLOUR_RULES = ["color-contrast", "link-in-text-block"]
"""What depends on the scheme; everything else is the same in both."""
GROUND = "() => getComputedStyle(document.body).backgroundColor"


def serious_violations(page: Page) -> list[str]:
    """Each serious violation as one line: rule, what is wrong, where."""
    page.evaluate(SOURCE)
    return _serious(page, {"type": "tag", "values": RULES})


def serious_in_light_and_dark(page: Page) -> list[str]:
    """The same for both schemes. Leaves the page dark."""
    light, found = page.evaluate(GROUND), serious_violations(page)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"(light) => ({GROUND})() !== light", arg=light)
    return found + _serious(page, {"type": "rule", "values": COLOUR_RULES})


def _serious(page: Page, only: dict[str, Any]) -> list[str]:
    found: list[dict[str, Any]] = page.evaluate(
        "(only) => axe.run(document, { runOnly: only }).then((result) => result.violations)", only
    )
    return [
        f"{violation['id']}: {violation['help']}: {node['target']} {node['failureSummary']}"
        for violation in found
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]
