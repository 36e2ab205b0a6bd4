"""One port that speaks HTTP and HTTPS: a TLS connection begins with the byte 22 (RFC 8446 §5.1), a request with a letter.

So a company has one address to remember and one port to open, and whoever types it without `https://` is led there.
Invariant: a connection that has said nothing, or only half of its greeting, ends after `first_byte_within_s`; until it is taken
over, handshake and all, `admission` counts it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Protocol

import structlog

log = structlog.get_logger(__name__)

TLS_HANDSHAKE = b"\x16"
BACKLOG = 2048
AT_ONCE = 100
"""Connections accepted before others have their turn."""
PAUSE_S = 1.0
"""After which a process without free file descriptors accepts again."""


class Admission(Protocol):
    def admit(self, address: str) -> str | None: ...
    def release(self, network: str) -> None: ...


class Listener:
    """Owns the listening sockets and the connections that have not said yet what they speak."""

    def __init__(
        self,
        protocol: Callable[[], asyncio.Protocol],
        context: Callable[[], ssl.SSLContext | None],
        admission: Admission,
        first_byte_within_s: float,
    ) -> None:
        """`context`: of the next TLS connection; None: TLS is not spoken."""
        self._protocol = protocol
        self._context = context
        self._admission = admission
        self._within_s = first_byte_within_s
        self._sockets: list[socket.socket] = []
        self._silent: dict[socket.socket, tuple[str, asyncio.TimerHandle]] = {}
        self._taking_over: set[asyncio.Task[None]] = set()

    async def listen(self, host: str, port: int) -> None:
        """Raises OSError: the address is not ours, or taken."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        try:
            for family, kind, protocol, _, address in dict.fromkeys(found):
                self._sockets.append(_bound(socket.socket(family, kind, protocol), address))
        except OSError:
            self.close()
            raise
        for listening in self._sockets:
            loop.add_reader(listening, self._accept, listening)

    @property
    def port(self) -> int:
        return int(self._sockets[0].getsockname()[1])

    def close(self) -> None:
        """What has been taken over goes on."""
        loop = asyncio.get_running_loop()
        for listening in self._sockets:
            loop.remove_reader(listening)
            listening.close()
        self._sockets.clear()
        for silent in tuple(self._silent):
            self._give_up(silent)
        for task in self._taking_over:
            task.cancel()

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(AT_ONCE):
            try:
                connection, address = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:  # no file descriptors or memory (accept(2)): others may give some back
                log.error("connections cannot be accepted", error=error)
                self._pause(listening)
                return
            network = self._admission.admit(str(address[0]))
            if network is None:
                connection.close()
                continue
            connection.setblocking(False)
            loop = asyncio.get_running_loop()
            self._silent[connection] = network, loop.call_later(self._within_s, self._give_up, connection)
            loop.add_reader(connection, self._first_byte, connection)

    def _pause(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(listening)
        loop.call_later(PAUSE_S, self._go_on, listening)

    def _go_on(self, listening: socket.socket) -> None:
        if listening in self._sockets:
            asyncio.get_running_loop().add_reader(listening, self._accept, listening)

    def _give_up(self, connection: socket.socket) -> None:
        self._admission.release(self._forget(connection))
        connection.close()

    def _forget(self, connection: socket.socket) -> str:
        """The network under which it is still counted."""
        network, timer = self._silent.pop(connection)
        timer.cancel()
        asyncio.get_running_loop().remove_reader(connection)
        return network

    def _first_byte(self, connection: socket.socket) -> None:
        try:
            first = connection.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            first = b""
        network = self._forget(connection)
        context = self._context() if first == TLS_HANDSHAKE else None
        if first == b"" or (first == TLS_HANDSHAKE and context is None):
            self._admission.release(network)
            connection.close()
            return
        task = asyncio.get_running_loop().create_task(self._take_over(connection, network, context))
        self._taking_over.add(task)
        task.add_done_callback(self._taking_over.discard)

    async def _take_over(self, connection: socket.socket, network: str, context: ssl.SSLContext | None) -> None:
        loop = asyncio.get_running_loop()
        limit = {} if context is None else {"ssl_handshake_timeout": self._within_s}
        try:
            await loop.connect_accepted_socket(self._protocol, connection, ssl=context, **limit)
        except OSError as error:  # among them ssl.SSLError: scanners, browsers that do not trust the certificate
            log.debug("connection ended before it began", error=error)
            connection.close()
        except asyncio.CancelledError:
            connection.close()
            raise
        finally:
            self._admission.release(network)


def _bound(listening: socket.socket, address: object) -> socket.socket:
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if listening.family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind(address)  # type: ignore[arg-type]  # as getaddrinfo gave it
        listening.listen(BACKLOG)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening
