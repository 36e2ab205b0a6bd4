"""Lines of waiting work, indexed so that a decision looks at few of them.

A bucket holds the waiting work of one queue and channel with the same rules; who may serve a bucket is computed once. So
"what could this agent take" compares the heads of the agent's buckets, and "who could take this" intersects two sets. Work whose
requirements change (relaxation, overflow) moves to another bucket and keeps its rank.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import NamedTuple

from acd.model.roster import Roster
from acd.rules.priority import Rank
from acd.rules.rules import Rules
from core.ids import AgentId, QueueId, WorkId
from core.model import Channel

Place = tuple[Rank, WorkId]
"""One piece of work in a sorted line."""

MAX_IDLE_BUCKETS = 1024
"""Flows may ask for any combination of skills; empty buckets beyond this many are forgotten."""


class BucketKey(NamedTuple):
    queue_id: QueueId
    channel: Channel
    rules: Rules
    only: AgentId | None = None
    """Work that waits alone for one agent."""
    by_name: bool = False
    """Somebody asked for that one: skills and queues do not count."""


class MatchBucket:
    """One line, and who may serve it."""

    __slots__ = ("_by_id", "eligible", "key", "line")

    def __init__(self, key: BucketKey, eligible: set[AgentId]) -> None:
        self.key = key
        self.eligible = eligible
        self.line: list[Place] = []
        self._by_id: list[AgentId] | None = None

    @property
    def by_id(self) -> list[AgentId]:
        """All who may serve, in one order for every replay."""
        if self._by_id is None:
            self._by_id = sorted(self.eligible)
        return self._by_id


def put(line: list[Place], place: Place) -> None:
    insort(line, place)


def take(line: list[Place], place: Place) -> None:
    """Raises `KeyError` when it is not there: index and records disagree."""
    index = bisect_left(line, place)
    if index == len(line) or line[index] != place:
        raise KeyError(place)
    del line[index]


class MatchBuckets:
    """Owns all buckets and the ways to find them."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._buckets: dict[BucketKey, MatchBucket] = {}
        self._of_agent: dict[AgentId, set[BucketKey]] = {}
        self._filled: set[BucketKey] = set()

    def bucket(self, key: BucketKey) -> MatchBucket:
        """The bucket of that key, made on first use."""
        bucket = self._buckets.get(key)
        if bucket is None:
            self._forget_idle()
            bucket = self._buckets[key] = MatchBucket(key, self._eligible(key))
            for agent_id in bucket.eligible:
                self._of_agent.setdefault(agent_id, set()).add(key)
        return bucket

    def _eligible(self, key: BucketKey) -> set[AgentId]:
        if key.by_name and key.only is not None:
            return self._roster.named(key.only, key.channel)
        return self._roster.able(key.queue_id, key.channel, key.rules, key.only)

    @property
    def everybody(self) -> list[AgentId]:
        """All configured agents by id."""
        return self._roster.by_id

    @property
    def count(self) -> int:
        """Buckets known now, with or without waiting work."""
        return len(self._buckets)

    def put(self, bucket: MatchBucket, place: Place) -> None:
        put(bucket.line, place)
        self._filled.add(bucket.key)

    def take(self, bucket: MatchBucket, place: Place) -> None:
        take(bucket.line, place)
        if not bucket.line:
            self._filled.discard(bucket.key)

    def filled(self) -> Iterator[MatchBucket]:
        """Buckets with waiting work, in no particular order."""
        for key in self._filled:
            yield self._buckets[key]

    def filled_for(self, agent_id: AgentId) -> Iterator[MatchBucket]:
        """Buckets with waiting work that this agent may serve, in no particular order."""
        for key in self._of_agent.get(agent_id, set()) & self._filled:
            yield self._buckets[key]

    def _forget_idle(self) -> None:
        if len(self._buckets) < MAX_IDLE_BUCKETS + len(self._filled):
            return
        for key in [key for key in self._buckets if key not in self._filled]:
            for agent_id in self._buckets.pop(key).eligible:
                self._of_agent[agent_id].discard(key)
