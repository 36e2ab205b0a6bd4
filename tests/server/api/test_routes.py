"""Every route has its rule: a sign-in, a permission, or that anybody may ask, said in so many words."""

from __future__ import annotations

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant

from server.api.access import RULES
from server.api.app import create_app
from tests.server.api.documented import document


def asks(dependant: Dependant) -> bool:
    """Whether one of the rules is asked, by the route or by something that it depends on."""
    return dependant.call in RULES or any(map(asks, dependant.dependencies))


def without_rule(app: FastAPI) -> list[str]:
    routers = [route.original_router for route in app.routes if hasattr(route, "original_router")]
    routes = [route for router in routers for route in router.routes if hasattr(route, "dependant")]
    assert len(routes) > 40
    return [str(getattr(route, "path", route)) for route in routes if not asks(getattr(route, "dependant"))]  # noqa: B009


def test_every_route_has_its_rule() -> None:
    assert without_rule(create_app(None)) == []


def test_a_route_without_a_rule_is_found() -> None:
    router = APIRouter()

    @router.get("/forgotten")
    async def forgotten() -> None: ...

    app = create_app(None)
    app.include_router(router, prefix="/api/v1")
    assert without_rule(app) == ["/forgotten"]


@pytest.mark.parametrize("path", ["/api/v1/users", "/api/v1/configuration", "/api/v1/dead-letters", "/api/v1/import"])
def test_what_only_administrators_do_is_known_to_the_document(path: str) -> None:
    assert path in document()["paths"]


def test_no_secret_stands_in_an_address() -> None:
    """Addresses stand in the logs of every proxy on the way. A widget's token is good for its one call, while that lasts; an
    identity provider's code, which OAuth puts there, once, and only with what the browser's own cookie holds (PKCE).
    """
    parameters = {
        part["name"]
        for address, path in document()["paths"].items()
        if not address.startswith("/api/v1/widget/") and address != "/api/v1/session/provider/return"
        for operation in path.values()
        for part in operation.get("parameters", ())
        if part["in"] in {"path", "query"}
    }
    assert len(parameters) > 20
    assert parameters.isdisjoint({"token", "secret", "password", "code", "ticket"})
