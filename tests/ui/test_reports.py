"""Reports in the browser: what a supervisor reads, opens with mouse and keyboard, and takes along."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.ui.axe import serious_in_light_and_dark
from tools.ui_answers import shared_number
from tools.ui_stage import Stage, stage


def table(page: Page) -> dict[str, list[str]]:
    rows = page.get_by_role("region", name="Report,").get_by_role("row").all()
    return {cells[0]: cells[1:] for cells in ([cell.strip() for cell in row.inner_text().split("\t")] for row in rows)}


def asked_for(at: Stage, path: str) -> list[str]:
    """Addresses of what was asked for under this path, from now on."""
    found: list[str] = []

    def note(request: Request) -> None:
        if path in request.url:
            found.append(request.url)

    at.page.on("request", note)
    return found


def test_a_number_opens_the_conversations_behind_it(browser: Browser) -> None:
    with stage(browser, "reports") as at:
        at.open("/reports")
        side = at.page.get_by_role("complementary", name="Details")
        expect(side).to_contain_text("How these are calculated")
        report = at.answers["GET /reports/queues"]
        row = next(each for each in report["intervals"] if each["abandoned"] > 0)
        asked = asked_for(at, "/reports/conversations")
        count = at.page.get_by_role("button", name=f"Abandoned: {row['abandoned']}. Show conversations").first
        count.click()
        expect(side).to_contain_text("Dana Whitfield")
        expect(side).to_contain_text("waited 2:05 · quoted 1:10–2:40")
        expect(count).to_have_attribute("aria-pressed", "true")
        assert f"start={row['start']}" in asked[0]
        assert "counted=abandoned" in asked[0]
        side.get_by_role("button", name="Close, back to the formulas").click()
        expect(side).to_contain_text("How these are calculated")


def test_arrows_walk_through_the_numbers_and_enter_opens_one(browser: Browser) -> None:
    with stage(browser, "reports") as at:
        at.open("/reports")
        stops = at.page.get_by_role("region", name="Report,").locator('button[tabindex="0"]')
        expect(stops).to_have_count(1)
        stops.focus()
        for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight"):
            at.page.keyboard.press(key)
        expect(at.page.locator('[data-place="2/3"]')).to_be_focused()
        at.page.keyboard.press("Enter")
        side = at.page.get_by_role("complementary", name="Details")
        expect(side).to_contain_text("Abandoned, 09:00–09:30")
        at.page.keyboard.press("Escape")
        expect(side).to_contain_text("How these are calculated")


def test_days_and_queues_are_asked_of_the_server(browser: Browser) -> None:
    with stage(browser, "reports") as at:
        asked = asked_for(at, "/reports/queues")
        at.open("/reports")
        page = at.page
        expect(page.get_by_label("First day")).to_have_value("2026-11-23")
        assert "first_day" not in asked[-1], "today is the server's to know"
        with page.expect_request("**/reports/queues?*"):
            page.get_by_label("First day").fill("2026-11-16")
        assert "first_day=2026-11-16&last_day=2026-11-23" in asked[-1]
        assert "interval=day" in asked[-1], "eight days are not told by half hours"
        with page.expect_request("**/reports/queues?*"):
            page.get_by_role("combobox", name="All queues").click()
            page.get_by_role("option", name="Billing").click()
        assert "queue_id=queue_billing" in asked[-1]


def test_each_queue_has_its_line(browser: Browser) -> None:
    with stage(browser, "reports") as at:
        at.open("/reports")
        at.page.get_by_text("By queue", exact=True).click()
        expect(at.page.get_by_role("rowheader", name="Returns and warranty claims")).to_be_visible()
        asked = asked_for(at, "/reports/conversations")
        at.page.get_by_role("button", name="Billing, Answered").click()
        expect(at.page.get_by_role("complementary", name="Details")).to_contain_text("Answered, Billing")
        assert "queue_id=queue_billing" in asked[0]


@pytest.mark.parametrize(
    ("path", "row", "asks"),
    [
        ("/reports/skills", "English", "skill=skill_english"),
        ("/reports/skills", "No skill required", "skill=%28none%29"),
        ("/reports/channels", "Chats", "channel=chat"),
    ],
)
def test_a_skill_and_a_channel_open_their_conversations(browser: Browser, path: str, row: str, asks: str) -> None:
    with stage(browser, "reports") as at:
        at.open(path)
        asked = asked_for(at, "/reports/conversations")
        at.page.get_by_role("button", name=f"{row}, Answered").click()
        expect(at.page.get_by_role("complementary", name="Details")).to_contain_text(f"Answered, {row}")
        assert asks in asked[0]


def test_what_a_report_is_about_is_chosen_by_keyboard(browser: Browser) -> None:
    with stage(browser, "reports") as at:
        at.open("/reports")
        choice, skills = at.page.get_by_role("combobox", name="Report on"), at.page.get_by_role("option", name="Skills")
        choice.focus()
        at.page.keyboard.press("Enter")
        expect(skills).to_be_visible()
        for _ in range(2):  # the first key may come before the list knows where it stands: then it goes to the first line
            if skills.get_attribute("data-combobox-selected") is None:
                at.page.keyboard.press("ArrowDown")
        at.page.keyboard.press("Enter")
        expect(at.page).to_have_url(re.compile("/reports/skills$"))
        expect(at.page.get_by_role("rowheader", name="English")).to_be_visible()


def test_an_earlier_time_stands_beside_the_numbers(browser: Browser) -> None:
    """The same weekday of the week before, as far as today has come: over the charts, in them, and in the table."""
    with stage(browser, "reports") as at:
        asked = asked_for(at, "/reports/queues")
        at.open("/reports")
        totals = at.page.get_by_role("region", name="Whole period")
        expect(totals).to_contain_text("points")
        assert "beside=weekdays" in asked[0]
        report = at.answers["GET /reports/queues"]
        points = round(100 * (report["total"]["service_level"] - report["earlier_total"]["service_level"]))
        assert points < 0
        expect(totals).to_contain_text(f"\N{MINUS SIGN}{-points} points")
        expect(at.page.get_by_text("Mon 16 Nov", exact=True)).to_have_count(2)
        side = at.page.get_by_role("complementary", name="Details")
        expect(side).to_contain_text("Mon 16 Nov until 18:10: ")
        expect(at.page.get_by_role("columnheader", name="± points")).to_be_visible()
        at.page.get_by_role("combobox", name="Compare with").click()
        with at.page.expect_request("**/reports/queues?*") as alone:
            at.page.get_by_role("option", name="No comparison").click()
        assert "beside" not in alone.value.url


def test_other_is_told_in_words(browser: Browser) -> None:
    with stage(browser, "reports") as at:
        at.open("/reports")
        side = at.page.get_by_role("complementary", name="Details")
        total = at.answers["GET /reports/queues"]["total"]
        expect(side).to_contain_text(f"{total['short_abandoned']} left too soon to count as abandoned + {total['moved']} moved")
        at.page.get_by_role("button", name="Total, Other").click()
        expect(side).to_contain_text("moved to another queue")
        expect(side).to_contain_text("Dana Whitfield")


def test_nothing_moves_while_a_report_is_loaded(browser: Browser) -> None:
    with stage(browser, "reports") as at:
        at.open("/reports")
        box = at.page.get_by_role("region", name="Report,").bounding_box()
        at.page.get_by_role("combobox", name="Period").click()
        at.page.get_by_role("option", name="Yesterday").click()
        expect(at.page.get_by_label("First day")).to_have_value("2026-11-22")
        assert at.page.get_by_role("region", name="Report,").bounding_box() == box


def test_a_report_is_saved_as_a_file_and_a_refusal_is_said(browser: Browser) -> None:
    with stage(browser, "reports") as at:
        at.open("/reports/agents")
        with at.page.expect_download() as saved:
            at.page.get_by_role("button", name="Export CSV").click()
        assert saved.value.suggested_filename == "agents-2026-11-23.csv"
        at.failing["GET /reports/agents"] = 422
        at.page.get_by_role("button", name="Export CSV").click()
        expect(at.page.get_by_role("alert")).to_be_visible()


@pytest.mark.parametrize("path", ["/reports", "/reports/skills", "/reports/channels", "/reports/agents"])
def test_reports_have_no_serious_finding(browser: Browser, path: str) -> None:
    with stage(browser, "reports") as at:
        at.open(path)
        at.page.locator('[data-place="1/0"]').click()
        at.page.get_by_text("Dana Whitfield").wait_for()
        assert serious_in_light_and_dark(at.page) == []


@pytest.mark.parametrize("size", [(1440, 900), (1280, 800), (1024, 768)], ids=["1440", "1280", "1024"])
def test_no_control_is_pushed_off_the_screen(browser: Browser, size: tuple[int, int]) -> None:
    with stage(browser, "reports", size=size) as at:
        for report in ("GET /reports/queues", "GET /reports/agents"):
            names = at.answers[report]["names"]
            names.update({key: f"{name} of the third floor on the left and of everybody else" * 3 for key, name in names.items()})
        at.open("/reports")
        at.page.get_by_text("By queue", exact=True).click()
        at.page.locator('[data-place="1/0"]').click()
        at.page.get_by_text("Dana Whitfield").wait_for()
        outside = at.page.evaluate(
            """() => [...document.querySelectorAll("main button, main input")]
                 .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
                 .map((each) => each.getAttribute("aria-label") ?? each.textContent)"""
        )
        assert outside == []


def test_a_call_that_may_be_several_people_s_rings_with_words_in_place_of_a_name(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        shared_number(at)
        at.open("/desk", "offered")
        expect(at.page.get_by_role("region", name="My work")).to_contain_text("Unknown caller")
        expect(at.page.get_by_role("complementary", name="Customer")).to_contain_text("Mia Whitfield-Brandt")


def test_whoever_may_not_read_reports_is_told_so(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.open("/reports", "available")
        expect(at.page.get_by_text("Your role doesn't include Reports")).to_be_visible()
        expect(at.page.get_by_role("navigation").get_by_text("Reports")).to_have_count(0)
