"""Connections (TCP) that may be used as nobody should: many, from any address of this machine, silent, dripping, or too long."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
from collections.abc import AsyncIterator

_numbers = itertools.count(1)


class RawConnection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.received = b""

    @classmethod
    async def to(cls, port: int, source: str, *, room: int = 0) -> RawConnection:
        """`room`: for how many bytes that nobody has read yet; 0: as many as the system gives."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if room:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
            sock.bind((source, 0))
            sock.setblocking(False)
            await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
        except BaseException:
            sock.close()
            raise
        return cls(*await asyncio.open_connection(sock=sock))

    def send(self, data: str | bytes) -> None:
        self._writer.write(data.encode() if isinstance(data, str) else data)

    async def answer(self) -> str:
        """The next message that has no body."""
        return (await self._reader.readuntil(b"\r\n\r\n")).decode()

    async def ended(self) -> bool:
        """Returns when the other side has ended it; what came before stays in `received`."""
        with contextlib.suppress(ConnectionError):
            while chunk := await self._reader.read(65_536):
                self.received += chunk
        return True

    async def swallows(self) -> None:
        """Takes what comes and keeps nothing of it."""
        with contextlib.suppress(ConnectionError):
            while await self._reader.read(65_536):
                pass

    async def drip(self, data: bytes, every_s: float) -> None:
        """Byte after byte, until the other side has had enough."""
        with contextlib.suppress(ConnectionError):
            for at in range(len(data)):
                self.send(data[at : at + 1])
                await self._writer.drain()
                await asyncio.sleep(every_s)

    def stop_reading(self) -> None:
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]

    async def flood(self, data: bytes) -> None:
        """The same again and again, until the other side has had enough."""
        with contextlib.suppress(ConnectionError):
            while True:
                self.send(data)
                await self._writer.drain()

    async def close(self) -> None:
        self._writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


@contextlib.asynccontextmanager
async def connection(port: int, source: str = "127.0.0.1", *, room: int = 0) -> AsyncIterator[RawConnection]:
    one = await RawConnection.to(port, source, room=room)
    try:
        yield one
    finally:
        await one.close()


@contextlib.asynccontextmanager
async def connections(port: int, count: int, source: str = "127.0.0.1") -> AsyncIterator[list[RawConnection]]:
    opened: list[RawConnection] = []
    try:
        while len(opened) < count:
            opened.append(await RawConnection.to(port, source))
        yield opened
    finally:
        for each in opened:
            await each.close()


def request(method: str, port: int, *, headers: str = "", body: str = "") -> str:
    """A correct request over TCP, outside any dialog."""
    number = next(_numbers)
    return (
        f"{method} sip:100@127.0.0.1:{port} SIP/2.0\r\n"
        f"Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK-tcp-{number}\r\n"
        f"From: <sip:raw@127.0.0.1>;tag=t{number}\r\nTo: <sip:100@127.0.0.1:{port}>\r\n"
        f"Call-ID: tcp-{number}\r\nCSeq: 1 {method}\r\nMax-Forwards: 70\r\n"
        f"Contact: <sip:raw@127.0.0.1:9;transport=tcp>\r\n{headers}Content-Length: {len(body)}\r\n\r\n{body}"
    )
