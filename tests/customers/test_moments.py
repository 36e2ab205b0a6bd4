"""What is told of who is in a call, in whatever order, gives the same engagements."""

from __future__ import annotations

from itertools import pairwise, permutations

from hypothesis import given
from hypothesis import strategies as st

from core.ids import AgentId, QueueId, WorkId
from core.parties import Role
from customers.engagements import Engagement, EngagementEnd, EngagementStart, holders, last_word, names_before, who_had
from customers.moments import AnyMoment, Asked, Came, Over, TookOver, Went, Wrote, engagements, told_by

MEI, OMAR, ADA = AgentId("agent_mei"), AgentId("agent_omar"), AgentId("agent_ada")
W1, W2 = WorkId("work_1"), WorkId("work_2")
BILLING, TECH = QueueId("queue_billing"), QueueId("queue_tech")
AGENTS, WORKS = [MEI, OMAR, ADA], [W1, W2]

TAKEN = Came(at=10, work_id=W1, agent_id=MEI, queue_id=BILLING)
ASKED = Asked(at=20, work_id=W2, by=MEI, queue_id=TECH, note="It will not start")
CONSULTED = Came(at=25, work_id=W2, agent_id=OMAR, began=EngagementStart.CONSULTED)
HANDED = (
    Went(at=40, work_id=W1, agent_id=MEI, ended=EngagementEnd.TRANSFERRED),
    TookOver(at=40, work_id=W2, agent_id=OMAR, queue_id=TECH),
)
MEI_WROTE = Wrote(at=60, work_id=W1, agent_id=MEI, disposition="Passed on", summary="To the workshop")
OVER = Over(at=90)
OMAR_WROTE = Wrote(at=95, work_id=W2, agent_id=OMAR, disposition="Repaired")


def told(
    found: tuple[Engagement, ...],
) -> list[tuple[AgentId | None, Role, EngagementStart, float, float | None, EngagementEnd | None]]:
    return [(each.agent_id, each.role, each.began, each.from_at, each.to_at, each.ended) for each in found]


def test_one_agent_who_talks_until_the_end() -> None:
    assert told(engagements([TAKEN])) == [(MEI, Role.AGENT, EngagementStart.TAKEN, 10, None, None)]
    assert told(engagements([TAKEN, OVER])) == [(MEI, Role.AGENT, EngagementStart.TAKEN, 10, 90, EngagementEnd.CALL_ENDED)]


def test_a_colleague_who_is_asked_and_leaves_again() -> None:
    left = Went(at=33, work_id=W2, agent_id=OMAR, ended=EngagementEnd.CONSULTED)
    mei, omar = engagements([TAKEN, ASKED, CONSULTED, left, OVER])
    assert told((mei, omar)) == [
        (MEI, Role.AGENT, EngagementStart.TAKEN, 10, 90, EngagementEnd.CALL_ENDED),
        (OMAR, Role.CONSULTANT, EngagementStart.CONSULTED, 25, 33, EngagementEnd.CONSULTED),
    ]
    assert (omar.asked_by, omar.note, omar.queue_id) == (MEI, "It will not start", TECH)
    assert holders((mei, omar)) == (mei,)


def test_a_colleague_who_was_asked_in_vain_was_never_there() -> None:
    declined = Went(at=33, work_id=W2, agent_id=OMAR, ended=EngagementEnd.CONSULTED)
    assert told(engagements([TAKEN, ASKED, declined, OVER])) == told(engagements([TAKEN, OVER]))


def test_a_conversation_handed_over_has_two_agents_each_with_a_wrap_up_of_its_own_in_any_order() -> None:
    story: tuple[AnyMoment, ...] = (TAKEN, ASKED, CONSULTED, *HANDED, MEI_WROTE, OVER, OMAR_WROTE)
    mei, omar = engagements(story)
    assert told((mei, omar)) == [
        (MEI, Role.AGENT, EngagementStart.TAKEN, 10, 40, EngagementEnd.TRANSFERRED),
        (OMAR, Role.AGENT, EngagementStart.CONSULTED, 25, 90, EngagementEnd.CALL_ENDED),
    ]
    assert (omar.took_over_at, mei.disposition, mei.summary, omar.disposition) == (40, "Passed on", "To the workshop", "Repaired")
    for order in permutations(story):
        assert engagements([*order, *order[:3]]) == (mei, omar)


def test_what_the_last_who_had_it_wrote_is_the_calls_whoever_wrote_last() -> None:
    found = engagements([TAKEN, ASKED, CONSULTED, *HANDED, OVER, OMAR_WROTE])
    late = Wrote(at=300, work_id=W1, agent_id=MEI, disposition="Passed on")
    assert last_word(found) == last_word(engagements([*told_by(found), late]))
    only_mei = last_word(engagements([TAKEN, ASKED, CONSULTED, *HANDED, MEI_WROTE, OVER]))
    assert only_mei is not None
    assert only_mei.disposition == "Passed on"


def test_work_that_goes_to_a_queue_is_taken_from_there_with_the_note() -> None:
    mei_left = Went(at=21, work_id=W1, agent_id=MEI, ended=EngagementEnd.TRANSFERRED)
    taken = Came(at=50, work_id=W2, agent_id=ADA, queue_id=TECH)
    _, ada = engagements([TAKEN, ASKED, mei_left, taken])
    assert (ada.began, ada.role, ada.asked_by, ada.note) == (EngagementStart.TRANSFERRED, Role.AGENT, MEI, "It will not start")


def test_whoever_leaves_and_takes_it_again_has_had_it_twice() -> None:
    back = Went(at=20, work_id=W1, agent_id=MEI, ended=EngagementEnd.HANDED_BACK)
    omar = Came(at=30, work_id=W1, agent_id=OMAR, queue_id=BILLING)
    omar_left = Went(at=40, work_id=W1, agent_id=OMAR, ended=EngagementEnd.HANDED_BACK)
    again = Came(at=50, work_id=W1, agent_id=MEI, queue_id=BILLING)
    story: tuple[AnyMoment, ...] = (TAKEN, back, omar, omar_left, again, OVER)
    found = engagements(story)
    assert [(each.agent_id, each.stay, each.from_at, each.to_at) for each in found] == [
        (MEI, 0, 10, 20),
        (OMAR, 0, 30, 40),
        (MEI, 1, 50, 90),
    ]
    assert all(engagements(order) == found for order in permutations(story))


def test_what_is_said_again_a_little_later_is_the_same_stay() -> None:
    """After a crash of call control an event may come once more with another time."""
    again = Came(at=12, work_id=W1, agent_id=MEI, queue_id=BILLING)
    assert told(engagements([TAKEN, again, OVER])) == told(engagements([TAKEN, OVER]))


def test_whoever_had_it_at_the_end_had_it_also_when_nobody_told_that_this_one_came() -> None:
    failed = Over(at=90, agent_id=MEI, queue_id=BILLING, since=80)
    assert told(engagements([failed])) == [(MEI, Role.AGENT, EngagementStart.TAKEN, 80, 90, EngagementEnd.CALL_ENDED)]
    (mei,) = engagements([failed, MEI_WROTE])
    assert (mei.work_id, mei.from_at, mei.disposition) == (W1, 80, "Passed on")
    assert engagements([failed, TAKEN]) == engagements([OVER, TAKEN])


def test_nobody_joins_a_call_that_is_over() -> None:
    late = Came(at=99, work_id=W2, agent_id=OMAR, queue_id=TECH)
    (_, omar) = engagements([TAKEN, OVER, late])
    assert (omar.from_at, omar.to_at, omar.ended) == (99, 99, EngagementEnd.CALL_ENDED)


def test_a_piece_of_work_is_whose_it_was() -> None:
    again = Came(at=50, work_id=W2, agent_id=OMAR, queue_id=TECH)
    taken_back = Came(at=60, work_id=W1, agent_id=OMAR, queue_id=TECH)
    had = engagements([TAKEN, again, taken_back, OVER])
    assert [who_had(had, work_id) for work_id in (W1, W2, WorkId("work_9"))] == [{MEI, OMAR}, {OMAR}, set()]


def test_names_are_said_in_order_and_nobody_twice_in_a_row() -> None:
    def had(name: str, since: float, role: Role = Role.AGENT) -> Engagement:
        return Engagement(agent_name=name, from_at=since, role=role)

    assert names_before([had("Mei", 1)]) == ()
    assert names_before([had("Omar", 3), had("Mei", 1), had("Mei", 2), had("Ada", 2.5, Role.CONSULTANT)]) == ("Mei",)
    assert names_before([had("Mei", 1), had("Omar", 2), had("Mei", 3)]) == ("Mei", "Omar")


# ── whatever is told ──────────────────────────────────────────────────────────────────────────────────────────

times = st.integers(0, 30).map(float)
whose = {"at": times, "work_id": st.sampled_from(WORKS), "agent_id": st.sampled_from(AGENTS)}
moments: st.SearchStrategy[list[AnyMoment]] = st.lists(
    st.one_of(
        st.builds(Came, **whose, queue_id=st.sampled_from([BILLING, TECH]), began=st.sampled_from(list(EngagementStart)[:3])),
        st.builds(TookOver, **whose, queue_id=st.just(TECH)),
        st.builds(Went, **whose, ended=st.sampled_from(list(EngagementEnd)[:4])),
        st.builds(Wrote, **whose, disposition=st.sampled_from(["Refund", "Repaired"]), summary=st.just("")),
        st.builds(Asked, at=times, work_id=st.sampled_from(WORKS), by=st.sampled_from(AGENTS), note=st.just("please")),
    ),
    max_size=14,
)


@given(moments, st.randoms(use_true_random=False))
def test_order_and_repetition_mean_nothing(told_of: list[AnyMoment], chance: object) -> None:
    shuffled = [*told_of, *told_of]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert engagements(shuffled) == engagements(told_of)


@given(moments, times)
def test_stays_do_not_overlap_and_end_with_the_call(told_of: list[AnyMoment], end: float) -> None:
    found = engagements([*told_of, Over(at=end)])
    came = {(each.work_id, each.agent_id) for each in told_of if isinstance(each, Came | TookOver)}
    assert came <= {(each.work_id, each.agent_id) for each in found}
    wrote = {(each.work_id, each.agent_id) for each in told_of if isinstance(each, Wrote)}
    assert wrote == {(each.work_id, each.agent_id) for each in found if each.written_at is not None}
    for key in {(each.work_id, each.agent_id) for each in found}:
        stays = [each for each in found if (each.work_id, each.agent_id) == key]
        assert [each.stay for each in stays] == list(range(len(stays)))
        for each in stays:
            assert each.to_at is not None
            assert each.to_at >= each.has_since >= each.from_at
            assert each.ended is not None
            assert each.to_at <= end or each.to_at == each.has_since
        for one, following in pairwise(stays):
            assert one.to_at is not None
            assert one.to_at <= following.from_at


@given(moments)
def test_what_is_stored_tells_the_same_again(told_of: list[AnyMoment]) -> None:
    """So a conversation from before moments were kept goes on."""
    came = {(each.work_id, each.agent_id) for each in told_of if isinstance(each, Came | TookOver)}
    known = [each for each in told_of if not isinstance(each, Wrote) or (each.work_id, each.agent_id) in came]
    found = engagements(known)
    assert engagements(told_by(found)) == found
