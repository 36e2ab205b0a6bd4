"""Thirty agents and ten queues, and names of any length: lists are sorted, filtered and folded; no button leaves the screen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.ui.axe import serious_in_light_and_dark, serious_violations
from tools.ui_answers import many, set_up
from tools.ui_crowd import LONG, LONG_QUEUE, crowd
from tools.ui_stage import Stage, stage

SIZES = {"1440": (1440, 900), "1024": (1024, 768)}


@contextmanager
def board(browser: Browser, size: tuple[int, int] = (1440, 900), *, dark: bool = False) -> Iterator[Stage]:
    with stage(browser, "board", size=size, dark=dark) as at:
        crowd(at)
        at.open("/board")
        at.page.get_by_role("region", name="Queues").wait_for()
        yield at


def queue_names(at: Stage) -> list[str]:
    """Of the lines, in their order."""
    return at.page.get_by_role("region", name="Queues").locator("tbody tr[data-reveal] b").all_inner_texts()


def agents(at: Stage) -> Locator:
    return at.page.get_by_role("region", name="Agents by state")


def away_from_lists(at: Stage) -> None:
    at.page.mouse.move(720, 20)
    at.page.get_by_role("banner").get_by_role("button").last.focus()


def test_queues_are_sorted_by_any_column_both_ways(browser: Browser) -> None:
    with board(browser) as at:
        names = queue_names(at)
        assert names == sorted(names)
        heads = at.page.get_by_role("region", name="Queues")
        heads.get_by_role("button", name="Waiting", exact=True).click()
        expect(heads.get_by_role("columnheader", name="Waiting")).to_have_attribute("aria-sort", "descending")
        assert queue_names(at)[0] == "Billing"
        heads.get_by_role("button", name="Waiting", exact=True).click()
        expect(heads.get_by_role("columnheader", name="Waiting")).to_have_attribute("aria-sort", "ascending")
        assert queue_names(at)[-1] == "Billing"


def test_no_row_moves_while_the_pointer_is_in_the_list(browser: Browser) -> None:
    with board(browser) as at:
        heads = at.page.get_by_role("region", name="Queues")
        heads.get_by_role("button", name="Waiting", exact=True).click()
        heads.hover()
        before = queue_names(at)
        update = at.page.get_by_role("button", name="Order changed · Update")
        expect(update).to_have_count(0)
        seq = max(message["seq"] for message in at.scenario.steps[0]["messages"])
        last = next(each for each in at.scenario.steps[0]["messages"][1]["queues"] if each["name"] == before[-1])
        at.send({"seq": seq + 1, "type": "queue", "queue": last | {"waiting": 99}})
        expect(heads.get_by_role("row").filter(has_text=before[-1])).to_contain_text("99")
        assert queue_names(at) == before
        expect(update).to_be_visible()
        update.click()
        assert queue_names(at)[0] == before[-1]


def test_filter_fold_and_order_are_kept_in_this_browser(browser: Browser) -> None:
    with board(browser) as at:
        at.page.get_by_role("button", name="queues with no one waiting").click()
        assert "Contracts" not in queue_names(at)
        agents(at).get_by_role("button", name="On a call ·").click()
        at.page.get_by_role("textbox", name="Filter agents").fill("maier")
        expect(agents(at)).not_to_contain_text("Mei Lin")
        at.page.get_by_role("button", name="Longest first").click()
        away_from_lists(at)
        at.open("/board")
        expect(at.page.get_by_role("textbox", name="Filter agents")).to_have_value("maier")
        expect(agents(at).get_by_role("button", name="On a call ·")).to_have_attribute("aria-expanded", "false")
        expect(at.page.get_by_role("button", name="By name")).to_be_visible()
        assert "Contracts" not in queue_names(at)
        at.page.get_by_role("textbox", name="Filter agents").fill("nobody of that name")
        expect(agents(at)).to_have_text("No matches")
        at.page.keyboard.press("Escape")
        expect(agents(at)).to_contain_text("Maier")


def test_few_agents_and_queues_need_no_filter(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        at.page.get_by_role("region", name="Queues").wait_for()
        expect(at.page.get_by_placeholder("Filter")).to_have_count(0)
        expect(at.page.get_by_role("button", name="no one waiting")).to_have_count(0)


def test_a_full_board_has_no_serious_finding(browser: Browser) -> None:
    with board(browser) as at:
        assert serious_in_light_and_dark(at.page) == []


def long_board(at: Stage) -> None:
    crowd(at)
    snapshot = at.scenario.steps[0]["messages"][1]
    for agent in snapshot["agents"]:
        agent["name"] = LONG
    for queue in snapshot["queues"]:
        queue["name"] = LONG_QUEUE
    for call in snapshot["calls"]:
        call.update(customer_name=LONG, queue_name=LONG_QUEUE)


def long_desk(at: Stage) -> None:
    for step in at.scenario.steps:
        for message in step["messages"]:
            _rename(message)
    for answer in at.answers.values():
        _rename(answer)


def long_admin(at: Stage) -> None:
    """Copies: some of the answers are other tests' own. As they are sent, or what 200 rows share were renamed 200 times."""
    at.answers = {path: _renamed(json.loads(json.dumps(answer))) for path, answer in at.answers.items()}


def long_tables(at: Stage) -> None:
    set_up(at)
    many(at)
    long_admin(at)
    for trunk in at.answers["GET /trunks"]["items"]:
        trunk.update(address=f"sip.{LONG.replace(' ', '-')}.example:5061", last_answer=trunk["last_answer"] | {"reason": LONG})


TABLES = {"numbers": "Number", "flows": "Name", "trunks": "Trunk"}


@pytest.mark.parametrize(("section", "column"), TABLES.items(), ids=TABLES)
def test_two_hundred_rows_are_sorted_and_found(browser: Browser, section: str, column: str) -> None:
    with stage(browser, "admin") as at:
        long_tables(at)
        at.open(f"/admin/{section}")
        table = at.page.get_by_role("region", name=section.capitalize()).get_by_role("table").first
        expect(table.locator("tbody tr")).to_have_count(200)
        first = table.locator("tbody tr").first
        before = first.inner_text()
        head = table.get_by_role("columnheader", name=column, exact=True)
        for order in ("ascending", "descending"):
            head.get_by_role("button").click()
            expect(head).to_have_attribute("aria-sort", order)
        assert first.inner_text() != before
        at.page.get_by_role("searchbox", name=f"Filter {section}").fill("137")
        expect(table.locator("tbody tr")).to_have_count(1)
        at.page.get_by_role("searchbox", name=f"Filter {section}").fill("nothing of that name")
        expect(table.locator("tbody")).to_have_text("No matches")
        assert serious_violations(at.page) == []


def _renamed(value: object) -> object:
    _rename(value)
    return value


def _rename(value: object) -> None:
    """Whoever and whatever has a name has a very long one."""
    if isinstance(value, list):
        for each in value:
            _rename(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key in {"name", "customer_name", "agent_name", "queue_name", "label", "author"} and isinstance(each, str) and each:
                value[key] = f"{each} {LONG}"
            else:
                _rename(each)


PAGES: dict[str, tuple[str, str, str | None, Callable[[Stage], None]]] = {
    "board": ("board", "/board", None, long_board),
    "desk-offer": ("desk", "/desk", "offered", long_desk),
    "desk-talking": ("desk", "/desk", "talking", long_desk),
    "desk-wrap-up": ("desk", "/desk", "wrap_up", long_desk),
    "customer": ("desk", "/customers/cust_dana", "available", long_desk),
    "history": ("desk", "/calls/call_old", "available", long_desk),
    **{
        section: ("admin", f"/admin/{section}", None, long_admin)
        for section in ("people", "agents", "skills", "queues", "hours", "dispositions", "audit")
    },
    **{section: ("admin", f"/admin/{section}", None, long_tables) for section in ("numbers", "flows", "trunks")},
}


@pytest.mark.parametrize("page", PAGES)
def test_long_names_push_no_button_off_the_screen(browser: Browser, page: str) -> None:
    scenario, path, step, lengthen = PAGES[page]
    with stage(browser, scenario) as at:
        lengthen(at)
        at.open(path, step)
        at.page.get_by_role("navigation", name="Pages").wait_for()
        at.page.wait_for_load_state("networkidle")
        for size, pixels in SIZES.items():
            at.resize(pixels)
            assert (size, off_the_screen(at)) == (size, [])


def off_the_screen(at: Stage) -> list[str]:
    """Controls that are drawn and end right of the part of the page in which they stand."""
    found: list[str] = at.page.evaluate(
        """() => [...document.querySelectorAll("button, a, input, [role=button]")]
             .filter((each) => each.checkVisibility({ visibilityProperty: true }) && each.getBoundingClientRect().width > 0)
             .filter((each) => {
               const part = each.closest("main, aside, header, section, nav");
               const edge = Math.min(innerWidth, part?.getBoundingClientRect().right ?? innerWidth);
               const box = each.getBoundingClientRect();
               return box.right > edge + 1 || box.left < -1;
             })
             .filter((each) => !each.closest(".visually-hidden") && getComputedStyle(each).clipPath === "none")
             .map((each) => each.getAttribute("aria-label") ?? each.textContent.slice(0, 60))"""
    )
    return found
