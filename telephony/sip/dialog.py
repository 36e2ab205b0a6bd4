"""pjsua2's call and account objects: they only pass on what happened, on the owner thread, to whoever watches the legs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import structlog

from telephony.media_engine import LegStatistics
from telephony.sip.sdk import native, pj

log = structlog.get_logger(__name__)
Method = TypeVar("Method", bound=Callable[..., None])


def callback(method: Method) -> Method:
    """The process border between pjproject and us: an exception must not unwind into C++, so it is logged here."""

    @functools.wraps(method)
    def guarded(self: Any, *args: Any) -> None:
        try:
            method(self, *args)
        except Exception:  # border of the process, as said above
            log.exception("engine.callback.failed", callback=method.__name__, leg_id=getattr(self, "leg_id", None))

    return guarded  # type: ignore[return-value]


class LegWatcher(Protocol):
    """What a leg and the trunk account report; `telephony.sip.legs.Legs` is the one that listens."""

    def invite_arrived(self, account: TrunkAccount, prm: Any) -> None: ...
    def state_changed(self, leg: Leg) -> None: ...
    def sound_changed(self, leg: Leg) -> None: ...
    def sound_lost(self, leg: Leg) -> None: ...
    def message_arrived(self, leg: Leg, answer: int) -> None: ...
    def digit_arrived(self, leg: Leg, prm: Any) -> None: ...


class Leg(pj.Call):  # type: ignore[misc]
    """One dialog. pjsua2 calls the on… methods on the owner thread; each only tells the registry."""

    def __init__(self, watcher: LegWatcher, account: Any, leg_id: str, pj_call_id: int) -> None:
        super().__init__(account, pj_call_id)
        self._watcher = watcher
        self.leg_id = leg_id
        self.handle = 0
        self.signals_from = ""
        """The peer's address in signalling, when known: it vouches for sound from there."""
        self.incoming = pj_call_id != pj.PJSUA_INVALID_ID
        self.answered = False
        self.ended_by_us = False
        self.last_statistics: LegStatistics | None = None
        self.messages = 0
        """Requests and answers of the peer in this dialog."""

    @callback
    def onCallState(self, prm: Any) -> None:  # noqa: N802 - pjsua2's names, here and below
        self._watcher.state_changed(self)

    @callback
    def onCallTsxState(self, prm: Any) -> None:  # noqa: N802
        change = prm.e.body.tsxState
        if change.type == pj.PJSIP_EVENT_RX_MSG:
            answer = change.tsx.statusCode if change.tsx.role == pj.PJSIP_ROLE_UAC else 0
            self._watcher.message_arrived(self, answer)

    @callback
    def onCallMediaState(self, prm: Any) -> None:  # noqa: N802
        self._watcher.sound_changed(self)

    @callback
    def onStreamCreated(self, prm: Any) -> None:  # noqa: N802
        # From here on digits go from the media thread into the native queue, not through pjsua2's job list.
        native.introduce_stream(prm.stream, self.handle, self.signals_from)

    @callback
    def onStreamDestroyed(self, prm: Any) -> None:  # noqa: N802
        self._watcher.sound_lost(self)

    @callback
    def onDtmfEvent(self, prm: Any) -> None:  # noqa: N802
        self._watcher.digit_arrived(self, prm)

    @callback
    def onCallTransferRequest(self, prm: Any) -> None:  # noqa: N802
        # pjsua would dial whatever a peer's REFER names (toll fraud); transfers are call control's business.
        prm.statusCode = pj.PJSIP_SC_DECLINE

    @callback
    def onCallReplaceRequest(self, prm: Any) -> None:  # noqa: N802
        # An INVITE with Replaces would take over somebody's dialog (RFC 3891 §4 asks for authorisation).
        prm.statusCode = pj.PJSIP_SC_DECLINE


class TrunkAccount(pj.Account):  # type: ignore[misc]
    """Receives every INVITE that the guard let through."""

    def __init__(self, watcher: LegWatcher) -> None:
        super().__init__()
        self._watcher = watcher

    @callback
    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802
        self._watcher.invite_arrived(self, prm)
