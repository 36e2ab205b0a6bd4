"""The recorded people, for other rules: what `acd/simulation/world.py` asks of a `Behaviour`, answered from the record.

Recorded, and used as it was: when customers came and left, how long each conversation, connection and wrap-up took, how each
offer was answered that is made again. Not in the record, and assumed:

- Who was served and now waits longer: the patience is drawn from those of the record who waited at least as long
  (`acd/simulation/survival.py`), or endless.
- Who left and is now served: talks and is written up for as long as somebody else of the same queue.
- An offer that was not made in the record is answered after the time in which this work, else this agent, else anybody answered.
- Whoever has a conversation asks the same colleague in it, and hands it on, as long after its beginning.
- Who did not answer an offer does not answer that work again; other offers at other times are answered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from statistics import median
from typing import TypeVar

from acd.simulation.recorded import Connecting, Note, Outcome, Recording, Ring, Span
from acd.simulation.survival import Survival
from acd.simulation.world import Connection, Leaving, Reply
from core.commands import EnqueueWork
from core.events import CallTransferred, OfferAccepted, OfferMade
from core.ids import AgentId, QueueId, WorkId

Key = TypeVar("Key")

USUAL_RING_S = 5.0
"""When nobody in the whole record answered anything."""


class Replayed:
    """Owns what the record says of everybody. Chance is a hash of the work's id: the same customer has the same luck."""

    def __init__(self, recording: Recording, *, patient: bool = False, seed: int = 1) -> None:
        self._notes = recording.notes
        self._arrived = recording.arrived
        self._patient, self._seed = patient, seed
        notes = recording.notes
        self._survival = _patience(recording)
        rings = [ring for note in notes.values() for ring in note.rings.values() if ring.outcome is Outcome.ACCEPTED]
        self._ring_of_agent = _medians((ring.agent_id, ring.span.length_s) for ring in rings)
        self._usual_ring_s = median(ring.span.length_s for ring in rings) if rings else USUAL_RING_S
        made = [each.span.length_s for note in notes.values() for each in note.connecting.values() if each.failed is None]
        self._usual_connecting_s = median(made) if made else 0.0
        self._talks = _lengths((note.queue_id, note.talk) for note in notes.values())
        self._wrap_ups = _lengths((note.queue_id, note.wrap_up) for note in notes.values())

    # ── Behaviour ─────────────────────────────────────────────────────────────────────────────────────────────

    def leaves(self, work_id: WorkId, now: float) -> Leaving | None:
        note = self._notes.get(work_id)
        if note is None:
            return None
        if note.leaving is not None:
            return note.leaving
        if self._patient or note.waited_s is None or note.consultation:
            return None
        patience_s = self._survival.beyond(note.waited_s, self._luck("patience", work_id))
        return None if patience_s is None else Leaving(self._arrived[work_id] + patience_s)

    def replies(self, made: OfferMade) -> Reply | None:
        note = self._notes.get(made.work_id)
        ring = _recorded_ring(note, made) if note is not None else None
        if ring is None:
            return Reply(made.at + self._ring_s(note, made.agent_id), accepts=True)
        match ring.outcome:
            case Outcome.SILENT:
                return None
            case Outcome.CUT:  # had it gone on, it would have been answered some time later
                return Reply(ring.span.moved_to(made.at) + self._ring_s(note, made.agent_id), accepts=True)
            case outcome:
                return Reply(ring.span.moved_to(made.at), accepts=outcome is Outcome.ACCEPTED)

    def connected(self, accepted: OfferAccepted) -> Connection | None:
        note = self._notes.get(accepted.work_id)
        recorded: Connecting | None = note.connecting.get(accepted.offer_id) if note is not None else None
        if recorded is not None:
            return Connection(recorded.span.moved_to(accepted.at), None if recorded.failed is None else recorded.failed.cause)
        if note is not None and _was_left_unconnected(note, accepted):
            return None
        others = list(note.connecting.values()) if note is not None else []
        if others:
            last = others[-1]
            return Connection(accepted.at + last.span.length_s, None if last.failed is None else last.failed.cause)
        return Connection(accepted.at + self._usual_connecting_s)

    def talks_until(self, work_id: WorkId, now: float) -> float | None:
        return self._until("talk", self._notes[work_id].talk, self._talks, work_id, now)

    def consults_until(self, work_id: WorkId, now: float) -> float | None:
        """What was not answered in the record is a short question."""
        span = self._notes[work_id].consulted
        until = now if span is None else span.moved_to(now)
        return None if until == float("inf") else until

    def asks(self, work_id: WorkId, now: float) -> Sequence[tuple[float, EnqueueWork]]:
        return [(ask.span.moved_to(now), ask.wish) for ask in self._notes[work_id].asks]

    def hands_on(self, work_id: WorkId) -> CallTransferred | None:
        return self._notes[work_id].handed_on

    def writes_until(self, work_id: WorkId, now: float) -> float | None:
        return self._until("wrap-up", self._notes[work_id].wrap_up, self._wrap_ups, work_id, now)

    def returns(self, agent_id: AgentId, now: float) -> float | None:
        """The agents' own requests are in the record."""
        return None

    # ── what is not in the record ─────────────────────────────────────────────────────────────────────────────

    def _until(
        self, what: str, own: Span | None, others: Mapping[QueueId, Sequence[float]], work_id: WorkId, now: float
    ) -> float | None:
        if own is not None:
            until = own.moved_to(now)
            return None if until == float("inf") else until
        lengths = others.get(self._notes[work_id].queue_id) or next(iter(others.values()), ())
        if not lengths:
            return now
        return now + lengths[int(self._luck(what, work_id) * len(lengths))]

    def _ring_s(self, note: Note | None, agent_id: AgentId) -> float:
        if note is not None:
            for ring in note.rings.values():
                if ring.outcome is Outcome.ACCEPTED:
                    return ring.span.length_s
        return self._ring_of_agent.get(agent_id, self._usual_ring_s)

    def _luck(self, what: str, work_id: WorkId) -> float:
        digest = blake2b(f"{self._seed} {what} {work_id}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2.0**64


def _recorded_ring(note: Note, made: OfferMade) -> Ring | None:
    """This very offer, else how this agent answered this work."""
    ring = note.rings.get(made.offer_id)
    if ring is not None and ring.agent_id == made.agent_id:
        return ring
    same = [ring for ring in note.rings.values() if ring.agent_id == made.agent_id]
    return same[-1] if same else None


def _was_left_unconnected(note: Note, accepted: OfferAccepted) -> bool:
    """This very offer was accepted, and the two never heard each other."""
    ring = note.rings.get(accepted.offer_id)
    return ring is not None and ring.outcome is Outcome.ACCEPTED and ring.agent_id == accepted.agent_id


def _patience(recording: Recording) -> Survival:
    """From those who gave up, and those who did not have to or were sent away."""
    left, stayed = [], []
    for work_id, note in recording.notes.items():
        if note.leaving is not None and note.leaving.gave_up:
            left.append(note.leaving.at - recording.arrived[work_id])
        elif note.waited_s is not None and not note.consultation:
            stayed.append(note.waited_s)
    return Survival(left, stayed)


def _medians(pairs: Iterable[tuple[Key, float]]) -> dict[Key, float]:
    found: dict[Key, list[float]] = defaultdict(list)
    for key, length_s in pairs:
        found[key].append(length_s)
    return {key: median(lengths) for key, lengths in found.items()}


def _lengths(pairs: Iterable[tuple[QueueId, Span | None]]) -> dict[QueueId, list[float]]:
    found: dict[QueueId, list[float]] = defaultdict(list)
    for queue_id, span in pairs:
        if span is not None and span.end != float("inf"):
            found[queue_id].append(span.length_s)
    return found
