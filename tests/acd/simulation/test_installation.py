"""A whole installation in virtual time: shifts, opening hours, and Erlang's figures from the real engine."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from acd.model.refusals import Refused
from acd.simulation.drawn import Agents
from acd.simulation.draws import Demand
from acd.simulation.erlang import Queue, steady_state
from acd.simulation.installation import Installation, Plan, shift_times
from acd.simulation.ledger import estimates
from core.commands import ConfigureAcd
from core.ids import AgentId, QueueId
from core.model import AgentConfig, QueueConfig, Shift
from core.opening_hours import OpeningHours

BILLING = QueueId("billing")
MONDAY = datetime(2026, 1, 5, tzinfo=UTC).timestamp()
OFFICE = Shift(days=("mon-tue",), hours=("09:00-12:30", "13:00-17:00"))


def installation(
    agents: int, calls_per_hour: float, *, patience_s: float | None = None, hours: float = 24.0, **changes: object
) -> Plan:
    queue = msgspec.structs.replace(QueueConfig(queue_id=BILLING, name="Billing", wrap_up_limit_s=0.0), **changes)
    people = tuple(AgentConfig(agent_id=AgentId(f"agent_{number}"), name="") for number in range(agents))
    demand = Demand(calls_per_s=calls_per_hour / 3600.0, talk_s=240.0, patience_s=patience_s)
    return Plan(rules=ConfigureAcd(queues=(queue,), agents=people), demands={BILLING: demand}, begin=MONDAY, hours=hours)


def test_the_real_engine_waits_as_erlang_says() -> None:
    plan = installation(5, 60.0, patience_s=120.0, hours=12.0)
    found = estimates([Installation(msgspec.structs.replace(plan, seed=seed), UTC).run().total_sums() for seed in range(5)])
    theory = steady_state(Queue(agents=5, calls_per_s=1 / 60, handle_s=240.0, patience_s=120.0), 20.0)
    for name in ("mean_wait_s", "occupancy"):
        estimate = found[name]
        assert estimate.value is not None
        assert estimate.half_width is not None
        assert estimate.value == pytest.approx(getattr(theory, name), abs=2.0 * estimate.half_width)


def test_agents_serve_in_their_shifts() -> None:
    plan = installation(2, 10.0, patience_s=60.0)
    shifts = tuple(msgspec.structs.replace(agent, shifts=(OFFICE,)) for agent in plan.rules.agents)
    run = Installation(msgspec.structs.replace(plan, rules=msgspec.structs.replace(plan.rules, agents=shifts)), UTC)
    answered = [stay for stay in run.run().stays if stay.answered]
    hours = {datetime.fromtimestamp(stay.arrived_at + stay.waited_s, UTC).hour for stay in answered}
    assert hours == {9, 10, 11, 12, 13, 14, 15, 16}
    staffed_s = sum(run.ledger.handling_s.values()) + sum(run.ledger.available_s.values())
    assert 0.0 <= staffed_s - 2 * 7.5 * 3600 < 4 * 1200.0  # a last conversation may run over


def test_who_comes_while_it_is_closed_is_counted_apart() -> None:
    plan = installation(3, 20.0)
    queues = (msgspec.structs.replace(plan.rules.queues[0], hours="office"),)
    office = OpeningHours(time_zone="UTC", week={"mon": ("10:00-16:00",)})
    run = Installation(
        msgspec.structs.replace(plan, rules=msgspec.structs.replace(plan.rules, queues=queues, hours={"office": office})), UTC
    )
    arrived = run.run().total().arrived
    assert arrived == pytest.approx(6 * 20, rel=0.3)
    assert run.closed == pytest.approx(18 * 20, rel=0.3)


def test_offers_that_nobody_answers_do_not_stop_the_installation() -> None:
    plan = msgspec.structs.replace(
        installation(3, 20.0, patience_s=300.0, hours=10.0), agents=Agents(ring_s=4.0, declines=0.2, misses=0.2)
    )
    total = Installation(plan, UTC).run().total()
    assert total.answered > 100
    assert total.arrived == total.answered + total.abandoned + total.short_abandoned


def test_shifts_are_local_time_and_a_day_may_have_23_hours() -> None:
    """Berlin, 29 March 2026: 02:00 becomes 03:00."""
    zone = ZoneInfo("Europe/Berlin")
    shifts = (Shift(days=("sun",), hours=("01:00-04:00", "22:00-24:00")),)
    sunday = datetime(2026, 3, 29, tzinfo=zone).timestamp()
    monday = datetime(2026, 3, 30, tzinfo=zone).timestamp()
    spans = list(shift_times(shifts, sunday, monday + 86_400, zone))
    assert [end - begin for begin, end in spans] == [2 * 3600.0, 2 * 3600.0]
    assert spans[1][1] == monday


def test_wrong_rules_are_refused() -> None:
    with pytest.raises(Refused):
        Installation(installation(1, 10.0, ring_timeout_s=-1.0), UTC)
