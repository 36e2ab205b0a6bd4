"""The web server of the control process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

import uvicorn

from server.api.app import create_app
from server.api.border import Border
from server.api.connection import ConnectionAdmission, HttpConnection, SocketConnection
from server.api.services import Services
from server.config import Config
from server.config.sections import Limits
from server.https.listener import Listener
from server.https.tls import ServerTls

STOP_WITHIN_S = 3


class _WebServer(uvicorn.Server):
    """uvicorn on a port that speaks HTTP and HTTPS, and without its signal handlers: this process has its own."""

    def __init__(self, config: uvicorn.Config, tls: ServerTls, limits: Limits) -> None:
        super().__init__(config)
        undecided = ConnectionAdmission(limits.connections_per_network, limits.request_within_s, ())
        self._listener = Listener(self._connection, lambda: tls.context, undecided, limits.request_within_s)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup([])
        await self._listener.listen(self.config.host, self.config.port)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._listener.close()
        await super().shutdown(sockets)

    def _connection(self) -> asyncio.Protocol:
        kind: Any = self.config.http_protocol_class
        made = kind(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)
        return cast(asyncio.Protocol, made)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def web_server(services: Services, config: Config) -> uvicorn.Server:
    """Not yet serving."""
    web, admission = config.web, services.admission
    made = uvicorn.Config(
        Border(create_app(services, config), services.tls.kind),
        host=web.bind,
        port=web.port,
        log_config=None,
        access_log=False,
        server_header=False,
        http=partial(HttpConnection, admission=admission),  # type: ignore[arg-type]  # uvicorn calls it, whatever it is
        ws=partial(SocketConnection, admission=admission),  # type: ignore[arg-type]
        ws_max_size=16_384,
        proxy_headers=bool(web.trusted_proxies),
        forwarded_allow_ips=list(web.trusted_proxies),
        timeout_graceful_shutdown=STOP_WITHIN_S,
    )
    return _WebServer(made, services.tls, config.limits)
