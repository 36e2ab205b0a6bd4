"""msgspec values as JSON answers, and as schemas in OpenAPI: one definition for both."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.responses import Response

from server.api.errors import SCHEMA
from server.api.statuses import CODES, derived
from server.masking import masked
from server.rights import Permission
from server.schemas import Me

_encoder = msgspec.json.Encoder()
_declared: set[type] = set()
NO_CONTENT: dict[int | str, dict[str, Any]] = {204: {"description": "Done"}}


def answer(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(_encoder.encode(value), status, headers, media_type="application/json")


def answer_to(me: Me, value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """What `me` may see of it: every answer with people in it leaves here."""
    return answer(shown_to(me, value), status, headers)


def shown_to(me: Me, value: object) -> object:
    return value if me.may(Permission.WHOLE_NUMBERS) else masked(value)


def done() -> Response:
    return Response(status_code=204)


def answers(kind: type[msgspec.Struct] | None, *refused: int, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: OpenAPI shows the struct's schema (None: nothing is answered), and what the route's own code
    refuses. What follows from its rule and method is said by itself (`statuses.derived`).
    """
    if kind is None:
        return NO_CONTENT | refusals(*refused)
    _declared.add(kind)
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}
    return {status: {"description": "Done", "content": content}, **refusals(*refused)}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Each in the one shape of errors."""
    return {status: {"$ref": f"#/components/responses/{_name(status)}"} for status in statuses}


def _name(status: int) -> str:
    return "".join(character for character in HTTPStatus(status).phrase.title() if character.isalpha())


def _response(status: int) -> dict[str, Any]:
    """With every code that may stand in it."""
    code = {"properties": {"error": {"properties": {"code": {"enum": sorted(CODES[status])}}}}}
    schema = {"allOf": [{"$ref": "#/components/schemas/Error"}, code]}
    return {"description": HTTPStatus(status).phrase, "content": {"application/json": {"schema": schema}}}


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
        document["components"]["responses"] = {_name(status): _response(status) for status in CODES}
        for method, path, dependant in _routes(app):
            operation = document["paths"][path][method.lower()]
            declared = {status: answer for status, answer in operation["responses"].items() if not _is_the_frameworks(answer)}
            derived_ones = {str(status): answer for status, answer in refusals(*derived(method, path, dependant)).items()}
            operation["responses"] = dict(sorted({**declared, **derived_ones}.items()))
        app.openapi_schema = document
    return app.openapi_schema


def _is_the_frameworks(response: dict[str, Any]) -> bool:
    """Its 422 of another shape than ours, and its empty 200 beside a declared 201."""
    return "HTTPValidationError" in str(response)


def _routes(app: FastAPI) -> Iterator[tuple[str, str, Dependant]]:
    """Method, path and rules of every documented route."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.original_route.include_in_schema:
            made: Any = route
            for method in sorted(made.methods):
                yield method, made.path_format, made.dependant
