"""`patchbay flow test FILE`: walks a flow once and shows the path; the command line prints what `flow_test` returns."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path as FilePath
from zoneinfo import ZoneInfo

import msgspec
from rich.console import Group
from rich.table import Table
from rich.text import Text

from ivr.coverage import Coverage, coverage
from ivr.flow import CallFacts, Flow
from ivr.load import load_flow_file
from ivr.simulator import MOST_INPUTS, Answer, Path, simulate
from ivr.verbs.hours import Hours


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls, when, and what they answer."""

    caller: str = ""
    called: str = ""
    language: str = ""
    """Empty: the flow's own."""
    at: str | None = None
    """A local time (``19:05`` or ``2026-12-24T19:05``) in the time zone of the flow's opening hours; None: now."""
    answers: Sequence[Answer] = ()
    """One for each question."""
    facts: Mapping[str, str] | None = None
    """What is known of the customer; None: nobody knows the caller."""
    can_call_back: bool = True
    agent_after_s: float | None = 30.0
    """None: no agent ever answers."""


class StepWalked(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a path, with what the caller hears in it."""

    after_s: float
    step: str
    verb: str
    detail: str
    """What led here, in words."""
    spoken: tuple[str, ...]


class FlowTest(msgspec.Struct, frozen=True, kw_only=True):
    """A path to look at: `print` it with rich, or read its fields."""

    flow: Flow
    at: float
    path: Path
    coverage: Coverage

    @property
    def ending(self) -> str:
        """How it ended, in a sentence."""
        took = f"after {self.path.took_s:.0f} s"
        enqueued = self.path.enqueued
        if self.path.outcome == "connected" and enqueued is not None:
            return f"connected through {enqueued.queue_id} with priority {enqueued.priority:g}, {took}"
        if self.path.cause is not None:
            return f"the flow hung up ({self.path.cause}) {took}"
        return f"the caller hung up {took}" if self.path.outcome == "hung_up" else f"{self.path.outcome} {took}"

    @property
    def steps(self) -> Iterator[StepWalked]:
        """In order."""
        heard = deque(self.path.spoken)
        ends = [step.after_s for step in self.path.steps[1:]] + [float("inf")]
        for (after_s, step, verb, detail), end in zip(self.path.steps, ends, strict=True):
            texts = []
            while heard and heard[0].after_s < end:
                texts.append(heard.popleft().text)
            yield StepWalked(after_s=after_s, step=step, verb=verb, detail=detail, spoken=tuple(texts))

    def __rich__(self) -> Group:
        table = Table(title=f"{self.flow.name} · {_local(self.flow, self.at):%a %d %b %Y %H:%M %Z}", title_justify="left")
        for column in ("s", "step", "verb", "because", "the caller hears"):
            table.add_column(column, justify="right" if column == "s" else "left")
        for each in self.steps:
            table.add_row(f"{each.after_s:.1f}", each.step, each.verb, each.detail, "\n".join(each.spoken))
        ways = len(self.coverage.taken) + len(self.coverage.missing)
        ending = Text(f"End: {self.ending}. {len(self.coverage.taken)} of the flow's {ways} ways taken.")
        return Group(table, ending)


def flow_test(path: FilePath, walk: Walk, now: float) -> FlowTest:
    """Walks the flow in `path` once. Raises `FlowRefused` for the flow, `ValueError` with a sentence for the rest."""
    return walked(load_flow_file(path), walk, now)


def walked(flow: Flow, walk: Walk, now: float, most_inputs: int = MOST_INPUTS) -> FlowTest:
    """Raises `ValueError` with a sentence for a time that is none."""
    when = now if walk.at is None else local_time(walk.at, flow, now)
    call = CallFacts(
        caller=walk.caller, called=walk.called, language=walk.language or flow.language, can_call_back=walk.can_call_back
    )
    path = simulate(
        flow, call, when, walk.answers, customer=walk.facts, agent_after_s=walk.agent_after_s, most_inputs=most_inputs
    )
    return FlowTest(flow=flow, at=when, path=path, coverage=coverage(flow, [path]))


def local_time(text: str, flow: Flow, now: float) -> float:
    """A time of day (of today) or a date with time. Raises `ValueError`."""
    if "T" not in text and "-" not in text:
        text = f"{_local(flow, now):%Y-%m-%d}T{text}"
    try:
        return datetime.fromisoformat(text).replace(tzinfo=_zone(flow)).timestamp()
    except ValueError as error:
        raise ValueError(f"“{text}” is no time like 19:05 or 2026-12-24T19:05") from error


def _zone(flow: Flow) -> ZoneInfo:
    zones = [step.time_zone for step in flow.steps.values() if isinstance(step, Hours)]
    return ZoneInfo(zones[0] if zones else "UTC")


def _local(flow: Flow, at: float) -> datetime:
    return datetime.fromtimestamp(at, _zone(flow))
