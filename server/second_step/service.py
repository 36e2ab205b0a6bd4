"""Keeps people's authenticators and checks their codes.

Invariant: a secret leaves this file twice, to the person who sets the app up (`start`) and sealed to the database; a code that
was right once is right no more. Failures are counted where sign-ins are (`server/api/sign_in_limits.py`).
"""

from __future__ import annotations

import secrets
from typing import Literal

import structlog

from core.ids import UserId
from core.model import Value
from core.ports import Clock
from server.accounts import Accounts, Actor
from server.outbox.vault import Sealed, Vault
from server.second_step.codes import (
    DIGITS,
    RECOVERY_BYTES,
    RECOVERY_CODES,
    SECRET_BYTES,
    key_text,
    key_uri,
    matching_step,
    normalized,
    recovery_code,
    recovery_hash,
    secret_of,
)
from server.second_step.qr import QrCode, qr_code
from server.storage.sql.second_steps import SqlSecondSteps
from server.storage.sql.users import User

log = structlog.get_logger(__name__)

Verdict = Literal["app", "recovery", "wrong"]


class SetUp(Value, frozen=True, kw_only=True):
    """What an authenticator app is given; shown this once."""

    key: str
    """To be typed where nothing can be scanned."""
    uri: str
    qr: QrCode


class State(Value, frozen=True, kw_only=True):
    since: float | None
    """None: no code is asked for."""
    recovery_codes_left: int


class SecondSteps:
    """Every method raises `Unavailable`."""

    def __init__(self, store: SqlSecondSteps, vault: Vault, accounts: Accounts, clock: Clock, installation: str) -> None:
        self.store = store
        self._vault = vault
        self._accounts = accounts
        self._clock = clock
        self._installation = installation

    async def state(self, user_id: UserId) -> State:
        found = await self.store.of(user_id)
        if found is None or found.confirmed_at is None:
            return State(since=None, recovery_codes_left=0)
        return State(since=found.confirmed_at, recovery_codes_left=await self.store.recovery_codes_left(user_id))

    async def is_on(self, user_id: UserId) -> bool:
        found = await self.store.of(user_id)
        return found is not None and found.confirmed_at is not None

    async def start(self, user: User) -> SetUp | None:
        """A new secret, in force once a code of it was typed. None: one is in force already."""
        secret = secrets.token_bytes(SECRET_BYTES)
        if not await self.store.begin(user.user_id, self._vault.seal(key_text(secret), _place(user.user_id)), self._clock.now()):
            return None
        uri = key_uri(secret, self._installation, user.username)
        return SetUp(key=key_text(secret), uri=uri, qr=qr_code(uri))

    async def confirm(self, user_id: UserId, code: str, by: Actor) -> tuple[str, ...] | None:
        """Recovery codes, shown this once; None: the code is not right, or nothing was begun."""
        found, now = await self.store.of(user_id), self._clock.now()
        if found is None or found.confirmed_at is not None:
            return None
        step = matching_step(self._secret(user_id, found.sealed), normalized(code), now, found.last_step)
        codes = _new_codes()
        hashes = [recovery_hash(user_id, each) for each in codes]
        if step is None or not await self.store.confirm(user_id, found.sealed, step, hashes, now):
            return None
        await self._accounts.note(by, "add_second_step", user_id)
        return codes

    async def check(self, user_id: UserId, typed: str, by: Actor) -> Verdict:
        """Uses the code up. A recovery code that is used stands in the audit log."""
        code = normalized(typed)
        if len(code) == DIGITS:
            return "app" if await self._check_app(user_id, code) else "wrong"
        if not await self.store.use_recovery_code(user_id, recovery_hash(user_id, code), self._clock.now()):
            return "wrong"
        await self._accounts.note(by, "use_recovery_code", user_id, left=await self.store.recovery_codes_left(user_id))
        return "recovery"

    async def _check_app(self, user_id: UserId, code: str) -> bool:
        found = await self.store.of(user_id)
        if found is None or found.confirmed_at is None:
            return False
        step = matching_step(self._secret(user_id, found.sealed), code, self._clock.now(), found.last_step)
        return step is not None and await self.store.use_step(user_id, step)

    async def new_recovery_codes(self, user_id: UserId, by: Actor) -> tuple[str, ...]:
        """In place of all earlier ones."""
        codes = _new_codes()
        await self.store.replace_recovery_codes(user_id, [recovery_hash(user_id, each) for each in codes])
        await self._accounts.note(by, "new_recovery_codes", user_id)
        return codes

    async def turn_off(self, user_id: UserId, by: Actor) -> bool:
        """False: there was nothing to turn off."""
        return await turn_off(self.store, self._accounts, user_id, by, "remove_second_step")

    async def reset(self, user_id: UserId, by: Actor) -> bool:
        """By somebody else, for whoever has lost app and codes."""
        return await turn_off(self.store, self._accounts, user_id, by, "reset_second_step")

    def _secret(self, user_id: UserId, sealed: bytes) -> bytes:
        """One that no code fits when it was sealed with a key that is gone; recovery codes go on working."""
        try:
            return secret_of(self._vault.open(sealed, _place(user_id)))
        except Sealed:
            log.warning("an authenticator was sealed with another key", user_id=user_id)
            return secrets.token_bytes(SECRET_BYTES)


async def turn_off(store: SqlSecondSteps, accounts: Accounts, user_id: UserId, by: Actor, action: str) -> bool:
    """Needs no key: the command line does it where the server's key cannot be read."""
    removed = await store.remove(user_id)
    if removed:
        await accounts.note(by, action, user_id)
    return removed


def _new_codes() -> tuple[str, ...]:
    return tuple(recovery_code(secrets.token_bytes(RECOVERY_BYTES)) for _ in range(RECOVERY_CODES))


def _place(user_id: UserId) -> str:
    return f"second step of {user_id}"
