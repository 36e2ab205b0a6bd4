"""What must hold between the steps of a flow: targets exist, all can be reached, variables are known, no loop runs by itself.

The last is the invariant the machine lives on: on every cycle of steps there is one where the caller does something or waits
for an agent. So a flow cannot spin, and cannot talk to a dead line for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice

from core.nearest import nearest
from core.problems import MOST_TOLD, Complaint
from ivr.flow import STANDARD_VARIABLES, Flow, Step, text_variables
from ivr.mistakes import FlowMistake
from ivr.names import StepName


def flow_complaints(flow: Flow, words: Mapping[StepName, Collection[str]]) -> Iterator[Complaint]:
    """Everything wrong between steps; places are relative to the file. `words` of steps that are not understood: each may be a
    step that it leads to, or a variable that it sets.
    """
    broken = list(islice(_targets(flow), MOST_TOLD + 1))
    yield from broken
    if flow.limit_s <= 0:
        yield FlowMistake.NOT_ABOVE_ZERO.at(("limit_s",), field="limit_s")
    yield from _variables(flow, words.values())
    yield from _secrets(flow)
    yield from _loops(flow.steps)
    if len(broken) <= MOST_TOLD:
        yield from _unreachable(flow, dict(map(_meant, broken)), words)


def _meant(broken: Complaint) -> tuple[StepName, StepName]:
    """A name that no step has, and the step that it was to be: that one is not told as one that nothing leads to."""
    params = dict(broken.params)
    return params["name"], params.get("instead", "")


def _targets(flow: Flow) -> Iterator[Complaint]:
    if flow.start not in flow.steps:
        yield FlowMistake.UNKNOWN_START.at(("start",), name=flow.start, near=nearest(flow.start, flow.steps))
    for name, step in flow.steps.items():
        for exit_ in step.exits():
            if exit_.to not in flow.steps:
                near = nearest(exit_.to, flow.steps)
                yield FlowMistake.UNKNOWN_STEP.at(("steps", name, *exit_.where), name=exit_.to, near=near)


def _unreachable(
    flow: Flow, meant: Mapping[StepName, StepName], words: Mapping[StepName, Collection[str]]
) -> Iterator[Complaint]:
    start = meant.get(flow.start, flow.start)
    if start not in flow.steps:
        return  # nothing leads anywhere, which is told already
    seen = {start}
    to_do = [start]
    while to_do:
        name = to_do.pop()
        for target in (*(exit_.to for exit_ in flow.steps[name].exits()), *words.get(name, ())):
            to = meant.get(target, target)
            if to in flow.steps and to not in seen:
                seen.add(to)
                to_do.append(to)
    for name in flow.steps:
        if name not in seen:
            yield FlowMistake.STEP_UNREACHABLE.at(("steps", name), name=name)


def _variables(flow: Flow, words: Iterable[Collection[str]]) -> Iterator[Complaint]:
    known = {*STANDARD_VARIABLES, *flow.variables, *(name for step in flow.steps.values() for name in step.sets())}
    known.update(*words)
    for name, step in flow.steps.items():
        for where, variable in [*text_variables(step), *step.reads()]:
            if variable not in known:
                near = nearest(variable, known)
                yield FlowMistake.UNKNOWN_VARIABLE.at(("steps", name, *where), name=variable, near=near)


def _secrets(flow: Flow) -> Iterator[Complaint]:
    """A text is spoken from a file that stays; what else reads a variable tells others of it."""
    secrets = flow.secrets()
    for name, step in flow.steps.items():
        for where, variable in text_variables(step):
            if variable in secrets:
                yield FlowMistake.SECRET_SPOKEN.at(("steps", name, *where), name=variable)
        for where, variable in step.reads():
            if variable in secrets and step.verb not in {"branch", "set"}:
                yield FlowMistake.SECRET_USED.at(("steps", name, *where), name=variable)


def _loops(steps: Mapping[StepName, Step]) -> Iterator[Complaint]:
    """Finds cycles among the exits that need nobody (a depth-first search that keeps its path)."""
    silent = {name: [exit_.to for exit_ in step.exits() if exit_.silent and exit_.to in steps] for name, step in steps.items()}
    finished: set[StepName] = set()
    for root in steps:
        path: list[StepName] = []
        on_path: set[StepName] = set()
        todo: list[tuple[StepName, bool]] = [(root, False)]
        while todo:
            name, leaving = todo.pop()
            if leaving:
                path.pop()
                on_path.discard(name)
                finished.add(name)
            elif name in on_path:
                yield _loop(path[path.index(name) :])
            elif name not in finished:
                path.append(name)
                on_path.add(name)
                todo.append((name, True))
                todo.extend((target, False) for target in silent[name])


def _loop(cycle: list[StepName]) -> Complaint:
    way = " → ".join([*cycle, cycle[0]])
    return FlowMistake.ENDLESS.at(("steps", cycle[0]), way=way)
