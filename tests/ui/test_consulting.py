"""An agent asks a colleague, swaps, talks with both, hands over, transfers; and what the colleague sees of it.

Who takes part is what the server says; the page only asks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.ui.axe import serious_in_light_and_dark, serious_violations
from tests.ui.test_layout import box_of
from tools.ui_stage import Stage, stage

NOTE = "Second capture of £84.90: may I release it?"
SKILLS = [{"skill": "orders", "name": "Orders", "level": 4}, {"skill": "english", "name": "English", "level": 5}]


def colleague(name: str, why_not: str | None = None, reason: str = "", **fields: Any) -> dict[str, Any]:
    first = name.partition(" ")[0].lower()
    known: dict[str, Any] = {"agent_id": f"agent_{first}", "name": name, "state": why_not or "available", "reason": reason}
    known |= {"since": 1795430400, "until": None, "skills": SKILLS, "why_not": why_not}
    return known | {"available_for_call": why_not is None} | fields


def queue(name: str, p50: float | None, available: int = 0, is_open: bool = True) -> dict[str, Any]:
    known: dict[str, Any] = {
        "queue_id": f"queue_{name.lower()}",
        "name": name,
        "waiting": 3,
        "agents_available": available,
        "open": is_open,
    }
    return known | {"expected_p50_s": p50, "expected_p90_s": None if p50 is None else p50 * 3}


AGENTS = [
    colleague("Aisha Khan"),
    colleague("Noor Haddad", skills=[]),
    colleague("Pedro Alves", "busy"),
    colleague("Jonas Weber", "away", "lunch"),
    colleague("Rita Lund", "unreachable", "desk_closed"),
]
QUEUES = [queue("Orders", 25), queue("Technical", None), queue("Returns", 10, is_open=False)]


def found(agents: list[dict[str, Any]], queues: list[dict[str, Any]]) -> dict[str, Any]:
    return {"agents": agents, "agents_found": len(agents), "queues": queues, "queues_found": len(queues)}


def party(role: str, state: str, agent_id: str | None = None, **fields: Any) -> dict[str, Any]:
    known: dict[str, Any] = {"party_id": f"party_{role}", "role": role, "state": state, "agent_id": agent_id, "user_id": None}
    return known | {"mode": "talk", "work_id": None, "since": 1795430530, "until": None} | fields


MEI, AISHA = "agent_mei", "agent_aisha"
CONSULTATION = {"work_id": "work_2", "purpose": "consultation", "agent_id": MEI, "to_agent_id": AISHA, "note": NOTE}
ASKED: dict[str, Any] = CONSULTATION | {"queue_id": "queue_billing", "taken_by": None, "at": 1795430530}
RINGS = party("consultant", "ringing", AISHA)
JOINED = party("consultant", "joined", AISHA)
WAITS = party("consultant", "held", AISHA)
AGENT = party("agent", "joined", MEI)


class Server:
    """Tells how call 1 is now."""

    def __init__(self, at: Stage, step: str = "answered") -> None:
        told = [message for each in at.scenario.steps[: at.scenario.index(step) + 1] for message in each["messages"]]
        self._call: dict[str, Any] = next(message["call"] for message in reversed(told) if message["type"] == "call")
        self._at = at
        self._seq = max(message["seq"] for message in told)
        self.says(names={MEI: "Mei Lin", AISHA: "Aisha Khan"})

    def sends(self, **message: Any) -> None:
        self._seq += 1
        self._at.send(message | {"seq": self._seq})
        self._at.shown()

    def says(self, **change: Any) -> None:
        self._call |= change
        self.sends(type="call", call=self._call)

    def people(self, customer: str, colleague: dict[str, Any] | None, **change: Any) -> None:
        """Of the agent whose desk it is."""
        parties = [party("customer", customer), AGENT, *([colleague] if colleague else [])]
        self.says(parties=parties, state="held" if customer == "held" else "talking", **change)

    def consulting(self) -> None:
        self.people("held", JOINED, asked=ASKED | {"taken_by": AISHA})

    def as_colleague(self, customer: str = "held") -> None:
        """Mei's desk is that of whoever is asked: the call is Aisha's."""
        asked = ASKED | {"agent_id": AISHA, "to_agent_id": MEI, "taken_by": MEI}
        parties = [party("customer", customer), party("agent", "joined", AISHA), party("consultant", "joined", MEI)]
        state = "held" if customer == "held" else "talking"
        self.says(parties=parties, agent_id=AISHA, state=state, asked=asked, work_id="work_9")


def on_a_call(at: Stage) -> Server:
    at.answers["GET /colleagues"] = found(AGENTS, QUEUES)
    at.open("/desk", "answered")
    at.page.get_by_text("Mic OK").wait_for()
    server = Server(at)
    server.people("joined", None)
    return server


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def panel(page: Page) -> Locator:
    return page.get_by_role("dialog")


def people(page: Page) -> Locator:
    return page.get_by_role("region", name="In this call")


def test_a_colleague_is_found_and_asked_by_keyboard_alone(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        on_a_call(at)
        at.page.keyboard.press("c")
        field = panel(at.page).get_by_role("combobox")
        expect(field).to_be_focused()
        expect(panel(at.page)).to_have_accessible_name("Consult about Dana Whitfield")
        expect(panel(at.page).get_by_role("option")).to_have_count(8)
        expect(panel(at.page).get_by_role("option", selected=True)).to_contain_text("Aisha Khan")
        at.page.keyboard.press("ArrowDown")
        expect(panel(at.page).get_by_role("option", selected=True)).to_contain_text("Noor Haddad")
        at.page.keyboard.press("Enter")
        at.did(("POST", "/calls/call_1/consultation", {"agent_id": "agent_noor", "note": ""}))
        expect(panel(at.page)).to_have_count(0)


def test_whoever_cannot_be_called_is_shown_with_the_reason_and_not_called(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        on_a_call(at)
        button(at.page, "Transfer").click()
        for name, words in {
            "Pedro Alves": "Pedro Alves is on a call and can't be called now.",
            "Jonas Weber": "Jonas Weber is away and can't be called now.",
            "Returns": "Returns is closed now.",
        }.items():
            panel(at.page).get_by_role("option").filter(has_text=name).click()
            expect(panel(at.page).get_by_role("status")).to_contain_text(words)
            expect(panel(at.page).get_by_role("button", name=f"Transfer to {name}")).to_be_disabled()
            at.page.keyboard.press("Enter")
        at.did()


def test_what_changes_meanwhile_is_said_where_it_was(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        on_a_call(at)
        button(at.page, "Consult").click()
        will = panel(at.page).get_by_role("status")
        expect(will).to_have_text(
            "Dana Whitfield hears music. Aisha Khan is called and talks with you alone. "
            "You can go back to Dana Whitfield at any time."
        )
        before = box_of(panel(at.page).get_by_role("button", name="Call Aisha Khan"))
        changed = [AGENTS[1], colleague("Aisha Khan", "away"), *AGENTS[2:]]
        at.answers["GET /colleagues"] = found(changed, QUEUES)
        expect(will).to_contain_text("Aisha Khan is away and can't be called now.")
        options = panel(at.page).get_by_role("option")
        expect(options.nth(0)).to_contain_text("Aisha Khan")
        assert box_of(panel(at.page).get_by_role("button", name="Call Aisha Khan")) == before


def test_enter_pressed_before_the_answer_calls_nobody_of_the_search_before(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        on_a_call(at)
        at.page.keyboard.press("t")
        options = panel(at.page).get_by_role("option")
        expect(options).to_have_count(8)
        at.answers["GET /colleagues"] = found([], QUEUES)
        panel(at.page).get_by_role("combobox").fill("orders")
        at.page.keyboard.press("Enter")
        expect(options).to_have_count(3)
        at.did()
        expect(panel(at.page).get_by_role("option", selected=True)).to_contain_text("Orders")
        at.page.keyboard.press("Enter")
        at.did(("POST", "/calls/call_1/transfer", {"queue_id": "queue_orders", "note": ""}))


def test_whoever_is_not_there_any_more_leaves_nobody_chosen(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        on_a_call(at)
        at.page.keyboard.press("c")
        options = panel(at.page).get_by_role("option")
        expect(panel(at.page).get_by_role("option", selected=True)).to_contain_text("Aisha Khan")
        at.answers["GET /colleagues"] = found(AGENTS[1:], QUEUES)
        expect(options).to_have_count(7)
        at.page.keyboard.press("Enter")
        expect(panel(at.page).get_by_role("status")).to_have_text("Choose an agent or a queue.")
        at.page.keyboard.press("ArrowDown")
        at.page.keyboard.press("Enter")
        at.did(("POST", "/calls/call_1/consultation", {"agent_id": "agent_noor", "note": ""}))


def test_the_way_is_flipped_and_the_note_goes_along(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        on_a_call(at)
        at.page.get_by_role("textbox", name="Notes").fill(NOTE)
        button(at.page, "Transfer").click()
        note = panel(at.page).get_by_label("Note for Aisha Khan")
        expect(note).to_have_value(NOTE)
        at.page.keyboard.press("Control+/")
        expect(panel(at.page)).to_have_accessible_name("Consult about Dana Whitfield")
        at.page.keyboard.press("Control+/")
        panel(at.page).get_by_role("option").filter(has=at.page.get_by_text("Orders", exact=True)).click()
        expect(panel(at.page).get_by_role("status")).to_contain_text("Dana Whitfield waits in Orders, expected 0:25–1:15")
        panel(at.page).get_by_role("button", name="Transfer to Orders").click()
        at.did(("POST", "/calls/call_1/transfer", {"queue_id": "queue_orders", "note": NOTE}))


def test_escape_closes_it_and_the_focus_is_where_it_was(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        on_a_call(at)
        at.page.keyboard.press("t")
        expect(panel(at.page).get_by_role("combobox")).to_be_focused()
        at.page.keyboard.press("Escape")
        expect(panel(at.page)).to_have_count(0)
        expect(button(at.page, "Transfer")).to_be_focused()
        button(at.page, "Consult").click()
        at.page.keyboard.press("Escape")
        expect(button(at.page, "Consult")).to_be_focused()


def test_swap_conference_and_hand_over(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        server = on_a_call(at)
        server.people("held", RINGS, asked=ASKED)
        expect(people(at.page)).to_contain_text("On hold, hears music")
        expect(people(at.page)).to_contain_text("Ringing")
        expect(button(at.page, "Talk with both")).to_be_disabled()
        expect(button(at.page, "Cancel call")).to_be_visible()
        server.consulting()
        expect(people(at.page)).to_contain_text("Talking with you")
        at.page.keyboard.press("h")
        wish = ("PUT", "/calls/call_1/talking-with", {"parties": ["party_customer"]})
        at.did(wish)
        server.people("joined", WAITS)
        at.page.keyboard.press("h")
        at.did(wish, ("PUT", "/calls/call_1/talking-with", {"parties": ["party_consultant"]}))
        server.people("held", JOINED)
        at.asked.clear()
        at.page.keyboard.press("j")
        at.did(("PUT", "/calls/call_1/talking-with", {"parties": ["party_customer", "party_consultant"]}))
        server.people("joined", JOINED)
        expect(people(at.page)).to_contain_text("Talking with you and Aisha Khan")
        at.asked.clear()
        at.page.keyboard.press("Shift+T")
        at.did(("POST", "/calls/call_1/consultation/hand-over", None))


def test_a_consultation_is_ended_and_only_that(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        on_a_call(at).consulting()
        button(at.page, "End consultation").click()
        at.did(("DELETE", "/calls/call_1/consultation", None))


def test_hanging_up_on_two_people_asks_how(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        server = on_a_call(at)
        server.consulting()
        at.page.keyboard.press("e")
        group = at.page.get_by_role("group", name="End the call for everyone?")
        expect(group.get_by_role("button", name="Hand over")).to_be_focused()
        at.page.keyboard.press("Escape")
        expect(group).to_have_count(0)
        at.did()
        at.page.keyboard.press("e")
        server.people("joined", None, asked=None)
        server.people("held", JOINED | {"party_id": "party_second"})
        expect(group).to_have_count(0)  # another consultation is another question
        at.page.keyboard.press("e")
        group.get_by_role("button", name="End for everyone").click()
        at.did(("POST", "/calls/call_1/hang-up", None))


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("agent:declined", "Aisha Khan declined."),
        ("agent:no_answer", "Aisha Khan didn't answer."),
        ("agent:not_available", "Aisha Khan wasn't available."),
        ("agent:hung_up", "Aisha Khan has left the call."),
    ],
)
def test_why_a_consultation_came_to_nothing_is_said_and_resume_goes_on(browser: Browser, cause: str, words: str) -> None:
    with stage(browser, "desk") as at:
        server = on_a_call(at)
        server.people("held", RINGS, asked=ASKED)
        server.people("held", None, asked=None, consultation_end={"cause": cause, "agent_id": AISHA, "at": 1795430540})
        expect(people(at.page)).to_contain_text(f"{words} Dana Whitfield is still on hold.")
        button(at.page, "Resume").click()
        at.did(("PUT", "/calls/call_1/talking-with", {"parties": ["party_customer"]}))
        server.people("joined", None, consultation_end=None)
        expect(people(at.page)).to_have_count(0)


def offered(at: Stage, server: Server, purpose: str) -> None:
    (offer,) = [m["offer"] for step in at.scenario.steps for m in step["messages"] if m["type"] == "offer"]
    asked = {"purpose": purpose, "asked_by": AISHA, "asked_by_name": "Aisha Khan", "note": NOTE}
    server.sends(type="call_removed", call_id="call_1")
    server.sends(type="offer", offer=offer | asked | {"offer_id": "offer_9", "expires_at": offer["expires_at"] + 60})


@pytest.mark.parametrize(
    ("purpose", "words"),
    [("consultation", "Aisha Khan asks you about this call"), ("transfer", "Transferred by Aisha Khan")],
)
def test_an_offer_says_who_asks_and_what_before_the_answer(browser: Browser, purpose: str, words: str) -> None:
    with stage(browser, "desk") as at:
        offered(at, on_a_call(at), purpose)
        for where in (at.page.get_by_role("region", name="My work"), at.page.get_by_role("main")):
            expect(where).to_contain_text(words)
            expect(where).to_contain_text(NOTE)
        expect(at.page.get_by_role("complementary", name="Customer")).to_contain_text("Dana Whitfield")
        assert serious_violations(at.page) == []


def test_the_colleague_sees_who_asks_and_leaves_without_ending_the_call(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        server = on_a_call(at)
        server.as_colleague()
        expect(people(at.page)).to_contain_text("Aisha Khan asks you")
        expect(people(at.page)).to_contain_text(NOTE)
        expect(people(at.page)).to_contain_text("On hold, hears music")
        expect(button(at.page, "Hold")).to_be_disabled()
        expect(button(at.page, "Consult")).to_be_disabled()
        at.page.keyboard.press("h")
        at.page.keyboard.press("e")
        at.did(("DELETE", "/calls/call_1/consultation", None))


def test_the_note_stays_with_whoever_took_the_call(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        server = on_a_call(at)
        server.people(
            "joined", None, asked=ASKED | {"purpose": "transfer", "agent_id": AISHA, "taken_by": MEI, "work_id": "work_1"}
        )
        expect(at.page.get_by_role("main")).to_contain_text(f"Transferred by Aisha Khan {NOTE}")


def test_what_was_handed_on_is_written_up_while_the_call_goes_on(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        server = on_a_call(at)
        wrap_up = {"agent_id": MEI, "work_id": "work_1", "since": 1795430540, "until": None}
        server.says(parties=[party("customer", "joined")], agent_id=AISHA, work_id="work_2", wrap_ups=[wrap_up])
        expect(at.page.get_by_role("main")).to_contain_text("Goes on with Aisha Khan")
        expect(button(at.page, "Hang up")).to_be_disabled()
        at.page.get_by_text("Solved", exact=True).click()
        button(at.page, "Finish").click()
        expect(at.page.get_by_text("Saved to the customer's history")).to_be_visible()
        (asked,) = at.actions
        assert (asked[1], asked[2]["disposition"]) == ("/work/work_1/wrap-up", "solved")


@pytest.mark.parametrize("size", [(1440, 900), (1280, 800), (1024, 768)], ids=["1440", "1280", "1024"])
def test_every_control_keeps_its_place_and_nothing_is_cut(browser: Browser, size: tuple[int, int]) -> None:
    with stage(browser, "desk", size=size) as at:
        server = on_a_call(at)
        tools = at.page.get_by_role("toolbar", name="Call controls")

        def places() -> list[tuple[float, ...]]:
            return [box_of(each) for each in tools.get_by_role("button").all()]

        before = places()
        changes: tuple[Callable[[], None], ...] = (
            lambda: button(at.page, "Consult").click(),
            lambda: server.people("held", RINGS, asked=ASKED),
            server.consulting,
            lambda: server.people("joined", WAITS),
            lambda: server.people("joined", JOINED),
        )
        for change in changes:
            change()
            assert places() == before
            for box in (tools, *([people(at.page)] if people(at.page).count() else [])):
                assert box.evaluate("(box) => box.scrollWidth - box.clientWidth") <= 0


def test_no_serious_finding_in_the_panel(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        on_a_call(at)
        button(at.page, "Transfer").click()
        panel(at.page).get_by_role("option").first.wait_for()
        assert serious_in_light_and_dark(at.page) == []


def test_no_serious_finding_with_several_people(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        on_a_call(at).consulting()
        people(at.page).wait_for()
        assert serious_in_light_and_dark(at.page) == []


def test_chinese(browser: Browser) -> None:
    with stage(browser, "desk", language="zh") as at:
        at.answers["GET /colleagues"] = found(AGENTS, QUEUES)
        at.open("/desk", "answered")
        server = Server(at)
        server.people("joined", None)
        button(at.page, "咨询").click()
        expect(panel(at.page).get_by_role("status")).to_contain_text("Dana Whitfield 将听到音乐。")
        at.page.keyboard.press("Escape")
        server.consulting()
        region = at.page.get_by_role("region", name="通话成员")
        expect(region).to_contain_text("通话保持中，正在听音乐")
        expect(region.get_by_role("button", name="三方会议")).to_be_visible()
