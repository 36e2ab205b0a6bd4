"""ICE and DTLS-SRTP with one browser, by aiortc: the only module that imports it, and the only one that uses private names.

What aiortc does per packet (a STUN parse, a queue, a task wake, an RTP object, its encryption) is left out: once the keys are
there the sockets are lent to the relay, which carries the media and hands back the rest. Datagrams are told apart by
their first byte (RFC 7983 §7). `pyproject.toml` pins
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
import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import aioice
import aioice.candidate
import aioice.ice
import aioice.mdns
import msgspec
import pylibsrtp
from aiortc import RTCCertificate, RTCDtlsFingerprint, RTCDtlsTransport, RTCIceGatherer, RTCIceTransport
from aiortc.rtcdtlstransport import RTCDtlsParameters
from aiortc.rtcicetransport import RTCIceParameters

from core.agreeing import SrtpKeys
from telephony.webrtc.relay import MediaPath, MediaRelay
from telephony.webrtc.rtcp import is_rtcp
from telephony.webrtc.sdp import Candidate, Fingerprint, LocalTransport, Offer, dtls_role
from telephony.webrtc.traffic import Traffic

_MAX_WAITING_DATAGRAMS = 32
"""DTLS records that wait for the handshake task; more are dropped (the peer repeats them, RFC 6347 §4.2.4)."""
_SOCKET_BUFFER_BYTES = 256 * 1024
_MAX_DATAGRAM_BYTES = 65536


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


def _drop(data: bytes, arrived_s: float) -> None:
    """Where RTCP goes before the keys are there."""


class _IceSocket(aioice.ice.StunProtocol):
    """One UDP socket of a leg: tells STUN, DTLS and SRTCP apart by the first byte (RFC 7983 §7)."""

    receiver: _IceConnection
    socket: _LentSocket

    def arrived(self, data: bytes, addr: tuple[Any, ...], at_s: float) -> None:
        """`at_s` is the wall clock's time."""
        if not data:
            return
        first = data[0]
        if 127 < first < 192:
            # RTP comes here only before the relay stands.
            self.receiver.on_srtcp(data, at_s)
        elif first < 4:
            try:
                self.datagram_received(data, addr)
            except (KeyError, IndexError, struct.error, UnicodeError, AssertionError):
                self.receiver.counters.malformed_stun += 1
        elif 19 < first < 64 and self.receiver.has_candidate(addr):
            self.receiver.data_received(data, 1)
        else:
            self.receiver.counters.stray += 1


class _LentSocket(asyncio.DatagramTransport):
    """A transport in asyncio's sense whose socket can be lent to a relay; it sends at once or not at all."""

    def __init__(self, raw: socket.socket, protocol: _IceSocket) -> None:
        super().__init__({"socket": raw, "sockname": raw.getsockname()})
        self.raw = raw
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        protocol.connection_made(self)
        self.take_back()

    def lend(self) -> int:
        """Nobody here reads it from now on."""
        self._loop.remove_reader(self.raw.fileno())
        return self.raw.fileno()

    def take_back(self) -> None:
        if not self.is_closing():
            self._loop.add_reader(self.raw.fileno(), self._readable)

    def _readable(self) -> None:
        try:
            data, sender = self.raw.recvfrom(_MAX_DATAGRAM_BYTES)
        except OSError:
            return  # an ICMP error of something sent before, or nothing after all
        self._protocol.arrived(data, sender, time.time())

    def sendto(self, data: Any, addr: Any = None) -> None:
        try:
            self.raw.sendto(data, addr)
        except OSError:
            self._protocol.receiver.counters.unsent += 1

    def is_closing(self) -> bool:
        return self.raw.fileno() == -1

    def close(self) -> None:
        if not self.is_closing():
            self._loop.remove_reader(self.raw.fileno())
            self.raw.close()
            self._loop.call_soon(self._protocol.connection_lost, None)

    abort = close


class _IceConnection(aioice.Connection):
    """aioice's agent with our sockets and our choice of addresses and ports."""

    def __init__(self, config: TransportConfig, counters: TransportCounters) -> None:
        super().__init__(ice_controlling=False, components=1)
        self.on_srtcp: Callable[[bytes, float], None] = _drop
        """Takes a datagram and the wall clock's time at its arrival."""
        self.counters = counters
        self._config = config

    def has_candidate(self, addr: tuple[Any, ...]) -> bool:
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
            protocol = self._bind(address)
            if protocol is not None:
                protocol.local_candidate = _host_candidate(protocol.transport.get_extra_info("sockname"), preference)
                self._protocols.append(protocol)
                self._local_candidates.append(protocol.local_candidate)
        self._local_candidates_end = True

    def _bind(self, address: str) -> _IceSocket | None:
        for port in _ports(self._config):
            raw = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
            raw.setblocking(False)
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SOCKET_BUFFER_BYTES)
            try:
                raw.bind((address, port))
            except OSError:
                raw.close()
                continue
            protocol = _IceSocket(self)
            protocol.socket = _LentSocket(raw, protocol)
            return protocol
        return None

    @property
    def way(self) -> Way | None:
        """To the browser, by the nominated pair; the browser may choose another at any time (RFC 8445 §7.3.1.5)."""
        pair = self._nominated.get(1)
        if pair is None:
            return None
        assert isinstance(pair.protocol, _IceSocket)
        return Way(pair.protocol, pair.remote_addr)

    @property
    def sockets(self) -> list[_IceSocket]:
        return [protocol for protocol in self._protocols if isinstance(protocol, _IceSocket)]

    def send_now(self, data: bytes) -> None:
        """Without a coroutine; nothing happens when there is no way."""
        way = self.way
        if way is not None:
            way.protocol.socket.sendto(data, way.remote)

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


class Way(NamedTuple):
    """Between a socket of ours and the browser."""

    protocol: _IceSocket
    remote: tuple[str, int]


class _MediaDtls(RTCDtlsTransport):
    """aiortc's DTLS handshake; once the keys are there, packets no longer pass through its receive loop.

    Its own SRTP sessions do the RTCP. SRTP and SRTCP count their packets apart (RFC 3711 §3.2.1, §3.4), so that the relay may
    use the same keys.
    """

    keys: SrtpKeys | None = None

    def __init__(self, ice: RTCIceTransport, certificate: Certificate, on_secured: Callable[[], None]) -> None:
        super().__init__(ice, [certificate])
        self._on_secured = on_secured

    def _setup_srtp(self) -> None:
        super()._setup_srtp()
        if self._rx_srtp is not None:
            self.keys = self._agreed_keys()
            self._on_secured()

    def _agreed_keys(self) -> SrtpKeys:
        """RFC 5764 §4.2: the client's write key and salt stand first."""
        assert self._ssl is not None
        chosen = self._ssl.get_selected_srtp_profile()
        profile = next(known for known in self._srtp_profiles if known.openssl_profile == chosen)
        material = self._ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (profile.key_length + profile.salt_length))
        client, server = profile.get_key_and_salt(material, 0), profile.get_key_and_salt(material, 1)
        rx, tx = (client, server) if self._role == "server" else (server, client)
        return SrtpKeys(profile=profile.libsrtp_profile, rx=rx, tx=tx)

    def decrypt_rtcp(self, data: bytes) -> bytes:
        """Raises `pylibsrtp.Error` or ValueError (longer than any packet may be)."""
        plain: bytes = self._rx_srtp.unprotect_rtcp(data)
        return plain

    def encrypt_rtcp(self, packet: bytes) -> bytes:
        cipher: bytes = self._tx_srtp.protect_rtcp(packet)
        return cipher

    async def finish(self) -> None:
        """Says close_notify and waits for the receive task, which `stop` leaves behind."""
        task = self._task
        await self.stop()
        if task is not None:
            await asyncio.wait([task])


class BrowserTransport:
    """Owns the sockets, ICE agent, DTLS association and media relay of one browser leg."""

    def __init__(
        self,
        certificate: Certificate,
        config: TransportConfig,
        *,
        on_first_sound: Callable[[], None],
        on_rtcp: Callable[[bytes, float], None],
        on_closed: Callable[[CloseReason], None],
    ) -> None:
        """`on_rtcp` takes a packet and the wall clock's time at its arrival."""
        self.counters = TransportCounters()
        self._certificate = certificate
        self._config = config
        self._on_first_sound = on_first_sound
        self._on_rtcp = on_rtcp
        self._on_closed: Callable[[CloseReason], None] | None = on_closed
        self._connection = _IceConnection(config, self.counters)
        gatherer = RTCIceGatherer(iceServers=[])
        gatherer._connection = self._connection
        self._ice = RTCIceTransport(gatherer)
        self._dtls = _MediaDtls(self._ice, certificate, self._start_relay)
        self._dtls.on("statechange", self._dtls_changed)
        self.secured = False
        """ICE and DTLS are up."""
        self._media: MediaPath | None = None
        self._relay: MediaRelay | None = None
        self._lent: list[_IceSocket] = []
        """What the relay reads, in its order."""
        self._way: Way | None = None
        """The one that the relay's packets go."""

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

    async def connect(self, offer: Offer, media: MediaPath) -> None:
        """Returns when media can flow, to and from `media`. Raises `TransportFailed`.

        Waits for ever when nobody comes: the caller has the deadline.

        The end of candidates is never announced to the agent: a browser that hides its addresses behind .local names is
        learnt from its first check (RFC 8445 §7.3.1.3).
        """
        self._media = media
        for candidate in offer.candidates:
            await self._connection.add_remote_candidate(_to_aioice(candidate))
        await self._ice.start(RTCIceParameters(usernameFragment=offer.ice_ufrag, password=offer.ice_pwd))
        if self._ice.state != "completed":
            raise TransportFailed("ICE found no way to the browser")
        self._dtls._set_role(dtls_role(offer))
        prints = [RTCDtlsFingerprint(algorithm=f.algorithm, value=f.value) for f in offer.fingerprints]
        try:
            await self._dtls.start(RTCDtlsParameters(fingerprints=prints))
        except RuntimeError as refused:
            raise TransportFailed(f"no media relay: {refused}") from refused
        if self._dtls.state != "connected":
            raise TransportFailed("the DTLS handshake failed, or the certificate is not the one in the offer")
        self.secured = True

    def send_rtcp(self, packet: bytes) -> None:
        """Encrypts and sends; dropped silently while there is no way to the browser."""
        if self.secured:
            self._connection.send_now(self._dtls.encrypt_rtcp(packet))

    def _start_relay(self) -> None:
        """The keys are there. Raises `RuntimeError` when libsrtp will have none of them."""
        keys = self._dtls.keys
        assert keys is not None
        assert self._media is not None
        self._connection.on_srtcp = self._receive_rtcp
        self._lent = self._connection.sockets
        lent = [protocol.socket.lend() for protocol in self._lent]
        self._relay = MediaRelay(keys, self._media, lent, on_aside=self._handed_back, on_first_sound=self._on_first_sound)
        self.follow()

    def follow(self) -> None:
        """Called a few times a second: the relay's packets go the way that the browser has chosen last."""
        way = self._connection.way
        if self._relay is not None and way is not None and way != self._way:
            self._relay.send_to(self._lent.index(way.protocol), way.remote)
            self._way = way

    def traffic(self) -> Traffic:
        return self._relay.traffic() if self._relay is not None else Traffic()

    def _handed_back(self, place: int, data: bytes, sender: tuple[Any, ...], arrived_s: float) -> None:
        self._lent[place].arrived(data, sender, arrived_s)

    def _receive_rtcp(self, data: bytes, arrived_s: float) -> None:
        if not is_rtcp(data):
            return
        try:
            plain = self._dtls.decrypt_rtcp(data)
        except (pylibsrtp.Error, ValueError):
            self.counters.rejected_srtp += 1
            return
        self._on_rtcp(plain, arrived_s)

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
        self._connection.on_srtcp = _drop
        self.secured = False
        if self._relay is not None:
            relay, self._relay = self._relay, None
            relay.close()
            for protocol in self._lent:
                protocol.socket.take_back()
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
