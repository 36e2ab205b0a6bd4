"""From one picture of a call to the next, in whatever order pictures come."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from core.commands import SetMix
from core.ids import CallId, LegId
from telephony.node.mixes import OVER_KEPT, Mix, Mixes, Pair, changes
from tests.peers.mixes import alone, recorded, talk

CALL, A, B, C = CallId("call_1"), LegId("a"), LegId("b"), LegId("c")
LEGS = [A, B, C, LegId("d")]


def test_two_who_come_together_are_joined_both_ways_and_whatever_plays_to_them_ends() -> None:
    todo = changes(Mix(), Mix.of(talk(CALL, A, B)))
    assert (set(todo.hush), set(todo.come)) == ({A, B}, {A, B})
    assert set(todo.join) == {(A, B), (B, A)}
    assert (todo.part, todo.leave, todo.sound) == ((), (), ())


def test_a_third_one_changes_nothing_between_the_first_two() -> None:
    todo = changes(Mix.of(talk(CALL, A, B)), Mix.of(talk(CALL, A, B, C, version=2)))
    assert set(todo.join) == {(A, C), (C, A), (B, C), (C, B)}
    assert (todo.part, todo.hush, todo.come) == ((), (C,), (C,))


def test_on_hold_they_part_and_one_of_them_hears_music() -> None:
    held = Mix.of(alone(CALL, A, B, version=2, sounds={A: "music.wav"}))
    todo = changes(Mix.of(talk(CALL, A, B)), held)
    assert (set(todo.part), todo.join, todo.sound) == ({(A, B), (B, A)}, (), (A,))


def test_a_recording_begins_goes_on_with_others_and_ends() -> None:
    first = Mix.of(talk(CALL, A, B, recordings=(recorded("rec", "a.wav", A, B),)))
    second = Mix.of(talk(CALL, A, C, version=2, recordings=(recorded("rec", "a.wav", A, C),)))
    assert [recording.right for recording in changes(Mix(), first).begin] == [(B,)]
    then = changes(first, second)
    assert ([recording.right for recording in then.go_on], then.begin, then.end) == ([(C,)], (), ())
    assert changes(second, Mix(version=3)).end == ("rec",)


def test_whoever_hears_somebody_is_played_nothing() -> None:
    command = SetMix(call_id=CALL, version=1, hears={A: (B,), B: (A,)}, sounds={A: "music.wav"})
    assert Mix.of(command).sounds == {}


def test_a_call_that_is_over_is_not_begun_again_by_what_comes_late() -> None:
    mixes = Mixes()
    mixes.put(CALL, Mix.of(talk(CALL, A, B, version=4)))
    mixes.put(CALL, Mix(version=5))
    assert mixes.of(CALL).version == 5
    for number in range(OVER_KEPT):
        mixes.put(CallId(f"other_{number}"), Mix(version=1))
    assert mixes.of(CALL).version == -1, "only so many are remembered"


class Pictures(RuleBasedStateMachine):
    """Pictures of two calls come in any order, twice or not at all, and legs end: connected is what the newest ones say."""

    def __init__(self) -> None:
        super().__init__()
        self.mixes = Mixes()
        self.connected: set[Pair] = set()
        self.living = set(LEGS)
        self.newest: dict[CallId, SetMix] = {}
        self.taken_away: dict[CallId, set[LegId]] = {}

    @rule(
        call=st.sampled_from([CALL, CallId("call_2")]),
        version=st.integers(1, 6),
        legs=st.sets(st.sampled_from(LEGS)),
        talking=st.booleans(),
    )
    def picture(self, call: CallId, version: int, legs: set[LegId], talking: bool) -> None:
        legs &= self.living
        command = talk(call, *sorted(legs), version=version) if talking else alone(call, *sorted(legs), version=version)
        if version <= self.mixes.of(call).version:
            return
        for other, rest in self.mixes.elsewhere(call, command.hears).items():
            self.taken_away[other] |= legs
            self.apply(other, rest)
        self.newest[call], self.taken_away[call] = command, set()
        self.apply(call, Mix.of(command))

    @rule(leg=st.sampled_from(LEGS))
    def leg_ends(self, leg: LegId) -> None:
        if len(self.living) > 1:
            self.living.discard(leg)
            self.connected = {pair for pair in self.connected if leg not in pair}  # the engine does, by itself

    @rule()
    def tidy(self) -> None:
        for call, gone in self.mixes.gone(lambda leg: leg not in self.living).items():
            self.apply(call, self.mixes.of(call).without(gone))

    def apply(self, call: CallId, new: Mix) -> None:
        todo = changes(self.mixes.of(call), new)
        self.mixes.put(call, new)
        self.connected -= set(todo.part)
        self.connected |= {pair for pair in todo.join if set(pair) <= self.living}

    @invariant()
    def connected_as_the_newest_pictures_say(self) -> None:
        wanted = {
            (source, listener)
            for call, command in self.newest.items()
            for listener, sources in command.hears.items()
            for source in sources
            if {source, listener} <= self.living and not {source, listener} & self.taken_away[call]
        }
        assert self.connected == wanted

    @invariant()
    def a_leg_is_in_one_call(self) -> None:
        named = [leg for call in self.newest for leg in self.mixes.of(call).hears]
        assert len(named) == len(set(named))


TestPictures = Pictures.TestCase
