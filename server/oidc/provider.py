"""Talks to the identity provider: what it says of itself, its keys, codes for tokens.

Invariant: only the provider that `sip.conf` names is asked, over TLS (or on this machine), and never for long.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from typing import Any

import httpcore
import structlog
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_token_request
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from core.ports import Clock
from server.config.sections import Oidc
from server.oidc.flow import Pending, Untrusted, Vouched, address, checked_claims, vouched, with_userinfo
from server.safe_url import is_safe

log = structlog.get_logger(__name__)

KEPT_S = 3600.0
"""How long what it says of itself is believed."""
MOST_BYTES = 1_000_000
_REFUSALS = frozenset({400, 401})
_NOT_THERE = frozenset({404, 410})
"""Nothing is at the address that `sip.conf` or the provider itself names."""
_FORM = "application/x-www-form-urlencoded"


_OAUTH_ERROR = re.compile(r"[a-z_]{1,60}")


class Away(Exception):
    """It does not answer, or not as a provider would. The message says how, without addresses or tokens."""


class Unusable(Away):
    """It answers, and will not work with us before somebody changes a setting, here or there."""


class _Refused(Exception):
    """An error as OAuth has it (RFC 6749 §5.2); the message is its code."""


class Provider:
    """Owns what is known of it."""

    def __init__(self, rules: Oidc, clock: Clock) -> None:
        self._rules = rules
        self._clock = clock
        self._tls = ssl.create_default_context()
        self._metadata: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._until = 0.0

    async def address(self, pending: Pending) -> str:
        """Where a browser is sent, of a provider that answers now: one that is away would leave the person with the browser's own
        error, and no way back. Raises `Away`.
        """
        self._until = 0.0
        return address(await self._endpoint("authorization_endpoint"), self._rules, pending)

    async def redeem(self, code: str, pending: Pending) -> Vouched:
        """Whom this code stands for. Raises `Away` and `Untrusted`."""
        tokens = await self._tokens(code, pending)
        id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(id_token, str):
            raise Untrusted("no ID token came")
        claims = await self._claims(id_token, pending.nonce)
        userinfo: dict[str, Any] = {}
        if isinstance(access_token, str) and self._metadata.get("userinfo_endpoint"):
            bearer = {"authorization": f"Bearer {access_token}"}
            userinfo = await self._ask("GET", await self._endpoint("userinfo_endpoint"), bearer)
        return vouched(with_userinfo(claims, userinfo), self._rules)

    async def _tokens(self, code: str, pending: Pending) -> dict[str, Any]:
        """A code that has been used, is too old or belongs to another sign-in is the browser's fault; another refusal is ours."""
        body = prepare_token_request(
            "authorization_code", code=code, redirect_uri=pending.redirect_uri, code_verifier=pending.verifier
        )
        url, headers, body = self._as_client(await self._endpoint("token_endpoint"), body)
        try:
            return await self._ask("POST", url, headers, body.encode())
        except _Refused as refused:
            if str(refused) == "invalid_grant":
                raise Untrusted("the code is not good, or not any more") from refused
            raise Unusable(f"it refuses us: {refused}") from refused

    async def _claims(self, id_token: str, nonce: str) -> dict[str, Any]:
        """With its keys as they are now when those that are known do not fit: providers change them."""
        try:
            return checked_claims(id_token, await self._known_keys(), self._rules, nonce, self._clock.now())
        except Untrusted:
            self._keys = None
            return checked_claims(id_token, await self._known_keys(), self._rules, nonce, self._clock.now())

    async def _known_keys(self) -> KeySet:
        if self._keys is None:
            found = await self._ask("GET", await self._endpoint("jwks_uri"))
            try:
                self._keys = KeySet.import_key_set({"keys": [key for key in found["keys"] if key.get("use", "sig") == "sig"]})
            except (JoseError, KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
                raise Away("its keys cannot be read") from error
        return self._keys

    def _as_client(self, url: str, body: str) -> tuple[str, dict[str, str], str]:
        """We say who we are, as the provider takes it (RFC 6749 §2.3.1)."""
        methods = self._metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        basic = "client_secret_basic" in methods
        method = "none" if not self._rules.client_secret else "client_secret_basic" if basic else "client_secret_post"
        auth = ClientAuth(self._rules.client_id, str(self._rules.client_secret), method)
        made: tuple[str, dict[str, str], str] = auth.prepare("POST", url, {"content-type": _FORM}, body)
        return made

    async def _endpoint(self, name: str) -> str:
        await self._discover()
        url = self._metadata.get(name)
        if not isinstance(url, str) or not is_safe(url):
            raise Unusable(f"it names no {name} that could be used")
        return url

    async def _discover(self) -> None:
        now = self._clock.now()
        if self._metadata and now < self._until:
            return
        found = await self._ask("GET", self._rules.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if found.get("issuer") != self._rules.issuer:
            raise Unusable("it calls itself by another name than `issuer` in sip.conf")
        self._metadata, self._until = found, now + KEPT_S

    async def _ask(self, method: str, url: str, headers: dict[str, str] | None = None, body: bytes = b"") -> dict[str, Any]:
        """A JSON object. Raises `Away`, and `_Refused` where OAuth's errors are told."""
        sent = [(name.encode(), value.encode()) for name, value in {"accept": "application/json", **(headers or {})}.items()]
        try:
            async with (
                asyncio.timeout(self._rules.within_s),
                httpcore.AsyncConnectionPool(ssl_context=self._tls) as pool,
                pool.stream(method, url, headers=sent, content=body or None) as answer,
            ):
                data = await _read(answer)
        except TimeoutError as error:
            raise Away(f"no answer within {self._rules.within_s:g} s") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
            raise Away(type(error).__name__) from error
        found = _object(data)
        if answer.status == 200 and found is not None:
            return found
        told = None if found is None else found.get("error")
        if method == "POST" and answer.status in _REFUSALS and isinstance(told, str) and _OAUTH_ERROR.fullmatch(told):
            raise _Refused(told)
        if answer.status in _NOT_THERE:
            raise Unusable(f"it answered {answer.status}")
        raise Away("it answered no JSON object" if answer.status == 200 else f"it answered {answer.status}")


def _object(data: bytes) -> dict[str, Any] | None:
    """None: it is no JSON object."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


async def _read(answer: httpcore.Response) -> bytes:
    data = bytearray()
    async for part in answer.aiter_stream():
        data += part
        if len(data) > MOST_BYTES:
            raise Away("its answer is too long")
    return bytes(data)
