"""One port, two kinds of connection, over real sockets."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.api.connection import ConnectionAdmission
from server.https.files import OwnCertificates
from server.https.listener import Listener
from server.https.names import names
from tests.peers.waiting import until

WITHIN_S = 1.0
MOST = 20


class Greeting(asyncio.Protocol):
    """Says what it has heard, and whether nobody else could."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        kind = b"private" if self._transport.get_extra_info("sslcontext") else b"plain"
        self._transport.write(kind + b" " + data)
        self._transport.close()


class Place:
    """The listener under test, and a client that trusts its authority."""

    def __init__(self, folder: Path) -> None:
        own = OwnCertificates(folder, "Northwind Home")
        own.renew(names("switchboard", []), time.time())
        authority = own.authority()
        assert authority is not None
        self.tls: ssl.SSLContext | None = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        assert self.tls is not None
        self.tls.load_cert_chain(*own.server_paths)
        self.trusting = ssl.create_default_context(cadata=authority.decode())
        self.admission = ConnectionAdmission(MOST, WITHIN_S, ())
        self.listener = Listener(Greeting, lambda: self.tls, self.admission, WITHIN_S)

    async def ask(self, text: bytes, context: ssl.SSLContext | None) -> bytes:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.listener.port, ssl=context, server_hostname="localhost" if context else None
        )
        writer.write(text)
        answer = await reader.read()
        writer.close()
        return answer

    async def silent(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.listener.port)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    made = Place(tmp_path)
    await made.listener.listen("127.0.0.1", 0)
    try:
        yield made
    finally:
        made.listener.close()


async def test_both_kinds_are_answered_on_one_port(place: Place) -> None:
    assert await place.ask(b"GET", None) == b"plain GET"
    assert await place.ask(b"GET", place.trusting) == b"private GET"


async def test_nothing_of_the_first_bytes_is_lost(place: Place) -> None:
    assert await place.ask(b"x" * 50_000, None) != b""
    assert (await place.ask(b"first second", None)) == b"plain first second"


async def test_tls_that_is_not_spoken_ends_at_once(place: Place) -> None:
    place.tls = None
    with pytest.raises((ConnectionError, ssl.SSLError)):
        await place.ask(b"GET", place.trusting)
    assert await place.ask(b"GET", None) == b"plain GET"


async def test_who_says_nothing_is_sent_away_and_keeps_nobody_out(place: Place) -> None:
    silent = [await place.silent() for _ in range(MOST + 5)]
    for reader, _ in silent:
        assert await reader.read() == b""
    await until(lambda: place.admission.open == 0)
    assert place.admission.refused == 5
    assert await place.ask(b"GET", place.trusting) == b"private GET"
    for _, writer in silent:
        writer.close()


async def test_half_a_handshake_ends_and_others_are_served_meanwhile(place: Place) -> None:
    reader, writer = await place.silent()
    writer.write(b"\x16\x03\x01\x02\x00")
    assert await place.ask(b"GET", place.trusting) == b"private GET"
    assert await reader.read() == b""
    writer.close()


async def test_half_a_handshake_counts_as_a_connection(place: Place) -> None:
    place.listener.close()
    place.listener = Listener(Greeting, lambda: place.tls, place.admission, 60.0)
    await place.listener.listen("127.0.0.1", 0)
    greeted = [await place.silent() for _ in range(3)]
    for _, writer in greeted:
        writer.write(b"\x16\x03\x01\x02\x00")
    assert await place.ask(b"GET", None) == b"plain GET"  # what came before has been looked at
    await until(lambda: place.admission.open == 3)
    for _, writer in greeted:
        writer.close()
    await until(lambda: place.admission.open == 0)


async def test_a_browser_that_does_not_trust_us_is_no_trouble(place: Place) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await place.ask(b"GET", ssl.create_default_context())
    assert await place.ask(b"GET", place.trusting) == b"private GET"


async def test_a_connection_that_is_reset_before_it_speaks_is_forgotten(place: Place) -> None:
    sock = socket.create_connection(("127.0.0.1", place.listener.port))
    await until(lambda: place.admission.open == 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    sock.close()
    await until(lambda: place.admission.open == 0)


async def test_an_address_that_is_taken_is_told(place: Place) -> None:
    other = Listener(Greeting, lambda: None, place.admission, WITHIN_S)
    with pytest.raises(OSError, match="in use"):
        await other.listen("127.0.0.1", place.listener.port)
