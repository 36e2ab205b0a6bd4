"""Yesterday through other rules: the recorded customers and agents meet the engine again, from the recorded state on.

From the beginning of the interval the new rules are in force; before it nothing differs. With the rules of the record the same
happens again, to the last digit, if the record's timers fired on time (`tests/acd/simulation/test_replay.py`). In production they
are late by milliseconds, and so are the differences.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import tzinfo

import msgspec

from acd.engine.engine import Engine
from acd.model.refusals import Repeated
from acd.simulation.ledger import Figures, Ledger
from acd.simulation.recorded import Recording
from acd.simulation.replayed import Replayed
from acd.simulation.world import World
from core.commands import ConfigureAcd
from core.ids import QueueId

TAIL_S = 4 * 3600.0
"""Conversations of the interval are followed for this long after it."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Before and after, by queue and over all."""

    recorded: Mapping[QueueId, Figures]
    replayed: Mapping[QueueId, Figures]
    recorded_total: Figures
    replayed_total: Figures
    names: Mapping[QueueId, str]
    still_open: int
    """Work of the interval that was not over when the record ends: in neither column."""
    left_out: int
    """Recorded inputs that today's engine refuses."""
    refusals: Mapping[str, int]
    """Recorded inputs that did not fit what became of things under the new rules, by code; repetitions are not counted."""


def replay(recording: Recording, rules: ConfigureAcd | None, zone: tzinfo, *, patient: bool = False, seed: int = 1) -> Comparison:
    """`rules` None: those of the record, with their changes. Raises `Refused` when the engine refuses the rules."""
    ledger, refusals, engine = _run(recording, rules, zone, Replayed(recording, patient=patient, seed=seed))
    names = {queue_id: queue.config.name for queue_id, queue in engine.registry.queues.items()}
    return Comparison(
        recorded=recording.ledger.by_queue(),
        replayed=ledger.by_queue(),
        recorded_total=recording.ledger.total(),
        replayed_total=ledger.total(),
        names=names,
        still_open=len(recording.ledger.still_open()),
        left_out=recording.left_out,
        refusals=refusals,
    )


def _run(recording: Recording, rules: ConfigureAcd | None, zone: tzinfo, people: Replayed) -> tuple[Ledger, Counter[str], Engine]:
    engine = Engine.restore(recording.state, zone)
    ledger = Ledger(recording.begin, recording.end, apart=recording.ledger.still_open())
    ledger.look(engine.registry, recording.begin)
    world = World(engine, people, recording.begin, (ledger.listen,))

    def configure(message: ConfigureAcd) -> None:
        world.says(message)
        ledger.look(engine.registry, world.now)

    for given in recording.given:
        if not isinstance(given.message, ConfigureAcd):
            world.plan(given.at, world.says, given.message)
        elif rules is None:
            world.plan(given.at, configure, given.message)
    world.adopt()
    if rules is not None:
        _take_up(world, rules)
        ledger.look(engine.registry, recording.begin)
    world.run(recording.end + TAIL_S)
    ledger.close()
    del world.refusals["repeated"]  # an agent back from a ring-no-answer that did not happen this time
    return ledger, world.refusals, engine


def _take_up(world: World, rules: ConfigureAcd) -> None:
    """Raises `Refused` for rules that are wrong, not for those that are in force already."""
    try:
        world.must_say(rules)
    except Repeated:
        return
