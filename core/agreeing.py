"""What the two ends of a way for sound encrypt with, agreed upon without a word that has to be kept secret: each tells the other
a public key, on the way on which addresses are told.

Invariants: who reads all that passes on the bus, or is stored of it, learns nothing; the keys of the two directions differ, and
both ends name them the same way round; what was agreed upon with another end, or for another purpose, differs.

X25519 (RFC 7748), HKDF-SHA-256 (RFC 5869); what comes out of it is for AEAD_AES_128_GCM (RFC 7714).
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.model import Value

TAP = "tap"
"""What a node sends to a recognizer."""
AEAD_AES_128_GCM = 7
"""libsrtp's number."""
_KEY_AND_SALT_BYTES = 16 + 12
"""RFC 7714 §12."""


class BadKey(ValueError):
    """What another end gave is not what keys can be agreed upon with."""


class SrtpKeys(Value, frozen=True, kw_only=True):
    """What two ends of SRTP have agreed upon."""

    profile: int
    """libsrtp's number."""
    rx: bytes
    """Key and salt of what the other end sends."""
    tx: bytes

    def __repr__(self) -> str:
        """No log and no traceback shows the keys."""
        return f"SrtpKeys(profile={self.profile})"


class OwnKey:
    """One end's private key, which never leaves this process' memory."""

    def __init__(self) -> None:
        self._private = X25519PrivateKey.generate()
        self.public = self._private.public_key().public_bytes_raw()

    def agreed(self, purpose: str, theirs: bytes) -> SrtpKeys:
        """`purpose` is the same at both ends: a link's id, or `TAP`. Raises `BadKey` when `theirs` is no key of another end."""
        if theirs == self.public:
            raise BadKey("an end has nothing to agree upon with itself")
        try:
            shared = self._private.exchange(X25519PublicKey.from_public_bytes(theirs))
        except ValueError as error:
            raise BadKey("this is no public key of another end") from error
        lower, higher = sorted((self.public, theirs))
        derived = HKDF(SHA256(), 2 * _KEY_AND_SALT_BYTES, salt=None, info=b"patchbay sound" + lower + higher + purpose.encode())
        keys = derived.derive(shared)
        of_lower, of_higher = keys[:_KEY_AND_SALT_BYTES], keys[_KEY_AND_SALT_BYTES:]
        ours, others = (of_lower, of_higher) if self.public == lower else (of_higher, of_lower)
        return SrtpKeys(profile=AEAD_AES_128_GCM, rx=others, tx=ours)
