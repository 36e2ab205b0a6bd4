"""What an agent is told of the work in hand: why it came, callbacks, who set the state; nothing that was written gets lost."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect

from tests.ui.axe import serious_in_light_and_dark, serious_violations
from tools.ui_stage import Scenario, stage

PROMISED = next(
    work
    for message in Scenario("board").steps[0]["messages"]
    if message["type"] == "snapshot"
    for work in message["work_items"]
    if work["work_id"] == "work_15"
)


def test_why_a_call_came_to_me_is_said_while_it_rings_and_while_we_talk(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.open("/desk", "offered")
        expect(at.page.get_by_text("Longest idle of 3")).to_be_visible()
        expect(at.page.get_by_text("Needs Billing 3+")).to_be_visible()
        at.page.get_by_role("button", name="All agents considered").click()
        expect(at.page.get_by_role("row", name="Tom Becker Billing: has 2, needs 3")).to_be_visible()
        at.page.keyboard.press("Escape")
        at.play("talking")
        at.page.get_by_role("button", name="Why you").click()
        expect(at.page.get_by_role("row", name="Jonas Weber away: Lunch")).to_be_visible()
        expect(at.page.get_by_role("row", name="Mei Lin idle for 4:14")).to_be_visible()


def test_signing_out_in_a_call_asks_and_names_the_caller(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.open("/desk", "talking")
        at.page.get_by_role("button", name="Settings for Mei Lin").click()
        at.page.get_by_role("button", name="Sign out", exact=True).click()
        dialog = at.page.get_by_role("dialog", name="Sign out")
        expect(dialog).to_contain_text("You're talking with Dana Whitfield")
        expect(dialog).to_contain_text("put them back at the front of the queue?")
        assert serious_violations(at.page) == []
        dialog.get_by_role("button", name="Stay signed in").click()
        expect(dialog).to_be_hidden()
        assert at.signed_in
        at.page.get_by_role("button", name="Settings for Mei Lin").click()
        at.page.get_by_role("button", name="Sign out", exact=True).click()
        dialog.get_by_role("button", name="Sign out", exact=True).click()
        expect(at.page.get_by_role("button", name="Sign in")).to_be_visible()


def test_history_that_came_in_during_the_call_is_read_again(browser: Browser) -> None:
    """An import, or somebody else's note: the column showed what was there when the call came."""
    with stage(browser, "desk") as at:
        with at.page.expect_response("**/timeline**"):
            at.open("/desk", "talking")
        history = at.page.get_by_role("region", name="History · all channels")
        expect(history.get_by_role("listitem").first).to_be_visible()
        pop = next(m["pop"] for step in at.scenario.steps for m in step["messages"] if m["type"] == "pop")
        played = at.scenario.steps[: at.scenario.index("talking") + 1]
        last = max(message["seq"] for step in played for message in step["messages"])
        newer = {**pop, "timeline": [{**pop["timeline"][0], "interaction_id": "int_imported"}, *pop["timeline"]]}
        with at.page.expect_request("**/timeline**"):
            at.send({"seq": last + 1, "type": "pop", "pop": newer})


def test_a_callback_says_that_accepting_dials(browser: Browser) -> None:
    with stage(browser, "callback") as at:
        at.open("/desk", "offered")
        expect(at.page.get_by_text("The number is dialled when you press Call.")).to_be_visible()
        expect(at.page.get_by_role("alert")).to_contain_text("Callback for Dana Whitfield, Billing. Press A to call")
        expect(at.page.get_by_text("No longer needs Billing 4+")).to_be_visible()
        at.page.keyboard.press("a")
        at.did(("POST", "/offers/offer_b/accept", None))


def test_callbacks_that_i_promised_stand_with_my_work_and_are_moved_and_withdrawn_there(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        later = at.scenario.steps[0]["at"] + 86_400
        snapshot = next(message for message in at.scenario.steps[0]["messages"] if message["type"] == "snapshot")
        snapshot["work_items"] = [{**PROMISED, "until": later}]
        at.open("/desk")
        button = at.page.get_by_role("button", name=re.compile("Manage the callback: *Eleni Markou *tomorrow"))
        button.focus()
        at.page.keyboard.press("Enter")
        dialog = at.page.get_by_role("dialog")
        time = dialog.get_by_label("Reschedule to")
        time.fill(f"{datetime.fromisoformat(time.input_value()) + timedelta(days=1):%Y-%m-%dT%H:%M}")
        time.press("Enter")
        at.did(("POST", "/work/work_15/reschedule", {"at": later - later % 60 + 86_400}))
        assert serious_violations(at.page) == []
        dialog.get_by_label("Cancel callback — reason").fill("mended")
        dialog.get_by_role("button", name="Cancel callback").click()
        expect(dialog).to_be_hidden()
        assert at.actions[-1] == ("POST", "/work/work_15/withdraw", {"reason": "mended"})
        last = max(message["seq"] for message in at.scenario.steps[0]["messages"])
        at.send({"seq": last + 1, "type": "work_removed", "work_id": "work_15"})
        expect(button).to_have_count(0)


def test_while_it_is_dialled_the_agent_sees_it_and_can_hang_up(browser: Browser) -> None:
    with stage(browser, "callback") as at:
        at.open("/desk", "dialling")
        expect(at.page.get_by_role("status").filter(has_text="Calling Dana Whitfield")).to_be_visible()
        expect(at.page.get_by_role("complementary", name="Customer")).to_contain_text("Callback promised for today")
        expect(at.page.get_by_role("toolbar").get_by_role("button").nth(0)).to_have_attribute("aria-disabled", "true")
        at.page.keyboard.press("e")
        at.did(("POST", "/calls/call_b/hang-up", None))
        at.play("talking")
        expect(at.page.get_by_text("Calling Dana Whitfield")).to_be_hidden()
        expect(at.page.get_by_role("toolbar").get_by_role("button").nth(0)).not_to_have_attribute("aria-disabled", "true")


def test_a_state_that_a_supervisor_set_is_told_with_the_name(browser: Browser) -> None:
    with stage(browser, "callback") as at:
        at.open("/desk", "talking")
        at.page.get_by_text("Mic OK").wait_for()
        at.play("away_next")
        expect(at.page.get_by_text("Sam Reyes set your state after this call: Training")).to_be_visible()
        at.page.get_by_role("button", name="My state").click()
        expect(at.page.get_by_role("menu")).to_contain_text("then Training, set by Sam Reyes")


def test_whoever_is_away_sees_why_and_by_whom_and_can_come_back(browser: Browser) -> None:
    with stage(browser, "callback") as at:
        at.open("/desk", "away")
        expect(at.page.get_by_text("Set by Sam Reyes at")).to_be_visible()
        at.page.get_by_role("button", name="My state: Training").click()
        at.page.get_by_role("menuitem", name="Lunch").click()
        at.did(("POST", "/agent/state", {"state": "away", "reason": "lunch"}))


def test_what_was_written_is_there_after_a_reload_and_gone_after_finishing(browser: Browser) -> None:
    with stage(browser, "callback") as at:
        at.open("/desk", "wrap_up")
        at.page.get_by_label("Summary").fill("Refund promised until Friday")
        at.page.get_by_text("Needs follow-up").click()
        at.page.reload()
        expect(at.page.get_by_label("Summary")).to_have_value("Refund promised until Friday")
        expect(at.page.get_by_role("radio", name="Needs follow-up")).to_be_checked()
        at.page.get_by_role("button", name="Finish").click()
        expect(at.page.get_by_text("Saved to the customer's history")).to_be_visible()
        ((_, path, body),) = at.actions
        assert (path, body["disposition"], body["summary"]) == (
            "/work/work_b/wrap-up",
            "follow_up",
            "Refund promised until Friday",
        )
        assert at.page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('patchbay.wrap-up'))") == []


def test_when_the_time_is_over_what_was_written_is_saved_as_it_is(browser: Browser) -> None:
    with stage(browser, "callback") as at:
        at.open("/desk", "last_seconds")
        expect(at.page.get_by_role("form", name="Wrap-up").get_by_role("timer")).to_have_text("0:07 left")
        at.page.get_by_label("Summary").fill("Refund promised")
        expect(at.page.get_by_role("form", name="Wrap-up").get_by_role("timer")).to_have_text("Auto-saves in 0:07")
        at.play("time_over")
        expect(at.page.get_by_text("Saved to the customer's history")).to_be_visible()
        ((_, path, body),) = at.actions
        form = {"disposition": "", "summary": "Refund promised", "next_step": "none"}
        assert (path, body) == ("/work/work_b/wrap-up", form)


def test_a_form_that_nobody_touched_is_not_sent_when_the_time_is_over(browser: Browser) -> None:
    with stage(browser, "callback") as at:
        at.open("/desk", "last_seconds")
        at.page.get_by_role("form", name="Wrap-up").wait_for()
        at.play("time_over")
        expect(at.page.get_by_role("form", name="Wrap-up").get_by_role("timer")).to_have_text("0:01 left")
        assert at.actions == []


def test_signing_out_leaves_nothing_written_behind(browser: Browser) -> None:
    with stage(browser, "callback") as at:
        at.open("/desk", "wrap_up")
        at.page.get_by_label("Summary").fill("secret")
        at.page.get_by_role("button", name="Settings for Mei Lin").click()
        at.page.get_by_role("button", name="Sign out").click()
        expect(at.page.get_by_label("Username")).to_be_visible()
        assert at.page.evaluate("JSON.stringify({...sessionStorage})").count("secret") == 0
        assert at.page.url.startswith(at.origin)


@pytest.mark.parametrize("step", ["offered", "dialling", "away"])
def test_page_has_no_serious_finding(browser: Browser, step: str) -> None:
    with stage(browser, "callback") as at:
        at.open("/desk", step)
        at.page.wait_for_load_state("networkidle")
        assert serious_in_light_and_dark(at.page) == []


def test_the_open_record_has_no_serious_finding(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.open("/desk", "talking")
        at.page.get_by_role("button", name="Why you").click()
        at.page.get_by_role("dialog").wait_for()
        assert serious_violations(at.page) == []
