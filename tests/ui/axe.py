"""axe-core in the page: what would keep somebody from using it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tools.ui_stage import UI

SOURCE = (UI / "node_modules" / "axe-core" / "axe.min.js").read_text()
SERIOUS = {"serious", "critical"}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def serious_violations(page: Page) -> list[str]:
    """Each serious violation as one line: rule, what is wrong, where."""
    page.evaluate(SOURCE)
    found: list[dict[str, Any]] = page.evaluate(
        "(tags) => axe.run(document, { runOnly: { type: 'tag', values: tags } }).then((result) => result.violations)", RULES
    )
    return [
        f"{violation['id']}: {violation['help']}: {node['target']} {node['failureSummary']}"
        for violation in found
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]
