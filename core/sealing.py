"""Keys that people press travel sealed, so that a card number or a PIN is never stored where it passes. Pure but for chance.

A flow may collect digits that must not be kept (`secret`), and only the flow knows which they are: a caller who knows the menus
types ahead. So a media node seals *every* digit, to the public key of whoever runs the flows, and no stream, append-only file or
copy of either holds one that can be read. The private key lives in the memory of the control processes alone. The other way, what
an agent presses for the customer's phone, each node has a key of its own.

Invariants: who has all that is stored, and the node's memory, learns nothing (a new key pair for each digit); a digit opens only
for the leg it was pressed on; what cannot be opened (another key, a changed byte) is None, never an error.

The construction is ECIES with X25519 (RFC 7748), HKDF-SHA-256 (RFC 5869) and ChaCha20-Poly1305 (RFC 8439). The nonce may be
constant because each key encrypts once.
"""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES = 32
_NONCE = bytes(12)


class Opener:
    """Owns a private key. That of digits goes from one process' memory to another's and never into a file; that of what is kept
    (`server/outbox/vault.py`) has a file of its own."""

    def __init__(self, private: X25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key().public_bytes_raw()
        """To be given to those who seal."""

    @classmethod
    def new(cls) -> Opener:
        return cls(X25519PrivateKey.generate())

    @classmethod
    def from_text(cls, text: str) -> Opener:
        """Raises ValueError when it is no key."""
        try:
            return cls(X25519PrivateKey.from_private_bytes(base64.b64decode(text, validate=True)))
        except binascii.Error as error:
            raise ValueError("a key is 32 bytes in base64") from error

    def to_text(self) -> str:
        return base64.b64encode(self._private.private_bytes_raw()).decode()

    def open(self, sealed: bytes, leg_id: str) -> str | None:
        """What was sealed for this leg; None when it was not, or to another key."""
        theirs, body = sealed[:_KEY_BYTES], sealed[_KEY_BYTES:]
        try:
            shared = self._private.exchange(X25519PublicKey.from_public_bytes(theirs))
            return ChaCha20Poly1305(_derived(shared, theirs, self.public)).decrypt(_NONCE, body, leg_id.encode()).decode()
        except (InvalidTag, ValueError):
            return None


def seal(public: bytes, text: str, leg_id: str) -> bytes:
    """For `Opener.open`. Raises ValueError when `public` is no key."""
    once = X25519PrivateKey.generate()
    ours = once.public_key().public_bytes_raw()
    shared = once.exchange(X25519PublicKey.from_public_bytes(public))
    return ours + ChaCha20Poly1305(_derived(shared, ours, public)).encrypt(_NONCE, text.encode(), leg_id.encode())


def _derived(shared: bytes, sender: bytes, receiver: bytes) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"patchbay digit" + sender + receiver).derive(shared)
