"""msgspec values as JSON answers, and as schemas in OpenAPI: one definition for both."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from server.api.errors import SCHEMA
from server.masking import masked
from server.rights import Permission
from server.schemas import Me

_encoder = msgspec.json.Encoder()
_declared: set[type] = set()
NO_CONTENT: dict[int | str, dict[str, Any]] = {204: {"description": "Done"}}


def answer(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(_encoder.encode(value), status, headers, media_type="application/json")


def answer_to(me: Me, value: object, status: int = 200) -> Response:
    """What `me` may see of it: every answer with people in it leaves here."""
    return answer(value if me.may(Permission.WHOLE_NUMBERS) else masked(value), status)


def done() -> Response:
    return Response(status_code=204)


def answers(kind: type[msgspec.Struct] | None, *failures: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: OpenAPI shows the struct's schema (None: nothing is answered), and what else may come."""
    if kind is None:
        return NO_CONTENT | refusals(*failures)
    _declared.add(kind)
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}
    return {200: {"description": "Done", "content": content}, **refusals(*failures)}


def _with_common_refusals(responses: dict[str, Any]) -> dict[str, Any]:
    """What any route may answer: an unreadable request, one that does not fit, and a part that is away."""
    common = {str(status): response for status, response in refusals(400, 422, 503).items()}
    return {**responses, **{status: response for status, response in common.items() if status != "422" or "422" in responses}}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Each in the one shape of errors. 422 is in every document by itself."""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def openapi(app: FastAPI) -> dict[str, Any]:
    """The generated document with the structs' schemas in it."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        kinds = sorted(_declared, key=lambda kind: kind.__name__)
        _, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas |= components
        schemas["Error"] = SCHEMA
        for name in ("HTTPValidationError", "ValidationError"):  # the framework's shape, which nobody here answers with
            schemas.pop(name, None)
        for path in document["paths"].values():
            for operation in path.values():
                operation["responses"] = _with_common_refusals(operation["responses"])
        app.openapi_schema = document
    return app.openapi_schema
