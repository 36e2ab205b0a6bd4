"""The ACD's saved state: its version, the way from older ones, and what becomes of what cannot be read. Pure.

Invariant: whatever the bytes are, a state comes out in which every record agrees with every other, or `msgspec.DecodeError` when
they are no saved state at all. An entity that cannot be read, or contradicts the others, is set aside under its id and changes
nothing else: whoever restores says so, and what was promised comes back from the history (`server/promises.py`).

A release that changes the shape of something saved adds one to `VERSION` and a converter to `CONVERTERS`; it changes no old one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from acd.model.agents import Agent
from acd.model.registry import Memory, Queue
from acd.model.work import Work, WorkState
from acd.numbers.adherence import Attendance
from acd.numbers.open_work import OpenWork
from acd.numbers.statistics import AgentNumbers, Numbers, QueueNumbers
from core.codec import reason_of
from core.ids import AgentId, CustomerId, QueueId, WorkId
from core.model import Purpose
from core.opening_hours import OpeningHours
from core.saved import plain as plainly
from core.unknown_fields import converted

VERSION = 3
"""1: Patchbay 0.1, which wrote no version. 2: a call had one piece of work, which was a customer's."""

Plain = dict[str, Any]
Converter = Callable[[Plain], Plain]


def _versioned(plain: Plain) -> Plain:
    """0.1 → 2: the version itself is new."""
    return plain | {"version": 2}


def _all_customers(plain: Plain) -> Plain:
    """2 → 3: all work is a customer's own, which is what work without a purpose is."""
    return plain | {"version": 3}


CONVERTERS: Mapping[int, Converter] = {
    1: _versioned,
    2: _all_customers,
}
"""From each version to the next, on what MessagePack says without types."""

FURTHEST_S = 10 * 366 * 86_400.0
"""No time of a piece of work lies further from now: what does is a mistake, and would stand in the way for ever."""
HELD = frozenset({WorkState.OFFERED, WorkState.ACCEPTED, WorkState.ACTIVE, WorkState.WRAP_UP})
"""States of work that somebody holds."""

T = TypeVar("T")


class Saved(msgspec.Struct, kw_only=True):
    """A snapshot's content."""

    version: int = 1
    now: float
    memory: Memory


class Aside(msgspec.Struct, frozen=True):
    """One entity that was not taken up."""

    kind: str
    key: str
    why: str
    content: bytes = b""
    """As it was found, in MessagePack; empty when it cannot be said again."""


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    now: float
    memory: Memory
    aside: tuple[Aside, ...] = ()


_decoder = msgspec.msgpack.Decoder(Saved)


def encoded(now: float, memory: Memory) -> bytes:
    """Equal states are equal bytes."""
    return msgspec.msgpack.encode(Saved(version=VERSION, now=now, memory=memory))


def restored(data: bytes) -> Restored:
    """Raises `msgspec.DecodeError` for bytes that are no saved state."""
    aside: list[Aside] = []
    try:
        saved = _decoder.decode(data)
        whole = saved.version == VERSION
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        whole = False
    if not whole:
        saved = _in_parts(_converted(_plain(data)), aside)
    if not _is_time(saved.now, 0.0, math.inf):
        saved.now = 0.0
    _agree(saved.memory, saved.now, aside)
    return Restored(now=saved.now, memory=saved.memory, aside=tuple(aside))


def _plain(data: bytes) -> Plain:
    plain = plainly(data)
    if not isinstance(plain, dict) or not isinstance(plain.get("memory"), dict):
        raise msgspec.DecodeError("this is no saved state")
    return plain


def _converted(plain: Plain) -> Plain:
    """As this release would have written it; what a newer one wrote is read as far as it can be."""
    version = plain.get("version", 1)
    if not isinstance(version, int) or version < 1:
        raise msgspec.DecodeError("this is no version")
    for step in range(version, VERSION):
        plain = CONVERTERS[step](plain)
    return plain


# ── part by part ──────────────────────────────────────────────────────────────────────────────────────────────────


def _in_parts(plain: Plain, aside: list[Aside]) -> Saved:
    found = plain["memory"]
    numbers = found.get("numbers")
    counts = numbers if isinstance(numbers, dict) else {}
    memory = Memory(
        queues=_rows(found, "queues", Queue, aside, lambda row: row["config"]["queue_id"]),
        agents=_rows(found, "agents", Agent, aside, lambda row: row["config"]["agent_id"]),
        work_items=_rows(found, "works", Work, aside, lambda row: row["work_id"]),
        last_agents=_rows(found, "last_agents", tuple[CustomerId, QueueId, AgentId, float], aside, lambda row: row[0]),
        deadlines=_rows(found, "deadlines", tuple[tuple[str, str], float], aside, lambda row: row[0][1]),
        ended_work=_entries(found, "ended_works", float, aside),
        ended_calls=_entries(found, "ended_calls", float, aside),
        hours=_entries(found, "hours", OpeningHours, aside),
        numbers=Numbers(
            queues=_entries(counts, "queues", QueueNumbers, aside, of="numbers."),
            agents=_entries(counts, "agents", AgentNumbers, aside, of="numbers."),
            open=_entries(counts, "open", OpenWork, aside, of="numbers."),
            attendance=_entries(counts, "attendance", Attendance, aside, of="numbers."),
        ),
    )
    memory.arrivals = _count(found, "arrivals", (work.arrival for work in memory.work_items))
    memory.offers_made = _count(found, "offers_made", (agent.turn for agent in memory.agents))
    now = plain.get("now")
    return Saved(version=VERSION, now=float(now) if isinstance(now, int | float) else 0.0, memory=memory)


def _rows(found: Plain, name: str, kind: type[T], aside: list[Aside], id_of: Callable[[Any], object]) -> list[T]:
    rows = found.get(name, [])
    taken: list[T] = []
    for row in rows if isinstance(rows, list | tuple) else ():
        try:
            taken.append(converted(row, kind))
        except msgspec.ValidationError as error:
            aside.append(Aside(name, _id(row, id_of), reason_of(error), _packed(row)))
    return taken


def _entries(found: Plain, name: str, kind: type[T], aside: list[Aside], *, of: str = "") -> dict[Any, T]:
    entries = found.get(name, {})
    taken: dict[Any, T] = {}
    for key, value in entries.items() if isinstance(entries, dict) else ():
        try:
            taken[converted(key, str)] = converted(value, kind)
        except msgspec.ValidationError as error:
            aside.append(Aside(of + name, _id(key, lambda key: key), reason_of(error), _packed(value)))
    return taken


def _id(row: object, id_of: Callable[[Any], object]) -> str:
    try:
        found = id_of(row)
    except (KeyError, IndexError, TypeError):
        return "?"
    return found if isinstance(found, str) else "?"


def _packed(value: object) -> bytes:
    try:
        return msgspec.msgpack.encode(value)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return b""


def _count(found: Plain, name: str, at_least: Iterable[int]) -> int:
    """A running number goes on after every one that was given."""
    known = found.get(name)
    return max(known if isinstance(known, int) else 0, *at_least, 0)


# ── one with another ──────────────────────────────────────────────────────────────────────────────────────────────


def _agree(memory: Memory, now: float, aside: list[Aside]) -> None:
    """Sets aside what contradicts the rest; what is only derived (deadlines, who holds what) is made anew."""
    memory.queues = _once(memory.queues, "queues", lambda queue: queue.config.queue_id, aside)
    memory.agents = _once(memory.agents, "agents", lambda agent: agent.agent_id, aside)
    memory.work_items = _once(memory.work_items, "works", lambda work: work.work_id, aside)
    queues = {queue.config.queue_id for queue in memory.queues}
    agents = {agent.agent_id: agent for agent in memory.agents}
    kept: list[Work] = []
    for work in memory.work_items:
        why = _complaint(work, queues, agents, now) or _about_nothing(work, kept)
        if why:
            aside.append(Aside("works", work.work_id, why, _packed(work)))
        else:
            kept.append(work)
    memory.work_items = kept
    known = {work.work_id: work for work in kept}
    for agent in memory.agents:
        _put_in_range(agent, now)
        if not agent.work.keys() <= known.keys() or any(not _holds(agent, known[work_id]) for work_id in agent.work):
            agent.work = {work_id: channel for work_id, channel in agent.work.items() if _holds(agent, known.get(work_id))}
    _agree_on_deadlines(memory, now, {"work": known, "route": known, "queue": queues, "agent": agents})
    if memory.numbers.open.keys() - known.keys():
        _count_without(memory.numbers, known)


def _once(rows: list[T], name: str, id_of: Callable[[T], str], aside: list[Aside]) -> list[T]:
    found: dict[str, T] = {}
    for row in rows:
        if id_of(row) in found:
            aside.append(Aside(name, id_of(row), "it is there twice", _packed(row)))
        else:
            found[id_of(row)] = row
    return list(found.values()) if len(found) < len(rows) else rows


def _complaint(work: Work, queues: set[QueueId], agents: Mapping[AgentId, Agent], now: float) -> str:
    """Why this work cannot go on; empty when it can."""
    times = (work.enqueued_at, work.wait_until, work.since, work.until, work.active_since, work.alone_until)
    if work.state is WorkState.ENDED:
        return "it has ended"
    if work.queue_id not in queues:
        return "its queue is not there"
    if not all(at is None or _is_time(at, now - FURTHEST_S, now + FURTHEST_S) for at in times):
        return "one of its times is out of range"
    if min(work.step, work.attempts, work.tries, work.arrival) < 0:
        return "one of its counts is below 0"
    if not math.isfinite(work.extra_priority) or not 0 <= work.talked_s <= FURTHEST_S:
        return "its priority or its time in conversation is no number, or out of range"
    if (work.state in HELD) is not bool(work.offers):
        return "its state and its offers contradict each other"
    if work.state in HELD - {WorkState.OFFERED} and (len(work.offers) != 1 or work.agent_id is None):
        return "nobody holds it, or several do"
    for offer_id, offer in work.offers.items():
        agent = agents.get(offer.agent_id)
        if offer_id != offer.offer_id or agent is None or work.work_id not in agent.work:
            return "it and its agent do not know each other"
    return ""


def _about_nothing(work: Work, before: Iterable[Work]) -> str:
    """A consultation lives only as long as its conversation, which came before it."""
    if work.purpose is not Purpose.CONSULTATION:
        return ""
    known = any(
        about.work_id == work.continues
        and about.call_id == work.call_id
        and about.agent_id == work.asked_by
        and about.state is WorkState.ACTIVE
        for about in before
    )
    return "" if known else "the conversation it is about is not there"


def _is_time(at: float, earliest: float, latest: float) -> bool:
    return math.isfinite(at) and earliest <= at <= latest


def _put_in_range(agent: Agent, now: float) -> None:
    """What only numbers and order come from begins anew where it cannot be: nobody is lost for it."""
    if not _is_time(agent.since, 0.0, now):
        agent.since = now
    if not _is_time(agent.idle_since, 0.0, now):
        agent.idle_since = now
    if not _is_time(agent.occupied_at, 0.0, now) or not 0.0 <= agent.occupied <= 1.0:
        agent.occupied, agent.occupied_at = 0.0, now
    if agent.declined is not None and not _is_time(agent.declined.at, 0.0, now):
        agent.declined = None


def _holds(agent: Agent, work: Work | None) -> bool:
    return work is not None and any(offer.agent_id == agent.agent_id for offer in work.offers.values())


def _agree_on_deadlines(memory: Memory, now: float, there: Mapping[str, Collection[str]]) -> None:
    """Each piece of work has its own; nothing waits for what is not there."""
    times = {
        (kind, key): at
        for (kind, key), at in memory.deadlines
        if key in there.get(kind, ()) and _is_time(at, now - FURTHEST_S, now + FURTHEST_S)
    }
    for work in memory.work_items:
        times.setdefault(("work", work.work_id), work.until)
    if len(times) != len(memory.deadlines) or times != dict(memory.deadlines):
        memory.deadlines = sorted(times.items())


def _count_without(numbers: Numbers, known: Mapping[WorkId, Work]) -> None:
    """Work that is not there waits and rings nowhere; the days' counts stay as they were."""
    numbers.open = {work_id: work for work_id, work in numbers.open.items() if work_id in known}
    for queue_id, queue in numbers.queues.items():
        here = [work for work_id, work in numbers.open.items() if work.queue_id == queue_id]
        queue.waiting = sum(known[work.work_id].has_place for work in here)
        queue.ringing = sum(work.ringing > 0 and work.counts for work in here)
