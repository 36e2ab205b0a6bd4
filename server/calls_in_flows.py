"""Calls that are in a flow, as call control knows them, for an IVR that may have lost what it knew (`ivr/taking_back.py`)."""

from __future__ import annotations

from collections.abc import Iterable

from ivr.state import LivingCall, SavedCall
from telephony.calls.call import Call, Phase


def calls_in_flows(calls: Iterable[Call]) -> list[LivingCall]:
    """Without those that have not begun, ring at somebody or talk."""
    return [
        LivingCall(
            call=SavedCall(
                call_id=call.call_id,
                leg_id=call.customer_leg,
                node_id=call.node_id,
                flow_id=call.flow_id,
                caller=call.caller,
                called=call.called,
                language=call.language,
                diverted_from=call.facts.diverted_from,
            ),
            work_id=call.work_id,
            queue_id=call.queue_id,
            transferred=call.left_work is not None,
            is_leaving=call.callback_promised,
        )
        for call in calls
        if call.phase is Phase.FLOW and call.flow_id is not None
    ]
