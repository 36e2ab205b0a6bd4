"""Sound that a node's tap has encrypted for one stream: SRTP (RFC 3711). The only file here that knows pylibsrtp.

Invariant: what is opened was sent by the node whose key was given, and came once.
"""

from __future__ import annotations

import pylibsrtp

from core.agreeing import TAP, OwnKey


class SecretSound:
    """One stream's key, and what opens with it."""

    def __init__(self, node_key: bytes) -> None:
        """Raises `BadKey`."""
        key = OwnKey()
        self.public_key = key.public
        """For the node's tap, and for nobody else's."""
        keys = key.agreed(TAP, node_key)
        policy = pylibsrtp.Policy(key=keys.rx, ssrc_type=pylibsrtp.Policy.SSRC_ANY_INBOUND, srtp_profile=keys.profile)
        self._session = pylibsrtp.Session(policy)

    def opened(self, datagram: bytes) -> bytes | None:
        """The RTP packet; None when it was not sent with our key, was changed, or has come before."""
        try:
            plain: bytes = self._session.unprotect(datagram)
        except (pylibsrtp.Error, ValueError):
            return None
        return plain
