"""The web server of the control process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import uvicorn

from server.api.app import Border, create_app
from server.api.connection import HttpConnection, SocketConnection
from server.api.services import Services
from server.config import Config

STOP_WITHIN_S = 3


class _WebServer(uvicorn.Server):
    """uvicorn without its signal handlers: this process has its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def web_server(services: Services, config: Config) -> uvicorn.Server:
    """Not yet serving."""
    web, admission = config.web, services.admission
    return _WebServer(
        uvicorn.Config(
            Border(create_app(services, config)),
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
            ssl_certfile=web.certificate or None,
            ssl_keyfile=web.certificate_key or None,
            timeout_graceful_shutdown=STOP_WITHIN_S,
        )
    )
