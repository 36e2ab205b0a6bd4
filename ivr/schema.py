"""The published JSON Schema of flow files, made from the same types that the machine walks, and its errors as sentences.

`flow.schema.json` beside this file is its output (``python -m ivr.schema`` prints it; a test keeps them equal): point an
editor at it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import jsonschema
import msgspec
from jsonschema.protocols import Validator

from core.nearest import did_you_mean
from ivr.flow import Complaint, Step
from ivr.verbs import VERBS, AnyStep

SCHEMA_ID = "https://patchbay.example/flow.schema.json"


class FlowFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A flow: what a caller hears and chooses, from the first word to an agent or the end of the call."""

    flow: str
    """The flow's id."""
    name: str
    start: str
    steps: dict[str, AnyStep]
    language: str = "en"
    variables: dict[str, str | int | float | bool] = {}
    limit_s: float = 7200.0


_TYPE_NAMES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}


def flow_schema() -> dict[str, Any]:
    """The whole schema."""
    (root,), definitions = msgspec.json.schema_components([FlowFile], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Patchbay flow",
        **root,
        "$defs": definitions,
    }


class FlowSchema:
    """Checks parts of a flow file against the schema, part by part, so that each error has one place and one meaning."""

    def __init__(self) -> None:
        schema = flow_schema()
        frame = json.loads(json.dumps(schema))
        frame["$defs"]["FlowFile"]["properties"]["steps"] = {"type": "object"}
        self._frame: Validator = jsonschema.Draft202012Validator(frame)
        self._steps: dict[str, Validator] = {
            verb: jsonschema.Draft202012Validator({**schema, "$ref": f"#/$defs/{step.__name__}"}) for verb, step in VERBS.items()
        }

    def check_frame(self, data: object) -> Iterator[Complaint]:
        """The file without its steps."""
        return _sentences(self._frame, data, tuple(FlowFile.__struct_fields__))

    def check_step(self, verb: str, data: object) -> Iterator[Complaint]:
        """One step of a known verb."""
        return _sentences(self._steps[verb], data, _fields(VERBS[verb]))


def _fields(step: type[Step]) -> tuple[str, ...]:
    return ("verb", *step.__struct_encode_fields__)


def _sentences(validator: Validator, data: Any, known: tuple[str, ...]) -> Iterator[Complaint]:
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
                    yield Complaint((*where, name), f"unknown field “{name}”{did_you_mean(name, allowed)}")
        case "type":
            quotes = "; put it in quotes" if wanted == "string" and isinstance(found, int | float) else ""
            yield Complaint(where, f"{_field(where)} must be {_TYPE_NAMES[wanted]}{quotes}")
        case "anyOf":
            kinds = dict.fromkeys(_kind(option) for option in wanted)
            kinds.pop("nothing", None)
            yield Complaint(where, f"{_field(where)} must be {' or '.join(kinds)}")
        case "enum":
            guess = did_you_mean(str(found), map(str, wanted))
            yield Complaint(where, f"{_field(where)} must be one of {', '.join(map(str, wanted))}{guess}")
        case _:
            yield Complaint(where, f"{_field(where)}: {error.message}")


def _kind(option: dict[str, Any]) -> str:
    if option.get("type") == "object" and option.get("additionalProperties") == {"type": "string"}:
        return "one text per language"
    return _TYPE_NAMES.get(str(option.get("type")), "a mapping")


def _field(where: tuple[str | int, ...]) -> str:
    names = [part for part in where if isinstance(part, str)]
    return f"`{names[-1]}`" if names else "the file"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(flow_schema(), indent=2, ensure_ascii=False) + "\n")
