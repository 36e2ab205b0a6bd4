"""From a flow file to a checked `Flow`, or to everything that is wrong with it at once.

Order: YAML, the verb of each step, the schema, each step's own rules, the rules between steps, what lies outside. A later check
runs on whatever is understood (`partial.py`), and says nothing where an earlier one did: one mistake is reported once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from core.nearest import nearest
from core.problems import MOST_TOLD, Complaint, TextMistake, TextRefused, Where
from core.text_files import NotText, text_of
from core.yaml_source import Source
from ivr.checks import flow_complaints
from ivr.flow import Flow
from ivr.mistakes import FlowMistake
from ivr.partial import Partial, understood
from ivr.problems import FlowRefused, Problem
from ivr.schema import FlowFile, FlowSchema
from ivr.verbs import VERBS

DEMO_FLOW = Path(__file__).parent / "flows" / "demo.yaml"
Outside = Callable[[Flow], Iterable[Complaint]]

_FLOW_FILE = msgspec.json.Decoder(FlowFile)
"""Never asked: making it makes what msgspec knows of the type. Two threads that make that at once end the process."""


def nothing(_: Flow) -> Iterable[Complaint]:
    """For those who know nothing beyond the flow."""
    return ()


class Examined(NamedTuple):
    """A text as far as it is understood."""

    flow: Flow | None
    """None when it has not even the shape of one."""
    problems: list[Problem]
    """Errors and warnings, in no order."""
    source: Source | None
    """Where everything stands; None when it is no YAML."""

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity == "error"]


def examine_flow(text: str, file: str = "flow", version: int = 0, outside: Outside = nothing) -> Examined:
    """Everything that is wrong with a text. `outside` knows what is beyond the flow: queues, skills, files, words."""
    try:
        source = Source(text, file)
    except TextRefused as refused:
        return Examined(None, refused.problems, None)
    shape = list(islice(_shape_complaints(source.data), MOST_TOLD + 1))
    found = understood(_finite(source.data), _schema(), version) if isinstance(source.data, dict) else None
    if found is None:
        return Examined(None, source.all_told(shape), source)
    told = {complaint.where for complaint in shape}
    beyond = [each for each in _beyond_shape(found, outside) if each.where not in told and found.may_tell(each)]
    return Examined(None if shape else found.flow, source.all_told([*shape, *beyond]), source)


def _beyond_shape(found: Partial, outside: Outside) -> Iterator[Complaint]:
    """What the schema cannot say, of all that is understood."""
    flow = found.flow
    for name, step in flow.steps.items():
        mended = found.mended.get(name)
        lacks = (lambda _: False) if mended is None else mended.lacks_at
        yield from (_in_step(name, complaint) for complaint in step.complaints() if not lacks(complaint.where))
    for complaint in islice(flow_complaints(flow, found.words), MOST_TOLD + 1):
        yield complaint._replace(at_key=complaint.at_key or len(complaint.where) == 2)
    yield from islice(outside(flow), MOST_TOLD + 1)


def load_flow(text: str, file: str = "flow", version: int = 0, outside: Outside = nothing) -> Flow:
    """A checked flow. Raises `FlowRefused` with every error found."""
    found = examine_flow(text, file, version, outside)
    if found.errors or found.flow is None:
        raise FlowRefused(found.errors)
    return found.flow


def load_flow_file(path: Path) -> Flow:
    """The same from a file; `OSError` and undecodable bytes are told like other problems."""
    try:
        text = text_of(path.read_bytes())
    except OSError as error:
        raise FlowRefused([_of_file(path, TextMistake.FILE_UNREADABLE.at(reason=error.strerror))]) from error
    except NotText as error:
        raise FlowRefused([_of_file(path, TextMistake.NOT_TEXT.at(reason=error))]) from error
    return load_flow(text, str(path))


def _of_file(path: Path, about: Complaint) -> Problem:
    return Problem(str(path), 1, 1, about.sentence, about.code, about.params)


@lru_cache(maxsize=1)
def _schema() -> FlowSchema:
    return FlowSchema()


def _shape_complaints(data: Any) -> Iterator[Complaint]:
    if not isinstance(data, dict):
        yield FlowMistake.NOT_A_FLOW.at()
        return
    endless = frozenset(_endless(data, ()))
    yield from (FlowMistake.NOT_COMPARABLE.at(where) for where in endless)
    yield from (complaint for complaint in _of_schema(data) if complaint.where not in endless)


def _of_schema(data: dict[str, Any]) -> Iterator[Complaint]:
    yield from _schema().check_frame(data)
    steps = data.get("steps")
    if isinstance(steps, dict):
        if not steps:
            yield FlowMistake.NO_STEPS.at(("steps",)).about_key()
        for name, step in steps.items():
            yield from _step_shape(name, step)


def _endless(data: Any, where: Where) -> Iterator[Where]:
    """Where «.nan» and «.inf» stand: as a deadline neither ever comes."""
    if isinstance(data, float) and not math.isfinite(data):
        yield where
    elif isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _endless(value, (*where, key))


def _finite(data: Any) -> Any:
    """With a number where none was that can be compared: that is told already."""
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_finite(value) for value in data]
    return 1.0 if isinstance(data, float) and not math.isfinite(data) else data


def _step_shape(name: str, step: Any) -> Iterator[Complaint]:
    where: Where = ("steps", name)
    if not isinstance(step, dict) or "verb" not in step:
        yield FlowMistake.NO_VERB.at(where, name=name, verbs=", ".join(VERBS)).about_key()
    elif (verb := step["verb"]) not in VERBS:
        near = nearest(str(verb), VERBS)
        mistake = FlowMistake.UNKNOWN_VERB if near else FlowMistake.UNKNOWN_VERB_ONE_OF
        yield mistake.at((*where, "verb"), name=verb, near=near, verbs=", ".join(VERBS))
    else:
        yield from (_in_step(name, complaint) for complaint in _schema().check_step(verb, step))


def _in_step(name: str, complaint: Complaint) -> Complaint:
    """About a step's part; one about the step as a whole stands at its name."""
    at_key = complaint.at_key or not complaint.where
    return complaint.below("steps", name)._replace(at_key=at_key)
