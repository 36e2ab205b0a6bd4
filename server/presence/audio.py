"""Could this agent take a call now, and if not, why not? Pure.

Invariant: reachable needs all of it at once: an open audio leg that is not impaired, a fresh report from the browser, a live
microphone, a running audio context, a connected ICE. The reason is the one that the agent can act on first.
"""

from __future__ import annotations

import msgspec

from core.events import AnyEvent, BrowserSound, LegConnected, LegEnded, LegImpaired, NodeLost, NodeStarted
from core.ids import AgentId, LegId, NodeId
from core.model import Channel, LegPurpose, UnreachableReason

REPORT_FRESH_S = 6.0
"""Three missing reports: the tab is asleep or gone. `[acd] unreachable_after_s` says otherwise."""


class AgentAudio(msgspec.Struct, frozen=True):
    """What is known of one agent's sound."""

    leg_id: LegId | None = None
    """The nailed-up leg, once its ICE and DTLS are up."""
    node_id: NodeId | None = None
    """Where that leg is."""
    impaired: bool = False
    report: BrowserSound | None = None
    reported_at: float = 0.0
    screens: int = 0
    """Open connections of this agent's browser."""
    gone_at: float = 0.0
    """When the last of them closed."""


class Reachability(msgspec.Struct, frozen=True):
    reason: UnreachableReason | None = None

    @property
    def reachable(self) -> bool:
        return self.reason is None


REACHABLE = Reachability()
TEXT = (Channel.CHAT, Channel.EMAIL, Channel.TICKET)

MICROPHONE = {"denied": UnreachableReason.MICROPHONE_DENIED, "ended": UnreachableReason.MICROPHONE_LOST}


def after_event(audio: AgentAudio, event: AnyEvent) -> AgentAudio:
    """The agent's audio after something happened to one of the agent's legs, or to a node.

    A dead node says nothing of its legs, and one that starts has none: a browser would notice only after seconds.
    """
    if isinstance(event, LegConnected):
        return msgspec.structs.replace(audio, leg_id=event.leg_id, node_id=event.node_id, impaired=False)
    if isinstance(event, NodeLost | NodeStarted) and event.node_id == audio.node_id:
        return msgspec.structs.replace(audio, leg_id=None, node_id=None, impaired=False)
    if isinstance(event, LegImpaired) and event.leg_id == audio.leg_id:
        return msgspec.structs.replace(audio, impaired=event.impaired)
    if isinstance(event, LegEnded) and event.leg_id == audio.leg_id:
        return msgspec.structs.replace(audio, leg_id=None, impaired=False)
    return audio


def after_report(audio: AgentAudio, report: BrowserSound, now: float) -> AgentAudio:
    return msgspec.structs.replace(audio, report=report, reported_at=now)


def agent_of_leg_event(event: AnyEvent) -> AgentId | None:
    """Whose audio an event is about, if anybody's."""
    if isinstance(event, LegImpaired):
        return event.agent_id
    if isinstance(event, LegConnected | LegEnded) and event.purpose is LegPurpose.AGENT:
        return event.agent_id
    return None


def verdicts(audio: AgentAudio, now: float, unreachable_after_s: float = REPORT_FRESH_S) -> dict[Channel, Reachability]:
    """What can be brought to this agent now: a closed desk gets nothing, an open one without sound gets no calls."""
    if audio.screens == 0 and now - audio.gone_at > unreachable_after_s:
        return dict.fromkeys((Channel.CALL, *TEXT), Reachability(UnreachableReason.DESK_CLOSED))
    return {Channel.CALL: judge(audio, now, unreachable_after_s), **dict.fromkeys(TEXT, REACHABLE)}


def judge(audio: AgentAudio, now: float, unreachable_after_s: float = REPORT_FRESH_S) -> Reachability:
    """Calls: the first thing that is wrong, in the order in which the agent can mend it."""
    report = audio.report
    if report is not None and report.microphone in MICROPHONE:
        return Reachability(MICROPHONE[report.microphone])
    if audio.leg_id is None:
        return Reachability(UnreachableReason.NOT_CONNECTED)
    if report is None or now - audio.reported_at > unreachable_after_s:
        return Reachability(UnreachableReason.NO_REPORT)
    if report.leg_id != audio.leg_id:
        return Reachability(UnreachableReason.RECONNECTING)
    if not report.running:
        return Reachability(UnreachableReason.AUDIO_PAUSED)
    if not report.connected:
        return Reachability(UnreachableReason.INTERRUPTED)
    if audio.impaired:
        return Reachability(UnreachableReason.NO_SOUND)
    return REACHABLE
