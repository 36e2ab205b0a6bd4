"""When a browser leg counts as alive, impaired, gone."""

from __future__ import annotations

from telephony.webrtc.liveness import LegNews, LegState, Liveness, LivenessConfig

CONFIG = LivenessConfig(connect_within_s=15, impaired_after_s=2, lost_after_s=10)


def live() -> Liveness:
    """Secured at 1 s, first heard at 1.1 s."""
    liveness = Liveness(CONFIG, now=0)
    liveness.secured()
    assert liveness.heard(1, 1.1) is LegNews.CONNECTED
    return liveness


def test_a_leg_is_connected_at_its_first_packet_and_only_once() -> None:
    liveness = live()

    assert liveness.heard(2, 1.2) is None
    assert liveness.state is LegState.LIVE


def test_a_packet_before_we_know_that_dtls_is_up_counts() -> None:
    liveness = Liveness(CONFIG, now=0)

    assert liveness.heard(1, 0.5) is LegNews.CONNECTED
    liveness.secured()
    assert liveness.state is LegState.LIVE


def test_who_never_comes_or_never_speaks_is_given_up() -> None:
    absent, mute = Liveness(CONFIG, now=0), Liveness(CONFIG, now=0)
    mute.secured()
    for liveness in (absent, mute):
        assert liveness.check(14.9) is None
        assert liveness.check(15.0) is LegNews.NEVER_CONNECTED
        assert liveness.check(99) is None


def test_silence_impairs_and_then_ends() -> None:
    liveness = live()

    assert liveness.check(3.0) is None
    assert liveness.check(3.1) is LegNews.IMPAIRED
    assert liveness.check(11.0) is None
    assert liveness.check(11.1) is LegNews.TIMED_OUT
    assert liveness.state is LegState.ENDED


def test_sound_that_returns_mends() -> None:
    liveness = live()
    liveness.check(3.1)

    assert liveness.heard(1, 3.5) is None, "no new packet"
    assert liveness.heard(2, 4.0) is LegNews.RECOVERED
    assert liveness.check(5.9) is None


def test_an_ended_leg_stays_ended() -> None:
    liveness = live()
    liveness.ended()

    assert liveness.heard(50, 2.0) is None
    assert liveness.check(99) is None
    assert liveness.state is LegState.ENDED
