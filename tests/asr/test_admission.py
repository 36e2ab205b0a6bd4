"""A full recognizer sheds in the stated order and comes back the same way."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from asr.admission import Admission, Limits, Measured, Shedding
from core.model import Speaker

IDLE, BUSY, FULL = Measured(load=0.1, lag_s=0.0), Measured(load=0.75, lag_s=0.0), Measured(load=1.0, lag_s=9.0)
ORDER = list(Shedding)


def levels(admission: Admission, measured: list[Measured], begin: float = 0.0) -> list[Shedding]:
    return [admission.measure(each, begin + second) for second, each in enumerate(measured)]


def test_it_sheds_step_by_step_in_the_stated_order() -> None:
    assert levels(Admission(), [FULL] * 5) == [
        Shedding.RARE_PARTIALS,
        Shedding.DEFER_AGENT,
        Shedding.NO_NEW,
        Shedding.NO_NEW,
        Shedding.NO_NEW,
    ]


def test_a_little_load_only_makes_partials_rarer() -> None:
    assert set(levels(Admission(), [BUSY] * 20)) == {Shedding.RARE_PARTIALS}


def test_sound_that_waits_counts_whatever_the_load_says() -> None:
    assert levels(Admission(), [Measured(load=0.2, lag_s=2.5)] * 4)[-1] is Shedding.DEFER_AGENT


def test_it_returns_one_step_for_each_five_calm_seconds() -> None:
    admission = Admission()
    levels(admission, [FULL] * 3)
    back = levels(admission, [IDLE] * 20, begin=10.0)
    assert [level for n, level in enumerate(back) if n == 0 or level is not back[n - 1]] == [
        Shedding.NO_NEW,
        Shedding.DEFER_AGENT,
        Shedding.RARE_PARTIALS,
        Shedding.NONE,
    ]
    assert back.index(Shedding.DEFER_AGENT) == 5


def test_a_moment_of_calm_is_not_enough() -> None:
    admission = Admission()
    levels(admission, [BUSY])
    assert set(levels(admission, [IDLE, IDLE, BUSY] * 10, begin=1.0)) == {Shedding.RARE_PARTIALS}


def test_who_is_turned_away_at_which_level() -> None:
    admission = Admission()
    taken = {}
    for level in ORDER:
        assert admission.shedding is level
        taken[level] = (
            admission.refusal(Speaker.CUSTOMER, False, 10) is None,
            admission.refusal(Speaker.AGENT, False, 10) is None,
            admission.refusal(Speaker.CUSTOMER, True, 10) is None,
        )
        admission.measure(FULL, 0.0)
    assert taken == {
        Shedding.NONE: (True, True, True),
        Shedding.RARE_PARTIALS: (True, True, True),
        Shedding.DEFER_AGENT: (True, False, True),
        Shedding.NO_NEW: (False, False, True),
    }


def test_the_number_of_streams_has_an_end_of_its_own() -> None:
    admission = Admission(Limits(max_streams=2))
    assert admission.refusal(Speaker.CUSTOMER, False, 1) is None
    assert "2 live streams" in (admission.refusal(Speaker.CUSTOMER, False, 2) or "")
    assert admission.refusal(Speaker.CUSTOMER, True, 2) is None


@given(st.lists(st.builds(Measured, load=st.floats(0, 1), lag_s=st.floats(0, 10)), max_size=60))
def test_the_level_never_leaps(measured: list[Measured]) -> None:
    admission = Admission()
    seen = [ORDER.index(admission.shedding), *(ORDER.index(level) for level in levels(admission, measured))]
    assert all(abs(after - before) <= 1 for before, after in itertools.pairwise(seen))
