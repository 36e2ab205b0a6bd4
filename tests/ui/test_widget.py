"""A visitor of any page calls: the widget's states, its controls, and that it keeps to itself."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, expect

from tools.ui_stage import stage


def status(state: str, position: int | None = None) -> dict[str, Any]:
    return {"state": state, "cause": None, "position": position}


STATUS = "GET /widget/calls/call_w"


def test_a_call_from_its_start_to_its_end(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        page = at.page
        at.answers[STATUS] = status("ivr")
        at.open("/widget.html?number=1000")
        page.get_by_role("button", name="Call", exact=True).click()
        expect(page.get_by_text("Listen and choose an option")).to_be_visible()
        page.get_by_role("group", name="Keypad").get_by_role("button", name="2").click()
        expect(page.get_by_label("Pressed keys")).to_have_text("2")
        at.answers[STATUS] = status("waiting", 3)
        expect(page.get_by_text("You're number 3 in line")).to_be_visible()
        at.answers[STATUS] = status("talking")
        expect(page.get_by_text("Connected")).to_be_visible()
        page.get_by_role("button", name="Mute").click()
        expect(page.get_by_role("button", name="Unmute")).to_have_attribute("aria-pressed", "true")
        page.get_by_role("button", name="Hang up").click()
        expect(page.get_by_text("Call ended")).to_be_visible()
        expect(page.get_by_role("button", name="Call again")).to_be_visible()
        asked = [(method, path) for method, path, _ in at.asked]
        assert asked == [("POST", "/widget/calls"), ("DELETE", "/widget/calls/call_w")]


def test_the_line_for_other_pages_has_the_installations_address(browser: Browser) -> None:
    """The page is open under this computer's own, which no visitor has."""
    with stage(browser, "desk") as at:
        at.answers["GET /https"] = {"kind": "own", "fingerprint": None, "address": "https://pbx.example:8080"}
        at.open("/widget.html?number=1000")
        expect(at.page.locator("#snippet")).to_have_text(
            '<script src="https://pbx.example:8080/widget.js" data-number="1000" defer></script>'
        )


def test_the_other_side_hangs_up(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.answers[STATUS] = status("talking")
        at.open("/widget.html")
        at.page.get_by_role("button", name="Call", exact=True).click()
        expect(at.page.get_by_text("Connected")).to_be_visible()
        at.answers[STATUS] = status("ended")
        expect(at.page.get_by_text("Call ended")).to_be_visible()


def test_a_server_that_restarts_does_not_end_the_call(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.answers[STATUS] = status("talking")
        at.open("/widget.html")
        at.page.get_by_role("button", name="Call", exact=True).click()
        expect(at.page.get_by_text("Connected")).to_be_visible()
        at.failing[STATUS] = 503
        for _ in range(2):  # who asks again has taken in the first answer
            with at.page.expect_response(lambda response: response.status == 503):
                pass
        expect(at.page.get_by_text("Connected")).to_be_visible()


def test_too_many_calls_are_refused_in_words(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.failing["POST /widget/calls"] = 429
        at.open("/widget.html")
        at.page.get_by_role("button", name="Call", exact=True).click()
        expect(at.page.get_by_text("Too many calls from this connection.")).to_be_visible()


def test_without_a_microphone_the_visitor_is_told_what_to_do(browser: Browser) -> None:
    with stage(browser, "desk", microphone=False) as at:
        at.open("/widget.html")
        at.page.get_by_role("button", name="Call", exact=True).click()
        expect(at.page.get_by_text("Allow microphone access in the address bar")).to_be_visible()


DEAF = """
RTCPeerConnection.prototype.setRemoteDescription = () => Promise.resolve();
"""
"""The answer comes and no packet ever does, as behind a firewall."""


def test_a_call_without_sound_gives_up_with_a_reason_and_the_phone_number(browser: Browser) -> None:
    with stage(browser, "desk", own_profile=True) as at:
        at.page.clock.install()
        at.page.add_init_script(DEAF)
        at.answers[STATUS] = status("ivr")
        at.page.goto(f"{at.origin}/widget.html?phone=%2B44%2020%207946%200100")
        at.page.get_by_role("button", name="Call", exact=True).click()
        at.page.get_by_role("button", name="Hang up").wait_for()
        at.page.clock.fast_forward(15_000)
        expect(at.page.get_by_text("No sound came through")).to_be_visible()
        expect(at.page.get_by_role("link", name="+44 20 7946 0100")).to_have_attribute("href", "tel:+442079460100")
        expect(at.page.get_by_role("button", name="Call again")).to_be_visible()
        at.did(("POST", "/widget/calls", None), ("DELETE", "/widget/calls/call_w", None))


def test_it_leaves_nothing_on_the_page_but_one_element(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.open("/widget.html?language=zh")
        expect(at.page.get_by_role("button", name="呼叫")).to_be_visible()
        assert at.page.locator("patchbay-call").count() == 1
        left = at.page.evaluate(
            """() => [...document.body.children].map((child) => child.localName)
                 .filter((name) => !["main", "script"].includes(name))"""
        )
        assert left == ["patchbay-call"]
        assert at.page.evaluate("() => ['React', 'preact', '__PREACT_DEVTOOLS__'].filter((name) => name in window)") == []
        assert at.page.evaluate("() => document.head.querySelectorAll('style, link[rel=stylesheet]').length") == 1
