"""The legs of a node and what may happen to them: a table. Pure.

Invariants: a leg changes its state only as `TRANSITIONS` says, anything else raises `IllegalTransition`; every leg that is not up
has a deadline or ends by itself.

::

    SIP caller        OFFERED ──claim──▶ ANSWERING ──answered──▶ UP
    browser caller    CONNECTING ──offer──▶ OFFERED ──claim──▶ ANSWERING ──answered──▶ UP
    dialled phone     DIALLING ──answered──▶ UP
    agent, supervisor CONNECTING ──attach──▶ UP
    any               ──close──▶ ENDING, then it leaves the table
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from core.causes import EndCause
from core.ids import AgentId, CallId, LegId, PlaybackId
from core.model import LegKind, LegPurpose, LegSnapshot


class LegState(StrEnum):
    CONNECTING = "connecting"
    DIALLING = "dialling"
    """Our INVITE is out; the phone may ring."""
    OFFERED = "offered"
    ANSWERING = "answering"
    UP = "up"
    ENDING = "ending"


class Trigger(StrEnum):
    OFFER = "offer"
    ATTACH = "attach"
    CLAIM = "claim"
    ANSWERED = "answered"
    CLOSE = "close"


TRANSITIONS: dict[tuple[LegState, Trigger], LegState] = {
    (LegState.CONNECTING, Trigger.OFFER): LegState.OFFERED,
    (LegState.CONNECTING, Trigger.ATTACH): LegState.UP,
    (LegState.OFFERED, Trigger.CLAIM): LegState.ANSWERING,
    (LegState.ANSWERING, Trigger.ANSWERED): LegState.UP,
    (LegState.DIALLING, Trigger.ANSWERED): LegState.UP,
    (LegState.DIALLING, Trigger.CLOSE): LegState.ENDING,
    (LegState.CONNECTING, Trigger.CLOSE): LegState.ENDING,
    (LegState.OFFERED, Trigger.CLOSE): LegState.ENDING,
    (LegState.ANSWERING, Trigger.CLOSE): LegState.ENDING,
    (LegState.UP, Trigger.CLOSE): LegState.ENDING,
}


class IllegalTransition(Exception):
    """What was asked does not fit the leg's state; the text is for whoever asked."""

    code = ""
    """For programs; empty: none has reason to tell it apart."""


class LegOver(IllegalTransition):
    """The leg is gone or about to go: who asked could not know yet."""

    code = "leg_over"


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """One leg as it is now."""

    leg_id: LegId
    kind: LegKind
    purpose: LegPurpose
    state: LegState
    since: float
    """When it came into this state."""
    call_id: CallId | None = None
    agent_id: AgentId | None = None
    codec: str | None = None
    trunk: str = ""
    """By which a phone's call came or goes; empty for browsers."""
    playback_id: PlaybackId | None = None
    asked_to_play: PlaybackId | None = None
    """By the last command, also when it has been played: asked for again, it is not played again."""
    ending: EndCause | None = None
    """Why we are ending it; None while it lives, or when the peer ends it."""
    impaired: bool = False


class LegTable:
    """Owns all legs of the node; every change of a leg goes through here."""

    def __init__(self) -> None:
        self._legs: dict[LegId, Leg] = {}

    def __len__(self) -> int:
        return len(self._legs)

    def __iter__(self) -> Iterator[Leg]:
        """A copy: the table may change meanwhile."""
        return iter(list(self._legs.values()))

    def find(self, leg_id: LegId) -> Leg | None:
        return self._legs.get(leg_id)

    def get(self, leg_id: LegId) -> Leg:
        """Raises `LegOver` when there is no such leg."""
        leg = self._legs.get(leg_id)
        if leg is None:
            raise LegOver("no such leg")
        return leg

    def add(self, leg: Leg) -> None:
        if leg.leg_id in self._legs:
            raise IllegalTransition("this leg exists already")
        self._legs[leg.leg_id] = leg

    def transition(self, leg_id: LegId, trigger: Trigger, now: float, **changes: object) -> Leg:
        """The leg after the transition. Raises `IllegalTransition`."""
        leg = self.get(leg_id)
        state = TRANSITIONS.get((leg.state, trigger))
        if state is None:
            raise _does_not_fit(leg, f"a leg that is {leg.state} cannot {trigger}")
        return self._put(msgspec.structs.replace(leg, state=state, since=now, **changes))

    def note(self, leg_id: LegId, **changes: object) -> Leg:
        """Changes what is known about a leg, not its state."""
        return self._put(msgspec.structs.replace(self.get(leg_id), **changes))

    def can_be_mixed(self, leg_id: LegId) -> bool:
        """It is up, or a browser's of ours that is about to be: that has its place in the engine since it was created, and calls
        itself connected before its first packet is here. Who listens need not have sent one.
        """
        leg = self._legs.get(leg_id)
        return leg is not None and (
            leg.state is LegState.UP or (leg.state is LegState.CONNECTING and leg.purpose is not LegPurpose.CALLER)
        )

    def require_up(self, leg_id: LegId) -> Leg:
        """Raises `IllegalTransition` unless the leg has sound both ways."""
        leg = self.get(leg_id)
        if leg.state is not LegState.UP:
            raise _does_not_fit(leg, f"the leg is {leg.state}, not up")
        return leg

    def enter(self, leg_id: LegId, call_id: CallId) -> None:
        """A leg that stays up between calls (an agent's) belongs to a call while it is mixed there."""
        self.note(leg_id, call_id=call_id)

    def leave(self, leg_id: LegId, call_id: CallId) -> None:
        """Ends `enter`. A caller's leg belongs to its call for good."""
        leg = self._legs.get(leg_id)
        if leg is not None and leg.purpose is not LegPurpose.CALLER and leg.call_id == call_id:
            self.note(leg_id, call_id=None)

    def remove(self, leg_id: LegId) -> Leg | None:
        """Takes a leg out; what it was before."""
        return self._legs.pop(leg_id, None)

    def unclaimed(self, now: float, limit_s: float) -> list[Leg]:
        """Callers at the door for too long: the control plane is away."""
        return [leg for leg in self._legs.values() if leg.state is LegState.OFFERED and now - leg.since >= limit_s]

    def endless(self, now: float, limit_s: float) -> list[Leg]:
        """Phones' legs that should have come up, or left, long ago."""
        passing = {LegState.ANSWERING, LegState.ENDING}
        legs = self._legs.values()
        return [leg for leg in legs if leg.kind is LegKind.SIP and leg.state in passing and now - leg.since >= limit_s]

    def longest_wait_s(self, now: float) -> float:
        """Of the callers at the door whom nobody has claimed; 0 when there is none."""
        return max((now - leg.since for leg in self._legs.values() if leg.state is LegState.OFFERED), default=0.0)

    def in_calls(self) -> int:
        """Callers, ways to other nodes, and whoever is mixed into a call."""
        return sum(leg.purpose in (LegPurpose.CALLER, LegPurpose.LINK) or leg.call_id is not None for leg in self._legs.values())

    def connecting_callers(self) -> int:
        """Browsers that have been answered and have not come yet."""
        return sum(leg.state is LegState.CONNECTING and leg.purpose is LegPurpose.CALLER for leg in self._legs.values())

    def snapshots(self) -> list[LegSnapshot]:
        return [
            LegSnapshot(
                leg_id=leg.leg_id,
                call_id=leg.call_id,
                kind=leg.kind,
                purpose=leg.purpose,
                agent_id=leg.agent_id,
                answered=leg.state is LegState.UP,
                codec=leg.codec,
            )
            for leg in self._legs.values()
            if leg.state is not LegState.ENDING
        ]

    def _put(self, leg: Leg) -> Leg:
        self._legs[leg.leg_id] = leg
        return leg


_PEER_ENDED: dict[LegPurpose, EndCause] = {
    LegPurpose.CALLER: EndCause.CALLER_HUNG_UP,
    LegPurpose.AGENT: EndCause.AGENT_LOST,
    LegPurpose.SUPERVISOR: EndCause.SUPERVISOR_ENDED,
    LegPurpose.LINK: EndCause.TRANSPORT_FAILED,
}
"""Whose doing it was when a peer ends its leg. An agent's browser that goes away is lost until it comes back."""


_REFUSALS: dict[int, EndCause] = {
    408: EndCause.PEER_NO_ANSWER,
    480: EndCause.PEER_NO_ANSWER,
    486: EndCause.PEER_BUSY,
    487: EndCause.PEER_NO_ANSWER,
    502: EndCause.TRANSPORT_FAILED,
    503: EndCause.TRANSPORT_FAILED,
    504: EndCause.TRANSPORT_FAILED,
    600: EndCause.PEER_BUSY,
}
"""What a refused INVITE of ours means (RFC 3261 §21); every other final status is a refusal by the peer."""


_DIALOG_GONE = (408, 481)
"""The peer does not answer inside the dialog, or knows nothing of it any more: its BYE was lost (RFC 3261 §12.2.1.2)."""
NO_SOUND_AGREED = 488
"""The peer was answered, and then agreed to no sound: we ended the leg (RFC 3264 §5, an ACK without an answer to our offer)."""


def _does_not_fit(leg: Leg, why: str) -> IllegalTransition:
    return LegOver(why) if leg.state is LegState.ENDING else IllegalTransition(why)


def cause_of_end(leg: Leg, *, by_peer: bool, sip_status: int = 0) -> EndCause:
    """Why a leg ended: our own reason first, then the peer's doing, else the way between failed."""
    if leg.ending is not None:
        return leg.ending
    if not by_peer:
        return EndCause.TRANSPORT_FAILED
    if leg.state is LegState.DIALLING:
        return _REFUSALS.get(sip_status, EndCause.PEER_REJECTED)
    if leg.state is LegState.UP and sip_status in _DIALOG_GONE:
        return EndCause.MEDIA_TIMEOUT
    if leg.state is LegState.ANSWERING and sip_status == NO_SOUND_AGREED:
        return EndCause.REFUSED_BAD_REQUEST
    if leg.purpose is LegPurpose.CALLER and leg.state in (LegState.OFFERED, LegState.ANSWERING):
        return EndCause.CALLER_CANCELLED
    return _PEER_ENDED[leg.purpose]
