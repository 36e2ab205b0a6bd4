"""Asterisk's manager interface (AMI): actions and answers, `Name: value` lines with an empty line behind each block.

Source: docs.asterisk.org, "The Asterisk Manager TCP/IP API".
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Self

from bench.asterisk_program import PeerUnavailable

Answer = Mapping[str, str]


class Manager:
    """One connection, no events."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def connected(cls, port: int, password: str) -> Self:
        manager = cls(*await asyncio.open_connection("127.0.0.1", port))
        await manager._reader.readline()  # its greeting
        await manager.does("Login", Username="bench", Secret=password, Events="off")
        return manager

    async def does(self, action: str, **details: str) -> Answer:
        """Raises `PeerUnavailable` with Asterisk's own words when it refuses."""
        lines = [f"{name}: {value}\r\n" for name, value in {"Action": action, **details}.items()]
        self._writer.write(("".join(lines) + "\r\n").encode())
        answer = await self._read()
        if answer.get("Response") != "Success":
            raise PeerUnavailable(f"Asterisk refuses {action}: {answer.get('Message', answer)}")
        return answer

    async def channels(self) -> list[str]:
        """Names of all channels, the oldest first: each name ends with a growing hexadecimal number."""
        await self.does("CoreShowChannels")
        found = []
        while (event := await self._read())["Event"] != "CoreShowChannelsComplete":
            found.append(event["Channel"])
        return sorted(found, key=lambda name: int(name.rpartition("-")[2], 16))

    async def _read(self) -> Answer:
        try:
            block = await self._reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionResetError) as error:
            raise PeerUnavailable("Asterisk has gone") from error
        return dict(line.partition(": ")[::2] for line in block.decode().strip().split("\r\n"))

    async def close(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):  # Asterisk may have gone first
            await self._writer.wait_closed()
