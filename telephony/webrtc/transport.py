"""ICE and DTLS-SRTP with one browser, by aiortc: the only module that imports it, and the only one that uses private names.

What aiortc does per packet (a STUN parse, a queue, a task wake, an RTP object) is left out: a datagram is told apart by its
first byte (RFC 7983 §7), media is decrypted where it arrives, and everything else goes aiortc's way. `pyproject.toml` pins
aiortc's version; `tests/telephony/webrtc/test_transport_contract.py` checks every private name used here.

Invariants: media is accepted only through the SRTP keys of the DTLS handshake whose certificate the signalling named;
non-STUN datagrams from addresses that ICE has not seen are dropped before OpenSSL reads them; `on_closed` is called at
most once, and never for a close of our own.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

import aioice
import aioice.candidate
import aioice.ice
import aioice.mdns
import msgspec
import pylibsrtp
from aiortc import RTCCertificate, RTCDtlsFingerprint, RTCDtlsTransport, RTCIceGatherer, RTCIceTransport
from aiortc.rtcdtlstransport import RTCDtlsParameters
from aiortc.rtcicetransport import RTCIceParameters

from telephony.webrtc.sdp import Candidate, Fingerprint, LocalTransport, Offer, dtls_role

_MAX_WAITING_DATAGRAMS = 32
"""DTLS records that wait for the handshake task; more are dropped (the peer repeats them, RFC 6347 §4.2.4)."""
_SOCKET_BUFFER_BYTES = 256 * 1024


class TransportConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Where browsers reach this node."""

    addresses: tuple[str, ...] = ()
    """Addresses to bind; empty means every address of this machine but loopback, or loopback when there is no other."""
    public_address: str | None = None
    """Offered as a further candidate for each port, for a node behind one-to-one NAT."""
    first_port: int = 0
    """0 lets the system choose ports."""
    last_port: int = 0


class CloseReason(StrEnum):
    PEER_CLOSED = "peer_closed"
    """The browser ended DTLS: the page closed the connection."""
    CONSENT_LOST = "consent_lost"
    """No answer to ICE checks for 30 s (RFC 7675 §5.1)."""


class TransportFailed(Exception):
    """ICE or DTLS did not come up; the text says which and why."""


class TransportCounters(msgspec.Struct):
    """Datagrams that came to nothing, by reason."""

    rejected_srtp: int = 0
    """Wrong key, replayed or broken (RFC 3711 §3.3)."""
    stray: int = 0
    """From an address that ICE does not know, of no known kind, or too many at once."""
    malformed_stun: int = 0
    unsent: int = 0
    """Ours, when the system took none at that moment."""


Certificate = RTCCertificate
"""A key pair and its self-signed certificate; one serves all legs of a node."""


def new_certificate() -> Certificate:
    return RTCCertificate.generateCertificate()


def _drop(data: bytes) -> None:
    """Where media goes before the keys are there."""


def _send_nowhere(data: bytes, addr: tuple[str, int]) -> int:
    """What stands for a socket before a pair is nominated."""
    return 0


class _IceSocket(aioice.ice.StunProtocol):
    """One UDP socket of a leg: tells STUN, DTLS and SRTP apart by the first byte (RFC 7983 §7)."""

    receiver: _IceConnection
    raw: socket.socket
    """The socket itself: media is sent past the event loop's transport."""

    def datagram_received(self, data: bytes | str, addr: tuple[Any, ...]) -> None:
        if not data:
            return
        assert isinstance(data, bytes)
        first = data[0]
        if 127 < first < 192:
            self.receiver.on_srtp(data)
        elif first < 4:
            try:
                super().datagram_received(data, addr)
            except (KeyError, IndexError, struct.error, UnicodeError, AssertionError):
                self.receiver.counters.malformed_stun += 1
        elif 19 < first < 64 and self.receiver.knows(addr):
            self.receiver.data_received(data, 1)
        else:
            self.receiver.counters.stray += 1


class _IceConnection(aioice.Connection):
    """aioice's agent with our sockets, our choice of addresses and ports, and a short way for media."""

    def __init__(self, config: TransportConfig, counters: TransportCounters) -> None:
        super().__init__(ice_controlling=False, components=1)
        self.on_srtp: Callable[[bytes], None] = _drop
        self.counters = counters
        self._config = config
        self._pair: aioice.ice.CandidatePair | None = None
        self._sendto: Callable[[bytes, tuple[str, int]], int] = _send_nowhere
        self._remote = ("", 0)

    def knows(self, addr: tuple[Any, ...]) -> bool:
        return any(c.port == addr[1] and c._network_host == addr[0] for c in self._remote_candidates)

    def data_received(self, data: bytes, component: int) -> None:
        if self._queue.qsize() < _MAX_WAITING_DATAGRAMS:
            super().data_received(data, component)
        else:
            self.counters.stray += 1

    async def gather_candidates(self) -> None:
        """Host candidates only: the node has public addresses, or one-to-one NAT that the configuration names."""
        self._local_candidates_start = True
        for preference, address in enumerate(_addresses(self._config)):
            protocol = await self._bind(address)
            if protocol is not None:
                protocol.local_candidate = _host_candidate(protocol.transport.get_extra_info("sockname"), preference)
                self._protocols.append(protocol)
                self._local_candidates.append(protocol.local_candidate)
        self._local_candidates_end = True

    async def _bind(self, address: str) -> _IceSocket | None:
        loop = asyncio.get_running_loop()
        for port in _ports(self._config):
            raw = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
            raw.setblocking(False)
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SOCKET_BUFFER_BYTES)
            try:
                raw.bind((address, port))
            except OSError:
                raw.close()
                continue
            _, protocol = await loop.create_datagram_endpoint(lambda: _IceSocket(self), sock=raw)
            protocol.raw = raw
            return protocol
        return None

    def send_now(self, data: bytes) -> None:
        """To the nominated pair, without a coroutine; nothing happens when there is none."""
        pair = self._nominated.get(1)
        if pair is None:
            return
        if pair is not self._pair:
            # The browser chose another way (RFC 8445 §7.3.1.5), or its first.
            assert isinstance(pair.protocol, _IceSocket)
            self._pair, self._sendto, self._remote = pair, pair.protocol.raw.sendto, pair.remote_addr
        try:
            self._sendto(data, self._remote)
        except OSError:
            self.counters.unsent += 1

    @property
    def closing_by_itself(self) -> bool:
        return bool(self._closing)

    @property
    def selected_pair(self) -> str | None:
        pair = self._nominated.get(1)
        return f"{pair.local_candidate.type}/{pair.remote_candidate.type}" if pair is not None else None


def _addresses(config: TransportConfig) -> Sequence[str]:
    if config.addresses:
        return config.addresses
    return aioice.ice.get_host_addresses(use_ipv4=True, use_ipv6=True) or ["127.0.0.1"]


def _ports(config: TransportConfig) -> Sequence[int]:
    """Ports to try: any, or the configured range from a random start, so that two legs seldom ask for the same."""
    if not config.first_port:
        return (0,)
    count = config.last_port - config.first_port + 1
    start = random.randrange(count)
    return [config.first_port + (start + i) % count for i in range(count)]


def _host_candidate(sockname: tuple[Any, ...], preference: int) -> Any:
    """RFC 8445 §5.1.2.1: type preference 126, our addresses in the order given."""
    host, port = sockname[0], sockname[1]
    priority = 126 << 24 | (65535 - preference) << 8 | 255
    return aioice.Candidate(
        foundation=aioice.candidate.candidate_foundation("host", "udp", host),
        component=1,
        transport="udp",
        priority=priority,
        host=host,
        port=port,
        type="host",
    )


class _MediaDtls(RTCDtlsTransport):
    """aiortc's DTLS handshake; once the keys are there, packets no longer pass through its receive loop."""

    def __init__(self, ice: RTCIceTransport, certificate: Certificate, on_secured: Callable[[], None]) -> None:
        super().__init__(ice, [certificate])
        self._on_secured = on_secured

    def _setup_srtp(self) -> None:
        super()._setup_srtp()
        if self._rx_srtp is not None:
            self._on_secured()

    def decrypt(self, data: bytes, *, rtcp: bool) -> bytes:
        """Raises `pylibsrtp.Error` or ValueError (longer than any packet may be)."""
        plain: bytes = self._rx_srtp.unprotect_rtcp(data) if rtcp else self._rx_srtp.unprotect(data)
        return plain

    def encrypt(self, packet: bytes, *, rtcp: bool) -> bytes:
        cipher: bytes = self._tx_srtp.protect_rtcp(packet) if rtcp else self._tx_srtp.protect(packet)
        return cipher

    async def finish(self) -> None:
        """Says close_notify and waits for the receive task, which `stop` leaves behind."""
        task = self._task
        await self.stop()
        if task is not None:
            await asyncio.wait([task])


class BrowserTransport:
    """Owns the sockets, ICE agent and DTLS association of one browser leg."""

    def __init__(
        self,
        certificate: Certificate,
        config: TransportConfig,
        *,
        on_rtp: Callable[[bytes], None],
        on_rtcp: Callable[[bytes], None],
        on_closed: Callable[[CloseReason], None],
    ) -> None:
        self.counters = TransportCounters()
        self._certificate = certificate
        self._config = config
        self._on_rtp = on_rtp
        self._on_rtcp = on_rtcp
        self._on_closed: Callable[[CloseReason], None] | None = on_closed
        self._connection = _IceConnection(config, self.counters)
        gatherer = RTCIceGatherer(iceServers=[])
        gatherer._connection = self._connection
        self._ice = RTCIceTransport(gatherer)
        self._dtls = _MediaDtls(self._ice, certificate, self._take_media)
        self._dtls.on("statechange", self._dtls_changed)
        self.secured = False
        """ICE and DTLS are up."""

    async def open(self) -> LocalTransport:
        """Binds the sockets. Raises `TransportFailed` when no address can be bound."""
        await self._ice.iceGatherer.gather()
        candidates = [Candidate(c.foundation, c.priority, c.host, c.port, c.type) for c in self._connection.local_candidates]
        if not candidates:
            raise TransportFailed("no address of this node can be bound for browsers")
        fingerprint = next(f for f in self._certificate.getFingerprints() if f.algorithm == "sha-256")
        return LocalTransport(
            ice_ufrag=self._connection.local_username,
            ice_pwd=self._connection.local_password,
            fingerprint=Fingerprint(fingerprint.algorithm, fingerprint.value),
            candidates=tuple(_with_public(candidates, self._config.public_address)),
        )

    async def connect(self, offer: Offer) -> None:
        """Returns when media can flow. Raises `TransportFailed`; waits for ever when nobody comes (the caller has the deadline).

        The end of candidates is never announced to the agent: a browser that hides its addresses behind .local names is
        learnt from its first check (RFC 8445 §7.3.1.3).
        """
        for candidate in offer.candidates:
            await self._connection.add_remote_candidate(_to_aioice(candidate))
        await self._ice.start(RTCIceParameters(usernameFragment=offer.ice_ufrag, password=offer.ice_pwd))
        if self._ice.state != "completed":
            raise TransportFailed("ICE found no way to the browser")
        self._dtls._set_role(dtls_role(offer))
        prints = [RTCDtlsFingerprint(algorithm=f.algorithm, value=f.value) for f in offer.fingerprints]
        await self._dtls.start(RTCDtlsParameters(fingerprints=prints))
        if self._dtls.state != "connected":
            raise TransportFailed("the DTLS handshake failed, or the certificate is not the one in the offer")
        self.secured = True

    def send_rtp(self, packet: bytes) -> None:
        """Encrypts and sends; dropped silently while there is no way to the browser."""
        if self.secured:
            self._connection.send_now(self._dtls.encrypt(packet, rtcp=False))

    def send_rtcp(self, packet: bytes) -> None:
        if self.secured:
            self._connection.send_now(self._dtls.encrypt(packet, rtcp=True))

    def _take_media(self) -> None:
        self._connection.on_srtp = self._receive

    def _receive(self, data: bytes) -> None:
        """Every SRTP and SRTCP packet of this leg, straight from the socket."""
        rtcp = 191 < data[1] < 224 if len(data) > 1 else False
        try:
            plain = self._dtls.decrypt(data, rtcp=rtcp)
        except (pylibsrtp.Error, ValueError):
            self.counters.rejected_srtp += 1
            return
        if rtcp:
            self._on_rtcp(plain)
        else:
            self._on_rtp(plain)

    def _dtls_changed(self) -> None:
        if self.secured and self._dtls.state in ("closed", "failed") and self._on_closed is not None:
            self.secured = False
            report, self._on_closed = self._on_closed, None
            report(CloseReason.CONSENT_LOST if self._connection.closing_by_itself else CloseReason.PEER_CLOSED)

    @property
    def selected_pair(self) -> str | None:
        """Kinds of the nominated candidates, ours first, as `host/prflx`; no addresses, which are personal data."""
        return self._connection.selected_pair

    async def close(self) -> None:
        """Says goodbye to the browser and frees the sockets. Safe to call twice."""
        self._on_closed = None
        self._connection.on_srtp = _drop
        self.secured = False
        await self._dtls.finish()
        await self._ice.stop()


def _with_public(candidates: Sequence[Candidate], public_address: str | None) -> list[Candidate]:
    """The address that one-to-one NAT gives us stands first; it maps to the IPv4 host candidates, port by port."""
    if public_address is None:
        return list(candidates)
    mapped = [
        msgspec.structs.replace(c, host=public_address, foundation=f"p{c.foundation}"[:32])
        for c in candidates
        if (":" in c.host) == (":" in public_address)
    ]
    return [*mapped, *candidates]


def _to_aioice(candidate: Candidate) -> Any:
    return aioice.Candidate(
        foundation=candidate.foundation,
        component=1,
        transport="udp",
        priority=candidate.priority,
        host=candidate.host,
        port=candidate.port,
        type=candidate.kind,
    )
