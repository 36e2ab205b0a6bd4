"""People in the browser: found, invited, changed, disabled; one's own password; the page of a link."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, expect

from server.second_step.qr import qr_code
from server.second_step.service import SetUp
from tests.ui.axe import serious_in_light_and_dark, serious_violations
from tools.ui_stage import Stage, stage

GOOD = "correct horse battery"
LINK = {"address": "https://desk.northwind.example", "path": "/invitation#abcdefghijklmnopqrstuvwxyz", "expires_at": 1796035260.0}


def person(at: Stage, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in at.answers["GET /users"]["items"] if each["name"] == name)
    return found


def test_a_row_that_cannot_work_yet_says_why_and_has_the_button_that_mends_it(browser: Browser) -> None:
    with stage(browser, "admin", own_profile=True) as at:
        at.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        at.answers["POST /users/user_tessa/invitation"] = LINK
        at.open("/admin/people")
        rows = at.page.get_by_role("region", name="People").get_by_role("row")
        expect(rows).to_have_count(10)
        expect(rows.filter(has_text="Tessa Lindqvist")).to_contain_text("No skills: gets no work")
        expect(rows.filter(has_text="owen.hart")).to_contain_text("Invite expired")
        expect(rows.filter(has_text="Ruth Dahl")).to_contain_text("Left the company")
        at.page.get_by_role("button", name="Copy link for Tessa Lindqvist").click()
        expect(at.page.get_by_text("The link for Tessa Lindqvist is on your clipboard.")).to_be_visible()
        at.did(("POST", "/users/user_tessa/invitation", None))
        assert at.page.evaluate("navigator.clipboard.readText()") == f"{LINK['address']}{LINK['path']}", (
            "localhost is nobody else's"
        )


def test_several_people_are_invited_in_one_act_and_their_links_are_shown_once(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.answers["POST /users"] = {"user": person(at, "Tessa Lindqvist"), "link": LINK}
        at.open("/admin/people")
        at.page.get_by_role("button", name="Invite people").click()
        drawer = at.page.get_by_role("complementary", name="Invite people")
        drawer.get_by_label("Names or e-mail addresses").fill("Zoe Hart zoe@northwind.example\nLucas Meyer")
        drawer.get_by_role("combobox", name="Add a skill").click()
        at.page.get_by_role("option", name="Billing").click()
        expect(drawer.get_by_text("Will serve Billing")).to_be_visible()
        drawer.get_by_role("button", name="Invite 2 people").click()
        expect(drawer.get_by_role("button", name="Copy link for Tessa Lindqvist").first).to_be_visible()
        access = {"role": "agent", "takes_work": True, "language": "en", "skills": {"skill_billing": 3}, "only_queues": None}
        at.did(
            ("POST", "/users", {"name": "Zoe Hart", "email": "zoe@northwind.example", **access}),
            ("POST", "/users", {"name": "Lucas Meyer", "email": None, **access}),
        )
        assert serious_violations(at.page) == []


def test_a_link_that_is_made_anew_takes_the_old_ones_place_in_the_drawer(browser: Browser) -> None:
    """The old one is dead; who copied it from there would send it."""
    with stage(browser, "admin", own_profile=True) as at:
        at.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        at.answers["POST /users"] = {"user": person(at, "Tessa Lindqvist"), "link": LINK}
        at.answers["POST /users/user_tessa/invitation"] = LINK | {"path": "/invitation#another"}
        at.open("/admin/people")
        at.page.get_by_role("button", name="Invite people").click()
        drawer = at.page.get_by_role("complementary", name="Invite people")
        drawer.get_by_label("Names or e-mail addresses").fill("Tessa Lindqvist")
        drawer.get_by_role("button", name="Invite 1 person").click()
        expect(drawer.get_by_text(str(LINK["path"]))).to_be_visible()
        row = at.page.get_by_role("region", name="People").get_by_role("row").filter(has_text="Tessa Lindqvist")
        row.get_by_role("button", name="Copy link for Tessa Lindqvist").click()
        expect(drawer.get_by_text("/invitation#another")).to_be_visible()
        expect(drawer.get_by_text(str(LINK["path"]))).to_have_count(0)


def test_only_what_was_changed_is_sent(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.answers["PATCH /users/user_jonas"] = at.answers["GET /users/user_jonas"]
        at.open("/admin/people/user_jonas")
        at.page.get_by_role("button", name="Edit", exact=True).click()
        drawer = at.page.get_by_role("complementary", name="Edit")
        drawer.get_by_role("radio", name="Supervisor").check()
        expect(drawer.get_by_text("They are signed out")).to_be_visible()
        drawer.get_by_role("switch", name="Takes calls, chats and tickets").check()
        drawer.get_by_role("button", name="Save").click()
        expect(at.page.get_by_text("Jonas Weber is saved.")).to_be_visible()
        at.did(("PATCH", "/users/user_jonas", {"role": "supervisor"}))


def test_disabling_asks_once_and_names_the_conversation(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.answers["POST /users/user_jonas/disable"] = at.answers["GET /users/user_jonas"]
        at.open("/admin/people/user_jonas")
        at.page.get_by_role("button", name="Disable", exact=True).click()
        dialog = at.page.get_by_role("dialog", name="Disable Jonas Weber?")
        expect(dialog).to_contain_text("They are talking with Dana Whitfield, who goes back to the queue, first in line.")
        dialog.get_by_label("Reason").fill("Left the company")
        dialog.get_by_role("button", name="Disable").click()
        expect(dialog).to_be_hidden()
        at.did(("POST", "/users/user_jonas/disable", {"reason": "Left the company"}))


def test_signing_somebody_out_in_mid_conversation_asks_first(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.open("/admin/people/user_jonas")
        at.page.get_by_role("button", name="Sign out everywhere").click()
        dialog = at.page.get_by_role("dialog", name="Sign out Jonas Weber everywhere?")
        expect(dialog).to_contain_text("Dana Whitfield, who goes back to the queue, first in line.")
        assert serious_violations(at.page) == []
        dialog.get_by_role("button", name="Sign out everywhere").click()
        at.did(("DELETE", "/users/user_jonas/sessions", None))


def test_sessions_are_listed_and_ended_one_by_one(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.open("/admin/people/user_jonas")
        card = at.page.get_by_role("region", name="Jonas Weber")
        expect(card.get_by_role("region", name="Sessions").get_by_role("listitem")).to_have_count(2)
        card.get_by_role("button", name="End session: Safari, iPhone").click()
        at.did(("DELETE", "/users/user_jonas/sessions/session_2", None))


def test_ones_own_password_and_sessions_are_in_the_user_menu(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.answers["POST /me/password"] = at.scenario.me
        at.open("/admin/people")
        at.page.get_by_role("button", name="Settings for Ada Kowalska").click()
        at.page.get_by_role("button", name="Password and sign-in").click()
        dialog = at.page.get_by_role("dialog", name="Password and sign-in")
        expect(dialog.get_by_text("this one")).to_be_visible()
        dialog.get_by_label("Current password").fill("old one")
        dialog.get_by_label("New password").fill(GOOD)
        dialog.get_by_label("Repeat password").fill("another one")
        expect(dialog.get_by_text("The passwords differ.")).to_be_visible()
        dialog.get_by_label("Repeat password").fill(GOOD)
        dialog.get_by_role("button", name="Change password").click()
        expect(at.page.get_by_text("Your password is changed.")).to_be_visible()
        at.did(("POST", "/me/password", {"old": "old one", "password": GOOD}))
        at.page.mouse.move(0, 0)
        assert serious_violations(at.page) == []


def opened(kind: str = "invitation") -> dict[str, Any]:
    return {
        "kind": kind,
        "installation": "Northwind Home",
        "name": "Tessa Lindqvist",
        "username": "tessa",
        "language": "en",
        "expires_at": LINK["expires_at"],
        "shortest_password": 12,
    }


def test_a_link_opens_a_page_that_signs_in(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.signed_in = False
        at.answers["POST /invitations/open"] = opened()
        at.answers["POST /invitations/accept"] = at.scenario.me
        at.open("/invitation#secret-of-a-link")
        expect(at.page.get_by_role("heading", name="Northwind Home")).to_be_visible()
        assert serious_violations(at.page) == []
        username = at.page.get_by_label("Username")
        expect(username).to_be_enabled()  # it has to be read and remembered
        expect(username).not_to_be_editable()
        at.page.get_by_label("Password", exact=True).fill(GOOD)
        at.page.get_by_label("Repeat password").fill(GOOD)
        at.signed_in = True
        at.page.get_by_role("button", name="Save and sign in").click()
        expect(at.page.get_by_role("navigation", name="Pages")).to_be_visible()
        assert "secret" not in at.page.url
        at.did(
            ("POST", "/invitations/open", {"token": "secret-of-a-link"}),
            (
                "POST",
                "/invitations/accept",
                {"token": "secret-of-a-link", "name": "Tessa Lindqvist", "password": GOOD, "language": "en"},
            ),
        )


def test_a_link_that_is_over_says_so(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.signed_in = False
        at.failing["POST /invitations/open"] = 410
        at.open("/invitation#used-up")
        expect(at.page.get_by_text("This link has been used, was withdrawn or has expired.")).to_be_visible()
        at.page.get_by_role("button", name="Go to sign-in").click()
        expect(at.page.get_by_label("Username")).to_be_visible()


def test_a_first_password_must_be_changed_before_anything_else(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        assert at.scenario.me is not None
        own = dict(at.scenario.me)
        at.scenario.me["must_change_password"] = True
        at.answers["POST /me/password"] = own
        at.open("/admin/people")
        expect(at.page.get_by_text("Choose a password of your own to continue.")).to_be_visible()
        expect(at.page.get_by_role("navigation", name="Pages")).to_have_count(0)
        at.page.get_by_label("Current password").fill("first")
        at.page.get_by_label("New password").fill(GOOD)
        at.page.get_by_label("Repeat password").fill(GOOD)
        at.page.get_by_role("button", name="Change password").click()
        expect(at.page.get_by_role("navigation", name="Pages")).to_be_visible()


@pytest.mark.parametrize("path", ["/admin/people", "/admin/people/user_jonas"])
def test_no_serious_finding(browser: Browser, path: str) -> None:
    with stage(browser, "admin") as at:
        at.open(path)
        at.page.wait_for_load_state("networkidle")
        assert serious_in_light_and_dark(at.page) == []


KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CODES = ["abcd-efgh-ijkl-mnop", "qrst-uvwx-yz23-4567"]


def test_two_step_verification_is_set_up_in_ones_own_account(browser: Browser) -> None:
    """Scan or type the key, show a code of it, keep the codes for the day the phone is lost; all by keyboard."""
    with stage(browser, "admin") as at:
        set_up = SetUp(key=KEY, uri=f"otpauth://totp/x?secret={KEY}", qr=qr_code(f"otpauth://totp/x?secret={KEY}"))
        at.answers["POST /me/second-step"] = msgspec.to_builtins(set_up)
        at.answers["POST /me/second-step/confirm"] = {"codes": CODES}
        at.open("/admin/people")
        at.page.get_by_role("button", name="Settings for Ada Kowalska").click()
        at.page.get_by_role("button", name="Password and sign-in").click()
        section = at.page.get_by_role("dialog").get_by_role("region", name="Two-step verification")
        section.get_by_role("button", name="Set up").press("Enter")
        expect(section.get_by_role("img", name="QR code for your authenticator app")).to_be_visible()
        expect(section.get_by_text("JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP")).to_be_visible()
        expect(section.get_by_role("textbox", name="Code")).to_be_focused()
        assert serious_violations(at.page) == []
        at.page.keyboard.type("123456")
        at.page.keyboard.press("Enter")
        expect(section.get_by_text(CODES[0])).to_be_visible()
        assert serious_violations(at.page) == []
        on = {
            "possible": True,
            "required": False,
            "since": at.scenario.steps[0]["at"] - 60,
            "recovery_codes_left": 2,
            "ask_password": False,
        }
        at.answers["GET /me/second-step"] = on
        section.get_by_role("button", name="I've saved them").press("Enter")
        at.did(("POST", "/me/second-step", {"password": ""}), ("POST", "/me/second-step/confirm", {"code": "123456"}))


def test_turning_it_off_asks_for_a_code_and_says_when_it_is_wrong(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.answers["GET /me/second-step"] |= {"since": at.scenario.steps[0]["at"] - 86_400, "recovery_codes_left": 9}
        at.failing["POST /me/second-step/remove"] = 403
        at.open("/admin/people")
        at.page.get_by_role("button", name="Settings for Ada Kowalska").click()
        at.page.get_by_role("button", name="Password and sign-in").click()
        section = at.page.get_by_role("dialog").get_by_role("region", name="Two-step verification")
        expect(section.get_by_text("9 recovery codes left")).to_be_visible()
        section.get_by_role("button", name="Turn off").click()
        section.get_by_role("textbox", name="Code").fill("123456")
        section.get_by_role("button", name="Turn off").click()
        expect(section.get_by_role("alert")).to_contain_text("Something went wrong")
        expect(section.get_by_role("textbox", name="Code")).to_have_value("")


def test_an_administrator_resets_the_second_step_of_who_has_lost_the_phone(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.answers["GET /users/user_jonas"]["user"]["second_step"] = True
        at.open("/admin/people/user_jonas")
        expect(at.page.get_by_role("region", name="Access").get_by_text("Password and code")).to_be_visible()
        at.page.get_by_role("button", name="Reset sign-in").click()
        at.page.get_by_role("menuitem", name="Reset two-step verification").click()
        expect(at.page.get_by_text("Jonas Weber now signs in with the password alone")).to_be_visible()
        at.did(("DELETE", "/users/user_jonas/second-step", None))


def test_whose_role_needs_a_second_step_sets_it_up_first(browser: Browser) -> None:
    with stage(browser, "admin") as at:
        at.scenario.me = {**(at.scenario.me or {}), "must_add_second_step": True}
        at.open("/admin/people")
        expect(at.page.get_by_text("Your role requires two-step verification, Ada Kowalska.")).to_be_visible()
        expect(at.page.get_by_role("button", name="Set up")).to_be_visible()
        expect(at.page.get_by_role("navigation")).to_have_count(0)
        assert serious_violations(at.page) == []
