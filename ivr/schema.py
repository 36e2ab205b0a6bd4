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

from core.mending import Mended, mended
from core.problems import Complaint
from core.shapes import sentences
from ivr.flow import Step
from ivr.names import StepName
from ivr.quantities import Seconds
from ivr.verbs import VERBS, AnyStep

SCHEMA_ID = "https://patchbay.example/flow.schema.json"


class FlowFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A flow: what a caller hears and chooses, from the first word to an agent or the end of the call."""

    flow: str
    """The flow's id."""
    name: str
    start: StepName
    steps: dict[str, AnyStep]
    language: str = "en"
    variables: dict[str, str | int | float | bool] = {}
    limit_s: Seconds = 7200.0


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
        return sentences(self._frame, data, tuple(FlowFile.__struct_fields__))

    def check_step(self, verb: str, data: object) -> Iterator[Complaint]:
        """One step of a known verb."""
        return sentences(self._steps[verb], data, _fields(VERBS[verb]))

    def mended_frame(self, data: object) -> Mended | None:
        return mended(self._frame, data)

    def mended_step(self, verb: str, data: object) -> Mended | None:
        return mended(self._steps[verb], data)


def _fields(step: type[Step]) -> tuple[str, ...]:
    return ("verb", *step.__struct_encode_fields__)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(flow_schema(), indent=2, ensure_ascii=False) + "\n")
