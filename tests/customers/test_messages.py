"""What messages say about whoever waits, and how one that comes twice is recognized."""

from __future__ import annotations

import pytest

from core.ids import InteractionId, MessageId
from customers.email_threads import Letter, answered, thread_key
from customers.message_ids import sourced
from customers.messages import Message, MessageKind, NewMessage, Party, merged, page, parse_place, place_of, state_of

ONE = InteractionId("int_1")


def says(party: Party, at: float, text: str = "words", kind: MessageKind = MessageKind.TEXT) -> NewMessage:
    return NewMessage(at=at, party=party, text=text, kind=kind)


@pytest.mark.parametrize(
    ("said", "last_from", "waiting_since", "answered_at"),
    [
        ([], "", None, None),
        ([says(Party.CUSTOMER, 1)], "customer", 1, None),
        ([says(Party.CUSTOMER, 1), says(Party.CUSTOMER, 5)], "customer", 1, None),
        ([says(Party.CUSTOMER, 1), says(Party.AGENT, 5)], "us", None, 5),
        ([says(Party.CUSTOMER, 1), says(Party.AGENT, 5), says(Party.CUSTOMER, 9, "It did NOT help")], "customer", 9, 5),
        ([says(Party.CUSTOMER, 1), says(Party.AGENT, 5, kind=MessageKind.NOTE)], "customer", 1, None),
        ([says(Party.AGENT, 5), says(Party.CUSTOMER, 1)], "us", None, 5),
        ([says(Party.CUSTOMER, 1), says(Party.BOT, 2)], "us", None, 2),
        ([says(Party.CUSTOMER, 1), says(Party.SYSTEM, 2)], "customer", 1, None),
    ],
)
def test_who_has_the_last_word_and_since_when_the_customer_waits(
    said: list[NewMessage], last_from: str, waiting_since: float | None, answered_at: float | None
) -> None:
    state = state_of(said, 0.0)
    assert (state.last_from, state.waiting_since, state.answered_at) == (last_from, waiting_since, answered_at)
    assert state.last_activity_at == max([0.0, *(each.at for each in said)])


def test_the_same_words_at_the_same_time_twice_are_two_messages_and_stay_two() -> None:
    twice = [says(Party.CUSTOMER, 1, "hello"), says(Party.CUSTOMER, 1, "hello")]
    first, second = sourced(ONE, twice)
    assert first.message_id != second.message_id
    assert sourced(ONE, twice) == [first, second]


def test_a_message_with_an_id_of_its_own_is_the_same_whatever_it_says() -> None:
    (one,) = sourced(ONE, [NewMessage(at=1, party=Party.AGENT, text="a", own_id="m1")])
    (same,) = sourced(ONE, [NewMessage(at=2, party=Party.AGENT, text="b", own_id="m1")])
    (elsewhere,) = sourced(InteractionId("int_2"), [NewMessage(at=1, party=Party.AGENT, text="a", own_id="m1")])
    assert one.message_id == same.message_id != elsewhere.message_id


def test_what_is_there_and_what_comes_are_one_conversation() -> None:
    old, new = says(Party.CUSTOMER, 1), says(Party.AGENT, 2)
    assert merged([old], [new, old]) == (old, new)


def message(seq: int, at: float) -> Message:
    return Message(
        message_id=MessageId(f"msg_{seq}"), seq=seq, at=at, kind=MessageKind.TEXT, party=Party.CUSTOMER, author="", text=str(seq)
    )


def test_a_page_reads_downwards_and_says_where_it_goes_on() -> None:
    first, second, third, fourth = (message(seq, 10.0 * seq) for seq in range(1, 5))
    newest = page((fourth, third, second), (), 2)
    assert (newest.items, newest.older, newest.newer) == ((third, fourth), place_of(third), None)
    middle = page((second, first), (third, fourth), 1)
    assert (middle.items, middle.older, middle.newer) == ((second, third), place_of(second), place_of(third))
    assert parse_place(place_of(third)) == (30.0, 3)
    with pytest.raises(ValueError, match="no place"):
        parse_place("yesterday")


@pytest.mark.parametrize(
    "subject", ["Invoice 3391", "Re: Invoice 3391", "RE: AW: Fwd:  invoice  3391", "回复：Invoice 3391", "Re[2]: Invoice 3391"]
)
def test_an_answer_has_the_subject_of_what_it_answers(subject: str) -> None:
    assert thread_key(subject) == "invoice 3391"


def test_an_email_is_answered_by_a_later_one_of_ours_with_its_subject() -> None:
    asked = Letter(InteractionId("a"), 1.0, "Invoice", ours=False)
    again = Letter(InteractionId("b"), 9.0, "Re: Invoice", ours=False)
    other = Letter(InteractionId("c"), 2.0, "Lamp", ours=False)
    answer = Letter(InteractionId("d"), 5.0, "AW: invoice", ours=True)
    assert answered([asked, again, other, answer]) == {"a": 5.0}
