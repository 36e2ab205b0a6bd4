"""Passwords are kept as Argon2id hashes (RFC 9106) with the library's present recommendation.

Hashing and verifying take some 50 ms and 64 MB on purpose: call them from `asyncio.to_thread`, never on the event loop.
What makes a good password follows NIST SP 800-63B §3.1.1.2: length, and nothing that everybody tries first; no rules about kinds
of characters, no change after a time.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterable
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """In PHC string form, with its parameters and salt."""
    return _hasher.hash(password)


def verify_password(password_hash: str, password: str) -> bool:
    """False also for a hash that is damaged: nobody signs in with it."""
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(password_hash: str) -> bool:
    """Made with weaker parameters than today's: hash the password again at the next sign-in."""
    return _hasher.check_needs_rehash(password_hash)


def hash_of_nobody() -> str:
    """One that no password opens, of chance and so made at once. A try at it takes as long as a try at anybody's."""
    use, salt, hashed = _hasher, _phc(os.urandom(_hasher.salt_len)), _phc(os.urandom(_hasher.hash_len))
    return f"$argon2id$v={ARGON2_VERSION}$m={use.memory_cost},t={use.time_cost},p={use.parallelism}${salt}${hashed}"


def _phc(value: bytes) -> str:
    """Base64 as the PHC string format has it: without padding."""
    return b64encode(value).rstrip(b"=").decode()


Weakness = Literal["password_too_short", "password_is_name", "password_is_common"]
LONGEST = 1000
"""Of a password, in characters."""
_FEWEST_DIFFERENT = 5
# fmt: off
_COMMON = frozenset({
    "password1234", "password12345", "password123456", "passwordpassword", "123456789012", "1234567890123",
    "12345678901234", "123456789012345", "1234567890123456", "qwertyuiop12", "qwertyuiop123", "qwertyuiopas",
    "qwertyuiopasdf", "1q2w3e4r5t6y", "1q2w3e4r5t6y7u", "administrator", "administrator1", "iloveyou1234",
    "letmein12345", "welcome12345", "changeme1234", "abcdefghijkl", "abcdefghijklm", "asdfghjkl123", "callcenter123",
    "contactcenter", "qwerty123456", "qwerty1234567", "admin1234567", "patchbay1234", "patchbay12345",
})
# fmt: on


def weakness(password: str, shortest: int, names: Iterable[str], public: str) -> Weakness | None:
    """Why this is no password to be set; None: it may be. `names`: what everybody knows of the person; `public`: the demo's."""
    if len(password) < shortest:
        return "password_too_short"
    folded = password.casefold()
    if any(name and folded in {name.casefold(), name.casefold()[::-1], name.casefold() * 2} for name in names):
        return "password_is_name"
    if folded in _COMMON or password == public or len(set(folded)) < _FEWEST_DIFFERENT:
        return "password_is_common"
    return None
