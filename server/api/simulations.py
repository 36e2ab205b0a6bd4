"""Simulated calls: a flow, who calls, when, and what they answer; the path comes back. The same code as `patchbay flow test`."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Response
from pydantic import Field

from core.model import Value
from core.yaml_source import LARGEST
from ivr.flow_test import FlowTest, StepWalked, Walk, walked
from ivr.load import Examined
from ivr.simulator import Answer, Leave, Press, Say, Silence
from server.api.access import AsAdmin, Deps
from server.api.answers import answer, answers
from server.api.bodies import Body
from server.api.errors import ApiError, invalid_response
from server.api.flow_views import problem_view
from server.business.flows import in_order

router = APIRouter(prefix="/flows", tags=["flows"])
MOST_INPUTS = 5_000
"""Of one simulated call: a flow that asks for ever is told to be endless."""
_CERTAINTY = Literal["certain", "likely", "shared", "unknown"]


class KnownCaller(Body):
    """What is known of who calls, as soon as they are identified."""

    certainty: _CERTAINTY = "likely"
    name: str = Field("", max_length=200)
    vip: bool = False
    is_new: bool = False
    open_tickets: int = Field(0, ge=0, le=1000)
    language: str = Field("", max_length=32)


class CallerAnswer(Body):
    """What the caller does at one question."""

    kind: Literal["keys", "phrase", "silence", "hang_up"]
    keys: str = Field("", pattern=r"^[0-9*#A-D]{0,40}$")
    phrase: str = Field("", max_length=200)


class Simulation(Body):
    text: str = Field(max_length=LARGEST)
    caller: str = Field("", max_length=64)
    called: str = Field("", max_length=64)
    language: str = Field("", max_length=32)
    """Empty: the flow's own."""
    at: str | None = Field(None, max_length=32)
    """A local time (``19:05`` or ``2026-12-24T19:05``) where the flow's opening hours are; None: now."""
    known: KnownCaller | None = None
    """None: nobody knows the caller in time."""
    answers: list[CallerAnswer] = Field(default_factory=list, max_length=200)
    agent_after_s: Annotated[float, Field(ge=0, le=86_400)] | None = 30.0
    """None: no agent ever answers."""


class FlowWay(Value, frozen=True, kw_only=True):
    """From a step to a step."""

    step: str
    label: str
    to: str


class Simulated(Value, frozen=True, kw_only=True):
    at: float
    steps: tuple[StepWalked, ...]
    lines: dict[str, int]
    """Where each step of the flow begins."""
    outcome: str
    """``connected``, ``hung_up``, ``failed`` or ``endless``."""
    cause: str
    """Why the flow hung up; empty: it did not."""
    queue_id: str
    """The last one entered; empty: none."""
    priority: float
    took_s: float
    variables: dict[str, str]
    taken: tuple[FlowWay, ...]
    missing: tuple[FlowWay, ...]


@router.post("/simulate", responses=answers(Simulated, 429))
async def simulate(body: Simulation, _: AsAdmin, deps: Deps) -> Response:
    """Walks the flow once in virtual time; nothing is saved, nobody is called. 422 tells the mistakes of a text that has some."""
    found = await deps.flows.examine(body.text)
    if found.flow is None or found.errors:
        told = msgspec.to_builtins(tuple(map(problem_view, in_order(found.errors))))
        raise ApiError(422, "bad_flow", "The flow has mistakes.", details={"problems": told})
    walk = Walk(
        caller=body.caller,
        called=body.called,
        language=body.language,
        at=body.at,
        answers=tuple(map(_answer, body.answers)),
        facts=None if body.known is None else _facts(body.known),
        agent_after_s=body.agent_after_s,
    )
    try:
        result = await deps.apart.run(partial(walked, found.flow, walk, deps.clock.now(), MOST_INPUTS))
    except ValueError as error:
        return invalid_response("at", "not_a_time", str(error))
    return answer(_simulated(result, found))


def _answer(given: CallerAnswer) -> Answer:
    match given.kind:
        case "keys":
            return Press(given.keys)
        case "phrase":
            return Say(given.phrase)
        case "silence":
            return Silence()
        case _:
            return Leave()


def _facts(known: KnownCaller) -> dict[str, str]:
    """As `CallerIdentified` tells them to a flow."""
    facts = {
        "customer_name": known.name,
        "certainty": known.certainty,
        "is_new": _yes(known.is_new),
        "known": _yes(not known.is_new),
        "vip": _yes(known.vip),
        "open_tickets": str(known.open_tickets),
    }
    return facts | ({"language": known.language} if known.language else {})


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _simulated(result: FlowTest, found: Examined) -> Simulated:
    path, source = result.path, found.source
    assert source is not None, "there is a flow"
    enqueued = path.enqueued
    return Simulated(
        at=result.at,
        steps=tuple(result.steps),
        lines={name: source.place(("steps", name), key=True).line for name in result.flow.steps},
        outcome=path.outcome,
        cause="" if path.cause is None else str(path.cause),
        queue_id="" if enqueued is None else enqueued.queue_id,
        priority=0.0 if enqueued is None else enqueued.priority,
        took_s=path.took_s,
        variables=path.variables,
        taken=tuple(FlowWay(step=way.step, label=way.label, to=way.to) for way in result.coverage.taken),
        missing=tuple(FlowWay(step=way.step, label=way.label, to=way.to) for way in result.coverage.missing),
    )
