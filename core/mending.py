"""Data that does not fit its schema, as it might have been meant: so that what else is wrong with it can be told at once.

Pure. What comes of it is only looked at, never used: whoever asks gets the places that were changed, and says nothing of them.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, NamedTuple

import jsonschema
from jsonschema.protocols import Validator

from core.problems import Where

MOST_ROUNDS = 4
"""A part that was put in may be looked at anew; deeper than this nothing of ours is."""


class Mended(NamedTuple):
    data: Any
    touched: frozenset[Where]
    """What was left out, put in or replaced."""

    def touches(self, where: Where) -> bool:
        """Whether what stands there was put there."""
        return any(where[: len(place)] == place for place in self.touched)

    def lacks_at(self, where: Where) -> bool:
        """Whether something was left out or replaced there: what else is missing may have been meant by it."""
        return any(place[:-1] == where for place in self.touched)


def mended(validator: Validator, data: Any) -> Mended | None:
    """`data` with as little changed as makes it fit; None when that cannot be done."""
    definitions: Mapping[str, Any] = validator.schema.get("$defs", {})  # type: ignore[union-attr]  # ours are mappings
    root, touched = [copy.deepcopy(data)], set[Where]()
    for _ in range(MOST_ROUNDS):
        errors = list(validator.iter_errors(root[0]))
        if not errors:
            return Mended(root[0], frozenset(touched))
        for error in errors:
            for part in parts_of(error) or (error,):
                touched |= _mend(root, part, definitions)
    return None


def parts_of(error: jsonschema.ValidationError) -> list[jsonschema.ValidationError]:
    """Of a value that may be one of several: what is wrong inside it, when it is of the kind of one of them."""
    by_option: dict[Any, list[jsonschema.ValidationError]] = {}
    for part in error.context or ():
        by_option.setdefault(part.schema_path[0], []).append(part)
    inside = [parts for parts in by_option.values() if not any(part.validator == "type" and not part.path for part in parts)]
    return inside[0] if len(inside) == 1 else []


def _mend(root: list[Any], error: jsonschema.ValidationError, definitions: Mapping[str, Any]) -> set[Where]:
    where, schema = tuple(error.absolute_path), error.schema
    assert isinstance(schema, dict), "no schema of ours is only true or false"
    parent, last = _parent(root, where)
    value = parent[last]
    if error.validator == "required":
        wanted: Any = error.validator_value
        names = [name for name in wanted if name not in value]
        value.update({name: filler(schema["properties"][name], definitions) for name in names})
        return {(*where, name) for name in names}
    if error.validator == "additionalProperties" and error.validator_value is False:
        names = [name for name in value if name not in schema.get("properties", {})]
        for name in names:
            del value[name]
        return {(*where, name) for name in names}
    parent[last] = filler(schema, definitions)
    return {where}


def _parent(root: list[Any], where: Where) -> tuple[Any, Any]:
    holder: Any = root
    key: Any = 0
    for part in where:
        holder, key = holder[key], part
    return holder, key


def filler(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Any:
    """The least that fits."""
    if "default" in schema:
        return copy.deepcopy(schema["default"])
    if "$ref" in schema:
        return filler(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return filler(schema["anyOf"][0], definitions)
    match schema.get("type"):
        case "object":
            return {name: filler(schema["properties"][name], definitions) for name in schema.get("required", ())}
        case "array":
            return []
        case "string":
            return ""
        case "boolean":
            return False
        case "integer" | "number":
            return 1
        case _:
            return None
