"""Calls as they are saved, with what is still to be done for them, also for ended ones; and living calls as earlier releases
saved them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from core.codec import reason_of
from core.ids import AgentId, CallId, LegId, StreamId, WorkId
from core.model import Value
from core.parties import Party, PartyState, Role
from core.saved import plain
from core.unknown_fields import converted
from telephony.calls.actions import Action
from telephony.calls.call import Call, Phase, customer_of, party_id
from telephony.calls.living import CallLimits

_BEFORE_PARTIES: dict[str, tuple[Phase, PartyState | None, PartyState | None]] = {
    "offered": (Phase.OFFERED, None, None),
    "answering": (Phase.ANSWERING, None, None),
    "dialling": (Phase.DIALLING, PartyState.INVITING, PartyState.JOINED),
    "flow": (Phase.FLOW, PartyState.JOINED, None),
    "talking": (Phase.CONVERSATION, PartyState.JOINED, PartyState.JOINED),
    "held": (Phase.CONVERSATION, PartyState.HELD, PartyState.JOINED),
    "agent_away": (Phase.CONVERSATION, PartyState.JOINED, PartyState.AWAY),
}
"""What the states of 0.1 say of the phase, the customer and the agent."""


class Kept(Value, frozen=True, kw_only=True):
    """What is saved under a call's id."""

    call: Call | None
    """None: it has ended, and not everything that ends with it is done and told."""
    todo: tuple[tuple[Action, ...], ...] = ()
    """What was decided and perhaps not done, in order; actions that belong together stand together (`Batch`)."""
    streams: dict[LegId, StreamId] = msgspec.field(default_factory=dict)
    """Of legs whose words are written down."""
    over_until: float | None = None
    """Of an ended call: until when the news of its beginning may come once more."""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Kept)


def encoded(kept: Kept) -> bytes:
    return _encoder.encode(kept)


def read_kept(data: bytes) -> Kept | Call:
    """A call alone: of a release that did not save what was still to be done. Raises `msgspec.DecodeError`."""
    try:
        return _decoder.decode(data)
    except (msgspec.ValidationError, UnicodeError, RecursionError):
        found = plain(data)
    if isinstance(found, dict) and "call" in found:
        return converted(found, Kept)
    return converted(_with_parties(found), Call)


def read_all(found: Mapping[str, bytes]) -> tuple[dict[CallId, Kept | Call], dict[str, str]]:
    """What can be read, by its key; and why the rest cannot."""
    read: dict[CallId, Kept | Call] = {}
    unreadable: dict[str, str] = {}
    for key, data in found.items():
        try:
            read[CallId(key)] = read_kept(data)
        except msgspec.DecodeError as error:
            unreadable[key] = reason_of(error)
    return read, unreadable


def read_call(data: bytes) -> Call:
    """Of a living call. Raises `msgspec.DecodeError`."""
    call = living(read_kept(data))
    if call is None:
        raise msgspec.DecodeError("this call has ended")
    return call


def living(kept: Kept | Call) -> Call | None:
    """The call, unless it has ended."""
    return kept.call if isinstance(kept, Kept) else kept


def read_calls(found: Mapping[str, bytes]) -> tuple[dict[CallId, Call], dict[str, str]]:
    """The living ones, for whoever only looks on; and why others cannot be read."""
    read, unreadable = read_all(found)
    return {call_id: call for call_id, kept in read.items() if (call := living(kept)) is not None}, unreadable


def _with_parties(found: object) -> object:
    """Of a call that was saved before there were parties; anything else as it is."""
    if not isinstance(found, dict) or "phase" in found:
        return found
    states = _BEFORE_PARTIES.get(str(found.get("state")))
    if states is None:
        return found
    phase, customer, agent = states
    parties = [_customer(found, customer)] if customer is not None else []
    if agent is not None and found.get("agent_id"):
        parties.append(_agent(found, agent))
    changed = {"phase": phase, "parties": [msgspec.to_builtins(party) for party in parties]}
    if agent is PartyState.AWAY and isinstance(found.get("deadline"), float):
        changed["deadline"] = found["deadline"] + CallLimits().max_call_s  # it was the end of the grace, not of the call
    return found | changed


def _customer(found: dict[str, Any], state: PartyState) -> Party:
    leg_id = None if state is PartyState.INVITING else LegId(str(found.get("customer_leg")))
    began = found.get("connected_at") or found.get("started_at") or 0.0
    return customer_of(CallId(str(found.get("call_id"))), leg_id, state, began)


def _agent(found: dict[str, Any], state: PartyState) -> Party:
    agent_id, work_id, leg_id = (found.get(name) for name in ("agent_id", "work_id", "agent_leg"))
    return Party(
        party_id=party_id("agent", str(work_id or found.get("call_id"))),
        role=Role.AGENT,
        state=state,
        leg_id=LegId(str(leg_id)) if leg_id and state is not PartyState.AWAY else None,
        agent_id=AgentId(str(agent_id)),
        work_id=WorkId(str(work_id)) if work_id else None,
        until=found.get("deadline") if state is PartyState.AWAY else None,
        joined_at=found.get("connected_at"),
    )
