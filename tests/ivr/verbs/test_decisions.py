"""`hours`, `lookup`, `set`, `branch`: steps that decide without a word."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from ivr.flow import CallFacts
from ivr.text import LONGEST_VALUE
from ivr.verbs.branch import same
from tests.ivr.callers import Caller, flow_of

HOURS = """
    hours:
      verb: hours
      time_zone: Europe/London
      week:
        mon-fri: ["08:00-12:30", "13:00-20:00"]
        sat: ["09:00-17:00"]
      special:
        "2026-12-24": ["09:00-12:00"]
      holidays: {country: GB, subdivision: ENG}
      open: here
      closed: nobody
      holiday: feast
    here: {verb: hang_up, say: Open.}
    nobody: {verb: hang_up, say: Closed.}
    feast: {verb: hang_up, say: Holiday.}
"""


@pytest.mark.parametrize(
    ("local", "heard", "why"),
    [
        ("2026-06-22T08:00", "Open.", "open"),
        ("2026-06-22T07:59", "Closed.", "closed (Mon 07:59)"),
        ("2026-06-22T12:45", "Closed.", "closed (Mon 12:45)"),
        ("2026-06-22T20:00", "Closed.", "closed (Mon 20:00)"),
        ("2026-06-27T16:59", "Open.", "open"),
        ("2026-06-28T12:00", "Closed.", "closed (Sun 12:00)"),
        ("2026-12-24T11:00", "Open.", "open"),
        ("2026-12-24T13:00", "Closed.", "closed (Thu 13:00)"),
        ("2026-12-25T11:00", "Holiday.", "holiday: Christmas Day"),
    ],
)
def test_the_hour_decides(local: str, heard: str, why: str) -> None:
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Europe/London")).timestamp()
    caller = Caller(flow_of(HOURS), at=at)
    assert (caller.hears, caller.reason) == (heard, why)


LOOKUP = """
    who:
      verb: lookup
      wait_s: 1.5
      next: known
      not_found: stranger
    known: {verb: hang_up, say: "Hello {customer_name}"}
    stranger: {verb: hang_up, say: Hello.}
"""


def test_waits_in_silence_until_the_caller_is_known() -> None:
    caller = Caller(flow_of(LOOKUP))
    caller.waits(1.4)
    assert caller.step == "who"
    caller.is_known_as(customer_name="Mei", vip="yes", open_tickets="2", is_new="no", certainty="certain")
    assert (caller.hears, caller.reason) == ("Hello Mei", "known customer, VIP, 2 open tickets")


def test_says_no_name_to_who_is_only_likely_the_customer() -> None:
    caller = Caller(flow_of(LOOKUP))
    caller.is_known_as(customer_name="Mei", vip="yes", is_new="no", certainty="likely")
    assert (caller.hears, caller.reason) == ("Hello", "likely a known customer, VIP")


def test_does_not_wait_when_the_caller_is_known_already() -> None:
    caller = Caller(flow_of("hello: {verb: say, text: Welcome., next: who}\n" + LOOKUP.replace("\n    ", "\n").strip()))
    caller.is_known_as(customer_name="Mei", is_new="yes")
    caller.listens()
    assert (caller.step, caller.reason) == ("known", "new customer")


def test_goes_on_without_the_caller_s_name() -> None:
    caller = Caller(flow_of(LOOKUP))
    caller.waits(1.5)
    assert (caller.step, caller.reason) == ("stranger", "caller not known in time")


def test_set_fills_variables_in() -> None:
    flow = flow_of("""
        note: {verb: set, values: {greeting: "Hi {caller}", urgent: true, level: 3}, next: bye}
        bye: {verb: hang_up, say: "{greeting} {urgent} {level}"}
    """)
    assert Caller(flow, facts=CallFacts(caller="441")).hears == "Hi 441 yes 3"


def test_set_changes_the_language_of_what_follows() -> None:
    flow = flow_of("""
        chinese: {verb: set, values: {spoken_language: zh}, next: bye}
        bye: {verb: hang_up, say: {en: Good-bye., zh: 再见。}}
    """)
    assert Caller(flow).hears == "再见。"


BRANCH = """
    decide:
      verb: branch
      cases:
        - {if: vip, is: true, go: first}
        - {if: open_tickets, at_least: 1, at_most: 3, go: second}
        - {if: last_channel, one_of: [chat, email], go: third}
        - {if: last_agent, known: true, go: fourth}
      otherwise: last
    first: {verb: hang_up, say: VIP.}
    second: {verb: hang_up, say: Tickets.}
    third: {verb: hang_up, say: Writes.}
    fourth: {verb: hang_up, say: Agent.}
    last: {verb: hang_up, say: None.}
"""


@pytest.mark.parametrize(
    ("facts", "heard"),
    [
        ({"vip": "yes", "open_tickets": "1"}, "VIP."),
        ({"vip": "true"}, "VIP."),
        ({"vip": "no", "open_tickets": "3"}, "Tickets."),
        ({"open_tickets": "4"}, "None."),
        ({"open_tickets": "many"}, "None."),
        ({"last_channel": "Email"}, "Writes."),
        ({"last_agent": "agent_mei"}, "Agent."),
        ({}, "None."),
    ],
)
def test_the_first_case_that_holds_decides(facts: dict[str, str], heard: str) -> None:
    flow = flow_of("who: {verb: lookup, next: decide}\n" + BRANCH.replace("\n    ", "\n").strip())
    caller = Caller(flow)
    caller.is_known_as(**facts)
    assert caller.hears == heard


def test_the_trace_says_what_decided() -> None:
    caller = Caller(flow_of("who: {verb: lookup, next: decide}\n" + BRANCH.replace("\n    ", "\n").strip()))
    caller.is_known_as(open_tickets="2")
    assert caller.reason == "open_tickets is 2"


@pytest.mark.parametrize(("left", "right"), [("Yes", "true"), ("", "no"), ("2", "2.0"), ("Chat ", "chat")])
def test_equal_in_meaning(left: str, right: str) -> None:
    assert same(left, right)
    assert not same(left, "other")


def test_a_variable_that_is_put_into_itself_does_not_grow_for_ever() -> None:
    """Eight times as long with every key that the caller pressed: after ten of them the process had no memory left."""
    flow = flow_of("""
        more: {verb: set, values: {v: "{v}{v}{v}{v}{v}{v}{v}{v}x"}, next: again}
        again: {verb: menu, ask: Again, options: [{digit: 1, go: more}], otherwise: bye}
        bye: {verb: hang_up}
    """)
    caller = Caller(flow)
    for _ in range(12):
        caller.presses("1")
    assert len(caller.machine.state.variables["v"]) == LONGEST_VALUE


COPIES = """
    who: {verb: lookup, next: copy}
    copy: {verb: set, values: {greeting: "Dear {customer_name}"}, next: again}
    again: {verb: set, values: {whole: "{greeting}, good morning"}, next: speak}
    speak: {verb: say, text: "{whole}!", next: bye}
    bye: {verb: hang_up, say: "Bye {greeting}."}
"""


@pytest.mark.parametrize("certainty", ["likely", "shared", "unknown"])
def test_what_is_made_of_the_customers_name_is_no_more_spoken_than_the_name(certainty: str) -> None:
    """Under another name it was: to whoever called with that number."""
    caller = Caller(flow_of(COPIES))
    caller.is_known_as(customer_name="Mei", certainty=certainty)
    assert caller.hears == "Bye"


def test_of_whom_it_is_certain_hears_it() -> None:
    caller = Caller(flow_of(COPIES))
    caller.is_known_as(customer_name="Mei", certainty="certain")
    assert caller.hears == "Dear Mei, good morning"
