"""From a flow file to a checked `Flow`, or to everything that is wrong with it at once.

Order: YAML, the verb of each step, the schema, each step's own rules, then the rules between steps. A later check runs only on
what passed the earlier ones, so one mistake is reported once.
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
from ivr.flow import Flow, Step
from ivr.mistakes import FlowMistake
from ivr.problems import FlowRefused, Problem
from ivr.schema import FlowFile, FlowSchema
from ivr.verbs import VERBS
from ivr.verbs.assign import as_text

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
    problems = _shape_problems(source)
    if problems:
        return Examined(None, problems, source)
    flow = _flow(source.data, version)
    for name, step in flow.steps.items():
        problems += [_step_problem(source, name, complaint) for complaint in step.complaints()]
    problems += [
        source.told(found._replace(at_key=found.at_key or len(found.where) == 2))
        for found in islice(flow_complaints(flow), MOST_TOLD + 1)
    ]
    problems += [source.told(found) for found in islice(outside(flow), MOST_TOLD + 1)]
    return Examined(flow, problems, source)


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


def _shape_problems(source: Source) -> list[Problem]:
    data = source.data
    if not isinstance(data, dict):
        return [source.told(FlowMistake.NOT_A_FLOW.at())]
    problems = [source.told(FlowMistake.NOT_COMPARABLE.at(where)) for where in _endless(data, ())]
    if problems:
        return problems
    problems += [source.told(complaint) for complaint in _schema().check_frame(data)]
    steps = data.get("steps")
    if isinstance(steps, dict):
        if not steps:
            problems.append(source.told(FlowMistake.NO_STEPS.at(("steps",)).about_key()))
        for name, step in steps.items():
            problems += _step_shape(source, name, step)
    return problems


def _endless(data: Any, where: Where) -> Iterator[Where]:
    """Where «.nan» and «.inf» stand: as a deadline neither ever comes."""
    if isinstance(data, float) and not math.isfinite(data):
        yield where
    elif isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _endless(value, (*where, key))


def _step_shape(source: Source, name: str, step: Any) -> list[Problem]:
    where: Where = ("steps", name)
    if not isinstance(step, dict) or "verb" not in step:
        return [source.told(FlowMistake.NO_VERB.at(where, name=name, verbs=", ".join(VERBS)).about_key())]
    verb = step["verb"]
    if verb not in VERBS:
        near = nearest(str(verb), VERBS)
        mistake = FlowMistake.UNKNOWN_VERB if near else FlowMistake.UNKNOWN_VERB_ONE_OF
        return [source.told(mistake.at((*where, "verb"), name=verb, near=near, verbs=", ".join(VERBS)))]
    return [_step_problem(source, name, complaint) for complaint in _schema().check_step(verb, step)]


def _step_problem(source: Source, name: str, complaint: Complaint) -> Problem:
    """A problem inside a step; one about the step as a whole stands at its name."""
    at_key = complaint.at_key or not complaint.where
    return source.told(complaint.below("steps", name)._replace(at_key=at_key))


def _flow(data: dict[str, Any], version: int) -> Flow:
    file = msgspec.convert(data, FlowFile)
    steps: dict[str, Step] = dict(file.steps)
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
