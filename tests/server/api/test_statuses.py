"""Every status and code that a route can answer with is in the document, and nothing that it cannot.

Here by reading the code; every answer that any test of the API gets is compared with the document, too (`documented.py`).
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from server.api.app import create_app
from server.api.statuses import CODES, derived
from tests.server.api.documented import document
from tests.server.api.raised import Refusal, raised

APP = create_app(None)
ROOT = Path(__file__).resolve().parents[3]
ROUTES: dict[str, Any] = {
    f"{method} {route.path_format}": route
    for route in iter_route_contexts(APP.routes)
    if isinstance(route.original_route, APIRoute) and route.original_route.include_in_schema
    for method in route.methods or ()
}
IN_BETWEEN = {("GET /api/v1/calls/{call_id}/recording", 416), ("DELETE /api/v1/numbers/{number_id}", 409)}
"""What reading cannot tell: raised by an answer, and by a helper that another route needs."""


def documented(name: str) -> set[int]:
    method, path = name.split(" ")
    return {int(status) for status in document()["paths"][path][method.lower()]["responses"]}


def of_route(name: str) -> set[int]:
    method, path = name.split(" ")
    return {status for status, _ in raised(ROUTES[name].endpoint)} | derived(method, path, ROUTES[name].dependant)


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_a_route_documents_what_it_can_answer_and_nothing_else(name: str) -> None:
    said = {status for status in documented(name) if status >= 400}
    possible = of_route(name)
    differing = said ^ possible
    assert {(name, status) for status in differing} - IN_BETWEEN == set(), (sorted(said), sorted(possible))


def everywhere() -> set[Refusal]:
    """Every refusal that is written anywhere in the API."""
    found: set[Refusal] = set()
    for path in (ROOT / "server" / "api").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or len(node.args) < 2:
                continue
            status, code = node.args[:2]
            is_refusal = node.func.id in {"ApiError", "error_response", "Refusal"}
            if is_refusal and isinstance(status, ast.Constant) and isinstance(code, ast.Constant):
                found.add((int(str(status.value)), str(code.value)))
    return found


def passed_on() -> set[str]:
    """Codes of a 409 that others have given: the ACD, the bus, what was set aside, the people's table."""
    places = {
        "acd/engine": r'Refused\(\s*"(\w+)"',
        "server": r'CannotBeHandedIn\("(\w+)"|UserRefused\("(\w+)"|refused\(.*, "(\w+)"\)',
    }
    found: set[str] = set()
    for folder, pattern in places.items():
        for path in (ROOT / folder).rglob("*.py"):
            found |= {next(filter(None, match.groups())) for match in re.finditer(pattern, path.read_text())}
    return found


def test_every_code_is_documented_under_its_status() -> None:
    written = everywhere() | {(409, code) for code in passed_on()}
    assert len(written) > 60
    assert {(status, code) for status, code in written if code not in CODES.get(status, ())} == set()
