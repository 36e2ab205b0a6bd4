"""A real S3 server (moto) in a process of its own, with a bucket; and a door in front of it that a test can shut or spoil."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import StrEnum

import httpx

from server.files.s3 import S3Files
from tests.peers.ports import free_port

BUCKET = "recordings"
ACCESS_KEY, SECRET_KEY = "tester", "testers-secret"
STARTS_WITHIN_S = 60.0


@dataclass(frozen=True)
class S3Server:
    port: int

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def files(self, prefix: str = "", *, bucket: str = BUCKET, within_s: float = 20.0) -> S3Files:
        return S3Files(
            bucket,
            prefix,
            endpoint=self.endpoint,
            access_key=ACCESS_KEY,
            secret_key=SECRET_KEY,
            allow_http=True,
            within_s=within_s,
        )


@contextmanager
def s3_server() -> Iterator[S3Server]:
    server = S3Server(free_port())
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(server.port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _make_bucket(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(10)


def _make_bucket(server: S3Server, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            httpx.put(f"{server.endpoint}/{BUCKET}", timeout=STARTS_WITHIN_S).raise_for_status()
            return
        except httpx.TransportError:
            if process.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.05)


class Mood(StrEnum):
    GOOD = "good"
    AWAY = "away"
    """Whoever comes is sent off."""
    BROKEN = "broken"
    """Answers 500."""
    FORBIDDEN = "forbidden"
    SILENT = "silent"
    """Takes everything and says nothing."""
    HALF = "half"
    """Stops in the middle of what it answers."""
    DEAF = "deaf"
    """Hangs up in the middle of what it is given."""


@dataclass
class Door:
    """Between a client and the server."""

    port: int = 0
    mood: Mood = Mood.GOOD
    knocked: int = 0

    def leads_to(self) -> S3Server:
        return S3Server(self.port)


@asynccontextmanager
async def door_to(server: S3Server, tls: ssl.SSLContext | None = None) -> AsyncIterator[Door]:
    door = Door()

    async def come(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        door.knocked += 1
        try:
            await _through(door.mood, server.port, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(come, "127.0.0.1", 0, ssl=tls)
    door.port = listening.sockets[0].getsockname()[1]
    try:
        yield door
    finally:
        listening.close()


async def _through(mood: Mood, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection, one request: the answer says that it closes."""
    if mood is Mood.AWAY:
        return
    head = await reader.readuntil(b"\r\n\r\n")
    if mood is Mood.SILENT:
        await reader.read()
        return
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    if mood is Mood.DEAF:
        await reader.readexactly(length // 2)
        return
    body = await reader.readexactly(length)
    if mood in {Mood.BROKEN, Mood.FORBIDDEN}:
        status = b"500 Broken" if mood is Mood.BROKEN else b"403 Forbidden"
        writer.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        return
    inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        inner_writer.write(head.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n") + body)
        answer = await inner_reader.read(-1)
        begin = answer.index(b"\r\n\r\n") + 4
        writer.write(answer[: begin + (len(answer) - begin) // 2] if mood is Mood.HALF else answer)
        await writer.drain()
    finally:
        inner_writer.close()
