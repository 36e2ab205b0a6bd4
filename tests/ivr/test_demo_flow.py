"""The demo flow, walked in virtual time: what callers of Northwind Home live through."""

from pathlib import Path as FilePath

import pytest

from ivr.coverage import coverage
from ivr.flow import CallFacts, Flow
from ivr.load import DEMO_FLOW, load_flow, load_flow_file
from ivr.simulator import Path, script, simulate
from ivr.verbs import VERBS
from tests.ivr.callers import NOON

DOCUMENTATION = FilePath(__file__).parents[2] / "docs" / "flows.md"
CALL = CallFacts(caller="+441632960001", called="1000")
CERTAIN = {"certainty": "certain"}
VIP = {"customer_name": "Mei Chen", "vip": "yes", "open_tickets": "1", "is_new": "no", **CERTAIN}


@pytest.fixture(scope="module")
def flow() -> Flow:
    return load_flow_file(DEMO_FLOW)


def walk(flow: Flow, answers: str, customer: dict[str, str] | None = None, agent_after_s: float | None = 30.0) -> Path:
    return simulate(flow, CALL, NOON, script(answers), customer=customer, agent_after_s=agent_after_s)


def test_a_stranger_chooses_orders_and_is_connected(flow: Flow) -> None:
    path = walk(flow, "1")
    assert path.names == ["welcome", "opening_hours", "who_calls", "is_vip", "is_certain", "main_menu", "orders"]
    assert path.texts[0].startswith("Welcome to Northwind Home")
    assert path.outcome == "connected"
    assert path.enqueued is not None
    assert (path.enqueued.queue_id, path.enqueued.priority) == ("queue_orders", 0.0)


def test_a_vip_with_an_open_ticket_hears_of_it_and_goes_first(flow: Flow) -> None:
    path = walk(flow, "say:billing", VIP)
    assert "I see you have an open ticket with us. Your agent will have it in front of them." in path.texts
    assert path.steps[-1].detail == "said “billing” (billing)"
    assert path.enqueued is not None
    assert (path.enqueued.queue_id, path.enqueued.priority) == ("queue_billing", 10.0)


@pytest.mark.parametrize("certainty", ["likely", "shared", "unknown"])
def test_who_may_be_somebody_else_hears_nothing_of_the_customer_and_goes_first_all_the_same(flow: Flow, certainty: str) -> None:
    path = walk(flow, "say:billing", {**VIP, "certainty": certainty})
    assert not [text for text in path.texts if "ticket" in text or "Mei" in text]
    assert path.enqueued is not None
    assert path.enqueued.priority == 10.0


def test_several_open_tickets_are_counted(flow: Flow) -> None:
    path = walk(flow, "2", {"customer_name": "", "open_tickets": "3", **CERTAIN})
    assert any(text.startswith("I see you have 3 open tickets") for text in path.texts)


def test_who_says_nothing_still_reaches_somebody(flow: Flow) -> None:
    path = walk(flow, "silence silence silence")
    assert path.names[-2:] == ["any_agent", "orders"]


def test_when_nobody_is_free_the_caller_is_told(flow: Flow) -> None:
    path = walk(flow, "1", agent_after_s=None)
    assert path.texts[-1].startswith("I am sorry, everybody is still busy.")
    assert path.took_s < 1000


def test_who_hangs_up_at_the_menu_is_gone(flow: Flow) -> None:
    assert walk(flow, "hang-up").outcome == "hung_up"


def test_these_walks_cover_the_flow_but_for_its_refusals(flow: Flow) -> None:
    tickets = {"open_tickets": "3", **CERTAIN}
    sure_of = [CERTAIN, VIP, tickets]
    walks = [walk(flow, "1"), walk(flow, "silence silence silence"), *(walk(flow, "2", customer) for customer in sure_of)]
    nobody = [walk(flow, answers, agent_after_s=None) for answers in ("1", "2")]
    report = coverage(flow, [*walks, *nobody])
    assert [(way.step, way.to) for way in report.missing] == [
        ("opening_hours", "after_hours"),
        ("orders", "not_possible"),
        ("billing", "not_possible"),
    ]
    assert report.share == pytest.approx(19 / 22)


def test_everything_usual_can_be_spoken_before_the_first_call(flow: Flow) -> None:
    fixed = {prompt.text for prompt in flow.fixed_prompts()}
    spoken = {text for text in walk(flow, "9 silence 1", VIP).texts if not text.startswith("♪")}
    assert all(any(text.startswith(piece) for piece in fixed) for text in spoken)
    assert {prompt.language for prompt in flow.fixed_prompts()} == {"en"}


def test_the_documented_flow_is_right() -> None:
    page = DOCUMENTATION.read_text(encoding="utf-8")
    flow = load_flow(page.split("```yaml\n", 1)[1].split("```", 1)[0], DOCUMENTATION.name)
    assert list(flow.steps) == ["welcome", "choose", "orders", "sorry"]
    for verb in VERBS:
        assert f"| `{verb}` |" in page
