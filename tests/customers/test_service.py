"""From an event to what people see, on a real database."""

from __future__ import annotations

import msgspec
import pytest
from structlog.testing import capture_logs

from core.causes import EndCause
from core.events import CallerIdentified, FlowStep, FlowStepped, InteractionSaved
from core.ids import CallId, FlowId
from core.model import CallerFacts, Certainty, Channel, LegKind, Speaker
from core.ports import Unavailable
from customers.model import Status
from tests.customers.front_office import DAY, MEI, NOON, NOTHING_SAID, FrontOffice

DANA = {"type": "customer", "id": "crm:1", "name": "Dana Whitfield", "phones": ["+442079460180"], "vip": True}
OPEN_TICKET = {
    "type": "ticket", "id": "t1", "number": 20391, "customer": {"id": "crm:1"}, "subject": "Charged twice", "opened_at": "-19h",
}  # fmt: skip
CHAT = {
    "type": "chat", "id": "c1", "customer": {"id": "crm:1"}, "started_at": "-1d 16:02", "ended_at": "-1d 16:08",
    "messages": [{"at": "-1d 16:02", "from": "customer", "text": "You took the money two times"}],
}  # fmt: skip


async def test_a_known_number_brings_the_customer_with_every_channel_before_the_ring(office: FrontOffice) -> None:
    await office.knows(DANA, OPEN_TICKET, CHAT)
    call = await office.calls("02079460180")
    assert call.identified.name == "Dana Whitfield"
    assert not call.identified.is_new
    assert call.identified.variables["open_tickets"] == "1"
    await call.presses("2 (billing)")
    pop = await call.pop()
    assert pop.customer.certainty is Certainty.LIKELY
    assert {item.channel for item in pop.timeline} == {Channel.TICKET, Channel.CHAT}
    assert [reason.text for reason in pop.why] == [
        "Ticket #20391 “Charged twice” open for 19 h, not answered yet",
        "Chat yesterday 16:02, abandoned after waiting 6 min",
        "Chose 2 (billing)",
    ]


async def test_the_pop_follows_the_caller_through_the_menu(office: FrontOffice) -> None:
    call = await office.calls("+442079460999")
    assert "Chose 2 (billing)" not in await call.why()
    await call.presses("2 (billing)")
    assert "Chose 2 (billing)" in await call.why()
    await call.waits()
    assert "Chose 2 (billing), routed to Billing" in await call.why()


async def test_a_new_number_becomes_a_customer_who_is_known_the_next_time(office: FrontOffice) -> None:
    first = await office.calls("+442079460999")
    assert first.identified.is_new
    await first.ends()
    office.clock.jump(DAY)
    second = await office.calls("+442079460999")
    assert second.customer_id == first.customer_id
    assert not second.identified.is_new
    assert (await second.why())[0] == "No name known yet. Ask for their name."


async def test_a_name_given_by_an_agent_makes_the_number_theirs(office: FrontOffice) -> None:
    first = await office.calls("+442079460999")
    await office.service.change_customer(first.customer_id, name="Kim Sato", tags=("student",))
    await first.ends()
    customer = await (await office.calls("+442079460999")).customer()
    assert (customer.name, customer.certainty, customer.tags) == ("Kim Sato", Certainty.LIKELY, ("student",))


@pytest.mark.parametrize(("caller", "facts"), [("anonymous", NOTHING_SAID), ("", CallerFacts(withheld=True))])
async def test_who_withholds_the_number_is_nobody_and_gets_no_record(
    office: FrontOffice, caller: str, facts: CallerFacts
) -> None:
    call = await office.calls(caller, display_name="Anonymous", facts=facts)
    await call.is_answered()
    await call.ends()
    await call.is_wrapped_up("Refund", next_step="ticket")
    customer = (await call.pop()).customer
    assert (call.identified.customer_id, call.identified.name, call.identified.is_new) == (None, "", True)
    assert (customer.customer_id, customer.name, customer.certainty_by) == (None, "", "number withheld")
    assert (await call.why())[0] == "Withheld number, no history. Ask for their name."
    assert await office.service.search("anonymous") == ()
    assert (await call.record()).customer_id is None
    assert {saved.customer_id for saved in office.bus.of_type(InteractionSaved)} == {None}


async def test_a_number_of_two_people_pops_neither(office: FrontOffice) -> None:
    """A guess is never treated as knowledge."""
    await office.knows(DANA, {**DANA, "id": "crm:2", "name": "Frank Whitfield"}, OPEN_TICKET)
    call = await office.calls("+442079460180")
    pop = await call.pop()
    assert (call.identified.customer_id, call.identified.certainty) == (None, Certainty.UNKNOWN)
    assert (pop.customer.name, pop.customer.certainty_by, pop.timeline) == ("", "phone of 2 people", ())
    assert [(each.name, each.last_title) for each in pop.candidates] == [
        ("Dana Whitfield", "Charged twice"),
        ("Frank Whitfield", ""),
    ]
    assert [reason.text for reason in pop.why] == ["Several people have this number. Ask who is calling."]
    assert call.identified.variables | {"vip": "false", "open_tickets": "0"} == call.identified.variables
    await call.ends()
    assert [row.channel for row in await office.timeline(await office.finds("dana"))] == [Channel.TICKET]


async def test_a_switchboard_is_shared_and_the_latest_six_are_candidates(office: FrontOffice) -> None:
    people = [{**DANA, "id": f"crm:{number}", "name": f"Person {number}"} for number in range(9)]
    spoke = [
        {"type": "chat", "id": f"c{number}", "customer": {"id": f"crm:{number}"}, "started_at": f"-{9 - number}d"}
        for number in range(9)
    ]
    await office.knows(*people, *spoke)
    call = await office.calls("+442079460180")
    pop = await call.pop()
    assert (call.identified.certainty, call.identified.variables["certainty"]) == (Certainty.SHARED, "shared")
    assert (pop.customer.certainty, pop.customer.certainty_by) == (Certainty.SHARED, "phone shared by 9 people")
    assert [each.name for each in pop.candidates] == [f"Person {number}" for number in (8, 7, 6, 5, 4, 3)]


async def test_a_number_that_once_called_is_the_persons_whose_record_says_so(office: FrontOffice) -> None:
    await office.calls("+442079460180")
    await office.knows(DANA)
    call = await office.calls("+442079460180")
    assert (call.identified.name, call.identified.certainty) == ("Dana Whitfield", Certainty.LIKELY)


async def test_an_attested_number_that_stands_in_one_record_is_certain(office: FrontOffice) -> None:
    await office.knows(DANA)
    call = await office.calls("+442079460180", facts=CallerFacts(attested=True))
    assert (call.identified.certainty, call.identified.variables["certainty"]) == (Certainty.CERTAIN, "certain")
    assert (await call.customer()).certainty_by == "phone, verified by the carrier"


async def test_a_trunk_of_another_country_has_its_own_national_numbers(office: FrontOffice) -> None:
    german = await office.calls("030200100", facts=CallerFacts(country="DE"))
    assert german.identified.number == "+4930200100"
    in_full_only = await office.calls("02079460180", facts=CallerFacts(country=""))
    assert in_full_only.identified.number == "sip:02079460180"


async def test_who_sent_the_caller_on_is_kept(office: FrontOffice) -> None:
    call = await office.calls("+442079460180", facts=CallerFacts(diverted_from="+442079460222"))
    assert (await call.record()).diverted_from == "+442079460222"


async def test_a_widget_visitor_is_called_as_they_said(office: FrontOffice) -> None:
    call = await office.calls("", LegKind.BROWSER, display_name="Kim\x00 ")
    assert call.identified.name == "Kim"
    assert (await call.why())[0] == "No number, no history. Gave the name Kim."


async def test_a_number_typed_into_the_widget_proves_nothing(office: FrontOffice) -> None:
    await office.knows(DANA)
    customer = await (await office.calls("+442079460180", LegKind.BROWSER)).customer()
    assert (customer.name, customer.certainty) == ("Dana Whitfield", Certainty.LIKELY)


async def test_after_hang_up_the_call_its_recording_and_its_words_stand_in_the_timeline(office: FrontOffice) -> None:
    await office.knows(DANA)
    call = await office.calls("+442079460180")
    await call.presses("2 (billing)")
    await call.waits()
    office.clock.jump(48)
    await call.is_answered(waited_s=48)
    await call.says("I was charged twice", 1, 200)
    await call.says("let me look", 1, 2500, by=Speaker.AGENT)
    office.clock.jump(380)
    await call.is_recorded(380_000)
    await call.ends()
    row = (await office.timeline(call.customer_id))[0]
    assert (row.channel, row.title, row.text, row.status) == (Channel.CALL, "Billing", "chose 2 (billing)", Status.CLOSED)
    assert (row.by, row.duration_s, row.has_recording, row.has_transcript) == ("Mei Lin", 380.0, True, True)
    saved = office.bus.of_type(InteractionSaved)[-1]
    assert (saved.interaction_id, saved.customer_id) == (row.interaction_id, call.customer_id)


async def test_the_record_tells_the_call_in_the_order_it_was_spoken(office: FrontOffice) -> None:
    call = await office.calls("+442079460180")
    await call.is_answered()
    office.clock.jump(3)
    await call.says("I was charged twice", 1, 200)
    office.clock.jump(2)
    await call.says("let me look", 1, 4000, by=Speaker.AGENT)
    await call.says("thank you", 2, 4900)
    await call.ends()
    record = await call.record()
    assert record.segments is not None
    assert [(each.speaker, each.text) for each in record.segments] == [
        (Speaker.CUSTOMER, "I was charged twice"), (Speaker.AGENT, "let me look"), (Speaker.CUSTOMER, "thank you"),
    ]  # fmt: skip
    assert record.segments[0].words[0].text == "I"
    assert (record.caller, record.agent_id, record.agent_name) == ("+442079460180", MEI, "Mei Lin")


async def test_a_long_sentence_stands_above_the_short_answer_that_fell_into_it(office: FrontOffice) -> None:
    call = await office.calls("+442079460180")
    await call.is_answered()
    office.clock.jump(4)
    await call.says("yes", 1, 2600, by=Speaker.AGENT)
    office.clock.jump(5)
    await call.says("I was charged twice", 1, 200)
    await call.says("good morning", 0, 200, by=Speaker.AGENT)
    await call.ends()
    record = await call.record()
    assert record.segments is not None
    assert [each.text for each in record.segments] == ["I was charged twice", "good morning", "yes"]


async def test_an_utterance_that_came_to_nothing_is_not_in_the_record(office: FrontOffice) -> None:
    call = await office.calls("+442079460180")
    await call.is_answered()
    await call.says("", 1, 200)
    await call.says("hello", 2, 900)
    await call.ends()
    record = await call.record()
    assert record.segments is not None
    assert [each.text for each in record.segments] == ["hello"]


async def test_words_that_come_late_are_put_where_they_were_spoken(office: FrontOffice) -> None:
    call = await office.calls("+442079460180")
    await call.is_answered()
    office.clock.jump(10)
    await call.says("goodbye", 9, 9000)
    await call.ends()
    office.clock.jump(60)
    await call.says("good morning", 0, 500, by=Speaker.AGENT, late=True)
    record = await call.record()
    assert record.segments is not None
    assert [(each.text, each.late) for each in record.segments] == [("good morning", True), ("goodbye", False)]


async def test_a_call_without_words_gets_its_transcript_mark_when_they_come_late(office: FrontOffice) -> None:
    call = await office.calls("+442079460180")
    await call.is_answered()
    await call.ends()
    assert not (await office.timeline(call.customer_id))[0].has_transcript
    await call.says("good morning", 0, 500, late=True)
    assert (await office.timeline(call.customer_id))[0].has_transcript


async def test_a_recording_that_finishes_after_the_call_still_reaches_the_timeline(office: FrontOffice) -> None:
    call = await office.calls("+442079460180")
    await call.is_answered()
    await call.ends()
    await call.is_recorded()
    assert (await office.timeline(call.customer_id))[0].has_recording


async def test_a_caller_who_gave_up_is_missed_and_the_next_pop_says_so(office: FrontOffice) -> None:
    await office.knows(DANA)
    call = await office.calls("+442079460180")
    await call.waits()
    office.clock.jump(540)
    await call.ends(EndCause.CALLER_ABANDONED)
    row = (await office.timeline(call.customer_id))[0]
    assert (row.title, row.status) == ("Abandoned after waiting 9 min", Status.MISSED)
    office.clock.jump(1800)
    assert "Call today 12:00, abandoned after waiting 9 min" in await (await office.calls("+442079460180")).why()


async def test_who_hangs_up_at_once_is_not_counted_as_missed(office: FrontOffice) -> None:
    call = await office.calls("+442079460180")
    await call.waits()
    office.clock.jump(2)
    await call.ends(EndCause.CALLER_ABANDONED)
    assert (await office.timeline(call.customer_id))[0].status is Status.CLOSED


async def test_wrapping_up_gives_the_row_its_reason_and_summary(office: FrontOffice) -> None:
    call = await office.calls("+442079460180")
    await call.is_answered()
    await call.ends()
    await call.is_wrapped_up("Refund", "Second capture released.")
    row = (await office.timeline(call.customer_id))[0]
    assert (row.title, row.text) == ("Refund", "Second capture released.")
    assert (await call.record()).disposition == "Refund"


async def test_a_follow_up_ticket_gets_the_next_number_and_stands_open(office: FrontOffice) -> None:
    await office.knows(DANA, OPEN_TICKET)
    call = await office.calls("+442079460180")
    await call.is_answered()
    await call.ends()
    await call.is_wrapped_up("Refund", "Check on Friday.", next_step="ticket", ticket_subject="Check the refund")
    ticket = next(item for item in await office.timeline(call.customer_id, channel=Channel.TICKET))
    assert (ticket.title, ticket.ticket_number, ticket.status) == ("Check the refund", 20392, Status.OPEN)


async def test_a_promised_callback_is_the_first_thing_the_next_agent_sees(office: FrontOffice) -> None:
    await office.knows(DANA)
    call = await office.calls("+442079460180")
    await call.is_answered()
    await call.ends()
    await call.is_wrapped_up("Delivery date", next_step="callback", callback_at=NOON + 2.5 * 3600)
    office.clock.jump(3 * 3600)
    assert (await (await office.calls("+442079460180")).why())[0] == (
        "Callback promised for today 14:30, 30 min late: Delivery date"
    )


async def test_everything_may_come_twice_and_nothing_doubles(office: FrontOffice) -> None:
    await office.knows(DANA)
    call = await office.calls("+442079460180")
    await call.presses("2 (billing)")
    await call.waits()
    await call.is_answered()
    await call.says("I was charged twice", 1, 200)
    await call.is_recorded()
    await call.ends()
    await call.is_wrapped_up("Refund", "Done.", next_step="ticket")
    before = (await office.timeline(call.customer_id), await call.record(), (await office.service.search("dana")))
    for event in list(office.heard):
        await office.service.handle(event)
    assert (await office.timeline(call.customer_id), await call.record(), (await office.service.search("dana"))) == before
    assert len({event.customer_id for event in office.bus.of_type(CallerIdentified)}) == 1


async def test_a_new_caller_stays_one_customer_when_the_event_comes_twice(office: FrontOffice) -> None:
    call = await office.calls("+442079460999")
    await office.service.handle(office.heard[0])
    first, second = office.bus.of_type(CallerIdentified)
    assert first == second
    assert len(await office.service.search("7946 0999")) == 1
    assert call.identified.is_new


async def test_events_of_a_call_nobody_opened_change_nothing(office: FrontOffice) -> None:
    stranger = CallId("call_unknown")
    steps = (FlowStep(step="x", verb="say"),)
    await office.service.handle(FlowStepped(at=NOON, call_id=stranger, flow_id=FlowId("flow_demo"), steps=steps))
    assert await office.service.pop(stranger) is None
    assert await office.service.call_record(stranger) is None


async def test_a_bus_that_is_away_is_told_and_the_event_can_be_handed_in_again(office: FrontOffice) -> None:
    office.bus.go_away()
    with pytest.raises(Unavailable):
        await office.calls("+442079460999")
    await office.bus.come_back()
    await office.service.handle(office.heard[0])
    assert office.bus.of_type(CallerIdentified)[0].is_new


async def test_no_log_line_tells_who_called_or_what_was_said(office: FrontOffice) -> None:
    await office.knows(DANA)
    with capture_logs() as lines:
        call = await office.calls("+442079460180", display_name="Dana Whitfield")
        await call.is_answered()
        await call.says("my card ends in 0000", 1, 200)
        await call.ends()
        for event in office.heard[1:]:
            # The same events of a call that nobody opened are the ones that are logged.
            await office.service.handle(msgspec.structs.replace(event, call_id=CallId("call_stranger")))
    assert lines
    told = repr(lines)
    assert not [secret for secret in ("7946", "Dana", "0000", "card") if secret in told]


async def test_the_list_of_calls_is_newest_first_and_pages(office: FrontOffice) -> None:
    for _call in range(3):
        await office.calls("+442079460180")
        office.clock.jump(60)
    first = await office.service.call_records(limit=2)
    rest = await office.service.call_records(before=first.next, limit=2)
    starts = [record.started_at for record in (*first.items, *rest.items)]
    assert starts == sorted(starts, reverse=True)
    assert (len(starts), rest.next) == (3, None)


@pytest.mark.parametrize("query", ["dana", "DANA w", "whitfield", "7946 0180", "+44 20 7946", "0180", "example.com", "dana@"])
async def test_customers_are_found_by_name_number_and_address(office: FrontOffice, query: str) -> None:
    await office.knows({**DANA, "emails": ["dana@example.com"]})
    assert [customer.name for customer in await office.service.search(query)] == ["Dana Whitfield"]


@pytest.mark.parametrize("query", ["", "d", "%%", "__", "zz", "' OR 1=1"])
async def test_a_search_for_nothing_finds_nobody(office: FrontOffice, query: str) -> None:
    await office.knows(DANA)
    assert await office.service.search(query) == ()
