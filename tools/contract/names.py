"""The contract as a list of names, to compare releases by: routes, parameters, bodies, answers, fields with their types. Pure.

One line a name: ``GET /calls ?before: string|null``, ``Agent.state: string``, ``live snapshot -> Snapshot``. A line that is gone
is something that a program of then no longer finds; what is new breaks nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

BASE = "/api/v1"
Schema = Mapping[str, Any]


def names(rest: Schema, live: Schema) -> list[str]:
    """`rest`: the OpenAPI document; `live`: the JSON Schema of the live view."""
    schemas = {**rest["components"]["schemas"], **live["$defs"]}
    unions = {"FromServer", "FromBrowser"}
    fields = (line for name, schema in schemas.items() if name not in unions for line in _fields(name, schema))
    return sorted({*_routes(rest), *fields, *_events(live)})


def _routes(rest: Schema) -> Iterator[str]:
    for path, methods in rest["paths"].items():
        for method, operation in methods.items():
            route = f"{method.upper()} {path.removeprefix(BASE)}"
            yield route
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "query":
                    yield f"{route} ?{parameter['name']}: {_type(parameter['schema'])}"
            yield from (f"{route} < {_type(each['schema'])}" for each in _contents(operation.get("requestBody")))
            for status, response in operation["responses"].items():
                if status.startswith("2"):
                    yield from (f"{route} > {_type(each.get('schema', {}))}" for each in _contents(response))


def _contents(part: Schema | None) -> list[Schema]:
    return list((part or {}).get("content", {}).values())


def _fields(name: str, schema: Schema) -> Iterator[str]:
    if "enum" in schema:
        yield f"{name}: {_type(schema)}"
    for field, inner in schema.get("properties", {}).items():
        yield f"{name}.{field}: {_type(inner)}"
        if "properties" in inner:
            yield from _fields(f"{name}.{field}", inner)


def _events(live: Schema) -> Iterator[str]:
    """Messages from the server by their `type`, and what a browser may send."""
    definitions = live["$defs"]
    union = definitions["FromServer"]
    for tag, reference in union["discriminator"]["mapping"].items():
        yield f"live {tag} -> {reference.rsplit('/', 1)[1]}"
    yield f"live <- {_type(definitions['FromBrowser'])}"


def _type(schema: Schema) -> str:
    """``string|null``, ``Agent[]``, ``"available"|"away"``."""
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return "|".join(sorted({_type(each) for each in choices}, key=lambda each: (each == "null", each)))
    if "enum" in schema:
        return "|".join(sorted("null" if each is None else str(each) for each in schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    kind = schema.get("type", "any")
    if kind == "array":
        return f"{_type(schema.get('items', {}))}[]"
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"{{{_type(schema['additionalProperties'])}}}"
    return str(kind)
