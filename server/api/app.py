"""The FastAPI application: routers, guards, errors, OpenAPI."""

from __future__ import annotations

import time

from fastapi import Depends, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.api import (
    agent,
    agent_reports,
    application,
    attention,
    audit,
    calls,
    colleagues,
    configuration,
    consulting,
    customers,
    dead_letters,
    decisions,
    dispositions,
    errors,
    flow_versions,
    flows,
    imports,
    interactions,
    invitations,
    live,
    me,
    metrics,
    nodes,
    numbers,
    oidc,
    report_conversations,
    reports,
    search,
    second_step,
    session,
    settings,
    simulations,
    supervise,
    system,
    users,
    widget,
    wrap_ups,
)
from server.api.answers import openapi
from server.api.guard import Guard
from server.api.https_first import HttpsFirst, KindOf
from server.api.services import Services
from server.api.widget import HEADER as WIDGET_TOKEN
from server.config.sections import Config
from server.origins import ANY

API = "/api/v1"
SENT = ["Content-Type", "X-Patchbay", WIDGET_TOKEN]
"""Headers that the widget sends from other people's pages."""

COMMANDING = (agent, calls, consulting, supervise, wrap_ups)
"""Their ids go into commands and events."""


def create_app(services: Services | None, config: Config | None = None) -> FastAPI:
    """`services` may be None to print the OpenAPI document only."""
    config = config or Config()
    app = FastAPI(
        title="Patchbay",
        version="1",
        description="An open contact center. Changing calls need the header `X-Patchbay: 1`; see docs/api.md.",
        openapi_url=f"{API}/openapi.json" if config.web.openapi else None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.services = services
    app.openapi = lambda: openapi(app)  # type: ignore[method-assign]
    errors.install(app)
    for module in (
        session,
        agent,
        agent_reports,
        colleagues,
        supervise,
        settings,
        reports,
        report_conversations,
        decisions,
        calls,
        customers,
        interactions,
        imports,
        search,
        widget,
        wrap_ups,
        system,
        nodes,
        live,
        configuration,
        consulting,
        dead_letters,
        attention,
        numbers,
        simulations,
        flows,
        flow_versions,
        users,
        me,
        second_step,
        oidc,
        invitations,
        audit,
        dispositions,
    ):
        checks = [Depends(errors.fit_ids)] if module in COMMANDING else []
        app.include_router(module.router, prefix=API, dependencies=checks)
    app.include_router(metrics.router)
    app.include_router(application.router)
    kind_of: KindOf = services.tls.kind_of if services else lambda _: "none"
    app.add_middleware(HttpsFirst, kind_of=kind_of, behind_proxy=bool(config.web.trusted_proxies))
    app.add_middleware(Guard, config=config)
    app.add_middleware(_WidgetCors, origins=config.web.widget_origins)
    app.add_middleware(_Timing)
    return app


class _WidgetCors:
    """Only the widget's routes may be called from other pages, and only from those that were named."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        self._closed = app
        allowed = ["*"] if ANY in origins else [origin.lower() for origin in origins]
        self._open = CORSMiddleware(
            app,
            allow_origins=allowed,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=SENT,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_widget = scope["type"] == "http" and scope["path"].startswith(f"{API}/widget/")
        await (self._open if is_widget else self._closed)(scope, receive, send)


class _Timing:
    """Feeds the histogram, by route and not by address: ids must not become labels."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), "500"

        async def watching(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, watching)
        finally:
            route = getattr(scope.get("route"), "path", "other")  # ids in paths must not become labels
            metrics.REQUEST_SECONDS.labels(scope["method"], route, status).observe(time.perf_counter() - began)
