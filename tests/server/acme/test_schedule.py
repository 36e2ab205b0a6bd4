"""When a certificate is asked for."""

from __future__ import annotations

import time

import pytest

from server.acme.problems import AcmeProblem
from server.acme.schedule import LIMITED_S, PAUSES_S, Issued, Standing, due_at, issued
from server.https.authority import new_authority, new_server_certificate
from server.https.names import names

DAY_S = 86_400.0
PBX = Standing(directory="https://acme.example/dir", names=("pbx.example.com",))


def good_for(days: float, *hosts: str) -> Issued:
    return Issued(names=frozenset(hosts or ("pbx.example.com",)), begins_at=0.0, ends_at=days * DAY_S)


def test_without_a_certificate_it_is_asked_for_at_once() -> None:
    assert due_at(None, PBX) == 0


@pytest.mark.parametrize("days", [6.0, 47.0, 90.0])
def test_it_is_renewed_when_a_third_of_its_life_is_left(days: float) -> None:
    assert due_at(good_for(days), PBX) == pytest.approx(days * DAY_S * 2 / 3)


def test_another_name_needs_another_certificate_at_once() -> None:
    assert due_at(good_for(90, "old.example.com"), PBX) == 0


def test_each_failure_in_a_row_waits_longer_and_remembers_since_when() -> None:
    standing, now = PBX, 1000.0
    pauses = []
    for _ in range(7):
        standing = standing.failed(AcmeProblem("unreachable", "no route"), now)
        pauses.append(due_at(None, standing) - now)
        now = standing.next_try_at
    assert pauses == [*PAUSES_S, PAUSES_S[-1], PAUSES_S[-1]]
    assert (standing.failing_since, standing.failures) == (1000.0, 7)
    assert (standing.went_well(good_for(90), now).problem, standing.went_well(good_for(90), now).failures) == ("", 0)


def test_one_that_is_due_again_at_once_is_not_ordered_again_at_once() -> None:
    """As by a clock that is wrong, or from an authority that gives hours only."""
    for life_days, pause_s in ((90, PAUSES_S[-1]), (1 / 24, 1200.0)):
        got = good_for(life_days)
        assert due_at(got, PBX.went_well(got, got.ends_at - 1.0)) == pytest.approx(got.ends_at - 1.0 + pause_s)


def test_an_authority_that_says_too_often_is_left_alone_for_an_hour() -> None:
    assert PBX.failed(AcmeProblem("rate_limited", ""), 0.0).next_try_at == LIMITED_S


def test_a_failed_renewal_does_not_ask_again_before_its_pause_is_over() -> None:
    standing = PBX.failed(AcmeProblem("refused", "x" * 10_000), 70 * DAY_S)
    assert due_at(good_for(90), standing) == 70 * DAY_S + PAUSES_S[0]
    assert len(standing.detail) == 500


def test_what_a_certificate_says_is_read_and_nonsense_is_none() -> None:
    made = new_server_certificate(new_authority("", time.time()), names("pbx.example.com", []), time.time())
    found = issued(made.certificate)
    assert found is not None
    assert "pbx.example.com" in found.names
    assert found.life_s == pytest.approx(390 * DAY_S)
    assert issued(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n") is None
