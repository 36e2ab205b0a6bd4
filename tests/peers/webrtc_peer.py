"""A browser reduced to its transport: ICE, DTLS-SRTP and one PCMU stream, without pages and without sound cards.

For what Chromium cannot do: break its packets, appear a hundred times on two cores, lie in its SDP. Built on aiortc's public
classes in the role of the offerer (controlling, DTLS client), so that it shares no code with the legs under test.
"""

from __future__ import annotations

import asyncio
import random
import re
import struct

from aiortc import RTCCertificate, RTCDtlsFingerprint, RTCDtlsTransport, RTCIceCandidate, RTCIceGatherer, RTCIceTransport
from aiortc.rtcdtlstransport import RTCDtlsParameters
from aiortc.rtcicetransport import RTCIceParameters

OFFER = """v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 126
c=IN IP4 0.0.0.0
a=mid:0
a=sendrecv
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=rtpmap:126 telephone-event/8000
a=setup:actpass
a=ice-ufrag:{ufrag}
a=ice-pwd:{pwd}
a=fingerprint:sha-256 {fingerprint}
"""
FRAME = 160


class _Dtls(RTCDtlsTransport):
    """Keeps what comes in instead of decoding it."""

    def __init__(self, ice: RTCIceTransport, certificate: RTCCertificate) -> None:
        super().__init__(ice, [certificate])
        self.rtp: list[bytes] = []
        self.rtcp: list[bytes] = []
        self.rtp_count = 0
        self.keep = True

    async def _handle_rtp_data(self, data: bytes, arrival_time_ms: int) -> None:
        self.rtp_count += 1
        if self.keep:
            self.rtp.append(data)

    async def _handle_rtcp_data(self, data: bytes) -> None:
        if self.keep:
            self.rtcp.append(data)


class WebRtcPeer:
    """Owns one ICE agent and one DTLS association; `close` ends them."""

    def __init__(self, certificate: RTCCertificate | None = None) -> None:
        self._certificate = certificate or RTCCertificate.generateCertificate()
        self._ice = RTCIceTransport(RTCIceGatherer(iceServers=[]))
        self._ice._connection.ice_controlling = True
        self.dtls = _Dtls(self._ice, self._certificate)
        self.ssrc = random.getrandbits(32)
        self.sent = 0

    async def offer(self, fingerprint: str | None = None) -> str:
        """Without candidates: the other side learns us from our checks, as with browsers that hide their addresses."""
        await self._ice.iceGatherer.gather()
        local = self._ice.iceGatherer.getLocalParameters()
        own = next(f.value for f in self._certificate.getFingerprints() if f.algorithm == "sha-256")
        return OFFER.format(ufrag=local.usernameFragment, pwd=local.password, fingerprint=fingerprint or own)

    async def connect(self, answer: str) -> None:
        """Returns when DTLS is up or has failed; see `state`."""
        value = dict(re.findall(r"^a=(ice-ufrag|ice-pwd|fingerprint|setup):(.*?)\r?$", answer, re.MULTILINE))
        for foundation, priority, host, port in re.findall(r"^a=candidate:(\S+) 1 udp (\d+) (\S+) (\d+)", answer, re.MULTILINE):
            candidate = RTCIceCandidate(
                component=1, foundation=foundation, ip=host, port=int(port), priority=int(priority), protocol="udp", type="host"
            )
            await self._ice.addRemoteCandidate(candidate)
        await self._ice.addRemoteCandidate(None)
        await self._ice.start(RTCIceParameters(usernameFragment=value["ice-ufrag"], password=value["ice-pwd"]))
        self.dtls._set_role("client")
        algorithm, _, digest = value["fingerprint"].partition(" ")
        await self.dtls.start(RTCDtlsParameters(fingerprints=[RTCDtlsFingerprint(algorithm=algorithm, value=digest)]))

    @property
    def state(self) -> str:
        return self.dtls.state

    def next_packet(self, payload: bytes = b"\xff" * FRAME, payload_type: int = 0) -> bytes:
        header = struct.pack("!BBHII", 0x80, payload_type, self.sent & 0xFFFF, self.sent * FRAME & 0xFFFFFFFF, self.ssrc)
        self.sent += 1
        return header + payload

    async def send(self, packet: bytes) -> None:
        """Encrypts and sends one RTP or RTCP packet."""
        await self.dtls._send_rtp(packet)

    async def send_raw(self, datagram: bytes) -> None:
        """Sends bytes as they are, from the address that ICE chose."""
        await self._ice._connection.send(datagram)

    async def talk(self, seconds: float) -> None:
        """Fifty packets a second."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        for _ in range(int(seconds * 50)):
            await self.send(self.next_packet())
            due += 0.02
            await asyncio.sleep(max(0.0, due - loop.time()))

    async def close(self) -> None:
        await self.dtls.stop()
        await self._ice.stop()
