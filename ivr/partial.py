"""A flow with mistakes, as far as it is understood: so that all of them are told at once, each once.

Pure. Steps that do not fit the schema are mended (`core/mending.py`) or left out (`Unread`). What comes of
it is only checked, never walked. Invariant: nothing is told about what was mended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from core.mending import Mended
from core.nearest import nearest
from core.problems import Complaint
from ivr.flow import Flow, Step
from ivr.names import StepName
from ivr.results import Context, Result
from ivr.schema import FlowFile, FlowSchema
from ivr.verbs import VERBS
from ivr.verbs.assign import as_text


class Unread(Step, frozen=True, kw_only=True, tag="unread"):
    """A step of which nobody knows what it does."""

    def enter(self, context: Context) -> Result:
        raise AssertionError("a flow with mistakes is never walked")


class Partial(NamedTuple):
    flow: Flow
    mended: Mapping[StepName, Mended]
    frame: Mended
    words: Mapping[StepName, frozenset[str]]
    """Of the steps with mistakes: each may be a step that it leads to, or a variable that it sets."""

    def may_tell(self, complaint: Complaint) -> bool:
        """It is about what the author wrote; the place is relative to the file."""
        where = complaint.where
        if self.frame.touches(where):
            return False
        step = self.mended.get(str(where[1])) if where[:1] == ("steps",) and len(where) > 1 else None
        return step is None or not step.touches(where[2:])


def understood(data: Mapping[str, Any], schema: FlowSchema, version: int) -> Partial | None:
    """None when nothing that it holds can be read."""
    frame = schema.mended_frame(data)
    if frame is None or not isinstance(data.get("steps"), dict) or not data["steps"]:
        return None
    file = msgspec.convert({**frame.data, "steps": {}}, FlowFile)
    found = {name: _mended_step(schema, raw) for name, raw in data["steps"].items()}
    steps = {name: Unread() if step is None else _step(step.data) for name, step in found.items()}
    mended = {name: step for name, step in found.items() if step is not None and step.touched}
    words = {name: frozenset(_words(data["steps"][name])) for name, step in found.items() if step is None or step.touched}
    return Partial(flow_of(file, steps, version), mended, frame, words)


def flow_of(file: FlowFile, steps: dict[StepName, Step], version: int) -> Flow:
    return Flow(
        flow=file.flow,
        name=file.name,
        start=file.start,
        language=file.language,
        variables={name: as_text(value) for name, value in file.variables.items()},
        limit_s=file.limit_s,
        steps=steps,
        version=version,
    )


def _mended_step(schema: FlowSchema, raw: Any) -> Mended | None:
    if not isinstance(raw, dict):
        return None
    verb = raw.get("verb")
    if verb in VERBS:
        return schema.mended_step(verb, raw)
    meant = nearest(str(verb), VERBS) if verb is not None else ""
    found = schema.mended_step(meant, {**raw, "verb": meant}) if meant else None
    # What it does is a guess: its ways out count, what is wrong with them does not.
    return None if found is None else found._replace(touched=found.touched | {(name,) for name in raw})


def _step(data: dict[str, Any]) -> Step:
    step: Step = msgspec.convert(data, VERBS[data["verb"]])
    return step


def _words(raw: Any) -> Iterator[str]:
    if isinstance(raw, str):
        yield raw
    elif isinstance(raw, dict):
        for key, value in raw.items():
            yield str(key)
            yield from _words(value)
    elif isinstance(raw, list):
        for value in raw:
            yield from _words(value)
