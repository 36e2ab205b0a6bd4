"""Errors of a JSON Schema as places and sentences for people. The schemas are those that `msgspec` makes of structs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
from jsonschema.protocols import Validator

from core.nearest import nearest
from core.problems import Complaint, Mistake, shortened

_KINDS = {
    "string": "text",
    "integer": "whole_number",
    "number": "number",
    "boolean": "yes_no",
    "array": "list",
    "object": "mapping",
    "null": "nothing",
}


class ShapeMistake(Mistake):
    FIELD_MISSING = "`{field}` is missing"
    FIELD_UNKNOWN = "unknown field “{name}”"
    OF_ANOTHER_KIND = "`{field}` must be {kinds}"
    TEXT_WITHOUT_QUOTES = "`{field}` must be a text; put it in quotes"
    NONE_OF_THESE = "`{field}` must be one of {values}"
    TOO_LARGE = "`{field}` must be at most {most}"
    DOES_NOT_FIT = "`{field}` does not fit: {reason}"


def sentences(validator: Validator, data: Any, known: tuple[str, ...] = ()) -> Iterator[Complaint]:
    """Every error of a JSON Schema in words. `known`: field names of a schema that does not list its own."""
    for error in validator.iter_errors(data):
        yield from _sentence(error, known)


def _sentence(error: jsonschema.ValidationError, known: tuple[str, ...]) -> Iterator[Complaint]:
    """One error of the library as places and sentences. The keywords are those that `msgspec` writes into schemas."""
    where = tuple(error.absolute_path)
    field = _field(where)
    wanted: Any = error.validator_value
    found: Any = error.instance
    match error.validator:
        case "required":
            yield from (ShapeMistake.FIELD_MISSING.at(where, field=name) for name in wanted if name not in found)
        case "additionalProperties":
            schema: Any = error.schema
            allowed = tuple(schema.get("properties", known))
            for name in found:
                if name not in allowed:
                    near = nearest(name, allowed)
                    yield ShapeMistake.FIELD_UNKNOWN.at((*where, name), name=shortened(name), near=near).about_key()
        case "type" if wanted == "string" and isinstance(found, int | float):
            yield ShapeMistake.TEXT_WITHOUT_QUOTES.at(where, field=field)
        case "type":
            yield ShapeMistake.OF_ANOTHER_KIND.at(where, field=field, kinds=_KINDS[wanted])
        case "anyOf":
            kinds = dict.fromkeys(_kind(option) for each in wanted for option in each.get("anyOf", [each]))
            kinds.pop("nothing", None)
            yield ShapeMistake.OF_ANOTHER_KIND.at(where, field=field, kinds=",".join(kinds))
        case "enum":
            values = tuple(map(str, wanted))
            yield ShapeMistake.NONE_OF_THESE.at(where, field=field, values=", ".join(values), near=nearest(str(found), values))
        case "maximum":
            yield ShapeMistake.TOO_LARGE.at(where, field=field, most=f"{wanted:,.0f}")
        case _:
            yield ShapeMistake.DOES_NOT_FIT.at(where, field=field, reason=shortened(error.message))


def _kind(option: dict[str, Any]) -> str:
    if option.get("type") == "object" and option.get("additionalProperties") == {"type": "string"}:
        return "text_per_language"
    return _KINDS.get(str(option.get("type")), "mapping")


def _field(where: tuple[str | int, ...]) -> str:
    names = [part for part in where if isinstance(part, str)]
    return shortened(names[-1]) if names else "file"
