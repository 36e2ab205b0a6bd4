"""Errors as the API tells them: ``{"error": {"code": …, "message": a sentence for people}}`` with the fitting status."""

from __future__ import annotations

from typing import Any

import msgspec
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response

from core.ports import Unavailable
from core.ranges import fit_id

log = structlog.get_logger(__name__)

_VIOLATION = {
    "type": "object",
    "required": ["place", "code", "params"],
    "properties": {
        "place": {"type": "string"},
        "code": {"type": "string"},
        "params": {"type": "object", "additionalProperties": {"type": "number"}},
    },
}
"""Of code `invalid`: one for each thing that does not fit."""
SCHEMA = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "reason": {
                    "type": "string",
                    "description": "With `not_signed_in`: why the sign-in was ended, when somebody ended it",
                },
                "violations": {"type": "array", "items": _VIOLATION},
                "version": {"type": "integer", "description": "With `changed_since`: the one that it is at now"},
                "current": {"type": "object", "description": "With `changed_since` of a customer: the record as it is now"},
            },
        }
    },
}
_CODES = {400: "bad_request", 401: "not_signed_in", 403: "not_allowed", 404: "not_found", 405: "wrong_method", 413: "too_large"}


class ApiError(Exception):
    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        headers: dict[str, str] | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        """`details` stand beside code and message: what a program needs to know."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers
        self.details = details


def not_found(what: str) -> ApiError:
    return ApiError(404, "not_found", f"There is no such {what}.")


def error_response(
    status: int, code: str, message: str, headers: dict[str, str] | None = None, details: dict[str, Any] | None = None
) -> Response:
    body = msgspec.json.encode({"error": {"code": code, "message": message, **(details or {})}})
    return Response(body, status, headers, media_type="application/json")


def invalid_response(place: str, code: str, message: str) -> Response:
    """A 422 for one thing that does not fit."""
    return error_response(422, "invalid", message, details={"violations": [{"place": place, "code": code, "params": {}}]})


def fit_ids(connection: HTTPConnection) -> None:
    """Where ids are told to other processes: what could be none stands for nothing, and goes no further. Raises a 422.

    Whoever tries ids to read something is refused by what may be read, and stands in the audit log (`reading.py`).
    """
    if connection.scope.get("method") == "GET":
        return
    odd = [name for name, value in connection.path_params.items() if name.endswith("_id") and not fit_id(str(value))]
    if odd:
        raise RequestValidationError([{"loc": ("path", name), "msg": "this is no id", "type": "no_id"} for name in odd])


def install(app: FastAPI) -> None:
    """Every failure leaves in the same shape."""
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(Unavailable, _unavailable)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


async def _api_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return error_response(error.status, error.code, str(error), error.headers, error.details)


async def _unavailable(request: Request, error: Exception) -> Response:
    log.warning("request cannot be served", path=_route(request), error=error)
    text = "A part of Patchbay is not available right now. Please try again in a moment."
    return error_response(503, "unavailable", text, {"Retry-After": "2"})


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = error.errors()
    text = "; ".join(f"{_place(problem)}: {problem['msg']}" for problem in problems)
    return error_response(422, "invalid", text, details={"violations": [_violation(problem) for problem in problems]})


def _violation(problem: Any) -> dict[str, Any]:
    """Where, which rule and its limits, for screens of any language; without the value: it may be a person's."""
    limits = {name: limit for name, limit in problem.get("ctx", {}).items() if isinstance(limit, int | float)}
    return {"place": _place(problem), "code": problem["type"], "params": limits}


def _place(problem: Any) -> str:
    return ".".join(str(part) for part in problem["loc"] if part not in {"body", "query", "path"}) or "body"


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _CODES.get(error.status_code, f"http_{error.status_code}")
    return error_response(error.status_code, code, str(error.detail), dict(error.headers or {}))


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("request failed", path=_route(request), error=error, exc_info=error)
    return error_response(500, "internal", "Something went wrong in Patchbay. It has been logged.")


def _route(request: Request) -> str:
    """The route's pattern: ids in paths are fine, queries are not."""
    route = request.scope.get("route")
    return str(getattr(route, "path", request.url.path))
