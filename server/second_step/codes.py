"""Which codes are right: time-based one-time passwords (RFC 6238 over RFC 4226), and recovery codes. Pure.

Every authenticator app takes SHA-1, six digits and thirty seconds, and not all take more; HMAC needs no more of its hash.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

STEP_S = 30
DIGITS = 6
SECRET_BYTES = 20
"""As long as the hash's output (RFC 4226 §4, R6)."""
DRIFT_STEPS = 1
"""A phone's clock may be so far off (RFC 6238 §5.2), and a code may be typed at the end of its time."""
RECOVERY_BYTES = 10
"""80 bits: no one finds such a code by trying, and its hash needs no slowness."""
RECOVERY_CODES = 10


def code_at(secret: bytes, step: int) -> str:
    return HOTP(secret, DIGITS, SHA1()).generate(step).decode()


def step_of(now: float) -> int:
    return int(now // STEP_S)


def matching_step(secret: bytes, code: str, now: float, after: int) -> int | None:
    """The step that this is the code of; None: of none that may still be used. `after`: the last one that was used, so that a
    code which somebody has looked at is good for nothing (RFC 6238 §5.2).
    """
    if len(code) != DIGITS or not (code.isascii() and code.isdecimal()):
        return None
    steps = range(step_of(now) - DRIFT_STEPS, step_of(now) + DRIFT_STEPS + 1)
    matching = [step for step in steps if hmac.compare_digest(code_at(secret, step), code)]
    return next((step for step in matching if step > after), None)


def key_text(secret: bytes) -> str:
    """As people type it into an app: base32 without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def secret_of(key: str) -> bytes:
    """The other way."""
    return base64.b32decode(key + "=" * (-len(key) % 8))


def key_uri(secret: bytes, installation: str, username: str) -> str:
    """What the QR code holds: the `otpauth` scheme that authenticator apps read (draft-linuxgemini-otpauth-uri §3)."""
    label = f"{quote(installation, safe='')}:{quote(username, safe='')}"
    asked = {"secret": key_text(secret), "issuer": installation, "digits": DIGITS, "period": STEP_S}
    return f"otpauth://totp/{label}?{urlencode(asked, quote_via=quote)}"


def recovery_code(chance: bytes) -> str:
    """`RECOVERY_BYTES` of chance → ``abcd-efgh-ijkl-mnop``."""
    text = base64.b32encode(chance).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def normalized(typed: str) -> str:
    """A code without what people put between its characters."""
    return "".join(character for character in typed if character not in " -\t").lower()


def recovery_hash(user_id: str, code: str) -> str:
    return hashlib.sha256(f"{user_id}:{normalized(code)}".encode(errors="replace")).hexdigest()
