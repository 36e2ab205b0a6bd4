"""All rules over one situation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from core.attention import UnknownWhat
from server.attention.rules.machinery import (
    alert_signs,
    certificate_signs,
    dead_letters_sign,
    disk_sign,
    fleet_signs,
    lost_node_signs,
    trunk_sign,
)
from server.attention.rules.people import people_signs
from server.attention.rules.queues import queue_signs
from server.attention.signs import Sign
from server.attention.situation import Situation
from server.attention.thresholds import QueueThresholds, Thresholds

Part = tuple[UnknownWhat, str]


class Seen(msgspec.Struct, frozen=True):
    """What one look found."""

    signs: tuple[Sign, ...]
    unknown: frozenset[Part]
    """What could not be looked at: nothing is raised or cleared there."""


def examine(situation: Situation, limits: Thresholds, of_queues: Mapping[str, QueueThresholds | None], now: float) -> Seen:
    unknown: set[Part] = set()
    signs = [*_queues(situation, limits, of_queues, now, unknown), *people_signs(situation.happened, limits)]
    signs += [*lost_node_signs(situation.happened), *alert_signs(situation.happened, limits)]
    signs += _machines(situation, limits, unknown)
    if situation.certificate is not None:
        signs += certificate_signs(situation.certificate, limits, now)
    return Seen(tuple(signs), frozenset(unknown))


def _queues(
    situation: Situation,
    limits: Thresholds,
    of_queues: Mapping[str, QueueThresholds | None],
    now: float,
    unknown: set[Part],
) -> Iterator[Sign]:
    if situation.queues is None:
        unknown.add(("queues", ""))
        return
    for queue_id, queue in situation.queues.items():
        if queue is None:
            unknown.add(("queue", queue_id))
        else:
            yield from queue_signs(queue, limits.of_queue(of_queues.get(queue_id)), now)


def _machines(situation: Situation, limits: Thresholds, unknown: set[Part]) -> Iterator[Sign]:
    if situation.fleet is None:
        unknown.add(("nodes", ""))
    else:
        yield from fleet_signs(situation.fleet, limits)
    if situation.trunks is None:
        unknown.add(("trunks", ""))
    for trunk in situation.trunks or ():
        if trunk.state == "unknown":
            unknown.add(("trunks", trunk.name))
        else:
            yield trunk_sign(trunk)
    if situation.disk_free_gib is None:
        unknown.add(("disk", ""))
    else:
        yield disk_sign(situation.disk_free_gib, limits)
    if situation.dead_letters is None:
        unknown.add(("dead_letters", ""))
    else:
        yield dead_letters_sign(situation.dead_letters, situation.dead_letters_since, limits)
