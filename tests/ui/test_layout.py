"""Nothing moves under the pointer: the controls of a call keep their places in every state; nothing is wider than its place."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tools.ui_stage import Stage, stage

SIZES = {"1440": (1440, 900), "1280": (1280, 800), "tablet": (1024, 768)}
TELEPHONE = (390, 844)
Box = tuple[float, ...]


def box_of(element: Locator) -> Box:
    box = element.bounding_box()
    assert box is not None
    return tuple(round(side, 1) for side in (box["x"], box["y"], box["width"], box["height"]))


def call_bar(page: Page) -> list[Box]:
    """Where the buttons of the call bar are: the toolbar's five, and hang up."""
    buttons = page.get_by_role("toolbar").get_by_role("button")
    expect(buttons).to_have_count(5)
    every = [*(buttons.nth(index) for index in range(5)), page.get_by_role("button", name="Hang up")]
    return [box_of(button) for button in every]


def columns(page: Page) -> list[Box]:
    return [box_of(page.locator(where).first) for where in ("header", "nav", "section[aria-label='My work']")]


def settled(at: Stage) -> None:
    at.page.get_by_text("Mic OK").wait_for()


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_call_bar_keeps_its_places(browser: Browser, size: tuple[int, int]) -> None:
    with stage(browser, "desk", size=size) as at:
        at.open("/desk", "answered")
        settled(at)
        before = call_bar(at.page)
        assert len(before) == 6
        at.play("talking")
        assert call_bar(at.page) == before, "words came"
        at.page.keyboard.press("m")
        expect(at.page.get_by_role("button", name="Unmute")).to_be_visible()
        assert call_bar(at.page) == before, "muted"
        at.page.keyboard.press("m")
        at.play("held")
        expect(at.page.get_by_role("button", name="Resume")).to_be_visible()
        assert call_bar(at.page) == before, "held"
        at.play("wrap_up")
        expect(at.page.get_by_role("form", name="Wrap-up")).to_be_visible()
        assert call_bar(at.page) == before, "wrap-up"


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_frame_and_columns_keep_their_places(browser: Browser, size: tuple[int, int]) -> None:
    with stage(browser, "desk", size=size) as at:
        at.open("/desk", "available")
        settled(at)
        before = columns(at.page)
        for step in ("offered", "answered", "talking", "long_talk", "held", "wrap_up", "done"):
            at.play(step)
            assert columns(at.page) == before, step


@pytest.mark.parametrize(
    ("scenario", "path", "step"),
    [("desk", "/desk", "offered"), ("desk", "/desk", "long_talk"), ("desk", "/desk", "wrap_up"), ("board", "/board", "busy")],
    ids=["offer", "talk", "wrap-up", "board"],
)
def test_nothing_is_wider_than_its_place(browser: Browser, scenario: str, path: str, step: str) -> None:
    with stage(browser, scenario) as at:
        at.open(path, step)
        at.page.wait_for_load_state("networkidle")
        at.page.get_by_role("main").first.wait_for()
        for size, pixels in SIZES.items():
            at.resize(pixels)
            too_wide = at.page.evaluate(
                """() => [document.documentElement, ...document.querySelectorAll("main, aside, section, header, [role=toolbar]")]
                     .filter((box) => box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX !== "auto")
                     .map((box) => box.getAttribute("aria-label") ?? box.tagName)"""
            )
            assert (size, too_wide) == (size, [])


@pytest.mark.parametrize(
    ("scenario", "path", "step"),
    [
        ("desk", "/secure", None),
        ("desk", "/desk", "offered"),
        ("desk", "/desk", "talking"),
        ("desk", "/desk", "wrap_up"),
        ("desk", "/calls/call_old", None),
        ("desk", "/customers/cust_dana", None),
        ("board", "/board", "busy"),
        ("reports", "/reports", None),
        ("admin", "/admin/people", None),
        ("admin", "/admin/queues", None),
        ("admin", "/admin/attention", None),
    ],
)
def test_on_a_telephone_nothing_stands_beside_the_screen(browser: Browser, scenario: str, path: str, step: str | None) -> None:
    """What is wider than its place can be scrolled there; the page cannot."""
    with stage(browser, scenario, size=TELEPHONE) as at:
        at.signed_in = path != "/secure"
        at.open(path, step)
        at.page.wait_for_load_state("networkidle")
        at.page.get_by_role("main").first.wait_for()
        outside = at.page.evaluate(
            """() => [...document.querySelectorAll("button, a, h1, h2, p, td, input")]
                 .filter((one) => one.getClientRects().length && !one.closest(".visually-hidden"))
                 .filter((one) => { const { left, right, bottom } = one.getBoundingClientRect();
                   const scrolls = (box) => /auto|scroll|hidden/.test(getComputedStyle(box).overflowX);
                   const scrolled = (box) => box && (scrolls(box) || scrolled(box.parentElement));
                   return bottom > 0 && (left < -1 || right > innerWidth + 1) && !scrolled(one.parentElement); })
                 .map((one) => one.textContent || one.outerHTML)"""
        )
        assert outside == []
        assert at.page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE[0]


def test_words_stick_to_the_foot_unless_somebody_scrolled_away(browser: Browser) -> None:
    with stage(browser, "desk", size=(1280, 800)) as at:
        at.open("/desk", "talking")
        settled(at)
        talk = at.page.get_by_role("region", name="Live transcript")
        at.play("long_talk")
        expect(talk.get_by_text("Then I wish you a good day")).to_be_in_viewport()
        at_the_foot = "(box) => Math.round(box.scrollHeight - box.scrollTop - box.clientHeight) <= 1"
        at.page.wait_for_function(at_the_foot, arg=talk.element_handle())

        talk.evaluate("(box) => box.scrollTo(0, 0)")
        newest = at.page.get_by_role("button", name="Jump to latest")
        newest.wait_for()
        last = max(message["seq"] for step in at.scenario.steps[:5] for message in step["messages"])
        segment = next(m["segment"] for m in at.scenario.steps[4]["messages"] if m["type"] == "segment")
        more = segment | {"utterance": 99, "start_ms": 99000, "text": "One more thing", "final": True}
        at.send({"seq": last + 1, "type": "segment", "segment": more})
        expect(talk.get_by_text("One more thing")).to_have_count(1)
        assert talk.evaluate("(box) => box.scrollTop") == 0
        newest.click()
        expect(talk.get_by_text("One more thing")).to_be_in_viewport()
