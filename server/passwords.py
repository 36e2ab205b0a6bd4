"""Passwords are kept as Argon2id hashes (RFC 9106) with the library's present recommendation.

Each call takes some 50 ms and 64 MB on purpose: call it from `asyncio.to_thread`, never on the event loop.
"""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

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
