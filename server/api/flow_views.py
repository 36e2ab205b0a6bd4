"""Flows as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import Field
from starlette.responses import Response

from core.ids import FlowId
from core.model import Value
from core.problems import Problem, Severity
from core.yaml_source import LARGEST
from ivr.load import Examined
from server.api.answers import answer
from server.api.bodies import Body
from server.api.errors import not_found
from server.api.services import Services
from server.business.flows import in_order
from server.business.number_plan import NumberRule
from server.schemas import Me
from server.storage.sql.flows import FlowDraft, FlowInfo, FlowVersionInfo


class FlowText(Body):
    text: str = Field(max_length=LARGEST)


class FlowProblem(Value, frozen=True, kw_only=True):
    """One mistake, at its place in the text."""

    line: int
    column: int
    length: int
    """Characters from `column` on; 0: it goes over several lines."""
    severity: Severity
    sentence: str
    code: str
    """Names the sentence for other languages; empty: it has none yet."""
    params: dict[str, str]
    """`instead`, when there: what to write in place of those characters."""


class FlowExamined(Value, frozen=True, kw_only=True):
    problems: tuple[FlowProblem, ...]
    steps: dict[str, int]
    """Where each step begins: name → line."""
    languages: tuple[str, ...]


class FlowDraftInfo(Value, frozen=True, kw_only=True):
    author_id: str
    author: str
    base_version: int
    began_at: float
    saved_at: float
    mine: bool


class FlowDraftText(FlowDraftInfo, frozen=True, kw_only=True):
    text: str


class FlowSummary(Value, frozen=True, kw_only=True):
    flow_id: str
    name: str
    published: FlowVersionInfo | None
    numbers: tuple[str, ...]
    """That lead to it."""
    callers: int
    """In it now, in any version."""
    drafts: tuple[FlowDraftInfo, ...]


class FlowList(Value, frozen=True, kw_only=True):
    items: tuple[FlowSummary, ...]


class FlowDetail(FlowSummary, frozen=True, kw_only=True):
    text: str
    """Of the published version; empty when there is none."""
    draft: FlowDraftText | None
    """Mine."""
    callers_by_version: dict[int, int]


class FlowVersions(Value, frozen=True, kw_only=True):
    items: tuple[FlowVersionInfo, ...]


class FlowDiff(Value, frozen=True, kw_only=True):
    before: int
    after: int
    text: str
    """Unified diff; empty when both are equal."""


class FlowWords(Value, frozen=True, kw_only=True):
    """What an editor completes with."""

    schema: dict[str, Any]
    """`x-names` in it says what a text stands for."""
    queues: dict[str, str]
    skills: dict[str, str]
    files: tuple[str, ...]
    variables: dict[str, str]


def examined(found: Examined) -> FlowExamined:
    flow, source = found.flow, found.source
    steps = {} if flow is None or source is None else {name: source.place(("steps", name), key=True).line for name in flow.steps}
    languages = () if flow is None else flow.languages()
    return FlowExamined(problems=tuple(map(problem_view, in_order(found.problems))), steps=steps, languages=languages)


def problem_view(problem: Problem) -> FlowProblem:
    return FlowProblem(
        line=problem.line,
        column=problem.column,
        length=problem.length,
        severity=problem.severity,
        sentence=problem.sentence,
        code=problem.code,
        params=dict(problem.params),
    )


async def flow_info(deps: Services, flow_id: FlowId) -> FlowInfo:
    info = await deps.flows.store.info(flow_id)
    if info is None:
        raise not_found("flow")
    return info


class Beside(NamedTuple):
    """What is told of flows and does not stand in them."""

    drafts: Mapping[FlowId, tuple[FlowDraft, ...]]
    rules: tuple[NumberRule, ...]
    callers: Mapping[tuple[FlowId, int], int]
    """By flow and version."""


def summary(me: Me, info: FlowInfo, beside: Beside) -> FlowSummary:
    callers = sum(count for (flow_id, _), count in beside.callers.items() if flow_id == info.flow_id)
    return FlowSummary(
        flow_id=info.flow_id,
        name=info.name,
        published=info.published,
        numbers=tuple(rule.number for rule in beside.rules if rule.flow_id == info.flow_id),
        callers=callers,
        drafts=tuple(draft_info(me, draft) for draft in beside.drafts.get(info.flow_id, ())),
    )


async def detail_answer(deps: Services, me: Me, flow_id: FlowId) -> Response:
    info = await flow_info(deps, flow_id)
    beside = Beside(await deps.flows.store.drafts([flow_id]), await deps.numbers.plan.of_flow(flow_id), deps.processes.callers())
    told = summary(me, info, beside)
    mine = next((draft for draft in beside.drafts.get(flow_id, ()) if draft.author_id == me.user_id), None)
    detail = FlowDetail(
        **{name: getattr(told, name) for name in FlowSummary.__struct_fields__},
        text="" if info.published is None else (await deps.flows.version(flow_id, info.published.version)).text,
        draft=None if mine is None else draft_text(me, mine),
        callers_by_version={version: count for (running, version), count in beside.callers.items() if running == flow_id},
    )
    return answer(detail)


def draft_info(me: Me, draft: FlowDraft) -> FlowDraftInfo:
    return FlowDraftInfo(
        author_id=draft.author_id,
        author=draft.author,
        base_version=draft.base_version,
        began_at=draft.began_at,
        saved_at=draft.saved_at,
        mine=draft.author_id == me.user_id,
    )


def draft_text(me: Me, draft: FlowDraft) -> FlowDraftText:
    info = draft_info(me, draft)
    return FlowDraftText(**{name: getattr(info, name) for name in FlowDraftInfo.__struct_fields__}, text=draft.text)
