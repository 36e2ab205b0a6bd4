"""Random days on which somebody looks at every screen after every step: all views, the expected waits, a snapshot, the reports.

The days are harder than those of `checked_day.py`: the longest wait is short, acceptances are never connected, every browser
goes at once, and the clock jumps both ways. Whatever a view names must exist and be alive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from acd.engine.engine import Engine
from acd.model.work import IN_LINE, WorkState
from acd.numbers.intervals import Interval, edges
from acd.views.agent import agent_view, standing
from acd.views.numbers import numbers_view
from acd.views.queue import line_view, queue_view
from acd.views.work import work_view
from core.commands import AcceptOffer, ConfigureAcd, EnqueueWork, SetAgentReachable
from core.ids import CallId, CustomerId, WorkId
from core.model import AgentState, Channel, Purpose
from tests.acd.checked_day import Day
from tests.acd.colleague_moves import PICK
from tests.acd.numbers.counted import agent_rows, queue_rows
from tests.acd.random_installation import AGENTS, QUEUES, installation

SHORT_WAITS_S = (8.0, 17.0, 26.0, 35.0)
"""Shorter than ringing twice: the longest wait is often over while somebody has accepted."""
LIVE_ID = {"work_id": "work_items", "queue_id": "queues", "agent_id": "agents", "oldest_queue_id": "queues"}
"""Field of a view → the records that must have it."""


def impatient_installation(levels: list[int], ageing: float, without: int = 9) -> ConfigureAcd:
    rules = installation(levels, ageing, without)
    queues = tuple(
        msgspec.structs.replace(queue, max_wait_s=wait_s) for queue, wait_s in zip(rules.queues, SHORT_WAITS_S, strict=False)
    )
    return msgspec.structs.replace(rules, queues=queues)


class ViewedDay(Day):
    """A day whose screens are all open."""

    installation = staticmethod(impatient_installation)

    @precondition(lambda self: self.ringing())
    @rule(pick=PICK, seconds=st.sampled_from([5.0, 10.0, 61.0]))
    def acceptance_never_connects(self, pick: int, seconds: float) -> None:
        """Said yes; call control is silent, while the longest wait may end."""
        offer, _ = self.pick_ringing(pick)
        self.says(AcceptOffer(offer_id=offer.offer_id, agent_id=offer.agent_id))
        self.time_passes(seconds)

    @rule(reachable=st.booleans())
    def every_browser_comes_or_goes(self, reachable: bool) -> None:
        for agent_id in AGENTS:
            self.says(SetAgentReachable(agent_id=agent_id, channel=Channel.CALL, reachable=reachable, reason="gone"))

    @rule(queue=st.sampled_from(QUEUES), later_s=st.sampled_from([5.0, 40.0, 400.0]))
    def callback_is_promised(self, queue: str, later_s: float) -> None:
        self.count += 1
        work_id = WorkId(f"work_{self.count}")
        command = EnqueueWork(
            work_id=work_id,
            call_id=None,
            channel=Channel.CALLBACK,
            queue_id=next(queue_id for queue_id in QUEUES if queue_id == queue),
            not_before=self.now + later_s,
            origin_call_id=CallId(f"call_origin_{self.count}"),
            customer_id=CustomerId(f"cust_{self.count % 5}"),
        )
        if self.says(command):
            self.enqueued.append(work_id)

    @rule(seconds=st.sampled_from([-86400.0, -3.0, 3600.0, 90000.0]))
    def clock_jumps(self, seconds: float) -> None:
        """All that was due meanwhile is met in one step, late; a clock set back counts as no time passed."""
        if seconds > 0:
            self.now += seconds
            self.note(self.live.handle_timer(self.now), self.broken.handle_timer(self.now))
        else:
            self.note(self.live.handle_timer(self.now + seconds), self.broken.handle_timer(self.now + seconds))

    def check(self) -> None:
        super().check()
        self.every_view_shows_only_what_lives()
        self.lines_are_the_work_that_waits()
        self.indexes_hold_only_what_lives()
        self.waits_are_estimated_with_who_can_come()
        self.a_snapshot_brings_up_the_same_screens()
        self.reports_count()

    # ── what must be true ─────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def every_view_shows_only_what_lives(self) -> None:
        registry = self.live.registry
        for name, value in self.named_ids():
            assert value in getattr(registry, LIVE_ID[name]), f"a view names {name} {value}, which does not live"
        calls = {work.call_id for work in registry.work_items.values()} | {None}
        for agent_id in registry.agents:
            seen = agent_view(registry, agent_id, self.now)
            assert set(seen.work) <= registry.work_items.keys()
            assert seen.call_id in calls
            short, unreachable = standing(registry, agent_id), seen.state is AgentState.UNREACHABLE
            assert (short.state, short.since, short.until) == (seen.state, seen.since, seen.until)
            assert short.reason == (seen.reachable_reason if unreachable else seen.reason)

    def named_ids(self) -> Iterator[tuple[str, str]]:
        """Each id that any screen shows now."""
        registry = self.live.registry
        views: list[msgspec.Struct] = [numbers_view(registry, self.now)]
        for queue_id in registry.queues:
            views += [queue_view(registry, queue_id, self.now), *line_view(registry, queue_id, 10_000)]
        for work_id in registry.work_items:
            seen = work_view(registry, work_id)
            views += [seen, *seen.offers]
        views += [agent_view(registry, agent_id, self.now) for agent_id in registry.agents]
        for view in views:
            for name in LIVE_ID:
                value = getattr(view, name, None)
                if value is not None:
                    yield name, value

    @invariant()
    def lines_are_the_work_that_waits(self) -> None:
        """Ended work is in no line, and what waits is in one line, once."""
        registry = self.live.registry
        for queue_id in registry.queues:
            shown = Counter(place.work_id for place in line_view(registry, queue_id, 10_000))
            here = [work for work in registry.work_items.values() if work.queue_id == queue_id and work.state in IN_LINE]
            waits = Counter(work.work_id for work in here if work.purpose is not Purpose.CONSULTATION)
            assert shown == waits

    @invariant()
    def indexes_hold_only_what_lives(self) -> None:
        registry = self.live.registry
        assert WorkState.ENDED not in {work.state for work in registry.work_items.values()}
        for index in (registry.bucket_of, registry.fresh_work, registry.to_route, registry.statistics.numbers.open):
            assert index.keys() <= registry.work_items.keys()
        for work in registry.work_items.values():
            tied = registry.works_of_call(work.call_id)
            assert (work in tied) is (work.call_id is not None)
            assert all(other.call_id == work.call_id for other in tied)
        assert set(registry.offers.values()) <= registry.work_items.keys()
        for kind, key in registry.deadlines.times():
            live: dict[str, Container[str]] = {"queue": registry.queues, "agent": registry.agents}
            assert key in live.get(kind, registry.work_items)
        for agent in registry.agents.values():
            assert agent.work.keys() <= registry.work_items.keys()
        waiting = {work_id for bucket in registry.buckets.filled() for _, work_id in bucket.line}
        assert waiting == registry.bucket_of.keys()

    @invariant()
    def waits_are_estimated_with_who_can_come(self) -> None:
        registry = self.live.registry
        for queue_id in registry.queues:
            line = registry.line_before(queue_id)
            assert line.free <= line.serving <= len(registry.agents)

    @invariant()
    def a_snapshot_brings_up_the_same_screens(self) -> None:
        restored = Engine.restore(self.live.snapshot())
        for queue_id in self.live.registry.queues:
            assert queue_view(restored.registry, queue_id, self.now) == queue_view(self.live.registry, queue_id, self.now)

    @invariant()
    def reports_count(self) -> None:
        between = edges(self.now - 3600, self.now, Interval.HALF_HOUR, self.live.registry.zone)
        records = list(self.live.registry.statistics.open())
        assert queue_rows(records, {}, between, QUEUES, self.now)
        assert agent_rows(records, {}, between, AGENTS, self.now)
