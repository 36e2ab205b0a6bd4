"""Sends a webhook: signed as Standard Webhooks 1.0 has it, to an address that was looked up, allowed and kept.

Signature: ``v1,`` and base64 of HMAC-SHA-256 (RFC 2104) over ``id.timestamp.body``, by the bytes of the secret after ``whsec_``.
A receiver refuses old timestamps against replays, and knows an id that comes twice. Redirects are not followed: they could lead
where the URL may not. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
import socket
import ssl
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from typing import Any

import httpcore
from httpcore import AsyncNetworkBackend, AsyncNetworkStream

from server.outbox.addresses import Forbidden, Network, allowed, check_url
from server.outbox.delivery import NOT_BELIEVED, NOT_REACHED, Delivery, is_not_believed

PREFIX = "whsec_"
SECRET_BYTES = 32
USER_AGENT = "Patchbay"
_GONE = 410


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Raises ValueError when it is no secret."""
    key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


class GuardedBackend(AsyncNetworkBackend):
    """Looks a name up itself and connects to an allowed address of it: what was checked is what is connected to."""

    def __init__(self, besides: Sequence[Network]) -> None:
        self._besides = besides
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the name that httpcore uses
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except TimeoutError:
            raise httpcore.ConnectTimeout from None
        except OSError as error:
            raise httpcore.ConnectError(f"the name cannot be looked up: {type(error).__name__}") from error
        fitting = [str(info[4][0]) for info in found if allowed(ip_address(str(info[4][0]).split("%")[0]), self._besides)]
        if not fitting:
            raise Forbidden("no webhook may go to the address of this name")
        return await self._backend.connect_tcp(fitting[0], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class WebhookSender:
    """Owns nothing but its rules: each message has a connection of its own."""

    def __init__(self, besides: Sequence[Network], *, http: bool, within_s: float, trust: ssl.SSLContext | None = None) -> None:
        """`trust`: whose certificates to believe; None: those of the system's authorities."""
        self._trust = trust
        self._besides = besides
        self._http = http
        self._within_s = within_s

    async def send(self, url: str, secret: str, message_id: str, body: bytes, now: float) -> Delivery:
        """Never raises for what the other side does."""
        timestamp = int(now)
        headers = {
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(secret, message_id, timestamp, body),
        }
        try:
            check_url(url, http=self._http)
            async with asyncio.timeout(self._within_s):
                return await self._post(url, headers, body)
        except Forbidden as error:
            return Delivery.refused(str(error))
        except TimeoutError:
            return Delivery.failed(f"no answer within {self._within_s:g} s")
        except (ssl.SSLCertVerificationError, httpcore.ConnectError) as error:
            return Delivery.failed(NOT_BELIEVED if is_not_believed(error) else NOT_REACHED)
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
            return Delivery.failed(f"the connection broke ({type(error).__name__})")

    async def _post(self, url: str, headers: dict[str, str], body: bytes) -> Delivery:
        backend = GuardedBackend(self._besides)
        async with (
            httpcore.AsyncConnectionPool(network_backend=backend, max_connections=1, ssl_context=self._trust) as pool,
            pool.stream("POST", url, headers=[(name.encode(), value.encode()) for name, value in headers.items()], content=body)
            as response,
        ):  # fmt: skip
            status = response.status
            wait = dict(response.headers).get(b"retry-after", b"")
        if 200 <= status < 300:
            return Delivery.done()
        if status == _GONE:
            return Delivery.refused("it answered 410: it wants no more of these")
        return Delivery.failed(f"it answered {status}", after_s=float(wait) if wait.isdigit() else None)
