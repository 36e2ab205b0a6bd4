"""A transfer is another stay, a hand-over one that begins with its answer; each ends once."""

from __future__ import annotations

import pytest

from acd.views.numbers import numbers_view
from core.causes import EndCause, WorkEnd
from core.events import WorkEnded, WorkHandedOver
from core.model import AgentState
from tests.acd.engine.handed_on import Scene, cause_of, record_of


def test_a_transfer_is_a_stay_in_its_queue_and_the_wait_goes_on_where_it_stood() -> None:
    scene = Scene()
    scene.jon.becomes(AgentState.AWAY)
    at = scene.center.now
    waits = scene.transferred(line=scene.billing)
    view = scene.billing.view()
    assert (view.offered, view.waiting, scene.orders.view().answered) == (1, 1, 1)
    assert view.oldest_since == pytest.approx(at - 60, abs=1)
    scene.center.passes(10)
    scene.jon.becomes(AgentState.AVAILABLE)
    scene.jon.answers(waits)
    scene.center.passes(50)
    waits.hangs_up()
    scene.jon.writes_up(waits)
    first, second = record_of(scene.dana), record_of(waits)
    assert (first.cause, first.transfers, first.agent_id) == (WorkEnd.TRANSFERRED, 1, scene.mei.agent_id)
    assert (second.cause, second.transfers, second.agent_id) == (WorkEnd.SERVED, 0, scene.jon.agent_id)
    assert (second.enqueued_at, second.entered_at) == (first.enqueued_at, at)
    assert second.waited_s == pytest.approx(60 + 10, abs=1), "as of what was moved or handed back"
    assert second.expected_p50_s is None
    assert numbers_view(scene.center.engine.registry, scene.center.now).offered_today == 2


def test_a_handing_over_is_offered_and_answered_in_one_moment() -> None:
    scene = Scene()
    asked = scene.mei.consults(scene.dana, with_=scene.jon, line=scene.billing)
    scene.jon.helps(asked)
    scene.center.passes(30)
    assert (scene.billing.view().offered, numbers_view(scene.center.engine.registry, scene.center.now).talking) == (0, 1)
    at = scene.center.now
    scene.mei.has_left(scene.dana, with_=asked, to=scene.jon)
    view = scene.billing.view()
    assert (view.offered, view.answered, view.waiting) == (1, 1, 0)
    (told,) = scene.center.of_type(WorkHandedOver)
    assert (told.agent_id, told.continues) == (scene.jon.agent_id, scene.dana.work_id)
    assert told.waited_s == pytest.approx(60, abs=1)
    scene.center.passes(40)
    asked.hangs_up()
    scene.jon.writes_up(asked)
    record = record_of(asked)
    assert (record.entered_at, record.answered_at, record.connected_at) == (at, at, at)
    assert record.waited_s == pytest.approx(60, abs=1)
    assert scene.jon.view().handled_today == 1


def test_each_work_ends_once_and_the_board_is_empty_in_the_end() -> None:
    scene = Scene()
    asked = scene.handed_over()
    waits = scene.jon.transfers(asked, line=scene.orders)
    scene.jon.has_left(asked, with_=waits)
    scene.center.passes(10)
    waits.hangs_up(EndCause.CALLER_HUNG_UP)
    scene.center.passes(3600)
    ended = [event.work_id for event in scene.center.of_type(WorkEnded)]
    assert sorted(ended) == sorted({scene.dana.work_id, asked.work_id, waits.work_id})
    assert (record_of(asked).cause, record_of(asked).transfers, cause_of(waits)) == (WorkEnd.TRANSFERRED, 1, WorkEnd.ABANDONED)
    assert scene.orders.view().waiting == scene.billing.view().waiting == 0
