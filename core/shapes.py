"""Errors of a JSON Schema as places and sentences for people. The schemas are those that `msgspec` makes of structs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
from jsonschema.protocols import Validator

from core.nearest import misspelled
from core.problems import Complaint, shortened

_TYPE_NAMES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}


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
            for name in wanted:
                if name not in found:
                    yield Complaint(where, f"`{name}` is missing")
        case "additionalProperties":
            schema: Any = error.schema
            allowed = tuple(schema.get("properties", known))
            for name in found:
                if name not in allowed:
                    yield misspelled((*where, name), f"unknown field “{shortened(name)}”", name, allowed, at_key=True)
        case "type":
            quotes = "; put it in quotes" if wanted == "string" and isinstance(found, int | float) else ""
            yield Complaint(where, f"{_field(where)} must be {_TYPE_NAMES[wanted]}{quotes}")
        case "anyOf":
            kinds = dict.fromkeys(_kind(option) for each in wanted for option in each.get("anyOf", [each]))
            kinds.pop("nothing", None)
            yield Complaint(where, f"{_field(where)} must be {' or '.join(kinds)}")
        case "enum":
            sentence = f"{_field(where)} must be one of {', '.join(map(str, wanted))}"
            yield misspelled(where, sentence, str(found), map(str, wanted))
        case keyword:
            limit = f" must be at most {wanted:,.0f}" if keyword == "maximum" else f": {shortened(error.message)}"
            yield Complaint(where, _field(where) + limit)


def _kind(option: dict[str, Any]) -> str:
    if option.get("type") == "object" and option.get("additionalProperties") == {"type": "string"}:
        return "one text per language"
    return _TYPE_NAMES.get(str(option.get("type")), "a mapping")


def _field(where: tuple[str | int, ...]) -> str:
    names = [part for part in where if isinstance(part, str)]
    return f"`{shortened(names[-1])}`" if names else "the file"
