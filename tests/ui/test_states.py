"""What people are told: while loading, without a microphone, offline, when something fails, when nothing is known."""

from __future__ import annotations

import copy

import pytest
from playwright.sync_api import Browser, expect

from tools.ui_stage import Stage, stage


def offer_in(at: Stage) -> dict[str, object]:
    offers = [m["offer"] for step in at.scenario.steps for m in step["messages"] if m["type"] == "offer"]
    found: dict[str, object] = offers[0]
    return found


def test_who_is_calling_and_why_stands_there_before_the_answer(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.open("/desk", "offered")
        customer = at.page.get_by_role("complementary", name="Customer")
        expect(customer.get_by_role("heading", name="Dana Whitfield")).to_be_visible()
        expect(customer.get_by_role("region", name="Why they are calling")).to_contain_text("open for 19 h, not answered yet")
        expect(customer).to_contain_text("Likely: phone")
        expect(at.page.get_by_role("timer")).to_have_accessible_name("15 s left to answer")
        expect(at.page.get_by_text("Longest idle of 3")).to_be_visible()
        assert not [path for _, path, _ in at.asked if "offers" in path]


def test_an_unknown_number_is_said_to_be_unknown(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        offer_in(at)["pop"] = at.scenario.extra["new_caller"]
        at.open("/desk", "offered")
        expect(at.page.get_by_text("New number, no history. Ask for their name.")).to_be_visible()
        expect(at.page.get_by_text("Nothing open and nothing recent.")).to_be_visible()


def test_a_new_number_that_gives_a_name_is_not_asked_for_one(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        pop = copy.deepcopy(at.scenario.extra["new_caller"])
        pop["customer"]["name"] = "Dana Reyes"
        offer_in(at)["pop"] = pop
        at.open("/desk", "offered")
        expect(at.page.get_by_text("New number, no history. Confirm their name.")).to_be_visible()


def test_who_calls_without_a_number_is_not_said_to_have_a_new_one(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        pop = copy.deepcopy(at.scenario.extra["new_caller"])
        pop["customer"]["phones"] = []
        offer_in(at)["pop"] = pop
        at.open("/desk", "offered")
        expect(at.page.get_by_text("New caller, no history. Ask for their name.")).to_be_visible()


def test_without_a_microphone_the_agent_is_told_what_to_do(browser: Browser) -> None:
    with stage(browser, "desk", microphone=False) as at:
        at.open("/desk", "available")
        expect(at.page.get_by_role("heading", name="You can't receive calls yet")).to_be_visible()
        expect(at.page.get_by_text("allow the microphone, then try again")).to_be_visible()
        expect(at.page.get_by_role("button", name="My audio: Mic blocked")).to_be_visible()
        denied = at.reported(lambda report: report["microphone"] == "denied")
        assert denied["leg_id"] == ""


def test_a_healthy_browser_says_so_to_the_server(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.open("/desk", "available")
        at.page.get_by_text("Mic OK").wait_for()
        said = at.reported(lambda report: report["ice"] in {"connected", "completed"})
        assert (said["leg_id"], said["microphone"], said["context"]) == ("leg_1", "live", "running")


def test_a_lost_line_says_that_the_call_goes_on_and_comes_back_by_itself(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.open("/desk", "talking")
        at.page.get_by_text("Mic OK").wait_for()
        at.cut()
        expect(at.page.get_by_text("Your call is still connected")).to_be_visible()
        expect(at.page.get_by_text("charged twice for the same order")).to_be_visible()
        at.mend()
        expect(at.page.get_by_text("Your call is still connected")).to_be_hidden()
        expect(at.page.get_by_text("charged twice for the same order")).to_be_visible()
        assert "epoch=e1&since=" in at.live_urls[-1]


def test_a_missing_message_makes_the_desk_ask_again_from_where_it_was(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.open("/desk", "talking")
        at.page.get_by_text("Mic OK").wait_for()
        at.send({"seq": 900, "type": "call_removed", "call_id": "call_1"})
        expect(at.page.get_by_text("Reconnecting")).to_be_visible()
        expect(at.page.get_by_text("Reconnecting")).to_be_hidden()
        expect(at.page.get_by_role("button", name="Hang up")).to_be_visible()
        seen = max(message["seq"] for step in at.scenario.steps[:4] for message in step["messages"])
        assert f"since={seen}" in at.live_urls[-1]


def test_an_offer_that_was_over_is_said_calmly(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.failing["POST /offers/offer_1/accept"] = 409
        at.open("/desk", "offered")
        at.page.get_by_role("button", name="Answer", exact=True).click()
        expect(at.page.get_by_text("no longer waiting for you")).to_be_visible()


def test_a_history_that_fails_leaves_the_pop_and_can_be_tried_again(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.failing["GET /customers/cust_dana/timeline"] = 503
        at.open("/desk", "talking")
        expect(at.page.get_by_text("The history couldn't be loaded. The call isn't affected.")).to_be_visible()
        expect(at.page.get_by_text("#20391 Charged twice")).to_be_visible()
        at.failing.clear()
        at.page.get_by_role("button", name="Try again").click()
        expect(at.page.get_by_text("could not be loaded")).to_be_hidden()


def test_a_call_of_the_history_opens_in_its_column_with_text_and_recording(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.open("/desk", "talking")
        at.page.get_by_role("button", name="Change of delivery address").click()
        column = at.page.get_by_role("complementary", name="Customer")
        expect(column.get_by_role("button", name="Play")).to_be_visible()
        expect(column.get_by_text("my parcel still goes to the old address")).to_be_visible()
        expect(at.page.get_by_role("button", name="Hang up")).to_be_visible()
        at.page.keyboard.press("Escape")
        expect(column.get_by_role("heading", name="Dana Whitfield")).to_be_visible()


@pytest.mark.parametrize(
    ("status", "code", "words", "again"),
    [
        (404, "recording_on_its_way", "still on its way", True),
        (503, "unavailable", "isn't available right now", True),
        (404, "not_found", "The recording couldn't be played.", False),
    ],
)
def test_a_recording_that_comes_later_can_be_tried_again(
    browser: Browser, status: int, code: str, words: str, again: bool
) -> None:
    with stage(browser, "desk") as at:
        at.open("/desk", "talking")
        at.page.get_by_role("button", name="Change of delivery address").click()
        column = at.page.get_by_role("complementary", name="Customer")
        recording = "GET /calls/call_old/recording"
        at.failing[recording], at.codes[recording] = status, code
        column.get_by_role("button", name="Play").click()
        expect(column.get_by_role("alert")).to_contain_text(words)
        expect(column.get_by_role("button", name="Play")).to_be_enabled(enabled=again)


def test_a_wrong_password_is_said_without_blame(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.signed_in = False
        at.open("/")
        at.page.get_by_label("Username").fill("mei")
        at.page.get_by_label("Password", exact=True).fill("wrong")
        at.page.get_by_role("button", name="Sign in").click()
        expect(at.page.get_by_text("Incorrect username or password.")).to_be_visible()


def test_board_shows_numbers_that_are_measured_and_says_which_are_not(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        today = at.page.get_by_role("region", name="Today's figures")
        expect(today).to_contain_text("76.4%")
        expect(today).to_contain_text("3:41")
        expect(today.get_by_text("no data yet")).to_have_count(1)
        expect(at.page.get_by_text("up to date")).to_be_visible()
        at.page.get_by_role("button", name="View live transcript").first.click()
        dialog = at.page.get_by_role("dialog")
        expect(dialog).to_contain_text("charged twice for the same order")
        expect(dialog).to_contain_text("Mei Lin")


def test_an_agent_does_not_see_the_board(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.open("/board")
        expect(at.page.get_by_text("Your role doesn't include Board.")).to_be_visible()


def test_chinese(browser: Browser) -> None:
    with stage(browser, "desk", language="zh") as at:
        at.open("/desk", "talking")
        expect(at.page.get_by_role("button", name="挂断")).to_be_visible()
        assert at.page.locator("html").get_attribute("lang") == "zh"


def test_a_call_that_rings_is_seen_on_every_page(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.open("/calls", "offered")
        at.page.locator("header").get_by_text("Dana Whitfield is calling").click()
        expect(at.page.get_by_role("button", name="Answer", exact=True)).to_be_visible()


def test_a_session_that_ran_out_leads_to_the_sign_in(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.failing["GET /calls"] = 401
        at.open("/calls", "available")
        expect(at.page.get_by_role("button", name="Sign in")).to_be_visible()
