"""The ACD's saved state, damaged in every way: what can be read goes on, the rest is set aside by its id, nothing raises."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.engine.engine import Engine
from acd.model.saved import CONVERTERS, VERSION
from core.model import AgentState
from tests.acd.contact_center import ContactCenter, step

State = dict[str, Any]


def busy() -> Engine:
    """Mei talks, Jon is rung, Ana writes up, and two more wait."""
    center = ContactCenter()
    billing = center.queue("billing")
    ana = center.free_agent("Ana")
    written_up = billing.gets()
    ana.answers(written_up)
    written_up.hangs_up()
    mei = center.free_agent("Mei")
    mei.answers(billing.gets())
    for _ in range(3):
        billing.gets()
    center.free_agent("Jon")
    return center.engine


def state_of(engine: Engine) -> State:
    found: State = msgspec.msgpack.decode(engine.snapshot())
    return found


def restored(state: State) -> Engine:
    return Engine.restore(msgspec.msgpack.encode(state))


def agrees(engine: Engine) -> None:
    """Saved and restored again it is the same, nothing more is set aside, and it lives on."""
    again = Engine.restore(engine.snapshot())
    assert (again.aside, again.snapshot()) == ((), engine.snapshot())
    now = 0.0
    for _ in range(200):
        due = engine.next_deadline()
        if due is None:
            break
        now = max(now, due)
        engine.handle_timer(now)
    assert not [agent for agent in engine.registry.agents.values() if agent.shown.state is AgentState.OFFERED]


def test_every_older_version_has_a_converter_to_the_next() -> None:
    assert sorted(CONVERTERS) == list(range(1, VERSION))


def test_every_deadline_that_the_engine_has_set_is_there_after_a_restart() -> None:
    """Of work, its route, a queue, and an agent whose browser has just gone."""
    center = ContactCenter()
    billing = center.queue("billing", asks={"billing": 3}, steps=(step(60.0, asks={}),))
    mei = center.free_agent("Mei", {"billing": 3})
    for _ in range(3):
        billing.gets()
    mei.loses_audio()
    times = dict(center.engine.registry.deadlines.times())
    assert {kind for kind, _ in times} == {"work", "route", "queue", "agent"}
    assert Engine.restore(center.engine.snapshot()).registry.deadlines.times() == times


def test_a_snapshot_of_0_1_has_no_version_and_is_taken_up_whole() -> None:
    engine = busy()
    state = state_of(engine)
    assert state.pop("version") == VERSION
    old = restored(state)
    assert (old.aside, old.snapshot()) == ((), engine.snapshot())


def as_it_was(plain: Any) -> Any:
    if isinstance(plain, dict):
        return {as_it_was(key): as_it_was(value) for key, value in plain.items()}
    if isinstance(plain, list):
        return [as_it_was(value) for value in plain]
    return "free" if plain == AgentState.AVAILABLE else plain


def test_who_was_free_in_a_snapshot_of_0_1_is_available() -> None:
    """The state had another name."""
    engine = busy()
    state = state_of(engine)
    assert state.pop("version") == VERSION
    old = as_it_was(state)
    assert old != state
    assert (restored(old).aside, restored(old).snapshot()) == ((), engine.snapshot())


def test_what_a_newer_release_added_is_left_out() -> None:
    engine = busy()
    state = state_of(engine)
    state |= {"version": VERSION + 7, "mood": "fair"}
    for kind in ("queues", "agents", "works"):
        for row in state["memory"][kind]:
            row["colour"] = "green"
    state["memory"]["queues"][0]["config"]["shade"] = 3
    newer = restored(state)
    assert (newer.aside, newer.snapshot()) == ((), engine.snapshot())


GARBAGE: tuple[Any, ...] = (None, "garbage", -1, 1e308, math.nan, [], [1], {}, {"a": 1}, b"\xff\xfe")


@pytest.mark.parametrize("kind", ["queues", "agents", "works"])
@pytest.mark.parametrize("garbage", GARBAGE, ids=repr)
def test_garbage_for_one_entity_costs_that_one(kind: str, garbage: Any) -> None:
    state = state_of(busy())
    rows = state["memory"][kind]
    before = len(rows)
    rows[-1] = garbage
    engine = restored(state)
    assert any(aside.kind == kind for aside in engine.aside)
    kept: dict[str, dict[Any, Any]] = {
        "queues": engine.registry.queues,
        "agents": engine.registry.agents,
        "works": engine.registry.work_items,
    }
    assert len(kept[kind]) == before - 1
    agrees(engine)


def entities() -> list[tuple[str, int, str]]:
    """Each field of the first of each kind, and of each piece of work."""
    memory = state_of(busy())["memory"]
    places = [("works", index) for index in range(len(memory["works"]))] + [("agents", 0), ("queues", 0)]
    return [(kind, index, field) for kind, index in places for field in memory[kind][index]]


def without(row: State, field: str) -> None:
    del row[field]


def spoilt(row: State, field: str) -> None:
    row[field] = {"no": ["value"]}


def not_a_number(row: State, field: str) -> None:
    row[field] = math.nan if isinstance(row[field], float) else row[field]


@pytest.mark.parametrize("damage", [without, spoilt, not_a_number])
@pytest.mark.parametrize(("kind", "index", "field"), entities())
def test_a_damaged_field_costs_at_most_its_entity(
    kind: str, index: int, field: str, damage: Callable[[State, str], None]
) -> None:
    state = state_of(busy())
    damage(state["memory"][kind][index], field)
    agrees(restored(state))


def test_a_time_beyond_every_calendar_does_not_survive_a_restart() -> None:
    state = state_of(busy())
    state["memory"]["works"][-1]["until"] = 577_000_000_000.0  # the year 20261
    engine = restored(state)
    assert [(aside.kind, aside.why) for aside in engine.aside] == [("works", "one of its times is out of range")]
    agrees(engine)


def test_work_that_had_ended_in_its_line_is_out_of_it() -> None:
    state = state_of(busy())
    state["memory"]["queues"][0]["line"].append([[9e9, 99], "work_gone"])
    engine = restored(state)
    assert "work_gone" not in [work_id for queue in engine.registry.queues.values() for _, work_id in queue.line]
    agrees(engine)


@given(st.binary(max_size=300))
def test_bytes_that_are_no_state_are_refused_by_name(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        Engine.restore(data)


@given(st.data())
def test_any_part_may_be_anything(data: st.DataObject) -> None:
    state = state_of(busy())
    place: Any = state["memory"]
    for _ in range(data.draw(st.integers(0, 4))):
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            break
        inner = place[data.draw(st.sampled_from(keys))]
        if not isinstance(inner, dict | list):
            break
        place = inner
    keys = list(place) if isinstance(place, dict) else list(range(len(place)))
    if keys:
        place[data.draw(st.sampled_from(keys))] = data.draw(st.sampled_from(GARBAGE))
    agrees(restored(state))
