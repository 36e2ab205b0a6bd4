"""«Needs attention»: what is off, since when, why, what happens by itself, one thing to do; and never «all clear» in doubt."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.ui.axe import serious_in_light_and_dark
from tools.ui_stage import stage


def card(page: Page) -> Locator:
    return page.get_by_role("region", name="Needs attention")


def entries(page: Page) -> Locator:
    return card(page).locator("[data-entry]")


def headlines(page: Page) -> list[str]:
    return [text.split("\n")[0] for text in card(page).locator("[data-entry] b").all_inner_texts()]


def test_an_entry_says_what_since_when_why_and_what_to_do(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        first = entries(at.page).first
        expect(first).to_contain_text("Billing: longest wait 3:41")
        expect(first).to_contain_text("Target 0:20. 7 waiting. 3 agents who serve it are busy.")
        expect(first).to_contain_text("since 10:37")
        expect(card(at.page)).to_contain_text("2 now · 2 soon · 1 later")
        first.get_by_role("button", name="Open queue").click()
        focused = at.page.locator(":focus")
        expect(focused).to_have_attribute("data-reveal", "queue:queue_billing")


def test_red_comes_before_amber_before_grey(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board", "nobody_reachable")
        expect(entries(at.page)).to_have_count(6)
        assert headlines(at.page) == [
            "Billing: longest wait 3:51",
            "Caller waiting 2:20, no one reachable",
            "A recording stopped",
            "Billing: service level 54%, target 80%",
            "Tom Becker missed 2 calls",
            "3 failed messages",
        ]


def test_nothing_moves_under_the_pointer_and_what_was_cleared_says_so(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        expect(entries(at.page)).to_have_count(5)
        before = headlines(at.page)
        entries(at.page).nth(1).hover()
        at.play("level_is_well")
        expect(entries(at.page)).to_have_count(6)
        assert [line.split(" longest")[0] for line in headlines(at.page)[:5]] == [line.split(" longest")[0] for line in before]
        expect(entries(at.page).nth(2)).to_contain_text("Cleared")
        expect(entries(at.page).nth(2).get_by_role("button")).to_have_count(0)
        at.page.get_by_role("heading", name="Waiting now").hover()
        expect(entries(at.page)).to_have_count(5)
        card(at.page).get_by_role("button", name="Cleared today").click()
        expect(card(at.page)).to_contain_text("10:01–10:41")


def test_alt_and_an_arrow_walk_through_the_entries_from_anywhere(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        expect(entries(at.page)).to_have_count(5)
        for number in (0, 1):
            at.page.keyboard.press("Alt+ArrowDown")
            expect(entries(at.page).nth(number)).to_be_focused()
        at.page.keyboard.press("Alt+ArrowUp")
        at.page.keyboard.press("Alt+ArrowUp")
        expect(entries(at.page).nth(4)).to_be_focused()


def test_all_clear_says_when_and_what_was_checked(browser: Browser) -> None:
    with stage(browser, "board-quiet") as at:
        at.open("/board")
        expect(card(at.page)).to_contain_text("All clear at 10:40:58: 2 queues, 0 agents, 1 node checked")


def test_it_never_says_all_clear_in_doubt(browser: Browser) -> None:
    with stage(browser, "board-quiet") as at:
        at.open("/board")
        expect(card(at.page)).to_contain_text("All clear")
        snapshot = next(message for message in at.scenario.steps[0]["messages"] if message["type"] == "snapshot")
        now = at.scenario.steps[0]["at"]
        unknown = [{"what": "queue", "id": "queue_billing", "since": now - 40}]
        checked = {**snapshot["checked"], "at": now, "unknown": unknown}
        at.send({"type": "checked", "seq": snapshot["seq"] + 1, "checked": checked})
        expect(card(at.page)).to_contain_text("Billing: no figures for 0:40")
        expect(card(at.page)).not_to_contain_text("All clear")
        at.send({"type": "checked", "seq": snapshot["seq"] + 2, "checked": {**checked, "at": now - 30, "unknown": []}})
        expect(card(at.page)).to_contain_text("Not checked for 0:30")
        expect(card(at.page)).not_to_contain_text("All clear")


@pytest.mark.parametrize("step", ["nobody_reachable", "not_known"])
def test_everybody_can_read_and_reach_it(browser: Browser, step: str) -> None:
    with stage(browser, "board") as at:
        at.open("/board", step)
        expect(entries(at.page).first).to_be_visible()
        assert serious_in_light_and_dark(at.page) == []


def test_reading_along_scrolls_and_follows_the_newest_words(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        at.page.get_by_role("button", name="View live transcript").first.click()
        dialog = at.page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        text = dialog.get_by_role("region")
        said = next(each for each in at.scenario.steps[0]["messages"] if each["type"] == "snapshot")
        segments = next(iter(said["segments"].values()))
        seq = max(each["seq"] for each in at.scenario.steps[0]["messages"])
        for number in range(1, 31):
            words = {
                **segments[-1],
                "utterance": 1000 + number,
                "text": f"sentence {number}",
                "start_ms": 900_000 + number,
                "final": True,
            }
            at.send({"type": "segment", "seq": seq + number, "segment": words})
        expect(text.get_by_text("sentence 30")).to_be_in_viewport()
        at_the_foot = "(box) => Math.round(box.scrollHeight - box.scrollTop - box.clientHeight) <= 1"
        at.page.wait_for_function(at_the_foot, arg=text.element_handle())
        text.evaluate("(box) => box.scrollTo({ top: 0 })")
        newest = dialog.get_by_role("button", name="Jump to latest")
        newest.wait_for()
        at.send(
            {
                "type": "segment",
                "seq": seq + 31,
                "segment": {**segments[-1], "utterance": 2000, "text": "and one more", "final": True},
            }
        )
        expect(text.get_by_text("and one more")).to_have_count(1)
        expect(text.get_by_text("sentence 30")).not_to_be_in_viewport()
        newest.click()
        expect(text.get_by_text("sentence 30")).to_be_in_viewport()
