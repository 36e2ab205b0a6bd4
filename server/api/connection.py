"""The connections under HTTP and WebSocket: uvicorn's protocols, with limits for who is slow or comes often.

Invariant: every state in which a connection waits for its peer has an end: a request's head (`request_within_s`; RFC 9112 lets a
server time out, §9.5), a silent kept connection (uvicorn's keep-alive), an answer that is not read, a farewell. A body's limits
are the guard's. No peer makes this process keep more than `HEAD_BYTES` and the transport's own buffers.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from ipaddress import ip_address, ip_network
from typing import Any

import msgspec
import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from server.api.headers import SECURITY_HEADERS
from server.api.networks import network_of

log = structlog.get_logger(__name__)

HEAD_BYTES = 32_768
READS_WITHIN = 3.0
"""Times `request_within_s`: how long an answer may stand still."""
FAREWELL_S = 3.0
"""For what is still in the buffers when a connection closes."""
UNREAD_BYTES = 1_000_000
"""Of pongs and messages that a WebSocket does not take."""

_SECURITY = "".join(f"{name}: {value}\r\n" for name, value in SECURITY_HEADERS.items()).encode("ascii")
_CODES = {408: "too_slow", 431: "too_large"}


class ConnectionAdmission:
    """Counts the open connections of each network. Owned by the web server's configuration."""

    def __init__(self, most_per_network: int, within_s: float, trusted: tuple[str, ...]) -> None:
        self.within_s = within_s
        self._most = most_per_network
        self._trusted = tuple(ip_network(each) for each in trusted)
        self._open: Counter[str] = Counter()
        self.refused = 0

    def admit(self, address: str) -> str | None:
        """The network under which it was counted; None: it has too many."""
        network = network_of(address)
        if self._open[network] >= self._most and not self._is_trusted(address):
            self.refused += 1
            return None
        self._open[network] += 1
        return network

    def _is_trusted(self, address: str) -> bool:
        try:
            peer = ip_address(address)
        except ValueError:  # a Unix socket
            return False
        return any(peer in network for network in self._trusted)

    @property
    def open(self) -> int:
        """Connections now."""
        return self._open.total()

    def release(self, network: str) -> None:
        self._open[network] -= 1
        if self._open[network] <= 0:
            del self._open[network]


class HttpConnection(HttpToolsProtocol):
    """One connection that speaks HTTP/1.1."""

    def __init__(self, *args: Any, admission: ConnectionAdmission, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._admission = admission
        self._network: str | None = None
        self._head_bytes = 0
        self._in_head = False
        self._refusal: tuple[int, str] | None = None
        self._head_timer: asyncio.TimerHandle | None = None
        self._read_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._network = self._admission.admit(_peer(self.client))
        if self._network is None:
            transport.abort()
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timers()
        self._leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self._await_head()  # also for bytes that begin no request: empty lines must not keep a connection
        waiting_for_head = self._head_timer is not None
        super().data_received(data)
        if waiting_for_head and self._in_head and self._head_timer is not None:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
                self._refuse(431, "The request's head is too large.")

    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > HEAD_BYTES:
            self._refusal = (431, "The request's head is too large.")
            raise ValueError(self._refusal[1])  # the parser stops, and `send_400_response` says so
        if not self.url.isascii():
            raise ValueError("the address is not ASCII (RFC 9112 §3.2)")
        super().on_headers_complete()
        self._in_head = False
        self._stop_head_timer()

    def send_400_response(self, msg: str) -> None:
        status, text = self._refusal or (400, msg)
        self._refuse(status, text)

    def handle_websocket_upgrade(self) -> None:
        self._stop_timers()
        self._leave()
        super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._read_timer is None:
            self._read_timer = self.loop.call_later(READS_WITHIN * self._admission.within_s, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._farewell()

    def _refuse(self, status: int, text: str) -> None:
        self._stop_head_timer()
        body = msgspec.json.encode({"error": {"code": _CODES.get(status, "bad_request"), "message": text}})
        head = b"content-type: application/json\r\nconnection: close\r\n" + _SECURITY
        self.transport.write(STATUS_LINE[status] + head + b"content-length: %d\r\n\r\n" % len(body) + body)
        self.transport.close()
        self._farewell()

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_bytes = 0
            self._head_timer = self.loop.call_later(self._admission.within_s, self._head_is_late)

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self._in_head or self.cycle is None:
            self._refuse(408, "The request did not arrive in time.")
        else:  # the rest of a body that was refused, or empty lines: its answer has been given
            self.transport.close()
            self._farewell()

    def _farewell(self) -> None:
        self.loop.call_later(FAREWELL_S, self.transport.abort)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _stop_timers(self) -> None:
        self._stop_head_timer()
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None

    def _leave(self) -> None:
        if self._network is not None:
            self._admission.release(self._network)
            self._network = None


class SocketConnection(WebSocketsSansIOProtocol):
    """One connection that has become a WebSocket."""

    def __init__(self, *args: Any, admission: ConnectionAdmission, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._admission = admission
        self._network: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._network = self._admission.admit(_peer(self.client))
        if self._network is None:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._network is not None:
            self._admission.release(self._network)
            self._network = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.get_write_buffer_size() > UNREAD_BYTES:
            log.info("a WebSocket that does not read was cut off")
            self.transport.abort()

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_text(b"".join(self.frames)):
            log.info("a WebSocket message that is no text was refused")
            self.frames = []
            self.conn.send_close(1007)  # RFC 6455 §8.1
            self.handle_parser_exception()
            return
        super().send_receive_event_to_app()

    async def run_asgi(self) -> None:
        await super().run_asgi()
        self.loop.call_later(FAREWELL_S, self.transport.abort)  # whoever does not read does not say goodbye either


def _peer(client: tuple[str, int] | None) -> str:
    return client[0] if client else "unknown"


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
