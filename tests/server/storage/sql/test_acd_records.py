"""What the ACD's events leave behind: finished work, offers with their reasons, agents' states; written twice it is the same."""

from __future__ import annotations

import pytest

from acd.numbers.tally import COUNTS, Tally, count
from core.causes import WorkEnd
from core.commands import MoveWork
from core.events import CallStarted
from core.ids import AgentId, CallId, WorkId
from core.model import AgentState, Purpose
from server.storage.sql.acd_records import KEPT, SqlAcdRecords
from server.storage.sql.counting import SqlCounting
from server.storage.sql.database import Database
from tests.acd.busy_days import BILLING, DAY_S, MIDNIGHT, ORDERS, Days
from tests.acd.contact_center import MORNING, ContactCenter
from tests.acd.engine.handed_on import Scene

MEI, JON = AgentId("agent_Mei"), AgentId("agent_Jon")


def counts(tally: Tally) -> dict[str, float]:
    return {name: getattr(tally, name) for name in COUNTS}


async def away(database: Database, start: float, end: float) -> dict[tuple[AgentId, str], float]:
    """Seconds by agent and reason, as reports read them."""
    cells = await SqlCounting(database, 10.0).time_cells((start, end), end)
    return {(cell.agent_id, cell.reason): cell.seconds for cell in cells if cell.state is AgentState.AWAY}


def a_quarter_of_an_hour() -> ContactCenter:
    """Work 1: Mei declines, Jon is told and served by Mei later. Work 2 is moved and abandoned. Work 3 still waits."""
    center = ContactCenter()
    billing, orders = center.queue("billing", wrap_up_s=30), center.queue("orders")
    mei, jon = center.free_agent("Mei"), center.free_agent("Jon")
    center.passes(60)
    first = billing.gets()
    center.passes(4)
    mei.declines(first)
    center.passes(20)  # it rings at Jon, who does not answer
    mei.becomes(AgentState.AWAY, "lunch")
    center.passes(60)
    mei.becomes(AgentState.AVAILABLE)
    mei.answers(first)
    center.passes(120)
    second = billing.gets()
    center.passes(10)
    center.does(MoveWork(work_id=second.work_id, queue_id=orders.queue_id, by="user_sam"))
    center.passes(30)
    second.hangs_up()
    first.hangs_up()
    center.passes(30)
    mei.becomes(AgentState.AWAY, "training")
    orders.gets()
    assert jon.state() is AgentState.AWAY
    return center


async def test_finished_work_is_kept_with_its_times(database: Database) -> None:
    center, records = a_quarter_of_an_hour(), SqlAcdRecords(database)
    await records.write(center.events)
    work_items = {(work.work_id, work.stay): work for work in await records.work_items(MORNING, MORNING + 3600)}
    assert set(work_items) == {("work_1", 0), ("work_2", 0), ("work_2", 1)}, "what still waits is not kept yet"
    served = work_items[WorkId("work_1"), 0]
    assert (served.cause, served.agent_id, served.offers) == (WorkEnd.SERVED, "agent_Mei", 3)
    assert served.offered_at == served.enqueued_at
    assert served.answered_at is not None
    assert served.answered_at - served.enqueued_at == pytest.approx(served.waited_s) == pytest.approx(84)
    assert served.connected_at is not None
    assert served.talked_until is not None
    assert served.ended_at is not None
    assert served.talked_until - served.connected_at == pytest.approx(160), "the conversation"
    assert served.ended_at - served.talked_until == pytest.approx(30), "the wrap-up"
    moved, left = work_items[WorkId("work_2"), 0], work_items[WorkId("work_2"), 1]
    assert (moved.queue_id, moved.cause, left.queue_id, left.cause) == (
        "queue_billing",
        WorkEnd.OVERFLOWED,
        "queue_orders",
        WorkEnd.ABANDONED,
    )
    assert [moved.waited_s, left.waited_s] == pytest.approx([10, 40]), "the customer's wait goes on"


async def test_writing_the_same_events_again_changes_nothing(database: Database) -> None:
    center, records = a_quarter_of_an_hour(), SqlAcdRecords(database)
    await records.write(center.events)
    once = (
        await records.work_items(MORNING, MORNING + 3600),
        await records.offers_of_work(WorkId("work_1")),
        await away(database, MORNING, MORNING + 3600),
    )
    await records.write(center.events[len(center.events) // 2 :])
    await records.write(center.events)
    assert once == (
        await records.work_items(MORNING, MORNING + 3600),
        await records.offers_of_work(WorkId("work_1")),
        await away(database, MORNING, MORNING + 3600),
    )


async def test_every_offer_is_kept_with_its_reason_and_its_outcome(database: Database) -> None:
    center, records = a_quarter_of_an_hour(), SqlAcdRecords(database)
    await records.write(center.events)
    offers = await records.offers_of_work(WorkId("work_1"))
    assert [(offer.agent_id, offer.outcome) for offer in offers] == [
        ("agent_Mei", "declined"),
        ("agent_Jon", "expired"),
        ("agent_Mei", "accepted"),
    ]
    assert all(offer.ended_at is not None and offer.ended_at >= offer.made_at for offer in offers)
    assert offers[0].decision.summary
    assert "agent_Mei" in {candidate.agent_id for candidate in offers[0].decision.candidates}
    assert await records.offers_of_call(CallId("call_1")) == offers
    assert await records.offers_of_call(CallId("call_unknown")) == []


async def test_an_offer_says_whether_a_customer_or_a_colleague_was_at_its_other_end(database: Database) -> None:
    scene, records = Scene(), SqlAcdRecords(database)
    asked = scene.handed_over()
    waits = scene.jon.transfers(asked, line=scene.orders)
    scene.jon.has_left(asked, with_=waits)
    scene.center.passes(60)
    scene.eva.becomes(AgentState.AVAILABLE)
    await records.write(scene.center.events)
    offers = [offer for each in (scene.dana, asked, waits) for offer in await records.offers_of_work(each.work_id)]
    assert [offer.purpose for offer in offers] == [Purpose.CONTACT, Purpose.CONSULTATION, Purpose.TRANSFER]


async def test_an_offer_that_was_accepted_and_never_connected_says_so(database: Database) -> None:
    center, records = ContactCenter(), SqlAcdRecords(database)
    billing = center.queue("billing")
    mei = center.free_agent("Mei")
    call = billing.gets()
    mei.accepts(call)
    center.passes(11)
    for _ in range(2):
        await records.write(center.events)
        assert (await records.offers_of_work(call.work_id))[0].outcome == "not_connected"


async def test_agents_time_comes_from_their_states(database: Database) -> None:
    center, records = a_quarter_of_an_hour(), SqlAcdRecords(database)
    await records.write(center.events)
    start, end = MORNING, center.now + 600
    spent = await away(database, start, end)
    assert spent[MEI, "lunch"] == pytest.approx(60)
    assert spent[MEI, "training"] == pytest.approx(600)
    assert await away(database, end - 300, end) == {
        (JON, "did not answer"): pytest.approx(300),
        (MEI, "training"): pytest.approx(300),
    }, "a state that began before counts from the beginning"


async def test_old_rows_are_forgotten_but_not_the_state_that_goes_on(database: Database) -> None:
    center, records = a_quarter_of_an_hour(), SqlAcdRecords(database)
    await records.write(center.events)
    await records.forget(center.now + 60)
    assert await records.work_items(MORNING, MORNING + 3600) == []
    assert await records.offers_of_work(WorkId("work_1")) == []
    assert set(await away(database, center.now + 120, center.now + 180)) == {(MEI, "training"), (JON, "did not answer")}


async def test_a_day_read_again_counts_what_the_board_counted(database: Database) -> None:
    days, records = Days(3, load=0.08, agents=3), SqlAcdRecords(database)
    days.plan(1)
    days.world.run(MIDNIGHT + 22 * 3600)
    await records.write(days.events)
    for queue_id in (BILLING, ORDERS):
        again = count(await records.work_items(MIDNIGHT, MIDNIGHT + DAY_S, [queue_id]), MIDNIGHT, MIDNIGHT + DAY_S)
        shown = days.engine.registry.statistics.today(queue_id, days.world.now)
        assert shown.offered > 20
        assert counts(again) == pytest.approx(counts(shown), abs=1e-6)


def test_other_events_leave_nothing() -> None:
    assert CallStarted not in KEPT
