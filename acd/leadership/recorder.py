"""What is kept of the inputs that the journal hands to its `Recorder`, and how they are read again for a replay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

import msgspec

from acd.leadership.journal import Entry, EntryKind
from acd.model.saved import encoded, restored
from acd.model.work import Offer
from core.codec import decode_command, decode_event, encode
from core.commands import AnyCommand, ConfigureAcd, DeclineOffer, FinishWrapUp
from core.events import AnyEvent, CallEnded, WrapUpFinished


class Beginning(msgspec.Struct, frozen=True, kw_only=True):
    """Where a replay begins: with this engine, and the entries after `seq`."""

    era: int
    seq: int
    at: float
    engine: bytes | None
    """`Engine.snapshot()`; None: an empty engine, the history does not reach further back."""


class RecordedInputs(Protocol):
    """Reading the history (`server.storage.sql.acd_inputs.SqlAcdInputs`). Every method may raise `Unavailable`."""

    async def beginning(self, at: float) -> Beginning | None:
        """The last place at or before `at` from which a replay may begin, else the first there is; None: nothing is recorded."""
        ...

    def entries(self, beginning: Beginning, until: float) -> AsyncIterator[Entry]:
        """Every entry after `beginning`, in order, up to and with the time `until`. Ends where a new era begins.

        Raises `Unavailable` at a gap: inputs were lost there, and a replay across it would be another history.
        """
        ...


def without_texts(entry: Entry) -> Entry:
    """The same input for the engine, without what people said, wrote or are called: replays need none of it."""
    if entry.kind is EntryKind.TIMER:
        return entry
    message = decode_command(entry.payload) if entry.kind is EntryKind.COMMAND else decode_event(entry.payload)
    kept = _plain(message)
    if kept is message:
        return entry
    kind = EntryKind.EVENT if isinstance(kept, CallEnded) else EntryKind.COMMAND
    return Entry(entry.seq, entry.at, kind, encode(kept))


def _plain(message: AnyCommand | AnyEvent) -> AnyCommand | AnyEvent:
    match message:
        case WrapUpFinished():  # for the engine the same as the command, which has no texts
            return FinishWrapUp(work_id=message.work_id, agent_id=message.agent_id)
        case CallEnded():
            return msgspec.structs.replace(message, recording_path=None)
        case DeclineOffer():
            return msgspec.structs.replace(message, reason="")
        case ConfigureAcd():
            agents = tuple(msgspec.structs.replace(agent, name=agent.agent_id) for agent in message.agents)
            return msgspec.structs.replace(message, agents=agents)
        case _:
            return message


def snapshot_without_names(engine: bytes) -> bytes:
    """Agents are called by their ids, also where an offer says who could have had it.

    Raises `msgspec.DecodeError` for bytes that are no snapshot.
    """
    saved = restored(engine)
    for agent in saved.memory.agents:
        agent.config = msgspec.structs.replace(agent.config, name=agent.agent_id)
    for work in saved.memory.work_items:
        work.offers = {offer_id: _without_names(offer) for offer_id, offer in work.offers.items()}
    return encoded(saved.now, saved.memory)


def _without_names(offer: Offer) -> Offer:
    """The sentence names at most one of the candidates (`acd/engine/decisions.py`)."""
    decision = offer.decision
    summary = decision.summary
    for candidate in decision.candidates:
        summary = summary.replace(f"; {candidate.name} ", f"; {candidate.agent_id} ")
    candidates = tuple(msgspec.structs.replace(candidate, name=candidate.agent_id) for candidate in decision.candidates)
    return msgspec.structs.replace(offer, decision=msgspec.structs.replace(decision, candidates=candidates, summary=summary))
