"""A million pieces of work through the engine: every strategy, relaxation, overflow, conditions, interruptions, supervisors.

The events are checked all the way by an inspector with its own books; every 2,000 customers the records are checked by brute
force; every 50,000 the engine is replaced by one restored from its snapshot. Prints what it saw.
"""

from __future__ import annotations

import time
from collections import defaultdict

import pytest

from acd.engine.engine import Engine
from acd.model.agents import Agent
from acd.model.work import IN_LINE, Work, WorkState
from acd.rules.conditions import parse
from acd.rules.rules import rules_of
from core.model import AgentState
from tests.acd.million_installation import LongDay

GAPS_S = (0.06, 0.045, 0.03, 0.05, 0.025, 0.09)
"""Between customers: quiet hours and hours when many wait."""
CHECK_EVERY, RESTORE_EVERY = 2_000, 50_000


def test_some_thousand_pieces_of_work() -> None:
    """The same as below, short enough for every run."""
    day = long_day(1, 3_000)
    assert day.inspector.seen["OfferMade"] > 2_000


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_a_million_pieces_of_work() -> None:
    begin = time.process_time()
    day = long_day(64, 1_000_000)
    cpu_s = time.process_time() - begin
    inspector = day.inspector
    print(f"\n{day.count:,} pieces of work, {day.inputs:,} inputs, {cpu_s:.0f} s CPU, seed 64")  # noqa: T201
    print(dict(inspector.seen.most_common()))  # noqa: T201
    print(dict(inspector.causes), f"longest wait {inspector.longest_wait_s:.0f} s")  # noqa: T201
    print(dict(day.engine.refusals))  # noqa: T201
    assert sum(inspector.causes.values()) == 1_000_000


def long_day(seed: int, work_items: int) -> LongDay:
    day = LongDay(seed)
    while day.count < work_items:
        hour = day.count // 10_000
        day.lives(min(CHECK_EVERY, work_items - day.count), GAPS_S[hour % len(GAPS_S)])
        check(day)
        if day.count % RESTORE_EVERY == 0 or day.count == work_items:
            snapshot = day.engine.snapshot()
            refusals, day.engine = day.engine.refusals, Engine.restore(snapshot)
            assert day.engine.snapshot() == snapshot, "the restored engine is another one"
            day.engine.refusals.update(refusals)
    day.closes()
    day.inspector.all_is_over()
    return day


def check(day: LongDay) -> None:
    """By the records alone: nobody free beside work that fits, nothing without a deadline, nobody stuck."""
    registry = day.engine.registry
    deadlines = registry.deadlines.times()
    lines: defaultdict[tuple[object, ...], list[Work]] = defaultdict(list)
    for work in registry.work_items.values():
        assert deadlines["work", work.work_id] == work.until >= day.now
        if work.state in IN_LINE:
            assert work.enqueued_at + registry.queues[work.queue_id].config.max_wait_s <= work.wait_until
        if work.state is WorkState.WAITING:
            assert not work.offers
            lines[work.queue_id, work.channel, work.extra_requirements, work.step].append(work)
    free = [(agent, set(agent.open_channels())) for agent in registry.agents.values() if agent.open_channels()]
    for line in lines.values():
        able = {agent.agent_id for agent, channels in free if line[0].channel in channels and fits(day, agent, line[0])}
        for work in line if able else ():
            for_it = able - set(work.skipped)
            assert not (for_it & {work.preferred_agent} if work.alone_until is not None else for_it), "free beside waiting work"
    for agent in registry.agents.values():
        states = {registry.work_items[work_id].state for work_id in agent.work}
        assert (agent.shown.state is AgentState.OFFERED) == (WorkState.OFFERED in states)
        assert bool(states) == (agent.shown.state in {AgentState.OFFERED, AgentState.BUSY, AgentState.WRAP_UP})


def fits(day: LongDay, agent: Agent, work: Work) -> bool:
    """By skills and condition, told from the configuration."""
    rules = rules_of(day.engine.registry.queues[work.queue_id].config, work.extra_requirements, work.step)
    skilled = all(agent.levels.get(need.skill, 0) >= need.level for need in rules.requirements)
    return skilled and (not rules.condition or parse(rules.condition).holds(agent.levels, agent.config.attributes))
