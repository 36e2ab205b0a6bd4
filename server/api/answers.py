"""msgspec values as JSON answers, and as schemas in OpenAPI: one definition for both."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from server.api.errors import SCHEMA
from server.masking import masked
from server.rights import sees_whole_numbers
from server.schemas import Me

_encoder = msgspec.json.Encoder()
_declared: set[type] = set()
NO_CONTENT: dict[int | str, dict[str, Any]] = {204: {"description": "Done"}}


def answer(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(_encoder.encode(value), status, headers, media_type="application/json")


def answer_to(me: Me, value: object, status: int = 200) -> Response:
    """What `me` may see of it: every answer with people in it leaves here."""
    return answer(value if sees_whole_numbers(me.role) else masked(value), status)


def done() -> Response:
    return Response(status_code=204)


def answers(kind: type[msgspec.Struct]) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: OpenAPI shows the struct's schema."""
    _declared.add(kind)
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}
    return {200: {"description": "Done", "content": content}}


def openapi(app: FastAPI) -> dict[str, Any]:
    """The generated document with the structs' schemas in it."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        kinds = sorted(_declared, key=lambda kind: kind.__name__)
        _, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas |= components
        schemas["Error"] = SCHEMA
        app.openapi_schema = document
    return app.openapi_schema
