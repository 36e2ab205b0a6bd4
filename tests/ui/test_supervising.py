"""The board as a supervisor's tool: who waits and why, moving, raising and taking out work, setting an agent's state.

Nothing changes on screen because a button was pressed, but because the server says so.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.ui.axe import serious_in_light_and_dark
from tests.ui.test_layout import box_of
from tools.ui_stage import Scenario, Stage, stage


def waiting(page: Page) -> Locator:
    return page.get_by_role("region", name="Waiting now")


def row_of(page: Page, name: str) -> Locator:
    return waiting(page).get_by_role("row").filter(has_text=name)


def names_in_line(page: Page) -> list[str]:
    return waiting(page).locator("tbody b").all_inner_texts()


def change(at: Stage, name: str) -> Locator:
    at.page.get_by_role("button", name=f"Manage {name} in the queue").click()
    dialog = at.page.get_by_role("dialog")
    expect(dialog).to_contain_text(name)
    return dialog


def change_later(at: Stage, name: str) -> Locator:
    at.page.get_by_role("button", name=f"Manage the callback for {name}").click()
    dialog = at.page.get_by_role("dialog")
    expect(dialog).to_contain_text(name)
    return dialog


def snapshot(at: Stage) -> dict[str, Any]:
    return next(message for message in at.scenario.steps[0]["messages"] if message["type"] == "snapshot")


def test_everybody_who_waits_stands_in_line_with_what_is_asked_for_and_how_long_it_may_take(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        row_of(at.page, "Ingrid Sørensen").wait_for()
        assert names_in_line(at.page)[:4] == ["Ingrid Sørensen", "+44 •••• ••9 204", "Paolo Ricci", "Hannah Okafor"]
        expect(row_of(at.page, "Hannah Okafor")).to_contain_text("Billing 3+, not vip only")
        expect(row_of(at.page, "Hannah Okafor")).to_contain_text("1:37")
        expect(row_of(at.page, "Hannah Okafor")).to_contain_text("1:52–4:04")
        expect(row_of(at.page, "+44")).to_contain_text("Billing 2+ · step 1 of 2")
        expect(row_of(at.page, "Paolo Ricci")).to_contain_text("Callback")


def test_said_waits_and_how_right_they_were_stand_with_each_queue_and_in_one_number(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        billing = at.page.get_by_role("region", name="Queues").get_by_role("row").filter(has_text="Billing")
        expect(billing).to_contain_text("3:30–6:39")
        expect(billing).to_contain_text("86%")
        expect(at.page.get_by_role("region", name="Today's figures")).to_contain_text("89.4%")


def test_work_is_moved_to_another_queue_when_the_server_says_so(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        dialog = change(at, "Hannah Okafor")
        dialog.get_by_role("combobox", name="Move to another queue").click()
        at.page.get_by_role("option", name="Returns").click()
        dialog.get_by_role("button", name="Move", exact=True).click()
        at.did(("POST", "/work/work_7/move", {"queue_id": "queue_returns"}))
        expect(dialog.get_by_role("definition").first).to_have_text("Billing")
        at.play("moved")
        expect(dialog.get_by_role("definition").first).to_have_text("Returns")
        expect(dialog).to_contain_text("1 of 3")
        at.page.keyboard.press("Escape")
        returns = waiting(at.page).locator("tbody", has_text="Returns · 3")
        expect(returns).to_contain_text("Hannah Okafor")


def test_priority_is_a_number_that_says_what_it_is_worth(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        dialog = change(at, "陈思")
        expect(dialog).to_contain_text("Each point counts as 1 min of waiting")
        expect(dialog.get_by_role("button", name="Set", exact=True)).to_be_disabled()
        dialog.get_by_label("Extra priority").fill("10")
        dialog.get_by_role("button", name="Set", exact=True).click()
        at.did(("POST", "/work/work_9/priority", {"priority": 10}))
        at.play("raised")
        expect(dialog).to_contain_text("1 of")
        at.page.keyboard.press("Escape")
        row_of(at.page, "陈思").wait_for()
        assert names_in_line(at.page)[0] == "陈思"


def test_taking_work_out_wants_a_reason(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        dialog = change(at, "+44 •••• ••9 204")
        expect(dialog).to_contain_text("The caller continues in the menu")
        expect(dialog.get_by_role("button", name="Remove")).to_be_disabled()
        dialog.get_by_label("Remove from queue — reason").fill("called twice")
        dialog.get_by_label("Remove from queue — reason").press("Enter")
        expect(dialog).to_be_hidden()
        at.did(("POST", "/work/work_4/withdraw", {"reason": "called twice"}))
        expect(row_of(at.page, "+44 •••• ••9 204")).to_be_visible()


def test_why_somebody_declined_stands_beside_the_agent_at_once(browser: Browser) -> None:
    with stage(browser, "board") as at:
        agent = next(each for each in snapshot(at)["agents"] if each["state"] == "available")
        agent["declined"] = {"at": at.scenario.steps[0]["at"] - 60, "reason": "not_my_topic"}
        at.open("/board")
        row = at.page.locator(f"[data-reveal='agent:{agent['agent_id']}']")
        time = datetime.fromtimestamp(agent["declined"]["at"], ZoneInfo("Europe/London")).strftime("%H:%M")
        expect(row).to_contain_text(f"Available · declined at {time}: Not my area")
        expect(row.locator("small").first).to_have_attribute("title", f"declined at {time}: Not my area")


def test_work_that_was_taken_meanwhile_can_no_longer_be_changed_and_says_so(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        dialog = change(at, "Yusuf Demir")
        at.play("taken_out")
        expect(dialog).to_contain_text("No longer waiting")
        expect(dialog.get_by_label("Remove from queue — reason")).to_be_disabled()


def test_a_callback_for_later_gets_another_time(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        dialog = change_later(at, "Eleni Markou")
        expect(dialog.get_by_role("definition").first).to_have_text("Billing")
        time = dialog.get_by_label("Reschedule to")
        due = time.input_value()
        expect(dialog.get_by_role("button", name="Move", exact=True)).to_be_disabled()
        time.fill(f"{int(due[:4]) - 1}{due[4:]}")
        dialog.get_by_role("button", name="Move", exact=True).click()
        expect(dialog).to_contain_text("Choose a time in the future.")
        assert at.actions == []
        later = datetime.fromisoformat(due) + timedelta(days=1)
        time.fill(f"{later:%Y-%m-%dT%H:%M}")
        time.press("Enter")
        work = next(work for work in snapshot(at)["work_items"] if work["work_id"] == "work_15")
        at.did(("POST", "/work/work_15/reschedule", {"at": work["until"] + 86_400}))
        last = max(message["seq"] for message in at.scenario.steps[0]["messages"])
        at.send({"seq": last + 1, "type": "work", "work": work | {"until": work["until"] + 86_400}})
        expect(time).to_have_value(f"{later:%Y-%m-%dT%H:%M}")
        at.page.keyboard.press("Escape")
        expect(row_of(at.page, "Eleni Markou")).to_contain_text("tomorrow")


def test_withdrawing_a_callback_wants_a_reason_and_is_done_from_the_keyboard(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        button = at.page.get_by_role("button", name="Manage the callback for Eleni Markou")
        button.focus()
        at.page.keyboard.press("Enter")
        dialog = at.page.get_by_role("dialog")
        expect(dialog.locator(":focus")).to_be_visible()
        expect(dialog.get_by_role("button", name="Cancel callback")).to_be_disabled()
        dialog.get_by_label("Cancel callback — reason").fill("called us again")
        dialog.get_by_label("Cancel callback — reason").press("Enter")
        at.did(("POST", "/work/work_15/withdraw", {"reason": "called us again"}))
        expect(dialog).to_be_hidden()
        expect(button).to_be_focused()


def test_a_callback_that_is_withdrawn_meanwhile_says_so(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        dialog = change_later(at, "Eleni Markou")
        last = max(message["seq"] for message in at.scenario.steps[0]["messages"])
        at.send({"seq": last + 1, "type": "work_removed", "work_id": "work_15"})
        expect(dialog).to_contain_text("No longer waiting")
        expect(dialog.get_by_label("Cancel callback — reason")).to_be_disabled()
        expect(dialog.get_by_label("Reschedule to")).to_be_disabled()


def test_what_the_acd_refuses_is_said(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.failing["POST /work/work_7/withdraw"] = 409
        at.open("/board")
        dialog = change(at, "Hannah Okafor")
        dialog.get_by_label("Remove from queue — reason").fill("x")
        dialog.get_by_role("button", name="Remove").click()
        expect(at.page.get_by_text("Something went wrong")).to_be_visible()
        expect(dialog).to_be_visible()


def test_an_agents_state_is_set_with_a_reason(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        at.page.get_by_role("button", name="Set the state of Noor Haddad").click()
        at.page.get_by_role("menuitem", name="Training").click()
        at.did(("POST", "/agents/agent_noor/state", {"state": "away", "reason": "training"}))
        noor = at.page.get_by_role("listitem").filter(has_text="Noor Haddad")
        expect(noor).not_to_contain_text("Training")
        at.play("agent_away")
        expect(noor).to_contain_text("Away · Training")
        expect(noor.get_by_title("Set by Sam Reyes at")).to_be_visible()


def test_a_company_s_own_reason_is_offered_as_it_was_written(browser: Browser) -> None:
    with stage(browser, "board") as at:
        snapshot = at.scenario.steps[0]["messages"][1]
        snapshot["settings"]["away_reasons"] = ["lunch", "Quality round"]
        at.open("/board")
        at.page.get_by_role("button", name="Set the state of Noor Haddad").click()
        assert at.page.get_by_role("menuitem").all_inner_texts() == ["Available", "Lunch", "Quality round", "End shift"]


@pytest.mark.parametrize("where", ["waiting", "talking"])
def test_why_work_went_where_it_did_is_one_click_away(browser: Browser, where: str) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        if where == "waiting":
            at.page.get_by_role("button", name="ringing Rita Lund").click()
            asked, won, lost = "Orders 2+", "Rita Lund idle for 3:10", "Tom Becker away: Lunch"
        else:
            at.page.get_by_role("button", name="Talking").first.click()
            asked, won, lost = "Billing 3+", "Mei Lin idle for 4:14", "Pedro Alves in wrap-up"
        record = at.page.get_by_role("dialog")
        expect(record).to_contain_text("Longest idle of 2")
        expect(record).to_contain_text(f"Needs {asked}")
        expect(record.get_by_role("row", name=won)).to_be_visible()
        expect(record.get_by_role("row", name=lost)).to_be_visible()


def test_the_last_words_are_the_latest_ones_also_unfinished(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        talk = at.page.get_by_role("region", name="Conversations now").get_by_role("row").filter(has_text="Lin Wei")
        expect(talk).to_contain_text("the display shows E4")
        first = at.scenario.steps[0]
        segment = {"call_id": "call_2", "leg_id": "leg_x", "utterance": 9, "speaker": "agent", "text": "have you tried"}
        segment |= {"start_ms": 0, "end_ms": 0, "at": first["at"], "final": False, "late": False, "words": []}
        last = max(message["seq"] for message in first["messages"])
        at.send({"seq": last + 1, "type": "segment", "segment": segment})
        expect(talk).to_contain_text("have you tried")


def test_everything_is_done_from_the_keyboard_and_focus_comes_back(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        button = at.page.get_by_role("button", name="Manage Hannah Okafor in the queue")
        button.focus()
        at.page.keyboard.press("Enter")
        dialog = at.page.get_by_role("dialog")
        expect(dialog.locator(":focus")).to_be_visible()  # it takes the focus itself first, a moment after it opened
        dialog.get_by_role("combobox", name="Move to another queue").focus()
        at.page.keyboard.press("Enter")
        options = at.page.get_by_role("option")
        expect(options.first).to_be_visible()
        at.page.keyboard.press("ArrowDown")
        at.page.keyboard.press("Enter")
        expect(options).to_have_count(0)
        at.page.keyboard.press("Tab")
        expect(dialog.get_by_role("button", name="Move", exact=True)).to_be_focused()
        at.page.keyboard.press("Enter")
        at.did(("POST", "/work/work_7/move", {"queue_id": "queue_orders"}))
        at.page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(button).to_be_focused()


@pytest.mark.parametrize("size", [(1440, 900), (1280, 800)], ids=["1440", "1280"])
def test_the_cards_keep_their_places_while_the_line_moves(browser: Browser, size: tuple[int, int]) -> None:
    with stage(browser, "board", size=size) as at:
        at.open("/board")
        row_of(at.page, "Ingrid Sørensen").wait_for()

        def places() -> list[tuple[float, ...]]:
            names = ("Queues", "Waiting now", "Conversations now")
            return [box_of(at.page.get_by_role("region", name=name)) for name in names]

        before = places()
        for step in ("moved", "raised", "taken_out", "agent_away"):
            at.play(step)
            assert places() == before, step
        queues = at.page.get_by_role("region", name="Queues")
        assert queues.evaluate("(box) => box.scrollWidth - box.clientWidth") <= 0, "every column is seen without scrolling"


@pytest.mark.parametrize("size", [(1440, 900), (1280, 800)], ids=["1440", "1280"])
def test_the_first_caller_of_a_quiet_day_moves_nothing(browser: Browser, size: tuple[int, int]) -> None:
    busy = Scenario("board").steps[0]["messages"]
    snapshot = next(message for message in busy if message["type"] == "snapshot")
    work = next(work for work in snapshot["work_items"] if work["state"] == "waiting" and work["queue_id"] == "queue_billing")
    place = {"work_id": work["work_id"], "expected_p50_s": None, "expected_p90_s": None}
    with stage(browser, "board-quiet", size=size) as at:
        at.open("/board")
        waiting = at.page.get_by_role("region", name="Waiting now")
        expect(waiting).to_contain_text("No one is waiting")
        headings = ("Queues", "Waiting now", "Conversations now", "Needs attention")
        before = [box_of(at.page.get_by_role("heading", name=name)) for name in headings]
        assert waiting.evaluate("(box) => box.scrollHeight - box.clientHeight") <= 0, "the words fit"
        first = max(message["seq"] for message in at.scenario.steps[0]["messages"]) + 1
        at.send({"seq": first, "type": "work", "work": work})
        at.send({"seq": first + 1, "type": "line", "line": {"queue_id": work["queue_id"], "places": [place]}})
        expect(waiting.get_by_role("row").filter(has_text=work["customer_name"])).to_be_visible()
        assert [box_of(at.page.get_by_role("heading", name=name)) for name in headings] == before


@pytest.mark.parametrize(
    "opens",
    ["Manage Omar Nassar in the queue", "Manage the callback for Eleni Markou", "ringing Rita Lund", "Set the state of Mei Lin"],
)
def test_what_opens_has_no_serious_finding(browser: Browser, opens: str) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        at.page.get_by_role("button", name=opens).click()
        at.page.get_by_role("menu").or_(at.page.get_by_role("dialog")).wait_for()
        assert serious_in_light_and_dark(at.page) == []


def test_chinese(browser: Browser) -> None:
    with stage(browser, "board", language="zh") as at:
        at.open("/board")
        at.page.get_by_role("button", name="管理 Omar Nassar 的排队").click()
        dialog = at.page.get_by_role("dialog")
        expect(dialog).to_contain_text("2 人中空闲最久")
        expect(dialog.get_by_role("row", name="Tom Becker 离开：午餐")).to_be_visible()
        at.page.keyboard.press("Escape")
        at.page.get_by_role("button", name="管理对 Eleni Markou 的回电").click()
        expect(at.page.get_by_role("dialog").get_by_role("button", name="取消回电")).to_be_visible()
