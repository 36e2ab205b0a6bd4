"""Compares answers with the document: whatever a test gets from the API has a status and a code that are written there."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import httpx

WRITTEN = Path(__file__).resolve().parents[3] / "docs" / "openapi.json"


class Described(NamedTuple):
    address: re.Pattern[str]
    methods: dict[str, Any]


@cache
def document() -> dict[str, Any]:
    """As it is written down: `tests/tools/test_contract.py` sees that this is what the server says."""
    made: dict[str, Any] = json.loads(WRITTEN.read_text())
    return made


@cache
def _described() -> tuple[Described, ...]:
    paths = sorted(document()["paths"].items(), key=lambda each: each[0].count("{"))  # what is spelled out is met first
    return tuple(Described(re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), methods) for path, methods in paths)


def undocumented(method: str, path: str, status: int, code: str | None) -> str:
    """What the document does not say of this answer; empty: it says it. Routes that are in no document may answer anything."""
    operation = next((each.methods.get(method.lower()) for each in _described() if each.address.fullmatch(path)), None)
    if operation is None:
        return ""
    response = operation["responses"].get(str(status))
    if response is None:
        return f"{method} {path}: {status} {code} is not documented"
    if "$ref" not in response or code is None:
        return ""
    described = document()["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
    codes = described["content"]["application/json"]["schema"]["allOf"][1]["properties"]["error"]["properties"]["code"]["enum"]
    return "" if code in codes else f"{method} {path}: the code {code} of {status} is not documented"


async def look_at(response: httpx.Response) -> None:
    """For a client's `event_hooks`."""
    code = None
    if response.status_code >= 400:
        code = code_of(await response.aread())
    problem = undocumented(response.request.method, response.request.url.path, response.status_code, code)
    assert not problem, problem


def code_of(body: bytes) -> str | None:
    try:
        code = json.loads(body)["error"]["code"]
    except (ValueError, KeyError, TypeError):
        return None
    return str(code)
