"""Errors of a JSON Schema as places and sentences for people. The schemas are those that `msgspec` makes of structs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
from jsonschema.protocols import Validator

from core.mending import parts_of
from core.nearest import nearest
from core.problems import Complaint, Mistake, Where, shortened

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
    TOO_LONG = "`{field}` has more than {most} characters"
    NOT_OF_THE_FORM = "`{field}` has characters that are not allowed there"
    DOES_NOT_FIT = "`{field}` does not fit"


def sentences(validator: Validator, data: Any, known: tuple[str, ...] = ()) -> Iterator[Complaint]:
    """Every error of a JSON Schema in words. `known`: field names of a schema that does not list its own."""
    for error in validator.iter_errors(data):
        yield from _sentence(error, known)


def _sentence(error: jsonschema.ValidationError, known: tuple[str, ...]) -> Iterator[Complaint]:
    """One error of the library as places and sentences. The keywords are those that `msgspec` writes into schemas."""
    where = tuple(error.absolute_path)
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
        case "anyOf" if parts := parts_of(error):
            for part in parts:
                yield from _sentence(part, known)
        case _:
            yield _of_value(error, where, _field(where))


def _of_value(error: jsonschema.ValidationError, where: Where, field: str) -> Complaint:
    wanted: Any = error.validator_value
    found: Any = error.instance
    match error.validator:
        case "type" if wanted == "string" and isinstance(found, int | float):
            return ShapeMistake.TEXT_WITHOUT_QUOTES.at(where, field=field)
        case "type":
            return ShapeMistake.OF_ANOTHER_KIND.at(where, field=field, kinds=_KINDS[wanted])
        case "anyOf":
            kinds = dict.fromkeys(_kind(option) for each in wanted for option in each.get("anyOf", [each]))
            kinds.pop("nothing", None)
            return ShapeMistake.OF_ANOTHER_KIND.at(where, field=field, kinds=",".join(kinds))
        case "enum":
            values = tuple(map(str, wanted))
            return ShapeMistake.NONE_OF_THESE.at(where, field=field, values=", ".join(values), near=nearest(str(found), values))
        case "maximum":
            return ShapeMistake.TOO_LARGE.at(where, field=field, most=f"{wanted:,.0f}")
        case "maxLength":
            return ShapeMistake.TOO_LONG.at(where, field=field, most=f"{wanted:,}")
        case "pattern":
            return ShapeMistake.NOT_OF_THE_FORM.at(where, field=field)
        case _:
            return ShapeMistake.DOES_NOT_FIT.at(where, field=field)


def _kind(option: dict[str, Any]) -> str:
    if option.get("type") == "object" and option.get("additionalProperties") == {"type": "string"}:
        return "text_per_language"
    return _KINDS.get(str(option.get("type")), "mapping")


def _field(where: tuple[str | int, ...]) -> str:
    names = [part for part in where if isinstance(part, str)]
    return shortened(names[-1]) if names else "file"
