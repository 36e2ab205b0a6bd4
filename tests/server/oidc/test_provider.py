"""What a provider answers: nothing, something else, or that it will not work with us."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from server.clock import SystemClock
from server.config.sections import Oidc
from server.oidc.flow import Untrusted, begun
from server.oidc.provider import Away, Provider, Unusable

BACK = "http://localhost:8080/api/v1/session/provider/return"
DISCOVERY, TOKEN = "/.well-known/openid-configuration", "/token"


@asynccontextmanager
async def answering(answers: dict[str, tuple[int, Any]]) -> AsyncIterator[Provider]:
    """Our side of a provider that gives these answers, by path: status and JSON. `{}` in place of its metadata are good ones."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        status, told = answers.get(path, (500, {}))
        body = json.dumps(told).encode()
        writer.write(b"HTTP/1.1 %d x\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s" % (status, len(body), body))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    issuer = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    good = {"issuer": issuer, "authorization_endpoint": f"{issuer}/auth", "token_endpoint": f"{issuer}{TOKEN}"}
    answers.setdefault(DISCOVERY, (200, good))
    async with server:
        yield Provider(Oidc(issuer=issuer, client_id="patchbay", within_s=5.0), SystemClock())


@pytest.mark.parametrize(
    ("status", "told", "expected"),
    [
        (200, {"issuer": "https://another.example"}, Unusable),
        (404, {}, Unusable),
        (200, [], Away),
        (503, {}, Away),
    ],
)
async def test_what_it_says_of_itself(status: int, told: Any, expected: type[Away]) -> None:
    async with answering({DISCOVERY: (status, told)}) as provider:
        with pytest.raises(Away) as failed:
            await provider.address(begun(BACK, 0.0))
    assert type(failed.value) is expected


@pytest.mark.parametrize(
    ("status", "told", "expected"),
    [
        (400, {"error": "invalid_grant"}, Untrusted),
        (401, {"error": "invalid_client"}, Unusable),
        (400, {"error": "unauthorized_client"}, Unusable),
        (400, {"error": "<b>mine</b>"}, Away),
        (400, {"error": 7}, Away),
        (503, {"error": "invalid_grant"}, Away),
    ],
)
async def test_what_it_says_of_a_code(status: int, told: Any, expected: type[Exception]) -> None:
    async with answering({TOKEN: (status, told)}) as provider:
        with pytest.raises((Away, Untrusted)) as failed:
            await provider.redeem("code", begun(BACK, 0.0))
    assert type(failed.value) is expected
    assert "<b>" not in str(failed.value)
