"""`patchbay flow test FILE`: walks a flow once and shows the path; the command line prints what `flow_test` returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from ivr.simulator import Answer, Path, Say, script, simulate
from ivr.verbs.hours import Hours


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

    def __rich__(self) -> Group:
        table = Table(title=f"{self.flow.name} · {_local(self.flow, self.at):%a %d %b %Y %H:%M %Z}", title_justify="left")
        for column in ("s", "step", "verb", "because", "the caller hears"):
            table.add_column(column, justify="right" if column == "s" else "left")
        heard = list(self.path.spoken)
        ends = [step.after_s for step in self.path.steps[1:]] + [float("inf")]
        for (after_s, step, verb, detail), end in zip(self.path.steps, ends, strict=True):
            texts = []
            while heard and heard[0].after_s < end:
                texts.append(heard.pop(0).text)
            table.add_row(f"{after_s:.1f}", step, verb, detail, "\n".join(texts))
        ways = len(self.coverage.taken) + len(self.coverage.missing)
        ending = Text(f"End: {self.ending}. {len(self.coverage.taken)} of the flow's {ways} ways taken.")
        return Group(table, ending)


def flow_test(
    path: FilePath,
    *,
    now: float,
    caller: str = "",
    at: str | None = None,
    digits: str = "",
    speech: Sequence[str] = (),
    facts: Mapping[str, str] | None = None,
    agent_after_s: float | None = 30.0,
) -> FlowTest:
    """Walks the flow in `path` once.

    `at` is a local time (``19:05`` or ``2026-12-24T19:05``) in the time zone of the flow's opening hours, and `now` without it;
    `digits` are answers as `ivr.simulator.script` reads them, followed by the phrases in `speech`; `facts` are what is known of
    the customer (None: nobody knows the caller). Raises `FlowRefused` for the flow, `ValueError` with a sentence for the rest.
    """
    flow = load_flow_file(path)
    answers: list[Answer] = [*script(digits), *map(Say, speech)]
    when = now if at is None else local_time(at, flow, now)
    call = CallFacts(caller=caller, language=flow.language)
    walked = simulate(flow, call, when, answers, customer=facts, agent_after_s=agent_after_s)
    return FlowTest(flow=flow, at=when, path=walked, coverage=coverage(flow, [walked]))


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
