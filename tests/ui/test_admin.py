"""Administration in the browser: forms and text on one draft, mistakes beside their fields, versions with their history."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Request, Response, expect

from tests.ui.axe import serious_in_light_and_dark, serious_violations
from tools.ui_stage import Stage, stage

SECTIONS = ["/admin/queues", "/admin/agents", "/admin/skills", "/admin/hours", "/admin/attention"]
SECTIONS += [f"/admin/system/{view}" for view in ("set-aside", "yaml", "versions")]

FULL = """
const keep = Storage.prototype.setItem;
Storage.prototype.setItem = function (key, value) {
  if (key.startsWith("patchbay.draft")) throw new DOMException("full", "QuotaExceededError");
  keep.call(this, key, value);
};
"""


def rename_billing(at: Stage, name: str = "Billing and refunds") -> None:
    with at.page.expect_response("**/configuration/validate"):
        at.page.get_by_label("Name", exact=True).fill(name)


def review(at: Stage) -> None:
    at.page.get_by_role("button", name="Review").click()


def test_whose_role_does_not_have_the_page_is_told_so(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/admin")
        expect(at.page.get_by_text("Your role doesn't include Administration.")).to_be_visible()
        expect(at.page.get_by_text("Ask an administrator.")).to_be_visible()
        expect(at.page.get_by_role("link", name="Admin")).to_have_count(0)


def test_a_section_that_is_not_there_is_told_apart_from_one_that_is_not_mine(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.open("/admin/nowhere")
        expect(at.page.get_by_text("Page not found")).to_be_visible()
        expect(at.page.get_by_role("navigation", name="Administration sections")).to_be_visible()


@pytest.mark.parametrize(
    ("old", "new"),
    [("/admin", "/admin/people"), ("/admin/history/2", "/admin/system/versions/2"), ("/admin/aside", "/admin/system/set-aside")],
)
def test_links_to_what_has_moved_lead_there(browser: Browser, old: str, new: str) -> None:
    with stage(browser, "admin") as at:
        at.open(old)
        at.page.wait_for_url(f"**{new}")


def validated(request: Request) -> Any:
    """The document that was sent to be checked."""
    sent = request.post_data_json
    assert sent is not None
    return sent["document"]


def test_thresholds_of_the_installation_are_a_part_of_the_draft_with_their_defaults(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.open("/admin/attention")
        field = at.page.get_by_role("region", name="Installation").get_by_label("Free disk space, red below")
        expect(field).to_have_value("0.5 GiB")
        expect(at.page.get_by_text("default 0.5 GiB")).to_be_visible()
        with at.page.expect_response("**/configuration/validate") as sent:
            field.fill("1")
        assert validated(sent.value.request)["attention"]["disk_now_gib"] == 1
        draft = at.page.get_by_role("region", name="Draft")
        expect(draft).to_have_count(1)
        field.fill("")
        expect(draft).to_have_count(0)  # the default, as it was
        assert serious_violations(at.page) == []


def test_shares_are_read_and_written_as_percentages(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.open("/admin/attention")
        queues = at.page.get_by_role("region", name="Queues")
        field = queues.get_by_label("Service level, amber below")
        expect(field).to_have_value("80%")
        expect(queues.get_by_text("default 80%")).to_be_visible()
        with at.page.expect_response("**/configuration/validate") as sent:
            field.fill("7")
        assert validated(sent.value.request)["attention"]["service_level_soon"] == 0.07
        expect(field).to_have_value("7%")
        at.open("/admin/queues/queue_billing")
        own = at.page.get_by_label("Abandon rate, red from")
        expect(own).to_have_attribute("placeholder", "default 30%")

        def is_told(response: Response) -> bool:
            """The page asks about its draft when it opens, too."""
            if not response.url.endswith("/configuration/validate"):
                return False
            return bool(validated(response.request)["queues"]["queue_billing"]["attention"]["abandoned_now"] == 0.29)

        with at.page.expect_response(is_told):
            own.fill("29")


def test_a_change_is_checked_shown_commented_and_put_in_force(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.open("/admin/queues")
        draft = at.page.get_by_role("region", name="Draft")
        expect(draft).to_have_count(0)
        rename_billing(at)
        expect(draft).to_contain_text("1 change in draft")
        expect(draft).to_contain_text("Queues")
        review(at)
        dialog = at.page.get_by_role("dialog", name="Publish changes")
        expect(dialog.get_by_role("list", name="Changes")).to_contain_text("Billing → Billing and refunds")
        dialog.get_by_label("Reason for change").fill("One team for both")
        dialog.get_by_role("button", name="Publish").click()
        expect(at.page.get_by_text("Version 4 is live.")).to_be_visible()
        expect(draft).to_have_count(0)
        method, path, body = next(asked for asked in at.asked if asked[0] == "PUT")
        assert (method, path) == ("PUT", "/configuration")
        assert (body["version"], body["comment"]) == (3, "One team for both")
        assert body["document"]["queues"]["queue_billing"]["name"] == "Billing and refunds"


def test_mistakes_stand_beside_their_fields_and_nothing_can_be_saved(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.answers["POST /configuration/validate"] = at.scenario.extra["refused"]
        at.open("/admin/queues")
        rename_billing(at)
        expect(at.page.get_by_text("There is no skill or attribute “seniour”. Did you mean “senior”?")).to_be_visible()
        expect(at.page.get_by_label("Condition", exact=True).first).to_have_attribute("aria-invalid", "true")
        expect(at.page.get_by_role("button", name="Review")).to_be_disabled()
        expect(at.page.get_by_role("link", name="Queues")).to_contain_text("2")
        at.page.get_by_role("button", name="3 errors").click()
        expect(at.page.get_by_text("queues › queue_billing › steps › 1 › after_s")).to_be_visible()


def test_what_is_not_saved_stays_while_one_looks_elsewhere_and_can_be_discarded(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.open("/admin/queues")
        rename_billing(at)
        at.page.get_by_role("link", name="History").click()
        at.page.go_back()
        expect(at.page.get_by_label("Name", exact=True)).to_have_value("Billing and refunds")
        at.page.get_by_role("link", name="System").click()
        at.page.get_by_role("link", name="Versions").click()
        at.page.get_by_role("link", name="Version 2").click()
        expect(at.page.get_by_role("button", name="Roll back to this version")).to_be_disabled()
        at.page.get_by_role("button", name="Discard").click()
        expect(at.page.get_by_role("button", name="Roll back to this version")).to_be_enabled()
        at.page.get_by_role("link", name="Queues").click()
        expect(at.page.get_by_label("Name", exact=True)).to_have_value("Billing")


def test_a_draft_outlives_a_reload_and_a_sign_out(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.open("/admin/queues")
        rename_billing(at)
        at.page.reload()
        expect(at.page.get_by_label("Name", exact=True)).to_have_value("Billing and refunds")
        at.page.get_by_role("button", name="Settings for").click()
        at.page.get_by_role("button", name="Sign out").click()
        at.page.get_by_label("Username").fill("ada")
        at.page.get_by_label("Password", exact=True).fill("right")
        at.page.get_by_role("button", name="Sign in").click()
        expect(at.page.get_by_role("region", name="Draft")).to_contain_text("1 change in draft")
        expect(at.page.get_by_label("Name", exact=True)).to_have_value("Billing and refunds")


def test_a_browser_without_room_for_the_draft_asks_before_it_is_lost(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        asked: list[str] = []

        def answer(dialog: Dialog) -> None:
            asked.append(dialog.type)
            dialog.accept()

        at.page.on("dialog", answer)
        at.page.add_init_script(FULL)
        at.open("/admin/queues")
        rename_billing(at)
        at.page.reload()
        assert asked == ["beforeunload"]


def test_somebody_else_was_faster(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.failing["PUT /configuration"] = 409
        at.open("/admin/queues")
        rename_billing(at)
        review(at)
        at.page.get_by_role("button", name="Publish").click()
        expect(at.page.get_by_role("alert")).to_contain_text("Your changes are still here.")
        expect(at.page.get_by_role("button", name="Publish")).to_be_disabled()
        at.page.get_by_role("button", name="Take theirs, discard mine").click()
        expect(at.page.get_by_label("Name", exact=True)).to_have_value("Billing")


def test_an_older_version_comes_back_with_two_clicks(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.open("/admin/system/versions")
        entries = at.page.get_by_role("navigation", name="Versions")
        expect(entries.get_by_role("link").first).to_contain_text("live")
        entries.get_by_role("link", name="Version 2").click()
        expect(at.page.get_by_role("region", name="What changed")).to_contain_text('+    condition: senior or site == "leeds"')
        at.page.get_by_role("button", name="Roll back to this version").click()
        at.page.get_by_role("dialog").get_by_role("button", name="Roll back to this version").click()
        expect(at.page.get_by_text("Version 4 is live.")).to_be_visible()
        assert ("POST", "/configuration/rollback", {"to": 2, "version": 3}) in at.asked


def test_text_is_checked_with_lines_that_lead_to_the_mistake(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.answers["POST /configuration/validate"] = at.scenario.extra["refused_text"]
        at.open("/admin/system/yaml")
        text = at.page.get_by_role("textbox", name="YAML")
        text.fill(at.scenario.extra["refused"]["yaml"])
        at.page.get_by_role("button", name="Line 23").click()
        expect(text).to_be_focused()
        assert text.evaluate("(field) => field.value.slice(field.selectionStart, field.selectionEnd)").startswith("seniour")
        expect(at.page.get_by_role("button", name="Apply to draft")).to_be_disabled()


def test_a_queue_is_made_and_changed_with_the_keyboard_alone(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.open("/admin/queues")
        at.page.get_by_label("New queue").focus()
        at.page.keyboard.type("Returns")
        at.page.keyboard.press("Enter")
        expect(at.page.get_by_role("heading", name="Returns")).to_be_visible()
        assert at.page.url.endswith("/admin/queues/queue_returns")
        at.page.get_by_role("button", name="Add a step").focus()
        at.page.keyboard.press("Enter")
        step = at.page.get_by_role("group", name="Step 1")
        expect(step.get_by_label("After")).to_have_value("60 s")
        step.get_by_role("radio", name="Change requirements").focus()
        at.page.keyboard.press("ArrowRight")
        expect(step.get_by_role("combobox", name="Queue")).to_have_value("Billing")


@pytest.mark.parametrize("path", SECTIONS)
def test_no_serious_finding(browser: Browser, path: str) -> None:
    with stage(browser, "admin") as at:
        at.open(path)
        at.page.wait_for_load_state("networkidle")
        assert serious_in_light_and_dark(at.page) == []


def test_the_dialog_has_no_serious_finding(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.open("/admin/queues")
        rename_billing(at)
        review(at)
        at.page.get_by_role("dialog").wait_for()
        assert serious_violations(at.page) == []


def test_what_was_set_aside_is_listed_without_its_words_and_handed_in_again_or_discarded(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.answers["POST /dead-letters/letter_5d1b0a/hand-in"] = {}
        at.answers["POST /dead-letters/letter_3e77d0/discard"] = {}
        at.open("/admin/system/set-aside")
        listed = at.page.get_by_role("list", name="Failed messages").get_by_role("listitem")
        expect(listed).to_have_count(4)
        expect(listed.first).to_contain_text("couldn't be processed by customers")
        expect(listed.first).to_contain_text("call_7f3a")
        expect(listed.last.get_by_role("button", name="Retry")).to_have_count(0)
        assert serious_violations(at.page) == []
        listed.first.get_by_role("button", name="Retry: WrapUpFinished").click()
        expect(at.page.get_by_text("Retried successfully.")).to_be_visible()
        listed.last.get_by_role("button", name="Discard: call").click()
        at.did(
            ("POST", "/dead-letters/letter_5d1b0a/hand-in", None),
            ("POST", "/dead-letters/letter_3e77d0/discard", None),
        )


def test_what_was_set_aside_is_there_also_when_the_configuration_cannot_be_read(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.failing["GET /configuration"] = 500
        at.open("/admin/system/set-aside")
        expect(at.page.get_by_role("list", name="Failed messages").get_by_role("listitem")).to_have_count(4)
