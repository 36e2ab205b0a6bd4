"""The registry of SIP legs on the owner thread: what happens to them, and what is asked of them.

Invariant: a leg is in the registry from its INVITE until its DISCONNECTED state has been reported, and its call object is
destroyed one round later (late deletion: pjproject still uses the object when it reports the end).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
import structlog

from core.ids import new_id
from telephony.engine_settings import Trunk
from telephony.media_engine import (
    DigitMethod,
    DigitPressed,
    EngineError,
    EngineEvent,
    LegStatistics,
    SipLegAnswered,
    SipLegEnded,
    SipLegOffered,
    SipLegRinging,
)
from telephony.sip.addresses import leads_to_ipv6
from telephony.sip.caller_identity import caller_of
from telephony.sip.dialog import Leg, TrunkAccount
from telephony.sip.invite import literal_host, read_invite, user_of
from telephony.sip.native_events import Handles
from telephony.sip.ports import Ports, statistics_of
from telephony.sip.sdk import destroy, native, pj
from telephony.sip.text import field, line

log = structlog.get_logger(__name__)
DTMF_IS_UPDATE = 1
"""PJMEDIA_STREAM_DTMF_IS_UPDATE, which pjsua2 does not export."""
TRIM_AFTER_LEGS = 50
TRIM_AFTER_S = 40.0
"""SIP keeps ended transactions for 32 s (RFC 3261 §17.2.1, timers H and J)."""
DIGITS = frozenset("0123456789*#ABCD")
_STRANGER = Trunk(name="", networks=())


def _without_sound(leg: Leg) -> LegStatistics:
    """Its peer has switched sound off (RFC 3264 §6, port 0): it is still there, and nothing is expected of it but messages."""
    last = leg.last_statistics or LegStatistics(
        codec="", packets_sent=0, packets_received=0, packets_lost=0, packets_lost_remote=0, jitter_ms=0.0, rtt_ms=None
    )
    return msgspec.structs.replace(last, sound_expected=False)


class Legs:
    def __init__(
        self,
        ports: Ports,
        handles: Handles,
        trunk_of: Callable[[str], str],
        emit: Callable[[EngineEvent], None],
        now: Callable[[], float],
        *,
        trunks: Iterable[Trunk] = (),
    ) -> None:
        self._ports = ports
        self._handles = handles
        self._trunk_of = trunk_of
        self._emit = emit
        self._now = now
        self._trunks = {trunk.name: trunk for trunk in trunks}
        self._legs: dict[str, Leg] = {}
        self._ended: list[Leg] = []
        self._ended_since_trim = 0
        self._quiet_since = now()
        self.account: Any = None
        self.trunk_accounts: dict[str, Any] = {}
        """Of trunks with a user name, for calls that we make."""
        self.ipv6_accounts: dict[str, Any] = {}
        """The same, and one without a name for all other calls, to addresses of IPv6. Empty: one kind of address is bound."""

    def __len__(self) -> int:
        return len(self._legs)

    # what pjsua2 reports

    def invite_arrived(self, account: TrunkAccount, prm: Any) -> None:
        leg = self._add(Leg(self, account, new_id("leg"), prm.callId))
        native.report_call_digits(prm.callId, leg.handle)
        message = prm.rdata.wholeMsg
        invite = read_invite(message)
        host, _, port = prm.rdata.srcAddress.rpartition(":")
        host = leg.signals_from = host.strip("[]")
        trunk = self._trunk_of(host)
        caller = caller_of(invite.fields, self._trunks.get(trunk, _STRANGER))
        self._emit(
            SipLegOffered(
                leg_id=leg.leg_id,
                call_id=new_id("call"),
                trunk=trunk,
                caller_uri=invite.caller_uri,
                caller_number=caller.number,
                caller_name=caller.name,
                caller_facts=caller.facts,
                called_uri=invite.called_uri,
                called_number=user_of(invite.called_uri),
                sip_call_id=invite.sip_call_id,
                remote_host=host,
                remote_port=int(port or 0),
                transport=invite.transport,
                user_agent=invite.user_agent,
                at=self._now(),
            )
        )

    def state_changed(self, leg: Leg) -> None:
        info = leg.getInfo()
        if info.state == pj.PJSIP_INV_STATE_EARLY and not leg.incoming:
            self._emit(SipLegRinging(leg_id=leg.leg_id, sip_status=info.lastStatusCode, at=self._now()))
        elif info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            leg.answered = True
            native.report_call_digits(leg.getId(), leg.handle)
            statistics = self._measure(leg)
            if statistics is None:
                self._end_without_sound(leg)
            else:
                self._emit(SipLegAnswered(leg_id=leg.leg_id, codec=statistics.codec, at=self._now()))
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self._end(leg, info.lastStatusCode, info.lastReason)

    def message_arrived(self, leg: Leg, answer: int) -> None:
        """A request of the peer, or (then `answer` is its status) an answer, in the leg's dialog."""
        leg.messages += 1
        if answer == pj.PJSIP_SC_CALL_TSX_DOES_NOT_EXIST and leg.answered and not leg.ended_by_us:
            # RFC 3261 §12.2.1.2: the dialog is over; pjsip does so for requests of its own only.
            self._give_up(leg, answer, "the peer knows nothing of this call")

    def sound_changed(self, leg: Leg) -> None:
        slot = native.call_slot(leg.getId())
        self._ports.place_leg(leg.leg_id, slot if slot >= 0 else None)

    def sound_lost(self, leg: Leg) -> None:
        """Its next stream may get the same bridge slot, without the connections: the graph must hear of the gap."""
        leg.last_statistics = self._measure(leg) or leg.last_statistics
        if leg.leg_id in self._legs:
            self._ports.place_leg(leg.leg_id, None)

    def digit_arrived(self, leg: Leg, prm: Any) -> None:
        """The rare RFC 4733 digit that comes before `onStreamCreated`; INFO is served by the native guard."""
        if prm.flags & DTMF_IS_UPDATE or prm.digit not in DIGITS:
            return
        self._emit(DigitPressed(port_id=leg.leg_id, digit=prm.digit, method=DigitMethod.RFC4733, at=self._now()))

    # what is asked of legs

    def ring(self, leg_id: str) -> None:
        self._respond(self._waiting(leg_id), pj.PJSIP_SC_RINGING)

    def answer(self, leg_id: str) -> None:
        self._respond(self._waiting(leg_id), pj.PJSIP_SC_OK)

    def reject(self, leg_id: str, sip_status: int, reason: str, headers: Mapping[str, str]) -> None:
        if not 300 <= sip_status <= 699:
            raise EngineError("bad_argument", f"{sip_status} is no final refusal")
        leg = self._waiting(leg_id)
        prm = pj.CallOpParam()
        prm.statusCode = sip_status
        prm.reason = line("the reason", reason)
        for name, value in headers.items():
            header = pj.SipHeader()
            header.hName, header.hValue = line("a header's name", name), line("a header", value)
            prm.txOption.headers.append(header)
        leg.ended_by_us = True
        self._ask_of(leg, lambda: leg.hangup(prm))

    def hang_up(self, leg_id: str) -> None:
        leg = self._legs.get(leg_id)
        if leg is not None:
            leg.ended_by_us = True
            prm = pj.CallOpParam()
            if leg.incoming and not leg.answered:
                # pjsip would say 603, which forbids every other way to us (RFC 3261 §21.6); after our 200 this becomes a BYE.
                prm.statusCode = pj.PJSIP_SC_TEMPORARILY_UNAVAILABLE
            self._ask_of(leg, lambda: leg.hangup(prm))

    def dial(self, leg_id: str, uri: str, caller_uri: str | None, trunk: str = "") -> None:
        if leg_id in self._legs:
            raise EngineError("port_exists", f"leg {leg_id} exists already")
        line("the address", uri)
        line("the caller's address", caller_uri or "")
        account = self.trunk_accounts.get(trunk, self.account)
        if leads_to_ipv6(uri) and self.ipv6_accounts:
            account = self.ipv6_accounts.get(trunk, self.ipv6_accounts[""])
        leg = self._add(Leg(self, account, leg_id, pj.PJSUA_INVALID_ID))
        leg.signals_from = literal_host(uri)
        prm = pj.CallOpParam(True)
        if caller_uri:
            prm.txOption.localUri = caller_uri
        try:
            leg.makeCall(uri, prm)
        except pj.Error as problem:
            if self._legs.pop(leg_id, None) is not None:
                self._handles.forget(leg.handle)
                self._ended.append(leg)
                raise EngineError("bad_argument", f"cannot be called: {problem.reason}") from problem

    def ask(self, leg_id: str) -> None:
        prm = pj.CallSendRequestParam()
        prm.method = "OPTIONS"
        self._answered(leg_id).sendRequest(prm)

    def send_digits(self, leg_id: str, digits: str, method: DigitMethod) -> None:
        if not digits or not set(digits) <= DIGITS:
            raise EngineError("bad_argument", "digits are 0-9, *, #, A-D")
        leg = self._answered(leg_id)
        if method is DigitMethod.RFC4733:
            leg.dialDtmf(digits)
            return
        prm = pj.CallSendDtmfParam()
        prm.method = pj.PJSUA_DTMF_METHOD_SIP_INFO
        prm.digits = digits
        leg.sendDtmf(prm)

    def statistics(self, leg_id: str) -> LegStatistics:
        leg = self._leg(leg_id)
        measured = self._measure(leg) or (_without_sound(leg) if leg.answered else None)
        if measured is None:
            raise EngineError("no_media", f"leg {leg_id} has no sound")
        return msgspec.structs.replace(measured, signs_of_life=measured.signs_of_life + leg.messages)

    def abandon(self) -> None:
        """The engine stops and these peers have not answered our BYE: their legs end here."""
        for leg in list(self._legs.values()):
            self._end(leg, pj.PJSIP_SC_REQUEST_TIMEOUT, "the engine stopped")

    def tidy(self) -> None:
        """Late deletion, outside every callback; and a word to the allocator when a busy time is over."""
        while self._ended:
            destroy(self._ended.pop())
            self._ended_since_trim += 1
        now = self._now()
        if self._legs or self._ended_since_trim < TRIM_AFTER_LEGS:
            self._quiet_since = now
        elif now - self._quiet_since > TRIM_AFTER_S:
            self._ended_since_trim = 0
            native.trim_memory()

    def _add(self, leg: Leg) -> Leg:
        leg.handle = self._handles.for_port(leg.leg_id)
        self._legs[leg.leg_id] = leg
        return leg

    def _leg(self, leg_id: str) -> Leg:
        leg = self._legs.get(leg_id)
        if leg is None:
            raise EngineError("no_such_port", f"no leg {leg_id}")
        return leg

    def _answered(self, leg_id: str) -> Leg:
        leg = self._leg(leg_id)
        if not leg.answered:
            raise EngineError("not_answered", f"leg {leg_id} is not answered")
        return leg

    def _waiting(self, leg_id: str) -> Leg:
        leg = self._leg(leg_id)
        if not leg.incoming or leg.answered or leg.ended_by_us:
            raise EngineError("already_answered", f"leg {leg_id} is not waiting for an answer")
        return leg

    def _respond(self, leg: Leg, status: int) -> None:
        prm = pj.CallOpParam()
        prm.statusCode = status
        self._ask_of(leg, lambda: leg.answer(prm))

    def _ask_of(self, leg: Leg, ask: Callable[[], None]) -> None:
        """A leg that the stack has given up without a word ends with the first thing that it refuses for it: it would keep its
        place for ever. Raises `pj.Error`.
        """
        try:
            ask()
        except pj.Error as problem:
            if not leg.isActive():
                self._end(leg, pj.PJSIP_SC_REQUEST_TERMINATED, problem.reason)
            raise

    def _measure(self, leg: Leg) -> LegStatistics | None:
        try:
            return statistics_of(native.call_statistics(leg.getId()))
        except RuntimeError:
            return None

    def _end_without_sound(self, leg: Leg) -> None:
        """Nothing can be said or heard: our offer was acknowledged without an answer to it (RFC 3261 §13.2.1)."""
        log.info("leg without sound", leg_id=leg.leg_id)
        native.SipGuard.count(pj.PJSIP_SC_NOT_ACCEPTABLE_HERE)
        self._give_up(leg, pj.PJSIP_SC_NOT_ACCEPTABLE_HERE, "no sound was agreed")

    def _give_up(self, leg: Leg, sip_status: int, why: str) -> None:
        """The leg is over here at once, by the peer's doing, whether or not it ever answers the BYE (reason: RFC 3326)."""
        if leg.leg_id not in self._legs:
            return
        self._end(leg, sip_status, why)
        prm = pj.CallOpParam()
        header = pj.SipHeader()
        header.hName, header.hValue = "Reason", f'SIP;cause={sip_status};text="{why}"'
        prm.txOption.headers.append(header)
        leg.hangup(prm)

    def _end(self, leg: Leg, sip_status: int, reason: str) -> None:
        if self._legs.pop(leg.leg_id, None) is None:
            return
        statistics = self._measure(leg) or leg.last_statistics
        self._ports.remove(leg.leg_id)
        self._handles.forget(leg.handle)
        self._ended.append(leg)
        self._emit(
            SipLegEnded(
                leg_id=leg.leg_id,
                sip_status=sip_status,
                reason=field(reason),
                by_remote=not leg.ended_by_us,
                statistics=statistics,
                at=self._now(),
            )
        )
