"""Half-hours of the week from what happened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from acd.simulation.forecast import HalfHour, forecast
from core.causes import WorkEnd
from core.ids import QueueId, WorkId
from core.model import Channel, WorkRecord

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
BILLING = QueueId("billing")


def call(
    at: datetime, *, waited_s: float = 10.0, handle_s: float | None = 300.0, stay: int = 0, channel: Channel = Channel.CALL
) -> WorkRecord:
    """Answered after `waited_s` and handled for `handle_s`; None: left."""
    came = at.timestamp()
    answered = came + waited_s if handle_s is not None else None
    return WorkRecord(
        work_id=WorkId(f"work_{came}"),
        stay=stay,
        call_id=None,
        channel=channel,
        queue_id=BILLING,
        enqueued_at=came,
        entered_at=came,
        answered_at=answered,
        connected_at=answered,
        ended_at=came + waited_s + (handle_s or 0.0),
        waited_s=waited_s,
        cause=WorkEnd.SERVED if handle_s is not None else WorkEnd.ABANDONED,
        service_level_s=20.0,
        short_abandon_s=5.0,
    )


def weeks(count: int) -> Iterator[WorkRecord]:
    """Every Monday at ten: eight calls, of which two leave after a minute; and one on Tuesday."""
    for week in range(count):
        ten = MONDAY + timedelta(weeks=week, hours=10)
        yield from (call(ten + timedelta(minutes=3 * number)) for number in range(6))
        yield from (call(ten + timedelta(minutes=20 + number), waited_s=60.0, handle_s=None) for number in range(2))
        yield call(ten + timedelta(days=1), handle_s=120.0)


def test_a_half_hour_is_the_mean_of_its_weeks() -> None:
    end = MONDAY + timedelta(weeks=4)
    found = forecast(weeks(4), MONDAY.timestamp(), end.timestamp(), UTC, 240.0)
    monday, tuesday = found.rows
    assert (monday.half_hour, monday.calls, monday.weeks) == (HalfHour(0, 20), 8.0, 4)
    assert monday.half_hour.time == "10:00"
    assert monday.handle_s == 300.0
    assert (tuesday.half_hour, tuesday.calls) == (HalfHour(1, 20), 1.0)
    assert tuesday.handle_s == pytest.approx((24 * 300.0 + 4 * 120.0) / 28)  # too few of its own
    assert found.calls == 36


def test_patience_counts_those_who_did_not_have_to_wait_longer() -> None:
    found = forecast(weeks(1), MONDAY.timestamp(), (MONDAY + timedelta(weeks=1)).timestamp(), UTC, 240.0)
    assert found.patience_s == pytest.approx((7 * 10.0 + 2 * 60.0) / 2)


def test_chats_and_later_stays_are_no_calls() -> None:
    records = [call(MONDAY), call(MONDAY, stay=1), call(MONDAY, channel=Channel.CHAT)]
    found = forecast(records, MONDAY.timestamp(), (MONDAY + timedelta(days=1)).timestamp(), UTC, 240.0)
    assert found.calls == 1


def test_nothing_happened() -> None:
    found = forecast([], MONDAY.timestamp(), (MONDAY + timedelta(days=1)).timestamp(), UTC, 240.0)
    assert (found.rows, found.patience_s) == ((), None)
