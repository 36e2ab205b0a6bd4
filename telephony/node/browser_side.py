"""Legs of browsers: created by command, reported when they live, ended when they die.

Invariant: every leg in the table with kind BROWSER has its `BrowserLeg` here and its RTP port in the engine, and all three go
together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import structlog
from patchbay_media import MediaLink

from core.causes import EndCause
from core.commands import CreateBrowserLeg
from core.events import LegAnswered, LegConnected, LegImpaired, LegOffered
from core.ids import LegId
from core.model import LegKind, LegPurpose
from telephony.media_engine import EngineError
from telephony.node.legs import IllegalTransition, Leg, LegState, Trigger, cause_of_end
from telephony.node.shared import Shared
from telephony.webrtc.leg import BrowserLeg, OpenPort
from telephony.webrtc.liveness import LegNews
from telephony.webrtc.sdp import ChosenCodec, SdpError
from telephony.webrtc.transport import Certificate, CloseReason, TransportFailed

log = structlog.get_logger(__name__)

_CAUSE_OF_NEWS = {
    LegNews.NEVER_CONNECTED: EndCause.TRANSPORT_FAILED,
    LegNews.TIMED_OUT: EndCause.MEDIA_TIMEOUT,
    CloseReason.CONSENT_LOST: EndCause.MEDIA_TIMEOUT,
}


class BrowserSide:
    """Owns the browser legs of this node."""

    def __init__(self, shared: Shared, certificate: Certificate) -> None:
        self._shared = shared
        self._certificate = certificate
        self._legs: dict[LegId, BrowserLeg] = {}
        self._answers: dict[LegId, str] = {}
        """The SDP given, for a command that is delivered twice."""
        self._asked: dict[LegId, CreateBrowserLeg] = {}
        self._dropped: Counter[str] = Counter()
        """Packets of legs that are over, by reason."""
        self._on_news: dict[LegNews | CloseReason, Callable[[Leg], None]] = {
            LegNews.CONNECTED: self._connected,
            LegNews.IMPAIRED: lambda leg: self._impaired(leg, True),
            LegNews.RECOVERED: lambda leg: self._impaired(leg, False),
        }

    def find(self, leg_id: LegId) -> BrowserLeg | None:
        return self._legs.get(leg_id)

    def tick(self) -> None:
        """Lets each leg notice silence and report to its browser."""
        for leg_id, leg in list(self._legs.items()):
            try:
                leg.tick()
            except Exception:  # border of a leg: what is wrong with one browser must not end the calls of all
                log.exception("a browser's leg failed", leg_id=leg_id)
                known = self._shared.legs.find(leg_id)
                if known is not None and known.state is not LegState.ENDING:
                    self.end(known, EndCause.TRANSPORT_FAILED)

    def dropped(self) -> dict[str, int]:
        """Datagrams that came to nothing since the start, by reason. Never less than it was."""
        return dict(sum((Counter(leg.dropped()) for leg in self._legs.values()), self._dropped))

    # ── arriving ────────────────────────────────────────────────────────────────────────────────────────────────

    async def create(self, command: CreateBrowserLeg) -> str:
        """The SDP answer. Raises `IllegalTransition`, `SdpError`, `TransportFailed`, `EngineError`, with words for the sender."""
        leg_id = command.leg_id
        if leg_id in self._answers:
            return self._answers[leg_id]
        if command.purpose is LegPurpose.CALLER and command.call_id is None:
            raise IllegalTransition("a caller's leg needs a call_id")
        shared = self._shared
        leg = BrowserLeg(
            leg_id, self._certificate, shared.config.browsers, shared.config.liveness, lambda news: self._news(leg_id, news)
        )
        shared.legs.add(
            Leg(
                leg_id=leg_id,
                kind=LegKind.BROWSER,
                purpose=command.purpose,
                state=LegState.CONNECTING,
                since=shared.clock.now(),
                call_id=command.call_id,
                agent_id=command.agent_id,
            )
        )
        self._legs[leg_id], self._asked[leg_id] = leg, command
        try:
            answer = await leg.open(command.sdp_offer, shared.config.browser_codecs, self._port_opener(leg_id))
        except (SdpError, TransportFailed, EngineError, OSError):
            shared.legs.remove(leg_id)
            await self._dispose(leg_id)
            raise
        shared.legs.note(leg_id, codec=leg.chosen.codec.value if leg.chosen else None)
        self._answers[leg_id] = answer
        log.info(
            "browser leg created", leg_id=leg_id, call_id=command.call_id, agent_id=command.agent_id, purpose=command.purpose
        )
        return answer

    def _port_opener(self, leg_id: LegId) -> OpenPort:
        async def open_port(chosen: ChosenCodec, link: MediaLink) -> None:
            await self._shared.engine.open_linked_port(
                leg_id,
                link=link,
                codec=chosen.codec,
                payload_type=chosen.payload_type,
                event_payload_type=chosen.event_payload_type,
            )

        return open_port

    def answer(self, leg: Leg) -> None:
        """A caller's leg has been up since it connected: answering is only said."""
        shared = self._shared
        leg = shared.legs.transition(leg.leg_id, Trigger.ANSWERED, shared.clock.now())
        shared.outbox.put(LegAnswered(at=leg.since, call_id=leg.call_id, leg_id=leg.leg_id, codec=leg.codec or ""))

    # ── news ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _news(self, leg_id: LegId, news: LegNews | CloseReason) -> None:
        leg = self._shared.legs.find(leg_id)
        if leg is None or leg.state is LegState.ENDING:
            return
        handler = self._on_news.get(news)
        if handler is not None:
            handler(leg)
            return
        self.end(leg, _CAUSE_OF_NEWS.get(news) or cause_of_end(leg, by_peer=True))

    def _connected(self, leg: Leg) -> None:
        shared, now = self._shared, self._shared.clock.now()
        caller = leg.purpose is LegPurpose.CALLER
        shared.legs.transition(leg.leg_id, Trigger.OFFER if caller else Trigger.ATTACH, now)
        shared.outbox.put(
            LegConnected(
                at=now,
                leg_id=leg.leg_id,
                node_id=shared.config.node_id,
                purpose=leg.purpose,
                agent_id=leg.agent_id,
                call_id=leg.call_id,
            )
        )
        asked = self._asked[leg.leg_id]
        if not caller or leg.call_id is None:
            return
        shared.outbox.put(
            LegOffered(
                at=now,
                call_id=leg.call_id,
                leg_id=leg.leg_id,
                node_id=shared.config.node_id,
                kind=LegKind.BROWSER,
                caller=asked.caller,
                called=asked.called,
                display_name=asked.display_name,
                customer_token=asked.customer_token,
            )
        )

    def _impaired(self, leg: Leg, impaired: bool) -> None:
        self._shared.legs.note(leg.leg_id, impaired=impaired)
        reason = "the browser sends no sound" if impaired else ""
        self._shared.outbox.put(
            LegImpaired(at=self._shared.clock.now(), leg_id=leg.leg_id, agent_id=leg.agent_id, impaired=impaired, reason=reason)
        )

    # ── ending ──────────────────────────────────────────────────────────────────────────────────────────────────

    def end(self, leg: Leg, cause: EndCause) -> None:
        """Ends a leg for whatever reason; the event is said at once, the sockets close in the background."""
        self._shared.legs.transition(leg.leg_id, Trigger.CLOSE, self._shared.clock.now(), ending=cause)
        self._shared.begin(self._dispose(leg.leg_id), f"close {leg.leg_id}")
        self._shared.leg_over(leg.leg_id, cause)

    async def _dispose(self, leg_id: LegId) -> None:
        """Says goodbye to the browser and frees its port."""
        asked = self._asked.pop(leg_id, None)
        self._answers.pop(leg_id, None)
        leg = self._legs.pop(leg_id, None)
        if leg is not None:
            if asked is not None:
                self._count_dropped(leg, asked)
            await leg.close()
        await self._shared.engine.close_rtp_port(leg_id)

    def _count_dropped(self, leg: BrowserLeg, asked: CreateBrowserLeg) -> None:
        """Before the goodbye, while everything is still there to be asked."""
        dropped = leg.dropped()
        self._dropped.update(dropped)
        if dropped:
            log.info("browser leg dropped packets", leg_id=leg.leg_id, call_id=asked.call_id, agent_id=asked.agent_id, **dropped)
