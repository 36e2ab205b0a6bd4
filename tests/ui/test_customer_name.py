"""Two people correct a name at the same time: nothing is overwritten unseen, and nothing that was typed is lost."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

from tools.ui_stage import Stage, stage


class Record:
    """The server's record, which somebody else has changed meanwhile."""

    def __init__(self, at: Stage, name: str) -> None:
        pop = next(message["pop"] for step in at.scenario.steps for message in step["messages"] if message["type"] == "pop")
        self.now: dict[str, Any] = {**pop["customer"], "name": name, "version": 7}
        self.seen: list[str] = []
        at.page.route("**/api/v1/customers/*", self._answer)

    def _answer(self, route: Route) -> None:
        if route.request.method != "PATCH":
            route.fallback()
            return
        self.seen.append(route.request.headers["if-match"])
        if self.seen[-1] == f'"{self.now["version"]}"':
            self.now |= (route.request.post_data_json or {}) | {"version": self.now["version"] + 1}
            route.fulfill(json=self.now)
        else:
            error = {"code": "changed_since", "message": "…", "version": self.now["version"], "current": self.now}
            route.fulfill(status=412, json={"error": error})


def renames(at: Stage, name: str) -> None:
    at.page.get_by_role("button", name="Edit name").click()
    at.page.get_by_role("textbox", name="Name").fill(name)
    at.page.get_by_role("button", name="Save name").click()


@pytest.mark.parametrize(("choice", "name"), [("Save mine", "Dana Field"), ("Keep theirs", "Dana Okafor")])
def test_the_person_sees_the_other_change_and_chooses(browser: Browser, choice: str, name: str) -> None:
    with stage(browser, "desk") as at:
        record = Record(at, "Dana Okafor")
        at.open("/desk", "answered")
        renames(at, "Dana Field")
        expect(at.page.get_by_role("alert").get_by_text("Changed to “Dana Okafor” in the meantime.")).to_be_visible()
        expect(at.page.get_by_role("textbox", name="Name")).to_have_value("Dana Field")
        at.page.get_by_role("button", name=choice).click()
        expect(at.page.get_by_role("heading", name=name)).to_be_visible()
        assert record.seen[0] == '"1"'
        assert record.now["name"] == name


def test_one_s_own_second_change_is_no_conflict(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        record = Record(at, "Dana Okafor")
        record.now["version"] = 1
        at.open("/desk", "answered")
        renames(at, "Dana Field")
        expect(at.page.get_by_role("heading", name="Dana Field")).to_be_visible()
        renames(at, "Dana Fields")
        expect(at.page.get_by_role("heading", name="Dana Fields")).to_be_visible()
        assert record.seen == ['"1"', '"2"']
