"""All rules over one situation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

import msgspec

from acd.views.watch import QueueWatch
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
    failed: tuple[Failed, ...] = ()
    """Rules that a mistake in this program ended; the others were asked all the same."""


class Failed(NamedTuple):
    what: str
    name: str
    """Of the queue, or empty."""
    error: Exception


class _Look:
    """One look: what the rules say, each asked by itself."""

    def __init__(self) -> None:
        self.signs: list[Sign] = []
        self.unknown: set[Part] = set()
        self.failed: list[Failed] = []

    def ask(self, what: str, rule: Callable[[], Iterable[Sign]], name: str = "", part: Part | None = None) -> None:
        """`part` is not known when the rule fails."""
        try:
            self.signs += list(rule())
        except Exception as error:  # noqa: BLE001  border of a rule: what it would say is not known, the others go on
            self.failed.append(Failed(what, name, error))
            if part is not None:
                self.unknown.add(part)


def examine(situation: Situation, limits: Thresholds, of_queues: Mapping[str, QueueThresholds | None], now: float) -> Seen:
    look = _Look()
    _queues(look, situation, limits, of_queues, now)
    look.ask("people", lambda: people_signs(situation.happened, limits))
    look.ask("lost_nodes", lambda: lost_node_signs(situation.happened))
    look.ask("alerts", lambda: alert_signs(situation.happened, limits))
    look.ask("machines", lambda: _machines(situation, limits, look.unknown), part=("nodes", ""))
    certificate = situation.certificate
    if certificate is not None:
        look.ask("certificate", lambda: certificate_signs(certificate, limits, now))
    return Seen(tuple(look.signs), frozenset(look.unknown), tuple(look.failed))


def _queues(
    look: _Look, situation: Situation, limits: Thresholds, of_queues: Mapping[str, QueueThresholds | None], now: float
) -> None:
    if situation.queues is None:
        look.unknown.add(("queues", ""))
        return
    for queue_id, queue in situation.queues.items():
        if queue is None:
            look.unknown.add(("queue", queue_id))
            continue
        own = of_queues.get(queue_id)
        rule = partial(_of_queue, queue, limits, own, now)
        look.ask("queue", rule, queue_id, ("queue", queue_id))


def _of_queue(queue: QueueWatch, limits: Thresholds, own: QueueThresholds | None, now: float) -> Iterator[Sign]:
    return queue_signs(queue, limits.of_queue(own), now)


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
