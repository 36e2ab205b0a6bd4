"""Administrators say who is told of what needs attention, and from when on a queue does."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.ui.axe import serious_violations
from tools.ui_stage import stage


def test_somebody_is_added_and_a_webhooks_secret_is_shown_this_once(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.answers["POST /notifications"] = {
            "notification": {
                "notification_id": "notification_9",
                "name": "Pager",
                "kind": "webhook",
                "target": "https://example.com/hook",
                "severities": ["red"],
                "queues": [],
                "cleared": True,
                "language": "en",
                "active": True,
            },
            "secret": "whsec_abc",
        }
        at.open("/admin/system/notifications")
        people = at.page.get_by_role("list", name="Notifications")
        expect(people).to_contain_text("floor@northwind.example")
        expect(people).to_contain_text("Now (red) · Soon (amber) · All queues and the system")
        at.page.get_by_role("button", name="Add notification").click()
        dialog = at.page.get_by_role("dialog")
        dialog.get_by_text("Webhook", exact=True).click()
        dialog.get_by_label("Name").fill("Pager")
        dialog.get_by_label("Webhook URL").fill("https://example.com/hook")
        assert serious_violations(at.page) == []
        dialog.get_by_role("button", name="Save").click()
        body = {
            "name": "Pager",
            "target": "https://example.com/hook",
            "severities": ["red"],
            "queues": [],
            "cleared": True,
            "language": "en",
            "active": True,
            "kind": "webhook",
        }
        at.did(("POST", "/notifications", body))
        expect(at.page.get_by_role("textbox", name="Secret for Pager")).to_have_value("whsec_abc")


def test_a_test_message_is_sent(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.open("/admin/system/notifications")
        at.page.get_by_role("button", name="Send test: Operations").click()
        at.did(("POST", "/notifications/notification_2/test", None))


def test_a_queue_has_its_own_thresholds_or_those_of_all(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.open("/admin/queues/queue_billing")
        waiting = at.page.get_by_label("Waiting, amber from")
        expect(waiting).to_have_attribute("placeholder", "default 5")
        expect(waiting).to_have_value("")
        waiting.fill("8")
        expect(at.page.get_by_text("1 change in draft")).to_be_visible()
