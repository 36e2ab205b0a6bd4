"""A supervisor listens to a conversation, whispers to its agent, joins it: from the board's rows, and on from every page.

Which way is on is what the server says; the page only asks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.ui.axe import serious_in_light_and_dark, serious_violations
from tests.ui.test_layout import box_of, call_bar
from tools.ui_stage import Stage, stage

LISTEN, WHISPER, JOIN = (
    "Listen to Dana Whitfield with Mei Lin",
    "Whisper to Mei Lin on the call with Dana Whitfield",
    "Join Dana Whitfield and Mei Lin",
)
LEG = "leg_1"
HOW = {"join": "talk"}
"""As parties have it, of what supervisors say."""


class Server:
    """Tells calls as they are now, with who supervises them how."""

    def __init__(self, at: Stage, step: str) -> None:
        told = [message for each in at.scenario.steps[: at.scenario.index(step) + 1] for message in each["messages"]]
        calls = [
            call for message in told for call in [*message.get("calls", ()), *([message["call"]] if "call" in message else [])]
        ]
        self._at = at
        self._seq = max(message["seq"] for message in told)
        self._calls: dict[str, dict[str, Any]] = {call["call_id"]: call for call in calls}

    def says(self, call_id: str, *supervisors: tuple[str, str], **change: Any) -> None:
        self._seq += 1
        others = [party for party in self._calls[call_id]["parties"] if party["role"] != "supervisor"]
        self._calls[call_id] |= {"parties": [*others, *(supervisor(*each) for each in supervisors)], **change}
        self._at.send({"seq": self._seq, "type": "call", "call": self._calls[call_id]})
        self._at.shown()

    def sam(self, mode: str, call_id: str = "call_1") -> None:
        self.says(call_id, ("user_sam", mode))


def supervisor(user_id: str, mode: str) -> dict[str, Any]:
    known = {"agent_id": None, "work_id": None, "state": "joined", "since": None, "until": None}
    return {"party_id": f"party_{user_id}", "role": "supervisor", "user_id": user_id, "mode": HOW.get(mode, mode), **known}


def asked(call_id: str, mode: str) -> tuple[str, str, Any]:
    return ("PUT", f"/calls/{call_id}/supervision", {"leg_id": LEG, "mode": mode})


def way(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def bar(page: Page) -> Locator:
    return page.get_by_role("banner")


def microphone_sends(page: Page) -> bool:
    """Whether anything of the microphone goes to the media node."""
    return bool(page.evaluate("window.microphones.at(-1).getAudioTracks()[0].enabled"))


MICROPHONES = """
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (asked) => {
  const stream = await open(asked);
  (window.microphones ??= []).push(stream);
  return stream;
};
"""


def test_the_first_press_opens_the_audio_and_the_next_ones_use_it(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.page.add_init_script(MICROPHONES)
        at.open("/board")
        server = Server(at, "busy")
        way(at.page, LISTEN).click()
        at.did(asked("call_1", "listen"))
        expect(way(at.page, LISTEN)).to_have_attribute("aria-pressed", "false")  # the server has not said so
        assert not microphone_sends(at.page)
        server.sam("listen")
        expect(way(at.page, LISTEN)).to_have_attribute("aria-pressed", "true")
        expect(bar(at.page)).to_contain_text("Listening to Dana Whitfield with Mei Lin")

        way(at.page, WHISPER).click()
        assert not microphone_sends(at.page)
        at.did(asked("call_1", "listen"), asked("call_1", "whisper"))
        server.sam("whisper")
        assert microphone_sends(at.page)
        expect(way(at.page, LISTEN)).to_have_attribute("aria-pressed", "false")
        expect(bar(at.page)).to_contain_text("Whispering to Mei Lin")

        way(at.page, "Listen to Lin Wei with Jonas Weber").click()
        at.did(asked("call_1", "listen"), asked("call_1", "whisper"), asked("call_2", "listen"))
        assert [path for _, path, _ in at.asked].count("/legs") == 1
        server.says("call_1")
        server.sam("listen", "call_2")
        expect(bar(at.page)).to_contain_text("Listening to Lin Wei with Jonas Weber")
        expect(at.page.locator("[aria-pressed=true]")).to_have_count(1)


def test_it_goes_on_over_pages_until_it_is_stopped(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        server = Server(at, "busy")
        way(at.page, JOIN).click()
        at.did(asked("call_1", "join"))
        server.sam("join")
        at.page.get_by_role("link", name="History").click()
        expect(at.page.get_by_role("heading", name="History")).to_be_visible()
        expect(bar(at.page)).to_contain_text("On the call with Dana Whitfield and Mei Lin")
        bar(at.page).get_by_role("button", name="Stop").click()
        at.did(asked("call_1", "join"), ("DELETE", "/calls/call_1/supervision", None))
        server.says("call_1")
        expect(bar(at.page)).not_to_contain_text("Dana Whitfield")


def test_the_microphone_is_closed_when_nothing_is_listened_to_any_more(browser: Browser) -> None:
    open_microphones = """() => (window.microphones ?? []).flatMap((one) => one.getAudioTracks())
        .filter((track) => track.readyState === "live").length"""
    with stage(browser, "board") as at:
        at.page.add_init_script(MICROPHONES)
        at.open("/board")
        server = Server(at, "busy")
        way(at.page, LISTEN).click()
        at.did(asked("call_1", "listen"))
        server.sam("listen")
        expect(bar(at.page)).to_contain_text("Listening to")
        assert at.page.evaluate(open_microphones) == 1
        bar(at.page).get_by_role("button", name="Stop").click()
        at.did(asked("call_1", "listen"), ("DELETE", "/calls/call_1/supervision", None))
        server.says("call_1")
        at.page.wait_for_function(f"({open_microphones})() === 0")

        way(at.page, LISTEN).click()  # and is there again for the next one
        at.did(asked("call_1", "listen"), ("DELETE", "/calls/call_1/supervision", None), asked("call_1", "listen"))
        server.sam("listen")
        assert at.page.evaluate(open_microphones) == 1
        server.says("call_1", state="ended")  # the conversation is over
        at.page.wait_for_function(f"({open_microphones})() === 0")


def test_whoever_is_heard_is_quiet_for_a_moment_without_leaving(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.page.add_init_script(MICROPHONES)
        at.open("/board")
        server = Server(at, "busy")
        mute = bar(at.page).get_by_role("button", name="Mute", exact=True)
        way(at.page, LISTEN).click()
        at.did(asked("call_1", "listen"))
        server.sam("listen")
        expect(bar(at.page)).to_contain_text("Listening to")
        expect(mute).to_have_count(0)  # nobody hears who only listens
        way(at.page, JOIN).click()
        at.did(asked("call_1", "listen"), asked("call_1", "join"))
        server.sam("join")
        assert microphone_sends(at.page)
        mute.click()
        assert not microphone_sends(at.page)
        bar(at.page).get_by_role("button", name="Unmute").click()
        assert microphone_sends(at.page)


def test_the_ways_have_their_words_where_there_is_room(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        for name, word in {LISTEN: "Listen", WHISPER: "Whisper", JOIN: "Join"}.items():
            expect(way(at.page, name).get_by_text(word, exact=True)).to_be_visible()
        at.resize((1280, 800))
        expect(way(at.page, LISTEN).get_by_text("Listen", exact=True)).to_be_hidden()


def test_signing_out_ends_it(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        server = Server(at, "busy")
        way(at.page, LISTEN).click()
        at.did(asked("call_1", "listen"))
        server.sam("listen")
        at.page.get_by_role("button", name="Settings for Sam Reyes").click()
        at.page.get_by_role("button", name="Sign out").click()
        at.page.get_by_label("Username").wait_for()
        at.page.wait_for_function(
            "window.nodes.every((node) => node.getReceivers().every((each) => each.transport.state === 'closed'))"
        )


def test_keys_of_a_row_that_has_the_focus(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        server = Server(at, "busy")
        way(at.page, LISTEN).focus()
        expect(way(at.page, LISTEN)).to_have_attribute("title", "Listen · 1")
        at.page.keyboard.press("2")
        at.did(asked("call_1", "whisper"))
        server.sam("whisper")
        at.page.keyboard.press("3")
        at.did(asked("call_1", "whisper"), asked("call_1", "join"))
        server.sam("join")
        at.page.keyboard.press("Escape")
        at.did(asked("call_1", "whisper"), asked("call_1", "join"), ("DELETE", "/calls/call_1/supervision", None))


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [(409, "supervision_refused", "You can't listen to this call right now."), (403, "not_your_call", "This isn't your call.")],
)
def test_a_refusal_is_said_and_nothing_is_pressed(browser: Browser, status: int, code: str, words: str) -> None:
    with stage(browser, "board") as at:
        refusal = {"error": {"code": code, "message": "No."}}
        at.page.route("**/calls/call_1/supervision", lambda route: route.fulfill(status=status, json=refusal))
        at.open("/board")
        way(at.page, LISTEN).click()
        expect(at.page.get_by_role("alert")).to_contain_text(words)
        expect(at.page.locator("[aria-pressed=true]")).to_have_count(0)
        expect(bar(at.page).get_by_role("button", name="Stop")).to_be_hidden()


def test_without_a_microphone_it_says_what_to_do(browser: Browser) -> None:
    with stage(browser, "board", microphone=False) as at:
        at.open("/board")
        way(at.page, LISTEN).click()
        expect(bar(at.page)).to_contain_text("Microphone blocked. Allow it in the address bar, then try again.")
        expect(bar(at.page).get_by_role("button", name="Try again")).to_be_visible()
        assert serious_violations(at.page) == []
        at.did()
        bar(at.page).get_by_role("button", name="Stop").click()
        expect(bar(at.page)).not_to_contain_text("Microphone")


def test_audio_that_was_lost_comes_back_into_the_conversation(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        server = Server(at, "busy")
        way(at.page, LISTEN).click()
        at.did(asked("call_1", "listen"))
        server.sam("listen")
        at.failing["POST /legs"] = 503
        at.page.evaluate("window.nodes.at(-1).close()")
        expect(bar(at.page)).to_contain_text("Audio lost. Reconnecting…")
        server.says("call_1")
        del at.failing["POST /legs"]
        at.did(asked("call_1", "listen"), asked("call_1", "listen"))
        assert [path for _, path, _ in at.asked].count("/legs") == 2


def may_not_supervise(me: dict[str, Any]) -> None:
    me["permissions"].remove("supervise")


def may_hear_nobody(me: dict[str, Any]) -> None:
    """As an administrator, unless the company says so."""
    me["recordings"] = "own"


@pytest.mark.parametrize("take_away", [may_not_supervise, may_hear_nobody])
def test_whoever_may_not_listen_has_no_buttons(browser: Browser, take_away: Callable[[dict[str, Any]], None]) -> None:
    with stage(browser, "board") as at:
        for me in (at.scenario.me, at.scenario.steps[0]["messages"][1]["me"]):
            take_away(me)  # type: ignore[arg-type]
        at.open("/board")
        at.page.get_by_role("region", name="Conversations now").wait_for()
        expect(way(at.page, LISTEN)).to_have_count(0)


@pytest.mark.parametrize("size", [(1440, 900), (1280, 800)], ids=["1440", "1280"])
def test_nothing_moves_when_a_row_goes_live(browser: Browser, size: tuple[int, int]) -> None:
    with stage(browser, "board", size=size) as at:
        at.open("/board")
        server = Server(at, "busy")
        way(at.page, LISTEN).wait_for()

        def places() -> list[tuple[float, ...]]:
            names = (LISTEN, WHISPER, JOIN, "Search", "Settings for Sam Reyes")
            return [box_of(at.page.get_by_role("button", name=name).first) for name in names]

        before = places()
        way(at.page, LISTEN).click()
        at.did(asked("call_1", "listen"))
        for mode in ("listen", "whisper", "join"):
            server.sam(mode)
            assert places() == before, mode
        box = at.page.get_by_role("region", name="Conversations now")
        assert box.evaluate("(box) => box.scrollWidth - box.clientWidth") <= 0, "every column is seen without scrolling"
        server.says("call_3", state="talking", connected_at=at.scenario.steps[0]["at"])
        assert places() == before, "another row became a conversation"


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("listen", "A supervisor is listening"),
        ("whisper", "A supervisor is whispering to you"),
        ("join", "A supervisor has joined"),
    ],
)
def test_the_agent_sees_who_is_with_them_and_nothing_else_moves(browser: Browser, mode: str, words: str) -> None:
    with stage(browser, "desk") as at:
        at.open("/desk", "answered")
        at.page.get_by_text("Mic OK").wait_for()
        server = Server(at, "answered")
        line = at.page.get_by_text("+44 •••• ••9 180 · Billing").first
        before = [*call_bar(at.page), box_of(line)]
        server.says("call_1", ("user_sam", mode))
        expect(at.page.get_by_role("status").filter(has_text=words)).to_be_visible()
        assert [*call_bar(at.page), box_of(line)] == before
        assert serious_violations(at.page) == []
        server.says("call_1")
        expect(at.page.get_by_text(words)).to_have_count(0)


def test_no_serious_finding_while_one_listens(browser: Browser) -> None:
    with stage(browser, "board") as at:
        at.open("/board")
        server = Server(at, "busy")
        way(at.page, LISTEN).click()
        at.did(asked("call_1", "listen"))
        server.sam("listen")
        assert serious_in_light_and_dark(at.page) == []


def test_chinese(browser: Browser) -> None:
    with stage(browser, "board", language="zh") as at:
        at.open("/board")
        server = Server(at, "busy")
        way(at.page, "监听 Dana Whitfield 与 Mei Lin 的通话").click()
        at.did(asked("call_1", "listen"))
        server.sam("listen")
        expect(bar(at.page)).to_contain_text("正在监听 Dana Whitfield 与 Mei Lin 的通话")
        expect(bar(at.page).get_by_role("button", name="停止")).to_be_visible()
