"""A page in Chinese says nothing in English: the server's sentences come as codes or are known to the page."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Locator, expect

from tools.ui_stage import stage


def english_words(part: Locator, theirs: str) -> list[str]:
    """What is left of English without what people wrote, names, keys and units."""
    return re.findall(r"[A-Za-z]{2,}", re.sub(theirs, "", part.inner_text()))


def test_why_somebody_calls_is_said_in_the_readers_language(browser: Browser) -> None:
    theirs = r"Charged twice|Billing|billing|check both charges, then answer #20391"
    with stage(browser, "desk", language="zh") as at:
        at.open("/desk", "offered")
        why = at.page.get_by_role("complementary", name="客户").get_by_role("region", name="来电原因")
        expect(why).to_contain_text("工单 #20391“Charged twice”已过 19 小时，尚无答复")
        expect(why).to_contain_text("选了 2（billing），已转至“Billing”")
        assert english_words(why, theirs) == []
        expect(at.page.get_by_role("complementary", name="客户")).to_contain_text("很可能：电话")
        ringing = at.page.get_by_role("listitem").filter(has_text="已过 19 小时").first
        assert english_words(ringing, theirs) == []


def test_the_callers_way_is_told_in_the_readers_language(browser: Browser) -> None:
    with stage(browser, "desk", language="zh") as at:
        at.open("/desk", "talking")
        expect(at.page.get_by_text("选了 2（billing）").first).to_be_visible()


def test_what_does_not_fit_is_told_in_the_readers_language(browser: Browser) -> None:
    with stage(browser, "desk", language="zh") as at:
        violation = {"place": "name", "code": "string_too_long", "params": {"max_length": 200}}
        at.page.route(
            "**/api/v1/customers/*",
            lambda route: route.fulfill(
                status=422, json={"error": {"code": "invalid", "message": "name: …", "violations": [violation]}}
            ),
        )
        at.open("/desk", "answered")
        at.page.get_by_role("button", name="修改姓名").click()
        at.page.get_by_role("textbox", name="姓名").fill("Dana")
        at.page.get_by_role("button", name="保存姓名").click()
        expect(at.page.get_by_text("有些内容需要更正：姓名最多 200 个字符")).to_be_visible()


def test_the_draft_of_a_summary_speaks_the_desks_language_also_when_that_changes(browser: Browser) -> None:
    """«Customer:» stood on a Chinese desk; what the customer said and what the agent wrote stays as it is."""
    with stage(browser, "desk") as at:
        at.open("/desk", "wrap_up")
        summary = at.page.get_by_role("form").locator("textarea").first
        expect(summary).to_have_value(re.compile(r"^Chose 2 \(billing\)\. Customer: “Hi, I wrote"))
        at.page.get_by_role("radiogroup").first.get_by_role("radio").first.check(force=True)
        at.page.get_by_role("button", name="Settings for Mei Lin").click()
        at.page.get_by_text("中文").click()
        expect(summary).to_have_value(re.compile(r"^选了 2（billing）。客户：“Hi, I wrote"))
        at.page.reload()
        expect(summary).to_have_value(re.compile(r"^选了 2（billing）。客户：“Hi, I wrote"))
        summary.fill("Card was charged twice.")
        at.page.reload()
        expect(summary).to_have_value("Card was charged twice.")
