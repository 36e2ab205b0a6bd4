"""Which calls of an earlier process go on in their flow, which begin it anew, and which end: read from what was saved, purely.

Invariant: a living call that is in a flow goes on in it, begins it anew, or is ended: none is left in silence. Whoever holds the
calls says which ones live (`LivingCall`); what their flows had saved may be lost, or of a kind that nobody can read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

import msgspec
import structlog

from core.causes import EndCause
from core.ids import CallId, CustomerId, StreamId
from core.partitions import partition_of
from core.ports import StateStore
from core.ranges import fit_id
from core.saved import sorted_out, words_of
from ivr.state import LivingCall, SavedCall, handed_back

log = structlog.get_logger(__name__)

STATE_KIND = "ivr"
"""Kind of the saved calls in the `StateStore`."""
FORGET_AFTER_S = 24 * 3600.0
"""A saved call whose end was never seen is dropped at the next start after this."""


class TakenBack(msgspec.Struct, frozen=True, kw_only=True):
    """Every call of the earlier process, in one place each."""

    on: tuple[SavedCall, ...]
    """Go on where they were."""
    over: frozenset[CallId]
    """Their flow is finished."""
    outdated: frozenset[CallId]
    anew: tuple[LivingCall, ...]
    """Begin their flow once more."""
    ending: Mapping[CallId, EndCause]
    """Live, and their flow has nothing left to say."""


async def take_back_calls(store: StateStore, partitions: Set[int], living: Iterable[LivingCall], now: float) -> TakenBack:
    """Of these partitions. What cannot be read is set aside. Raises `Unavailable`."""
    everything = await store.load_all(STATE_KIND)
    found = {key: data for key, data in everything.items() if partition_of(key) in partitions}
    read, unreadable = sorted_out(found, SavedCall)
    if unreadable:
        await store.set_aside(STATE_KIND, unreadable)
    hints = {CallId(key): words_of(found[key]) for key in unreadable}
    taken = decide({CallId(key): call for key, call in read.items()}, hints, tuple(living), now)
    for lost in taken.anew:
        log.warning("flow_begins_anew", call_id=lost.call.call_id, flow_id=lost.call.flow_id)
    return taken


def decide(
    saved: Mapping[CallId, SavedCall], hints: Mapping[CallId, Mapping[str, str]], living: tuple[LivingCall, ...], now: float
) -> TakenBack:
    """`hints`: what can still be told of those that cannot be read."""
    states = {call_id: call.state for call_id, call in saved.items()}
    old = frozenset(key for key, state in states.items() if state is not None and state.started_at < now - FORGET_AFTER_S)
    over = {key: state.outcome for key, state in states.items() if state is not None and state.outcome is not None}
    back = {
        call_id: again
        for call_id, call in ((call.call.call_id, call) for call in living)
        if call_id not in old
        and call_id in saved
        and (again := handed_back(saved[call_id], now, call.work_id, call.queue_id, on=call.transferred)) is not None
    }
    lost = [call for call in living if call.call.call_id not in saved]
    return TakenBack(
        on=(*(call for call_id, call in saved.items() if call_id not in old and call_id not in over), *back.values()),
        over=frozenset(over) - old - back.keys(),
        outdated=old,
        anew=tuple(_anew(call, hints.get(call.call.call_id, {}), now) for call in lost if not call.is_leaving),
        ending={call.call.call_id: EndCause.FLOW_HUNG_UP for call in lost if call.is_leaving}
        | {
            call_id: EndCause.FLOW_FAILED if over[call_id] == "failed" else EndCause.FLOW_HUNG_UP
            for call_id in (call.call.call_id for call in living)
            if over.get(call_id) in {"failed", "hung_up"}  # the order to hang up may not have gone out
        },
    )


def _anew(lost: LivingCall, hint: Mapping[str, str], now: float) -> LivingCall:
    customer_id, stream_id = hint.get("customer_id", ""), hint.get("stream_id", "")
    call = msgspec.structs.replace(
        lost.call,
        customer_id=CustomerId(customer_id) if fit_id(customer_id) else None,
        stream_id=StreamId(stream_id) if fit_id(stream_id) else None,
        numbered_from=int(now),
        keys_until=now,
    )
    return msgspec.structs.replace(lost, call=call)
