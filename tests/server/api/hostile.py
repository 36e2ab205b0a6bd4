"""Requests that nobody should send, made from the API's own document: what does not fit, in every field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

_LONG = "~100kB~"
"""Stands for a text of 100 kB until it is sent: no failure shall print it."""
_NO_TEXT = ("a\0b", "\ud800", "ü" * 200, _LONG, "\u202e", "\r\nX: y", "", " ")
_OTHER_LANGUAGES = (
    "../../etc/passwd",
    "%00",
    "'; DROP TABLE users; --",
    "<script>",
    "=1+1",
    "NaN",
    "1e308",
    "20261-01-01",
    "null",
)
_NAMES = ("-1", "call_1", "agent_mei", "queue_billing", "1000", "😀")
TEXTS = st.sampled_from(_NO_TEXT + _OTHER_LANGUAGES + _NAMES)
NUMBERS = st.sampled_from(
    [0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**25, 1e308, -1e308, 1e-308, 577_237_536_000, float("nan"), float("inf"), 0.5]
)
"""577,237,536,000 is the year 20261."""
VALUES = st.recursive(
    TEXTS | NUMBERS | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)


@dataclass(frozen=True)
class Operation:
    """One route as the document describes it."""

    method: str
    path: str
    path_names: tuple[str, ...]
    query_names: tuple[str, ...]
    body: Mapping[str, Any] | None
    schemas: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: str
    body: bytes | None

    @property
    def target(self) -> str:
        """The client takes no address above 64 kB."""
        return sent((self.path + (f"?{self.query}" if self.query else "")).encode(), 10_000).decode()


def operations(document: Mapping[str, Any]) -> list[Operation]:
    schemas = document["components"]["schemas"]
    return [
        _operation(method.upper(), path, described, schemas)
        for path, methods in sorted(document["paths"].items())
        for method, described in sorted(methods.items())
    ]


def _operation(method: str, path: str, described: Mapping[str, Any], schemas: Mapping[str, Any]) -> Operation:
    names: dict[str, list[str]] = {"path": [], "query": [], "header": [], "cookie": []}
    for parameter in described.get("parameters", []):
        names[parameter["in"]].append(parameter["name"])
    body = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return Operation(method, path, tuple(names["path"]), tuple(names["query"]), body, schemas)


def requests(operation: Operation) -> st.SearchStrategy[Request]:
    """The bodies of an operation are made once: making them for each request took longer than to send it."""
    return _requests(operation, st.none() if operation.body is None else _bodies(operation.body, operation.schemas))


@st.composite
def _requests(draw: st.DrawFn, operation: Operation, bodies: st.SearchStrategy[Any]) -> Request:
    path = operation.path
    for name in operation.path_names:
        path = path.replace(f"{{{name}}}", escaped(draw(TEXTS | st.just("0"))) or "%20")
    query = "&".join(
        f"{name}={escaped(str(draw(TEXTS | NUMBERS | st.just('5'))))}" for name in operation.query_names if draw(st.booleans())
    )
    body = None if operation.body is None else json_of(draw(bodies))
    if body is not None and draw(st.integers(0, 9)) == 0:
        body = draw(st.sampled_from([b"", b"{", b"[" * 2_000, b"\xff\xfe", b"\xef\xbb\xbf{}", b'{"a":' * 500]))
    return Request(operation.method, path, query, body)


def _bodies(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Mostly what fits with one thing that does not; sometimes anything."""
    return st.one_of(_fitting(schema, schemas, 0), _fitting(schema, schemas, 0), VALUES)


def _fitting(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return _fitting(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas, depth)
    if "properties" in schema and depth < 4:
        fields = {name: _fitting(part, schemas, depth + 1) | VALUES for name, part in schema["properties"].items()}
        required = {name: field for name, field in fields.items() if name in schema.get("required", ())}
        optional = {name: field for name, field in fields.items() if name not in required}
        return st.fixed_dictionaries(required, optional=optional)
    if "enum" in schema or "const" in schema:
        return st.sampled_from(list(schema.get("enum", [schema.get("const")])))
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return st.one_of(*(_fitting(choice, schemas, depth + 1) for choice in choices))
    plain: dict[Any, st.SearchStrategy[Any]] = {
        "string": TEXTS,
        "number": NUMBERS | st.floats(0, 100),
        "integer": NUMBERS | st.integers(0, 100),
        "boolean": st.booleans(),
        "array": st.lists(TEXTS, max_size=3),
        "null": st.none(),
    }
    return plain.get(schema.get("type"), VALUES)


def escaped(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="~")


def json_of(value: Any) -> bytes:
    """As Python writes it: with NaN, Infinity and halves of surrogate pairs."""
    return json.dumps(value).encode()


def sent(data: bytes, length: int = 100_000) -> bytes:
    """With the long text in it."""
    return data.replace(_LONG.encode(), b"x" * length)
