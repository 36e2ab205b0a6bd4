"""What does not change is not drawn: a desk is open for eight hours, on a weak computer, beside the programs of the work itself.

The browser's clock stands, so that no running clock hides what else is drawn. What is watched is the document itself: who writes
into it, and which animations run; no time is measured.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tools.ui_stage import Stage, stage

LISTEN_TO_REACT = """
window.__REACT_DEVTOOLS_GLOBAL_HOOK__ = {
  supportsFiber: true,
  inject: () => 1,
  onCommitFiberRoot: () => window.drawn?.(),
  onPostCommitFiberRoot: () => undefined,
  onCommitFiberUnmount: () => undefined,
};
"""
"""The door that React leaves open for its developer tools: it is told of each drawing."""

WATCH = """
() => {
  window.written = [];
  window.drawings = [];
  window.moving = [];
  const place = (node) => {
    const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
    if (element.closest("[role=meter]")) return "the level meter";
    if (element.closest("header button")?.textContent.includes("My audio")) return "my audio";
    if (element.closest("dl")?.closest('[aria-label="My audio"]')) return "my audio";
    if (element.closest('[aria-label="Live transcript"]')?.parentElement) return "what is said";
    return element.outerHTML.slice(0, 200);
  };
  const keep = (records) => {
    const places = [...new Set(records.map(({ target }) => place(target)))];
    written.push(...places);
    if (places.includes("the level meter")) moving.push(...document.getAnimations().map((each) => each.transitionProperty));
    return places;
  };
  const watch = new MutationObserver(keep);
  watch.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  // React has just written: what it wrote is still here.
  window.drawn = () => drawings.push(keep(watch.takeRecords()).join(", ") || "nothing at all");
}
"""

ENDLESS = """
() => document.getAnimations()
  .filter((each) => each.effect.getComputedTiming().endTime === Infinity)
  .map((each) => each.animationName)
"""

RUNNING = "() => document.getAnimations().length"


def written(at: Stage) -> set[str]:
    """The places that were written to since the watch began."""
    return set(at.page.evaluate("written"))


def drawings(at: Stage) -> set[str]:
    """What each drawing of the components wrote since the watch began."""
    return set(at.page.evaluate("drawings"))


def at_work(at: Stage, step: str) -> None:
    """A desk whose microphone is open and whose meters move."""
    at.page.add_init_script(LISTEN_TO_REACT)
    at.open("/desk", step)
    expect(at.page.get_by_text("Mic OK")).to_be_visible()
    at.shown()
    at.page.evaluate(WATCH)


def meter_moved(at: Stage) -> None:
    at.page.wait_for_function("written.includes('the level meter')")


def partial(at: Stage) -> dict[str, Any]:
    """The last words of the scenario once more, unfinished and changed."""
    news = [message for step in at.scenario.steps for message in step["messages"]]
    last = next(message for message in reversed(news) if message["type"] == "segment" and message["segment"]["final"])
    seq = max(message["seq"] for message in news[: news.index(last) + 1])
    segment = last["segment"] | {"utterance": last["segment"]["utterance"] + 1000, "text": "and one more", "final": False}
    return {"seq": seq + 1, "type": "segment", "segment": segment}


@pytest.mark.parametrize("step", ["available", "long_talk"])
def test_a_voice_at_the_microphone_moves_the_meter_and_nothing_else(browser: Browser, step: str) -> None:
    with stage(browser, "desk", motion=True) as at:
        at_work(at, step)
        meter_moved(at)
        at.shown()
        assert written(at) <= {"the level meter", "my audio"}
        assert drawings(at) <= {"my audio"}, "the meter is drawn without the components"
        assert at.page.evaluate("moving") == [], "a level is one frame, not five"


def test_audio_that_is_looked_at_and_goes_on_well_draws_nothing(browser: Browser) -> None:
    """Its figures change every two seconds: the whole desk's frame was drawn for them."""
    with stage(browser, "desk", motion=True) as at:
        at_work(at, "long_talk")
        for _ in range(2):
            at.reports.clear()
            at.reported(lambda report: report["ice"] == "connected")
        at.shown()
        assert drawings(at) <= {"my audio"}


@pytest.mark.parametrize("step", ["available", "long_talk"])
def test_news_that_nothing_on_the_desk_shows_draws_nothing(browser: Browser, step: str) -> None:
    with stage(browser, "desk", motion=True) as at:
        at_work(at, step)
        at.play(step)  # only says what time it is
        at.play(step)
        assert drawings(at) <= {"my audio"}


def test_an_unfinished_word_is_written_where_it_is_said_and_nowhere_else(browser: Browser) -> None:
    with stage(browser, "desk", motion=True) as at:
        at_work(at, "long_talk")
        at.send(partial(at))
        expect(at.page.get_by_role("region", name="Live transcript")).to_contain_text("and one more")
        at.shown()
        assert "what is said" in written(at)
        assert written(at) <= {"the level meter", "my audio", "what is said"}
        assert drawings(at) <= {"what is said", "my audio"}


@pytest.mark.parametrize("step", ["available", "offered", "long_talk", "held", "wrap_up"])
def test_nothing_moves_without_end(browser: Browser, step: str) -> None:
    with stage(browser, "desk", motion=True) as at:
        at_work(at, step)
        assert at.page.evaluate(ENDLESS) == []


def test_a_page_that_waits_for_its_server_comes_to_rest(browser: Browser) -> None:
    with stage(browser, "desk", motion=True) as at:
        at.silent = True
        at.open("/desk")
        expect(at.page.get_by_role("status", name="Loading")).to_be_visible()
        assert at.page.evaluate(RUNNING) > 0, "it pulses at first"
        assert at.page.evaluate(ENDLESS) == []


def test_who_wants_no_motion_has_none(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at_work(at, "offered")
        at.play("answered")
        at.page.wait_for_function("document.getAnimations().length === 0")


def test_who_wants_no_motion_sees_the_dark_scheme_whole_at_once(browser: Browser) -> None:
    """A transition of any length is handed down from element to element, so that text lags behind what it stands on."""
    with stage(browser, "admin") as at:
        at.open("/admin/queues")
        expect(at.page.get_by_label("Name", exact=True)).to_be_visible()
        before, after = at.page.evaluate(
            """() => {
                const label = document.querySelector("main label");
                const colour = () => getComputedStyle(label).color;
                const light = colour();
                document.documentElement.setAttribute("data-mantine-color-scheme", "dark");
                return [light, colour()];
            }"""
        )
        assert before != after
