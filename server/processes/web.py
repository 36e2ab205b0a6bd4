"""The web server of the control process, and a second, small one at port 80 where an authority outside asks (`server/acme/`)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

import structlog
import uvicorn
from starlette.types import ASGIApp

from server.acme.challenges import AnswersChallenges, Challenges, LedToThePages
from server.api.app import create_app
from server.api.border import Border
from server.api.connection import ConnectionAdmission, HttpConnection, SocketConnection
from server.api.services import Services
from server.config import Config
from server.config.sections import Limits
from server.https.listener import Listener
from server.https.tls import ServerTls

log = structlog.get_logger(__name__)

STOP_WITHIN_S = 3
DOOR_AGAIN_S = 30.0


class _WebServer(uvicorn.Server):
    """uvicorn on a port that speaks HTTP and HTTPS, and without its signal handlers: this process has its own."""

    def __init__(self, config: uvicorn.Config, tls: ServerTls, limits: Limits, listens: Callable[[], None]) -> None:
        super().__init__(config)
        self._listens = listens
        undecided = ConnectionAdmission(limits.connections_per_network, limits.request_within_s, ())
        self._listener = Listener(self._connection, lambda: tls.context, undecided, limits.request_within_s)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup([])
        await self._listener.listen(self.config.host, self.config.port)
        self._listens()

    def stop_listening(self) -> None:
        self._listener.close()

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


def web_server(services: Services, config: Config, challenges: Challenges) -> uvicorn.Server:
    """Not yet serving."""
    app = Border(AnswersChallenges(create_app(services, config), challenges), services.tls.kind_of)
    return _server(app, config.web.port, services, config)


class Door:
    """Owns the port at which the authority asks, when it is another than that of the pages."""

    def __init__(self, services: Services, config: Config, challenges: Challenges) -> None:
        self._services, self._config = services, config
        ways = LedToThePages(config.acme.names, config.web.port, config.web.origins)
        self._app = Border(AnswersChallenges(ways, challenges), lambda _: "none")
        self._tried = asyncio.Event()
        self._is_open = False

    async def opens(self) -> bool:
        """Whether the authority can ask, as soon as that is known."""
        if self._config.acme_port is None:
            return True
        await self._tried.wait()
        return self._is_open

    async def run(self) -> None:
        """Until cancelled. A port that is taken or not allowed keeps nothing else from running, and is tried again."""
        if (port := self._config.acme_port) is None:
            await asyncio.Event().wait()
            return
        while True:
            server = _server(self._app, port, self._services, self._config, self._listens)
            try:
                await server.serve()
            except OSError as error:
                log.warning("the port cannot be listened on", port=port, error=error)
            finally:
                self._is_open = False
                server.stop_listening()
            self._tried.set()
            await asyncio.sleep(DOOR_AGAIN_S)

    def _listens(self) -> None:
        self._is_open = True
        self._tried.set()


def _server(
    app: ASGIApp, port: int, services: Services, config: Config, listens: Callable[[], None] = lambda: None
) -> _WebServer:
    """`listens` is told when the port is open."""
    web, admission = config.web, services.admission
    made = uvicorn.Config(
        app,
        host=web.bind,
        port=port,
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
    return _WebServer(made, services.tls, config.limits, listens)
