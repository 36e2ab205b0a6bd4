"""Real sockets against the web server: whoever is slow, silent, large or many is sent away, and everybody else is served."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from functools import partial
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from server.api.connection import HEAD_BYTES, UNREAD_BYTES, ConnectionAdmission, HttpConnection, SocketConnection
from server.api.errors import error_response
from server.api.guard import Guard
from server.config.sections import Config, Limits, Web
from tests.peers.waiting import until

WITHIN_S = 1.0
LARGE = 20_000_000
HOST = b"host: patchbay.example\r\n"


async def _application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with what it was asked, with something large, or echoes."""
    if scope["type"] == "websocket":
        await _echo(receive, send)
        return
    body = (await receive()).get("body", b"")
    if scope["path"] == "/large":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(LARGE).encode())]})
        for _ in range(LARGE // 100_000):
            await send({"type": "http.response.body", "body": bytes(100_000), "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return
    await error_response(200, scope["path"], body.decode())(scope, receive, send)


async def _echo(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


class Site:
    """The web server under test."""

    def __init__(self, port: int, admission: ConnectionAdmission) -> None:
        self.port = port
        self.admission = admission

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield reader, writer
        finally:
            writer.close()

    async def asked(self, *parts: bytes) -> bytes:
        """Everything that is answered to these bytes until the connection closes."""
        async with asyncio.timeout(20), self.connection() as (reader, writer):
            for part in parts:
                writer.write(part)
            return await reader.read()

    async def is_well(self) -> bool:
        answer = await self.asked(b"GET /well HTTP/1.1\r\n" + HOST + b"connection: close\r\n\r\n")
        return answer.startswith(b"HTTP/1.1 200") and b"/well" in answer


@asynccontextmanager
async def _serving(**web: Any) -> AsyncIterator[Site]:
    limits = Limits(request_bytes=1000, request_within_s=WITHIN_S, connections_per_network=8)
    admission = ConnectionAdmission(limits.connections_per_network, limits.request_within_s, web.get("trusted_proxies", ()))
    config = uvicorn.Config(
        Guard(_application, Config(limits=limits, web=Web(**web))),
        log_config=None,
        access_log=False,
        http=partial(HttpConnection, admission=admission),  # type: ignore[arg-type]  # as in `server.processes.web`
        ws=partial(SocketConnection, admission=admission),  # type: ignore[arg-type]
        lifespan="off",
        timeout_keep_alive=1,
        proxy_headers=False,
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(config)
        server.capture_signals = nullcontext  # type: ignore[method-assign, assignment]
        serving = asyncio.create_task(server.serve([listening]))
        await until(lambda: server.started)
        yield Site(listening.getsockname()[1], admission)
        server.should_exit = True
        server.force_exit = True
        await serving


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with _serving() as made:
        yield made


def _status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


async def test_half_a_request_is_given_up(site: Site) -> None:
    for begun in (b"", b"GET / HT", b"GET / HTTP/1.1\r\n" + HOST, b"\r\n\r\n"):
        answer = await site.asked(begun)
        assert _status(answer) == 408
    await until(lambda: site.admission.open == 0)
    assert await site.is_well()


async def test_a_head_that_drips_is_given_up(site: Site) -> None:
    async with asyncio.timeout(20), site.connection() as (reader, writer):
        ended = asyncio.create_task(reader.read())
        writer.write(b"GET / HTTP/1.1\r\n")
        while not ended.done():
            writer.write(b"x: y\r\n")
            await asyncio.wait([ended], timeout=WITHIN_S / 10)
        with suppress(ConnectionResetError):  # what still dripped in met a closed socket
            assert _status(await ended) == 408
    await until(lambda: site.admission.open == 0)


async def test_empty_lines_keep_no_connection(site: Site) -> None:
    async with asyncio.timeout(20), site.connection() as (reader, writer):
        writer.write(b"GET /well HTTP/1.1\r\n" + HOST + b"\r\n")
        await reader.readuntil(b"/well")
        ended = asyncio.create_task(reader.read())
        while not ended.done():
            writer.write(b"\r\n")
            await asyncio.wait([ended], timeout=WITHIN_S / 10)
    await until(lambda: site.admission.open == 0)


async def test_a_body_that_never_comes_is_given_up(site: Site) -> None:
    head = b"POST /api/x HTTP/1.1\r\n" + HOST + b"x-patchbay: 1\r\ncontent-length: 100\r\n\r\n"
    answer = await site.asked(head, b"half")
    assert _status(answer) == 408
    assert json.loads(answer.split(b"\r\n\r\n", 1)[1])["error"]["code"] == "too_slow"
    await until(lambda: site.admission.open == 0)


async def test_a_body_that_is_too_large_is_told_so_and_read_to_its_end(site: Site) -> None:
    head = b"POST /api/x HTTP/1.1\r\n" + HOST + b"x-patchbay: 1\r\ncontent-length: 300000\r\n\r\n"
    async with asyncio.timeout(20), site.connection() as (reader, writer):
        for _ in range(2):
            writer.write(head + b"x" * 300_000)
            answer = await reader.readuntil(b"}}")
            assert _status(answer) == 413
        writer.write(head + b"x" * 100_000)  # and never the rest
        await reader.read()
    await until(lambda: site.admission.open == 0)


async def test_large_heads_are_refused(site: Site) -> None:
    for head in (
        b"GET /" + b"a" * 2 * HEAD_BYTES + b" HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"x: " + b"a" * 2 * HEAD_BYTES + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"".join(b"x-%d: y\r\n" % number for number in range(HEAD_BYTES // 5)) + b"\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"x: " + b"a" * 2 * HEAD_BYTES,
    ):
        assert _status(await site.asked(head)) == 431
    assert await site.is_well()


async def test_addresses_and_heads_that_are_no_text_are_refused(site: Site) -> None:
    expected = {
        b"/%00": 400,
        b"/%ff": 400,
        b"/%zz": 400,
        b"/a\xffb": 400,
        b"/../x": 404,
        b"/..%2fx": 404,
        b"/?a=%00": 400,
        b"/" + b"a" * 3000: 414,
    }
    for path, status in expected.items():
        asked = b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"connection: close\r\n\r\n"
        assert _status(await site.asked(asked)) == status, path
    assert _status(await site.asked(b"GET / HTTP/1.1\r\n" + HOST + b"x: a\0b\r\n\r\n")) == 400
    assert _status(await site.asked(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")) == 400
    assert await site.is_well()


async def test_addresses_of_sockets_are_looked_at_too(site: Site) -> None:
    upgrade = HOST + b"connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    upgrade += b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    for path, status in {b"/%00": 403, b"/a\xff": 400, b"/live?since=%zz": 403}.items():
        assert _status(await site.asked(b"GET " + path + b" HTTP/1.1\r\n" + upgrade)) == status
    assert await site.is_well()


async def test_one_network_has_so_many_connections_and_gets_them_back(site: Site) -> None:
    held = [await asyncio.open_connection("127.0.0.1", site.port) for _ in range(8)]
    await until(lambda: site.admission.open == 8)
    assert await site.asked(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n") == b""
    assert site.admission.refused == 1
    for _, writer in held:
        writer.close()
    await until(lambda: site.admission.open == 0)
    assert await site.is_well()


async def test_a_trusted_proxy_brings_everybody() -> None:
    async with _serving(trusted_proxies=("127.0.0.1",)) as site:
        held = [await asyncio.open_connection("127.0.0.1", site.port) for _ in range(20)]
        await until(lambda: site.admission.open == 20)
        for _, writer in held:
            writer.close()


async def test_an_answer_that_nobody_reads_is_given_up(site: Site) -> None:
    async with site.connection() as (reader, writer):
        writer.write(b"GET /large HTTP/1.1\r\n" + HOST + b"\r\n")
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        await until(lambda: site.admission.open == 1)
        await until(lambda: site.admission.open == 0)
    assert await site.is_well()


async def test_a_socket_that_sends_no_text_or_too_much_is_closed(site: Site) -> None:
    url = f"ws://127.0.0.1:{site.port}/live"
    async with connect(url) as screen:
        await screen.send("hello")
        assert await screen.recv() == "hello"
        await screen.send(b"\xff\xfe", text=True)
        with pytest.raises(ConnectionClosed) as closed:
            await screen.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1007
    await until(lambda: site.admission.open == 0)


async def test_a_socket_that_pings_and_does_not_read_is_cut_off(site: Site) -> None:
    mask = os.urandom(4)
    ping = struct.pack("!BB4s", 0x89, 0x80 | 125, mask) + bytes(125)
    async with asyncio.timeout(60), site.connection() as (reader, writer):
        writer.write(b"GET /live HTTP/1.1\r\n" + HOST + b"connection: upgrade\r\nupgrade: websocket\r\n")
        writer.write(b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        with pytest.raises(ConnectionError):
            await _for_ever(writer, ping * (UNREAD_BYTES // 100))
    await until(lambda: site.admission.open == 0)


async def _for_ever(writer: asyncio.StreamWriter, data: bytes) -> None:
    while True:
        writer.write(data)
        await writer.drain()


def test_connections_of_a_proxy_are_not_counted_also_when_its_network_was_named() -> None:
    admission = ConnectionAdmission(1, 10.0, ("192.0.2.5", "10.0.0.0/8"))
    admitted = {address: [admission.admit(address) for _ in range(2)] for address in ("192.0.2.5", "10.9.9.9", "192.0.2.6", "")}
    assert {address: None in results for address, results in admitted.items()} == {
        "192.0.2.5": False,
        "10.9.9.9": False,
        "192.0.2.6": True,
        "": True,
    }
