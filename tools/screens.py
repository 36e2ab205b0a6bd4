"""Photographs every page in every state into `screens/`: the real bundle in front of scripted servers (`tools/ui_stage.py`).

`make screens` takes them all; `python -m tools.screens desk` only those whose name begins with «desk».
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser

from tools.ui_answers import chat_to_read, set_up, shared_number
from tools.ui_browser import chromium
from tools.ui_crowd import crowd
from tools.ui_server import DIST
from tools.ui_stage import Stage, stage

OUT = Path("screens")
WIDE = (1440, 900)
NARROW = (1280, 800)
TABLET = (1024, 768)
TELEPHONE = (390, 844)

Act = Callable[[Stage], None]


class Variant(NamedTuple):
    """How a state is photographed."""

    name: str
    size: tuple[int, int] = WIDE
    dark: bool = False
    language: str | None = None


class Shot:
    """One state of one page: which scenario, where, up to which step, and what a person does there."""

    def __init__(
        self,
        name: str,
        scenario: str,
        path: str,
        step: str | None = None,
        *,
        before: Act | None = None,
        act: Act | None = None,
        microphone: bool = True,
        tablet: bool = False,
        more: bool = False,
        spoken: bool = False,
    ) -> None:
        self.name, self.scenario, self.path, self.step = name, scenario, path, step
        self.before, self.act = before, act
        self.microphone = microphone
        self.tablet = tablet
        self.more = more
        """Also dark and in Chinese."""
        self.spoken = spoken or scenario == "reports"
        """What a person does there can be done in every language."""


def signed_out(at: Stage) -> None:
    at.signed_in = False


def ways(**offered: str | bool) -> Act:
    """The sign-in page, with what else this installation offers or lacks."""

    def offer(at: Stage) -> None:
        at.signed_in = False
        at.answers["GET /session/ways"] = {**at.answers["GET /session/ways"], **offered}

    return offer


def signed_out_because(reason: str) -> Act:
    def end(at: Stage) -> None:
        at.signed_in = False
        error = {"error": {"code": "not_signed_in", "message": "", "reason": reason}}
        at.page.route("**/api/v1/session", lambda route: route.fulfill(status=401, json=error))

    return end


def loading(at: Stage) -> None:
    at.silent = True


def own_authority(at: Stage) -> None:
    at.signed_in = False
    at.answers["GET /https"] = {
        "kind": "own",
        "fingerprint": ":".join(f"{byte:02X}" for byte in range(7, 232, 7)),
        "address": "https://192.168.1.5:8080",
    }


def failing(*requests: str) -> Act:
    return lambda at: at.failing.update(dict.fromkeys(requests, 503))


def click(role: str, name: str) -> Act:
    return lambda at: at.page.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]


def sign_out(at: Stage) -> None:
    at.page.locator("header button").last.click()
    at.page.get_by_role("button", name="Sign out", exact=True).click()


def keys(*presses: str) -> Act:
    def press(at: Stage) -> None:
        for each in presses:
            at.page.keyboard.press(each)

    return press


def both(*acts: Act) -> Act:
    def run(at: Stage) -> None:
        for act in acts:
            act(at)

    return run


def wrong_password(at: Stage) -> None:
    at.page.get_by_label("Username").fill("mei")
    at.page.get_by_label("Password", exact=True).fill("wrong")
    at.page.get_by_role("button", name="Sign in").click()


def choose_ticket(at: Stage) -> None:
    at.page.get_by_role("radiogroup", name="Next step").get_by_text("Ticket").click()


def new_caller(at: Stage) -> None:
    offer = next(message["offer"] for step in at.scenario.steps for message in step["messages"] if message["type"] == "offer")
    pop = offer["pop"] = at.scenario.extra["new_caller"]
    call = next(message["call"] for step in at.scenario.steps for message in step["messages"] if message["type"] == "call")
    call.update(caller=pop["customer"]["phones"][0], customer_name=pop["customer"]["name"])
    at.answers["GET /customers/cust_new/timeline"] = {"items": [], "next": None}


def away(at: Stage) -> None:
    snapshot = at.scenario.steps[0]["messages"][1]
    snapshot["agents"][0].update(state="away", reason="lunch")


def search(at: Stage) -> None:
    at.page.keyboard.press("Control+k")
    at.page.get_by_placeholder("Name, number, ticket or words").fill("dana")
    at.page.get_by_text("Leeds").wait_for()


def failed_twice(at: Stage) -> None:
    at.page.get_by_role("alert").nth(1).wait_for()


def scroll_up(at: Stage) -> None:
    at.page.get_by_role("region", name="Live transcript").evaluate("(box) => box.scrollTo(0, 0)")


def last_seconds(at: Stage) -> None:
    """Something is written while the time is nearly over."""
    at.page.get_by_label("Summary").fill("Wants the second payment back; refund promised until Friday.")


def refused(at: Stage) -> None:
    at.answers["POST /configuration/validate"] = at.scenario.extra["refused"]


def refused_text(at: Stage) -> None:
    at.answers["POST /configuration/validate"] = at.scenario.extra["refused_text"]


def edit_queue(at: Stage) -> None:
    with at.page.expect_response("**/configuration/validate"):
        at.page.get_by_label("Name", exact=True).fill("Billing and refunds")


def edit_text(at: Stage) -> None:
    text = at.page.get_by_role("textbox", name="YAML")
    with at.page.expect_response("**/configuration/validate"):
        text.fill(at.scenario.extra["refused"]["yaml"])
    at.page.get_by_role("button", name="Line 27").click()


def open_abandoned(at: Stage) -> None:
    at.page.locator('[data-place="3/3"]').click()


def open_other(at: Stage) -> None:
    at.page.locator('[data-place="3/4"]').click()


def thirty_agents(at: Stage) -> None:
    """Of one team, some with names that no column holds."""
    report = at.answers["GET /reports/agents"]
    totals, earlier = report["totals"], report["earlier_totals"]
    for rows in (totals, earlier):
        rows[:] = [rows[number % 6] | {"agent_id": f"agent_{number}"} for number in range(30)]
    names = list(report["names"].values())
    report["names"] = {f"agent_{number}": f"{names[number % 6]} {number // 6 + 1}" for number in range(30)}
    report["names"]["agent_29"] = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh of the night shift"


def press(*names: str) -> Act:
    """The first button of one of these names, each in another language."""
    words = re.compile("|".join(f"^{re.escape(name)}$" for name in names))
    return lambda at: at.page.get_by_role("button", name=words).first.click()


def supervises(at: Stage) -> None:
    """Jonas, of one queue."""
    set_up(at)
    person = at.answers["GET /users/user_jonas"]["user"]
    person.update(role="supervisor", only_queues=["queue_billing"])


def may_hear(at: Stage) -> None:
    """An audio leg of one's own, without an agent record."""
    set_up(at)
    assert at.scenario.me is not None
    at.scenario.me["permissions"].append("audio")


def open_user_menu(at: Stage) -> None:
    at.page.locator("header button").last.click()


def nothing_reported(at: Stage) -> None:
    report = at.answers["GET /reports/queues"]
    report |= {"earlier": None, "earlier_intervals": [], "earlier_totals": [], "earlier_total": None}
    for row in (*report["intervals"], *report["totals"], report["total"]):
        row.update(
            {name: None if value is None or isinstance(value, float) else 0 for name, value in row.items() if name not in KEPT}
        )


def widget(state: str) -> Act:
    def call(at: Stage) -> None:
        at.answers["GET /widget/calls/call_w"] = {"state": state, "cause": None, "position": 2 if state == "waiting" else None}
        at.page.get_by_role("button", name="Call", exact=True).click()
        if state == "refused":
            at.page.get_by_text("didn't go through").wait_for()
            return
        at.page.get_by_role("button", name="Hang up").wait_for()
        at.page.wait_for_timeout(1500)

    return call


KEPT = ("queue_id", "start", "end")
"""What a row without numbers still says."""


SHOTS = [
    Shot("sign-in", "desk", "/", before=signed_out, more=True),
    Shot("sign-in-wrong", "desk", "/", before=signed_out, act=wrong_password),
    Shot("sign-in-provider", "desk", "/?provider=refused", before=ways(provider="Northwind ID", own_authority=True), more=True),
    Shot("sign-in-disabled", "desk", "/", before=signed_out_because("disabled"), more=True),
    Shot("sign-in-no-administrator", "desk", "/", before=ways(needs_administrator=True), more=True),
    Shot("secure", "desk", "/secure", before=own_authority, more=True),
    Shot("desk-loading", "desk", "/desk", before=loading),
    Shot("desk-available", "desk", "/desk", "available", more=True, tablet=True),
    Shot("desk-away", "desk", "/desk", "available", before=away),
    Shot("desk-no-microphone", "desk", "/desk", "available", microphone=False),
    Shot("desk-offer", "desk", "/desk", "offered", more=True, tablet=True),
    Shot("desk-offer-new-caller", "desk", "/desk", "offered", before=new_caller),
    Shot("desk-answered", "desk", "/desk", "answered"),
    Shot("desk-talking", "desk", "/desk", "talking", more=True, tablet=True),
    Shot("desk-long-talk", "desk", "/desk", "long_talk"),
    Shot("desk-scrolled-up", "desk", "/desk", "long_talk", act=scroll_up),
    Shot("desk-muted", "desk", "/desk", "talking", act=keys("m")),
    Shot("desk-held", "desk", "/desk", "held"),
    Shot("desk-keypad", "desk", "/desk", "talking", act=keys("#", "4", "2")),
    Shot("desk-offline", "desk", "/desk", "talking", act=lambda at: at.cut()),
    Shot("desk-wrap-up", "desk", "/desk", "wrap_up", more=True, tablet=True),
    Shot("desk-wrap-up-ticket", "desk", "/desk", "wrap_up", act=both(keys("3"), choose_ticket, keys("Control+Enter"))),
    Shot("desk-history-failed", "desk", "/desk", "talking", before=failing("GET /customers/cust_dana/timeline")),
    Shot("desk-history-call", "desk", "/desk", "talking", act=lambda at: at.page.get_by_text("Change of delivery").click()),
    Shot("desk-history-ticket", "desk", "/desk", "talking", act=lambda at: at.page.get_by_text("#20391 Charged twice").click()),
    Shot("desk-state-menu", "desk", "/desk", "available", act=lambda at: at.page.get_by_role("button", name="My state").click()),
    Shot("desk-audio", "desk", "/desk", "talking", act=lambda at: at.page.get_by_role("button", name="My audio").click()),
    Shot(
        "desk-settings",
        "desk",
        "/desk",
        "available",
        act=lambda at: at.page.get_by_role("button", name="Settings for Mei Lin").click(),
        more=True,
    ),
    Shot("desk-sign-out", "desk", "/desk", "talking", act=sign_out, more=True),
    Shot("desk-search", "desk", "/desk", "available", act=search),
    Shot("desk-why", "desk", "/desk", "talking", act=click("button", "Why you"), more=True),
    Shot("desk-offer-why", "desk", "/desk", "offered", act=click("button", "All agents considered")),
    Shot("desk-callback", "callback", "/desk", "offered", more=True, tablet=True),
    Shot("desk-dialling", "callback", "/desk", "dialling", more=True),
    Shot("desk-callback-talking", "callback", "/desk", "talking"),
    Shot("desk-set-away-next", "callback", "/desk", "talking", act=lambda at: at.play("away_next")),
    Shot("desk-wrap-up-last-seconds", "callback", "/desk", "last_seconds", act=last_seconds),
    Shot("desk-set-away", "callback", "/desk", "away", more=True),
    Shot(
        "desk-set-away-menu", "callback", "/desk", "away", act=lambda at: at.page.get_by_role("button", name="My state").click()
    ),
    Shot("board-loading", "board", "/board", before=loading),
    Shot("board", "board", "/board", more=True, tablet=True),
    Shot("board-read-along", "board", "/board", act=click("button", "View live transcript")),
    Shot("board-change", "board", "/board", act=click("button", "Manage Hannah Okafor in the queue"), more=True, tablet=True),
    Shot("board-change-ringing", "board", "/board", act=click("button", "Manage Omar Nassar in the queue")),
    Shot("board-change-later", "board", "/board", act=click("button", "Manage the callback for Eleni Markou"), more=True),
    Shot("board-moved", "board", "/board", "taken_out"),
    Shot("board-why", "board", "/board", act=click("button", "ringing Rita Lund")),
    Shot("board-agent-state", "board", "/board", act=click("button", "Set the state of Aisha Khan")),
    Shot("board-attention-new", "board", "/board", "nobody_reachable", more=True),
    Shot("board-attention-cleared", "board", "/board", "level_is_well", act=click("button", "Cleared today 1")),
    Shot("board-attention-unknown", "board", "/board", "not_known", more=True),
    Shot("board-quiet", "board-quiet", "/board", more=True),
    Shot("board-crowd", "board", "/board", before=crowd, more=True, tablet=True),
    Shot("board-offline", "board", "/board", act=lambda at: at.cut()),
    Shot("reports", "reports", "/reports", more=True, tablet=True),
    Shot("reports-behind", "reports", "/reports", act=open_abandoned, more=True, tablet=True),
    Shot("reports-by-queue", "reports", "/reports", act=lambda at: at.page.get_by_text("By queue", exact=True).click()),
    Shot("reports-agents", "reports", "/reports/agents", more=True),
    Shot("reports-skills", "reports", "/reports/skills", more=True),
    Shot("reports-channels", "reports", "/reports/channels"),
    Shot("reports-other", "reports", "/reports", act=open_other),
    Shot("reports-thirty", "reports", "/reports/agents", before=thirty_agents, more=True),
    Shot("reports-empty", "reports", "/reports", before=nothing_reported),
    Shot("reports-failed", "reports", "/reports", before=failing("GET /reports/queues")),
    Shot("admin-queues", "admin", "/admin/queues", more=True, tablet=True),
    Shot("admin-queues-wrong", "admin", "/admin/queues", before=refused, act=edit_queue),
    Shot("admin-agents", "admin", "/admin/agents/agent_mei", more=True),
    Shot("admin-skills", "admin", "/admin/skills"),
    Shot("admin-hours", "admin", "/admin/hours"),
    Shot("admin-thresholds", "admin", "/admin/attention", more=True, tablet=True),
    Shot("admin-yaml", "admin", "/admin/system/yaml"),
    Shot("admin-yaml-wrong", "admin", "/admin/system/yaml", before=refused_text, act=edit_text),
    Shot("admin-set-aside", "admin", "/admin/system/set-aside", more=True, tablet=True),
    Shot("admin-versions", "admin", "/admin/system/versions", more=True),
    Shot("admin-review", "admin", "/admin/queues", act=both(edit_queue, click("button", "Review"))),
    Shot("admin-failed", "admin", "/admin/queues", before=failing("GET /configuration")),
    *(
        Shot(f"admin-{section}", "admin", f"/admin/{section}", before=set_up, more=True, tablet=section in {"audit", "numbers"})
        for section in ("away", "numbers", "flows", "trunks", "dispositions", "audit")
    ),
    Shot("admin-people", "admin", "/admin/people", before=set_up, more=True),
    Shot(
        "admin-person-edit",
        "admin",
        "/admin/people/user_jonas",
        before=supervises,
        act=press("Edit", "编辑"),
        more=True,
        spoken=True,
    ),
    Shot("admin-notifications", "admin", "/admin/system/notifications", more=True),
    Shot(
        "admin-notification-add",
        "admin",
        "/admin/system/notifications",
        act=press("Add notification", "添加通知"),
        more=True,
        spoken=True,
    ),
    Shot("admin-setup", "admin", "/admin/setup", before=set_up, more=True),
    Shot(
        "admin-check-audio",
        "admin",
        "/admin/people",
        before=may_hear,
        act=both(open_user_menu, press("Check audio", "检查音频")),
        more=True,
        spoken=True,
    ),
    Shot("admin-flow", "admin", "/admin/flows/main", before=set_up, more=True),
    Shot("desk-who", "desk", "/desk", "offered", before=shared_number, more=True),
    Shot("reading", "desk", "/conversations/int_3", "available", before=chat_to_read, more=True),
    Shot("calls", "desk", "/calls", more=True),
    Shot("calls-record", "desk", "/calls/call_old", more=True, tablet=True),
    Shot("calls-empty", "desk", "/calls", before=lambda at: at.answers.update({"GET /calls": {"items": [], "next": None}})),
    Shot("calls-failed", "desk", "/calls/call_old", before=failing("GET /calls", "GET /calls/call_old"), act=failed_twice),
    Shot("customer", "desk", "/customers/cust_dana", more=True),
    Shot("not-found", "desk", "/nowhere"),
    Shot("not-my-page", "desk", "/board", more=True),
    Shot("widget", "desk", "/widget.html", more=True),
    Shot("widget-menu", "desk", "/widget.html", act=widget("ivr")),
    Shot("widget-waiting", "desk", "/widget.html", act=widget("waiting")),
    Shot("widget-talking", "desk", "/widget.html", act=widget("talking")),
    Shot("widget-refused", "desk", "/widget.html", before=failing("POST /widget/calls"), act=widget("refused")),
    Shot("widget-no-microphone", "desk", "/widget.html", microphone=False, act=click("button", "Call")),
]


def settle(at: Stage, audio: bool) -> None:
    """Everything asked for is here, and an agent's audio stands (its header then has a level meter)."""
    if at.signed_in and "widget.html" not in at.page.url:
        at.page.get_by_role("banner").wait_for()
    at.page.wait_for_load_state("networkidle")
    if at.signed_in and audio and (at.scenario.me or {}).get("agent_id"):
        at.page.locator("header").get_by_role("meter").wait_for()
    at.page.wait_for_timeout(400)


def take(browser: Browser, shot: Shot, variant: Variant) -> Path:
    """One photograph."""
    language = variant.language
    with stage(browser, shot.scenario, size=variant.size, dark=variant.dark, language=language, microphone=shot.microphone) as at:
        if shot.before:
            shot.before(at)
        path = f"{shot.path}?language=zh" if language == "zh" and shot.path == "/widget.html" else shot.path
        at.open(path, shot.step)
        settle(at, audio=shot.microphone and shot.path != "/widget.html")
        if shot.act and (language is None or shot.spoken):
            shot.act(at)
        at.page.wait_for_timeout(300)
        file = OUT / f"{shot.name}-{variant.name}.png"
        at.page.screenshot(path=file)
        return file


def variants(shot: Shot) -> list[Variant]:
    found = [Variant("1440"), Variant("1280", NARROW)]
    if shot.tablet:
        found += [Variant("tablet", TABLET), Variant("telephone", TELEPHONE)]
    if shot.more:
        found += [Variant("dark", dark=True), Variant("zh", language="zh")]
    return found


def main(wanted: list[str]) -> int:
    if not (DIST / "index.html").is_file():
        print("The web application is not built: cd softphone_ui && npm run build")
        return 1
    OUT.mkdir(exist_ok=True)
    count = 0
    with chromium() as browser:
        for shot in SHOTS:
            if wanted and not any(shot.name.startswith(name) for name in wanted):
                continue
            for variant in variants(shot):
                take(browser, shot, variant)
                count += 1
            print(f"{shot.name}", flush=True)
    print(f"{count} photographs in {OUT}/")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
