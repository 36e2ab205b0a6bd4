"""The media path of one browser leg, carried natively (telephony/native/srtp_relay): what Python gives it and hears from it.

A packet through Python costs ten times what its encryption costs; fifty a second and direction, for each leg. So Python keeps
ICE, DTLS and RTCP, which are rare, and lends the leg's sockets to the relay, which hands back whatever is no RTP.

Invariant: while a relay stands, only it reads the lent sockets. Its descriptors are its own, so they may be closed in any order.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import patchbay_media as native
from patchbay_media import MediaLink

from core.agreeing import SrtpKeys
from telephony.webrtc.traffic import Heard, Sent, Traffic

OnAside = Callable[[int, bytes, tuple[Any, ...], float], None]
"""Takes the place of our socket in the list, a datagram, its sender, and the wall clock's time at its arrival."""

_ASIDE = struct.Struct("@dii48s")
"""`Aside` of telephony/native/srtp_relay.hpp: arrival by the wall clock, port, place of our socket, host."""
_MAX_DATAGRAM_BYTES = _ASIDE.size + 2048
_ASIDES_PER_TURN = 32


class MediaPath(msgspec.Struct, frozen=True, kw_only=True):
    """The engine's side of a leg."""

    link: MediaLink
    """The engine's port is at its other end."""
    payload_type: int
    clock_hz: int


def heard_of(counts: native.Heard) -> Heard:
    """The same figures, free of the native object that holds them."""
    return Heard(
        packets=counts.packets,
        ssrc=counts.ssrc,
        expected=counts.expected,
        received=counts.received,
        highest_sequence=counts.highest_sequence,
        jitter=counts.jitter,
    )


class MediaRelay:
    """Owns the native relay and the channel on which it hands back what is no RTP."""

    def __init__(
        self,
        keys: SrtpKeys,
        media: MediaPath,
        browser_fds: Sequence[int],
        *,
        on_aside: OnAside,
        on_first_sound: Callable[[], None],
    ) -> None:
        """Raises `RuntimeError` when the keys are none. Nothing is sent before `send_to`."""
        self._on_aside = on_aside
        self._on_first_sound = on_first_sound
        self._ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._ours.setblocking(False)
        options = native.RelayOptions()
        options.browser_fds = native.Descriptors(list(browser_fds))
        options.link, options.other_fd = media.link, self._theirs.fileno()
        options.srtp_profile, options.rx_key, options.tx_key = keys.profile, keys.rx.hex(), keys.tx.hex()
        options.payload_type, options.clock_hz = media.payload_type, media.clock_hz
        try:
            self._native = native.SrtpRelay(options)
        except RuntimeError:
            self._close_channel()
            raise
        asyncio.get_running_loop().add_reader(self._ours.fileno(), self._readable)

    def send_to(self, place: int, remote: tuple[str, int]) -> None:
        """The browser is there from now on, and our socket at this place of the list leads there."""
        self._native.send_to(place, *remote)

    def traffic(self) -> Traffic:
        figures = self._native.figures()
        sent = figures.sent
        return Traffic(
            heard=heard_of(figures.heard),
            sent=Sent(packets=sent.packets, octets=sent.octets, ssrc=sent.ssrc, timestamp=sent.timestamp, at_s=sent.at_s),
            rejected_srtp=figures.rejected,
            unsent=figures.unsent,
        )

    def close(self) -> None:
        """Afterwards the native thread touches none of the sockets. Safe to call twice."""
        if self._ours.fileno() == -1:
            return
        asyncio.get_running_loop().remove_reader(self._ours.fileno())
        self._native.stop()
        self._close_channel()

    def _close_channel(self) -> None:
        self._ours.close()
        self._theirs.close()

    def _readable(self) -> None:
        for _ in range(_ASIDES_PER_TURN):
            try:
                message = self._ours.recv(_MAX_DATAGRAM_BYTES)
            except OSError:
                return
            arrived_s, port, place, host = _ASIDE.unpack_from(message)
            if port:
                self._on_aside(place, message[_ASIDE.size :], (host.rstrip(b"\0").decode(), port), arrived_s)
            else:
                self._on_first_sound()
