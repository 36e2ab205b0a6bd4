"""One browser leg: the browser's SRTP on one side, the engine's RTP on the other, and what is known about both.

Invariant: packets pass through unchanged but for encryption, so sequence numbers, time stamps and telephone events are the
browser's own for the engine and the engine's own for the browser; RTCP is ours on the browser's side and absent on the
engine's. `on_news` is told `CONNECTED` at most once and first, and exactly one ending unless `close` came before.

Follow a packet: the browser's socket → `Carrier::run` → `Path::from_browser` (both in telephony/native/srtp_relay) → the
link → `LinkTransport::on_packet` (link_transport) → the engine's jitter buffer.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog
from patchbay_media import MediaLink

from telephony.engine_settings import Codec
from telephony.webrtc.liveness import LegNews, LegState, Liveness, LivenessConfig
from telephony.webrtc.relay import MediaPath
from telephony.webrtc.rtcp import RtcpError
from telephony.webrtc.rtcp_session import Quality, RtcpSession
from telephony.webrtc.sdp import ChosenCodec, Offer, choose_codec, parse_offer, write_answer
from telephony.webrtc.transport import BrowserTransport, Certificate, CloseReason, TransportConfig, TransportFailed

log = structlog.get_logger(__name__)

REPORT_EVERY_S = 2.5
"""Browsers compute their round trip from our reports; RFC 3550 §6.2 allows this at audio's bandwidth."""


class OpenPort(Protocol):
    """Opens the engine's port of a leg at the engine's end of `link`."""

    def __call__(self, chosen: ChosenCodec, link: MediaLink) -> Awaitable[None]: ...


class BrowserLeg:
    """Owns a leg's transport, its link to the engine and its connecting task."""

    def __init__(
        self,
        leg_id: str,
        certificate: Certificate,
        transport: TransportConfig,
        liveness: LivenessConfig,
        on_news: Callable[[LegNews | CloseReason], None],
    ) -> None:
        self.leg_id = leg_id
        self.chosen: ChosenCodec | None = None
        self._on_news = on_news
        self._liveness = Liveness(liveness, time.monotonic())
        self._link = MediaLink()
        self._transport = BrowserTransport(
            certificate,
            transport,
            on_first_sound=self._first_sound,
            on_rtcp=self._rtcp_from_browser,
            on_closed=self._closed_by_peer,
        )
        self._rtcp = RtcpSession(8000, "", 0)
        self._connecting: asyncio.Task[None] | None = None
        self._reported_at = 0.0
        self._broken_rtcp = 0

    # ── life ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def open(self, sdp_offer: str, codecs: tuple[Codec, ...], open_port: OpenPort) -> str:
        """The SDP answer; the leg connects from now on in the background.

        Raises `SdpError` for the sender, `TransportFailed` or what `open_port` raises; then the leg must be closed.
        """
        offer = parse_offer(sdp_offer)
        chosen = choose_codec(offer, codecs)
        self.chosen = chosen
        clock_hz = 48000 if chosen.codec is Codec.OPUS else 8000
        # The CNAME identifies no person: the leg's own id (RFC 7022 §4.2 asks for random names).
        self._rtcp = RtcpSession(clock_hz, self.leg_id, random.getrandbits(32))
        local = await self._transport.open()
        await open_port(chosen, self._link)
        media = MediaPath(link=self._link, payload_type=chosen.payload_type, clock_hz=clock_hz)
        self._connecting = asyncio.create_task(self._connect(offer, media), name=f"connect {self.leg_id}")
        return write_answer(offer, chosen, local, session_id=random.getrandbits(62))

    async def _connect(self, offer: Offer, media: MediaPath) -> None:
        try:
            await self._transport.connect(offer, media)
        except (TransportFailed, ConnectionError) as failure:
            log.info("browser leg did not connect", leg_id=self.leg_id, reason=failure)
            self._liveness.ended()
            self._on_news(LegNews.NEVER_CONNECTED)
            return
        self._liveness.secured()
        log.info("browser leg secured", leg_id=self.leg_id, pair=self._transport.selected_pair)

    async def close(self) -> None:
        """Ends the leg from our side, with an RTCP goodbye and DTLS close_notify. Safe to call twice; says no news."""
        self._liveness.ended()
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.wait([self._connecting])
        self._rtcp.traffic = self._transport.traffic()
        self._transport.send_rtcp(self._rtcp.goodbye())
        await self._transport.close()

    # ── from the browser ────────────────────────────────────────────────────────────────────────────────────────

    def _first_sound(self) -> None:
        self._tell(self._liveness.heard(1, time.monotonic()))

    def _rtcp_from_browser(self, data: bytes, arrived_s: float) -> None:
        self._rtcp.traffic = self._transport.traffic()
        try:
            self._rtcp.on_rtcp(data, arrived_s)
        except RtcpError:
            self._broken_rtcp += 1

    # ── each second ─────────────────────────────────────────────────────────────────────────────────────────────

    def tick(self) -> None:
        """Called a few times a second by the owner: reports are sent and silence is noticed here."""
        now = time.monotonic()
        self._transport.follow()
        self._rtcp.traffic = self._transport.traffic()
        self._tell(self._liveness.heard(self._rtcp.traffic.heard.packets, now))
        self._tell(self._liveness.check(now))
        if self._transport.secured and now - self._reported_at >= REPORT_EVERY_S:
            self._reported_at = now
            self._transport.send_rtcp(self._rtcp.report(time.time()))

    def _tell(self, news: LegNews | None) -> None:
        if news is not None:
            log.info("browser leg", leg_id=self.leg_id, news=news.value)
            self._on_news(news)

    def _closed_by_peer(self, reason: CloseReason) -> None:
        if self._liveness.state is not LegState.ENDED:
            self._liveness.ended()
            log.info("browser leg", leg_id=self.leg_id, news=reason.value)
            self._on_news(reason)

    # ── what is known ───────────────────────────────────────────────────────────────────────────────────────────

    @property
    def state(self) -> LegState:
        return self._liveness.state

    @property
    def selected_pair(self) -> str | None:
        return self._transport.selected_pair

    def dropped(self) -> dict[str, int]:
        """Datagrams that came to nothing until now, by the reasons of `NodeHeartbeat`; reasons without any are left out."""
        relayed, own = self._transport.traffic(), self._transport.counters
        counts = {
            "srtp": relayed.rejected_srtp + own.rejected_srtp,
            "rtcp": self._broken_rtcp,
            "stun": own.malformed_stun,
            "stray": own.stray,
            "unsent": relayed.unsent + own.unsent,
        }
        return {reason: count for reason, count in counts.items() if count}

    def quality(self) -> Quality:
        self._rtcp.traffic = self._transport.traffic()
        return self._rtcp.quality()
