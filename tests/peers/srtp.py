"""A browser reduced to its SRTP, by pylibsrtp: another build of libsrtp, and none of our code."""

from __future__ import annotations

import socket
import struct

import pylibsrtp

PROFILES = {
    "AES-CM": (pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 30),
    "AES-128-GCM": (pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 28),
    "AES-256-GCM": (pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 44),
}
"""libsrtp's number and the length of key and salt."""
SSRC = 0x1234
OUTBOUND = pylibsrtp.Policy.SSRC_ANY_OUTBOUND


def packet(sequence: int, ssrc: int = SSRC, payload: bytes | None = None) -> bytes:
    sound = bytes([sequence & 0xFF]) * 160 if payload is None else payload
    return struct.pack("!BBHII", 0x80, 0, sequence, sequence * 160, ssrc) + sound


def udp_socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.bind(("127.0.0.1", 0))
    return made


def session(profile: int, key: bytes, direction: int) -> pylibsrtp.Session:
    return pylibsrtp.Session(pylibsrtp.Policy(key=key, ssrc_type=direction, srtp_profile=profile))


class Keys:
    """Both directions' keys, and what the browser does with them."""

    def __init__(self, profile: str = "AES-CM") -> None:
        self.profile, length = PROFILES[profile]
        self.browsers, self.ours = bytes(range(length)), bytes(range(100, 100 + length))
        sending = session(self.profile, self.browsers, pylibsrtp.Policy.SSRC_ANY_OUTBOUND)
        self.protect, self.protect_report = sending.protect, sending.protect_rtcp
        self.unprotect = session(self.profile, self.ours, pylibsrtp.Policy.SSRC_ANY_INBOUND).unprotect
