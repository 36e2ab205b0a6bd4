"""What the agent is told before the first ring, as a pure function of what is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from core.ids import CallId, CustomerId, InteractionId, QueueId
from core.model import Certainty, Channel, LegKind
from customers.identity import CONFIDENCE, customer_of_call, interaction_of_call
from customers.model import Call, Fact, Identifier, IdentifierKind, Interaction, Profile, Provenance, Status, Step
from customers.reasons import Standing
from customers.screen_pop import MAX_REASONS, Pop, PopFacts, flow_variables, screen_pop
from tests.customers.front_office import DAY, HOUR, LONDON, NOON

CALL = CallId("call_1")
DANA = CustomerId("cust_dana")
PHONE = Identifier(kind=IdentifierKind.PHONE, value="+442079460180", provenance=Provenance.IMPORT, confidence=1.0)
BILLING_CHOSEN = [
    Step(at=NOON, step="welcome", verb="say"),
    Step(at=NOON, step="main", verb="menu"),
    Step(at=NOON, step="billing", verb="enqueue", detail="chose 2 (billing)"),
]


@dataclass
class Caller:
    """Somebody with a history, who calls at noon."""

    name: str = "Dana Whitfield"
    vip: bool = False
    customer_id: CustomerId = DANA
    identifiers: tuple[Identifier, ...] = (PHONE,)
    rows: list[Interaction] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    path: list[Step] = field(default_factory=list)
    queue: str | None = None

    def had(self, channel: Channel, ago: float, **details: Any) -> Caller:
        row = Interaction(
            interaction_id=InteractionId(f"int_{len(self.rows)}"),
            customer_id=self.customer_id,
            channel=channel,
            at=NOON - ago,
            **{"title": "", **details},
        )
        self.rows.append(row)
        return self

    def known(self) -> PopFacts:
        call = Call(
            call_id=CALL,
            customer_id=self.customer_id,
            interaction_id=interaction_of_call(CALL),
            kind=LegKind.SIP,
            caller="02079460180",
            identifier=self.identifiers[0] if self.identifiers else None,
            called="1000",
            started_at=NOON,
            queue_id=QueueId("queue_billing") if self.queue else None,
            queue_name=self.queue,
        )
        rows = tuple(sorted(self.rows, key=lambda row: -row.at))
        return PopFacts(
            call=call,
            path=tuple(self.path),
            profile=Profile(customer_id=self.customer_id, name=self.name, vip=self.vip, identifiers=self.identifiers),
            timeline=rows,
            standing=Standing(
                tickets=tuple(row for row in rows if row.channel is Channel.TICKET and row.status is Status.OPEN),
                messages=tuple(
                    row
                    for row in rows
                    if row.channel in {Channel.CHAT, Channel.EMAIL} and row.status in {Status.OPEN, Status.UNANSWERED}
                ),
                missed=tuple(row for row in rows if row.status is Status.MISSED),
                promised=tuple(row for row in rows if row.channel is Channel.CALLBACK and row.status is Status.OPEN),
            ),
            facts=tuple(self.facts),
        )

    def pop(self) -> Pop:
        return screen_pop(self.known(), NOON, LONDON)

    def why(self) -> list[str]:
        return [reason.text for reason in self.pop().why]


def newcomer(**details: Any) -> Caller:
    seen = Identifier(
        kind=IdentifierKind.PHONE, value="+442079460999", provenance=Provenance.CALL, confidence=CONFIDENCE[Provenance.CALL]
    )
    return Caller(**{"name": "", "customer_id": customer_of_call(CALL), "identifiers": (seen,), **details})


def test_an_open_ticket_nobody_has_answered_comes_first_and_is_the_suggested_step() -> None:
    dana = Caller().had(Channel.TICKET, 19 * HOUR, title="Charged twice", ticket_number=20391, status=Status.OPEN)
    assert dana.why()[0] == "Ticket #20391 “Charged twice” open for 19 h, not answered yet"
    assert dana.pop().suggestion == "Start with Ticket #20391: nobody has answered it yet."
    assert dana.pop().why[0].source == "ticket #20391"
    assert dana.pop().why[0].interaction_id == "int_0"


def test_a_chat_left_without_an_answer_is_said_with_its_day_and_wait() -> None:
    dana = Caller().had(Channel.CHAT, 20 * HOUR, title="Chat", status=Status.UNANSWERED, waited_s=360.0)
    assert dana.why()[0] == "Chat yesterday 16:00, abandoned after waiting 6 min"
    assert dana.pop().suggestion == "Apologise for the unanswered chat."


def test_what_was_talked_about_since_is_history_and_no_reason() -> None:
    dana = Caller().had(Channel.CHAT, 20 * HOUR, status=Status.UNANSWERED)
    dana.had(Channel.CALL, 2 * HOUR, status=Status.CLOSED, answered_at=NOON - 2 * HOUR, by="Mei Lin")
    assert not any(line.startswith("Chat yesterday") for line in dana.why())


def test_an_answered_ticket_is_asked_about() -> None:
    dana = Caller().had(
        Channel.TICKET, 3 * DAY, title="Kettle", ticket_number=7, status=Status.OPEN, answered_at=NOON - 20 * HOUR
    )
    assert dana.why()[0] == "Ticket #7 “Kettle” open for 3 days, last answer yesterday 16:00"
    assert dana.pop().suggestion == "Ask whether our answer to Ticket #7 helped."


def test_a_promise_that_was_not_kept_is_said_first() -> None:
    rosa = Caller().had(Channel.CALLBACK, DAY, text="delivery date", status=Status.OPEN, due_at=NOON - 2 * HOUR)
    rosa.had(Channel.TICKET, DAY, title="Table", ticket_number=8, status=Status.OPEN, answered_at=NOON)
    assert rosa.why()[0] == "Callback promised for today 10:00, 2 h late: delivery date"
    assert rosa.pop().suggestion == "Apologise for not calling back as promised."


def test_a_promise_whose_time_has_just_come_is_not_late() -> None:
    rosa = Caller().had(Channel.CALLBACK, DAY, status=Status.OPEN, due_at=NOON - 90.0)
    assert rosa.why()[0] == "Callback promised for today 11:58"
    assert rosa.pop().suggestion == "This settles the promised callback. Close it."


def test_a_caller_who_gave_up_is_thanked_for_calling_again() -> None:
    rosa = Caller().had(Channel.CALL, HOUR, title="Abandoned after waiting 9 min", status=Status.MISSED, waited_s=540.0)
    assert "Call today 11:00, abandoned after waiting 9 min" in rosa.why()
    assert rosa.pop().suggestion == "Thank them for calling again."


def test_another_system_gives_the_most_concrete_step() -> None:
    dana = Caller().had(Channel.TICKET, 19 * HOUR, title="Charged twice", ticket_number=20391, status=Status.OPEN)
    dana.facts.append(Fact(text="Two captures on order 77-1204", source="orders", at=NOON, suggestion="Release the second."))
    assert dana.why()[:2] == ["Ticket #20391 “Charged twice” open for 19 h, not answered yet", "Two captures on order 77-1204"]
    assert dana.pop().why[1].source == "orders"
    assert dana.pop().suggestion == "Release the second."


def test_facts_grow_old() -> None:
    dana = Caller(facts=[Fact(text="An old thing", source="orders", at=NOON - 60 * DAY)])
    assert dana.why() == []


def test_the_way_through_the_menu_is_a_reason() -> None:
    dana = Caller(path=BILLING_CHOSEN, queue="Billing")
    assert dana.why() == ["Chose 2 (billing), routed to Billing"]
    assert dana.pop().why[0].source == "menu"


def test_what_the_machine_looked_up_on_the_way_is_not_taken_for_a_choice() -> None:
    looked_up = Step(at=NOON + 1, step="orders", verb="enqueue", detail="caller not known in time")
    through = [*BILLING_CHOSEN[:-1], Step(at=NOON, step="who", verb="lookup", detail="chose 2 (billing)"), looked_up]
    assert Caller(path=through, queue="Billing").why() == ["Chose 2 (billing), routed to Billing"]
    assert Caller(path=through[2:], queue="Billing").why() == ["Routed to Billing"]


def test_calling_again_within_a_week_is_counted() -> None:
    gareth = Caller().had(Channel.CALL, 6 * DAY, status=Status.CLOSED).had(Channel.CALL, 3 * DAY, status=Status.CLOSED)
    gareth.had(Channel.CALL, 9 * DAY, status=Status.CLOSED)
    assert "Third call this week" in gareth.why()


def test_more_calls_than_a_page_are_not_counted_further() -> None:
    gareth = Caller()
    for number in range(21):
        gareth.had(Channel.CALL, number * HOUR, status=Status.CLOSED)
    assert "More than 21 calls this week" in gareth.why()


def test_without_anything_open_the_last_contact_is_said() -> None:
    omar = Caller().had(Channel.EMAIL, 12 * DAY, title="Spring list", by="Mei Lin")
    assert omar.why() == ["Last contact: E-mail “Spring list” 3 Nov with Mei Lin"]


def test_a_new_number_is_said_to_be_unknown() -> None:
    pop = newcomer().pop()
    assert [reason.text for reason in pop.why] == ["New number, no history. Ask for their name."]
    assert pop.customer.certainty is Certainty.UNKNOWN
    assert pop.customer.is_new
    assert pop.suggestion is None


def test_a_visitor_who_gave_a_name_is_not_asked_again() -> None:
    assert newcomer(name="Kim").why() == ["New number, no history. Gave the name Kim."]


def test_a_caller_from_a_web_page_has_no_number_that_could_be_withheld() -> None:
    assert newcomer(identifiers=()).why() == ["No number, no history. Ask for their name."]


def test_whoever_called_before_without_a_name_is_asked_for_it() -> None:
    nameless = Caller(name="").had(Channel.CALL, DAY, status=Status.CLOSED)
    assert nameless.why()[0] == "No name known yet. Ask for their name."


def test_there_are_never_more_than_four_reasons_and_one_kind_leaves_room_for_the_others() -> None:
    busy = Caller(path=BILLING_CHOSEN)
    for number in range(9):
        busy.had(Channel.TICKET, number * DAY, title="t", ticket_number=number, status=Status.OPEN)
        busy.had(Channel.CHAT, number * DAY, status=Status.UNANSWERED)
    assert len(busy.why()) == MAX_REASONS
    assert [reason.source for reason in busy.pop().why] == ["ticket #0", "ticket #1", "chat", "chat"]
    assert "Chose 2 (billing)" in Caller(path=BILLING_CHOSEN, rows=busy.rows[::2]).why()


TODAY = {"status": Status.OPEN, "title": "New lamp", "ticket_number": 2}
CASES: dict[str, tuple[list[tuple[Channel, float, dict[str, Any]]], list[str]]] = {
    "a chat that the customer gave up on": (
        [(Channel.CHAT, 20 * HOUR, {"status": Status.UNANSWERED, "waited_s": 360.0})],
        ["Chat yesterday 16:00, abandoned after waiting 6 min"],
    ),
    "an e-mail without an answer": (
        [(Channel.EMAIL, DAY, {"status": Status.UNANSWERED, "title": "Invoice", "waiting_since": NOON - DAY})],
        ["E-mail “Invoice” yesterday 12:00, not answered"],
    ),
    "an urgent ticket behind ten missed calls": (
        [(Channel.CALL, number * HOUR, {"status": Status.MISSED, "waited_s": 60.0}) for number in range(1, 11)]
        + [(Channel.TICKET, 2 * DAY, {"status": Status.OPEN, "title": "No heating", "ticket_number": 1, "priority": "urgent"})],
        [
            "Ticket #1 “No heating” open for 2 days, not answered yet",
            "10 missed calls, the last today 11:00, abandoned after waiting 1 min",
        ],
    ),
    "the last word is the customer's": (
        [
            (
                Channel.TICKET,
                3 * DAY,
                {
                    "status": Status.OPEN,
                    "title": "Kettle",
                    "ticket_number": 7,
                    "answered_at": NOON - 20 * HOUR,
                    "last_from": "customer",
                    "waiting_since": NOON - 3 * HOUR,
                    "text": "It did NOT help",
                },
            )
        ],
        ["Ticket #7 “Kettle”: customer wrote again today 09:00: “It did NOT help”"],
    ),
    "a low ticket of two years ago and today's": (
        [
            (Channel.TICKET, 700 * DAY, {"status": Status.OPEN, "title": "Old", "ticket_number": 1, "priority": "low"}),
            (Channel.TICKET, HOUR, TODAY),
        ],
        ["Ticket #2 “New lamp” open for 60 min, not answered yet", "Ticket #1 “Old” open for 700 days, not answered yet"],
    ),
    "an old ticket in which something has just happened": (
        [
            (Channel.TICKET, 3 * DAY, TODAY),
            (
                Channel.TICKET,
                400 * DAY,
                {"status": Status.OPEN, "title": "Old", "ticket_number": 1, "last_activity_at": NOON - HOUR},
            ),
        ],
        ["Ticket #1 “Old” open for 400 days, not answered yet", "Ticket #2 “New lamp” open for 3 days, not answered yet"],
    ),
    "an e-mail of last month is history": (
        [(Channel.EMAIL, 30 * DAY, {"status": Status.UNANSWERED, "title": "Invoice", "waiting_since": NOON - 30 * DAY})],
        [],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_reasons_come_from_how_things_stand(case: str) -> None:
    rows, said = CASES[case]
    dana = Caller()
    for channel, ago, details in rows:
        dana.had(channel, ago, **details)
    assert [reason.text for reason in dana.pop().why if reason.source_code == "from_item"] == said


def test_our_answer_that_did_not_help_is_where_to_start() -> None:
    dana = Caller().had(Channel.TICKET, DAY, title="Kettle", ticket_number=7, status=Status.OPEN, answered_at=NOON - 20 * HOUR)
    dana.rows[0] = msgspec.structs.replace(dana.rows[0], last_from="customer", waiting_since=NOON - HOUR)
    assert dana.pop().suggestion == "Start with Ticket #7: our answer did not settle it."


def test_the_timeline_of_the_pop_is_one_page_with_a_way_to_the_next() -> None:
    busy = Caller()
    for number in range(21):
        busy.had(Channel.EMAIL, number * DAY)
    pop = busy.pop()
    assert len(pop.timeline) == 20
    assert pop.next == f"{NOON - 19 * DAY!r}~int_19"


def test_a_screen_in_another_language_gets_facts_to_make_its_own_words_of() -> None:
    dana = Caller().had(Channel.TICKET, 19 * HOUR, title="Charged twice", ticket_number=20391, status=Status.OPEN)
    pop = dana.pop()
    facts = {"channel": "ticket", "number": 20391, "title": "Charged twice", "at": NOON - 19 * HOUR}
    assert (pop.why[0].code, pop.why[0].params, pop.why[0].source_code) == ("never_answered", facts, "from_item")
    assert (pop.suggestion_code, pop.suggestion_params) == ("start_with", {"channel": "ticket", "number": 20391})


def test_another_systems_words_have_no_code() -> None:
    pop = Caller(facts=[Fact(text="Two captures", source="orders", at=NOON, suggestion="Release the second.")]).pop()
    assert (pop.why[0].code, pop.why[0].source_code, pop.suggestion_code) == ("", "", "")


def test_the_same_facts_give_the_same_words() -> None:
    dana = Caller().had(Channel.TICKET, HOUR, title="x", ticket_number=1, status=Status.OPEN).had(Channel.CHAT, DAY)
    assert dana.pop() == dana.pop()


def test_a_flow_may_branch_on_what_is_known() -> None:
    dana = Caller(vip=True).had(Channel.TICKET, 19 * HOUR, title="Charged twice", ticket_number=1, status=Status.OPEN)
    dana.had(Channel.CHAT, 2 * HOUR)
    assert flow_variables(dana.known()) == {
        "vip": "true", "open_tickets": "1", "last_channel": "chat", "language": "en", "name": "Dana Whitfield", "known": "true",
        "certainty": "likely",
    }  # fmt: skip
    assert flow_variables(newcomer().known())["known"] == "false"
