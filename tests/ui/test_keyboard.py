"""A whole call without a mouse: sign in, answer, mute, hold, keypad, hang up, wrap up."""

from __future__ import annotations

import re
from functools import partial

from playwright.sync_api import Browser, expect

from tools.ui_stage import stage


def test_signing_in(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.signed_in = False
        at.open("/")
        expect(at.page.get_by_label("Username")).to_be_focused()
        at.page.keyboard.type("mei")
        at.page.keyboard.press("Tab")
        at.page.keyboard.type("right")
        at.page.keyboard.press("Enter")
        expect(at.page.get_by_text("You're available")).to_be_visible()


def test_from_the_offer_to_the_end_of_the_wrap_up(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        page = at.page
        at.open("/desk", "available")
        expect(page.get_by_text("Mic OK")).to_be_visible()

        at.play("offered")
        expect(page.get_by_role("alert")).to_contain_text("Dana Whitfield is calling for Billing")
        page.keyboard.press("a")
        expect(page.get_by_role("button", name="Answer", exact=True)).to_have_attribute("aria-disabled", "true")

        at.play("talking")
        mute = page.get_by_role("toolbar").get_by_role("button").nth(0)
        expect(mute).to_be_visible()
        page.keyboard.press("m")
        expect(mute).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("m")
        expect(mute).to_have_attribute("aria-pressed", "false")
        page.keyboard.press("h")
        at.play("held")
        expect(page.get_by_role("button", name="Resume")).to_be_visible()
        page.keyboard.press("h")
        at.play("resumed")
        page.keyboard.press("#")
        page.keyboard.press("7")
        expect(page.get_by_label("Keypad").locator("output")).to_have_text("7")
        page.keyboard.press("Escape")
        expect(page.get_by_label("Keypad").locator("output")).to_be_hidden()
        page.keyboard.press("e")

        at.play("wrap_up")
        expect(page.get_by_role("form", name="Wrap-up")).to_be_visible()
        page.keyboard.press("3")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("Saved to the customer's history")).to_be_visible()
        at.play("done")
        expect(page.get_by_text("You're available")).to_be_visible()

        asked = [(path, body) for _, path, body in at.asked if path != "/legs"]
        assert asked[0][0] == "/offers/offer_1/accept"
        assert asked[1:4] == [
            ("/calls/call_1/talking-with", {"parties": []}),
            ("/calls/call_1/talking-with", {"parties": ["party_call_1"]}),
            ("/calls/call_1/hang-up", None),
        ]
        path, body = asked[4]
        assert path == "/work/work_1/wrap-up"
        assert body["disposition"] == "follow_up"
        assert body["summary"].startswith("Chose 2 (billing). Customer: “Hi, I wrote to you in the chat yesterday")


def test_letters_typed_into_a_field_are_no_commands(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.open("/desk", "talking")
        at.page.get_by_role("button", name="Edit name").click()
        at.page.get_by_role("textbox", name="Name").fill("")
        at.page.keyboard.type("hemd")
        expect(at.page.get_by_role("textbox", name="Name")).to_have_value("hemd")
        assert not [path for _, path, _ in at.asked if path.startswith("/calls")]


def test_single_letters_can_be_switched_off(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.open("/desk", "talking")
        at.page.get_by_role("button", name="Settings for Mei Lin").click()
        at.page.get_by_role("switch", name="Single-letter shortcuts").click()
        at.page.keyboard.press("Escape")
        at.page.keyboard.press("e")
        at.page.get_by_role("button", name="Hang up").click()
        at.did(("POST", "/calls/call_1/hang-up", None))


def test_letters_belong_to_an_open_menu_and_to_the_call_as_soon_as_it_is_closed(browser: Browser) -> None:
    """A call that waited rings the moment its agent is free, and the fading menu that said so may not swallow the answer."""
    with stage(browser, "desk", motion=True) as at:
        at.open("/desk", "talking")
        button = partial(at.page.get_by_role, "button")
        state = button(name=re.compile("^My state"))
        for opens in (state, button(name=re.compile("Mic OK")), button(name="Keypad")):
            opens.click()
            expect(opens).to_have_attribute("aria-expanded", "true")
            at.page.keyboard.press("e")
            opened = f'[id="{opens.get_attribute("aria-controls")}"]'
            expect(at.page.locator(f"{opened}:focus, {opened} :focus")).to_be_visible()  # Escape is for what has the focus
            at.page.keyboard.press("Escape")
            expect(opens).to_have_attribute("aria-expanded", "false")
        at.did()

        state.click()
        at.page.get_by_role("menuitem").first.wait_for()
        fading = at.page.evaluate(
            """() => new Promise((resolve) => {
                document.querySelector("[role=menuitem]").click();
                setTimeout(() => {
                    resolve(document.querySelector("[role=menu]") !== null);
                    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "e", bubbles: true }));
                });
            })"""
        )
        assert fading
        at.did(("POST", "/agent/state", {"state": "available"}), ("POST", "/calls/call_1/hang-up", None), at_once=True)


def test_finding_a_customer(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.open("/desk", "available")
        at.page.get_by_text("You're available").wait_for()
        at.page.keyboard.press("Control+k")
        at.page.locator("input:focus").wait_for()
        at.page.keyboard.type("dana")
        at.page.get_by_text("Leeds, UK").wait_for()
        at.page.keyboard.press("ArrowDown")
        at.page.keyboard.press("Enter")
        expect(at.page.get_by_role("heading", name="Dana Whitfield")).to_be_visible()


def test_every_control_of_the_desk_is_reached_with_tab(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.open("/desk", "talking")
        at.page.get_by_text("Mic OK").wait_for()
        reached = set()
        for _ in range(60):
            at.page.keyboard.press("Tab")
            reached.add(at.page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText"))
        names = " ".join(reached)
        for control in [
            "Desk",
            "History",
            "Search",
            "My state",
            "Mute",
            "Hold",
            "Keypad",
            "Hang up",
            "Tickets",
        ]:
            assert control in names, control
