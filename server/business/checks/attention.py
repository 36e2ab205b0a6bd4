"""Thresholds of «Needs attention» within what makes sense, and the urgent one beyond the other."""

from __future__ import annotations

from collections.abc import Iterator, Set

from core.problems import Complaint, Where
from server.attention.thresholds import QueueThresholds, Thresholds
from server.business.checks.quantities import DAY_S, Bounds, within
from server.business.document import Document
from server.business.mistakes import ConfigurationMistake

SHARE = Bounds(0, 1)
BOUNDS: dict[str, Bounds] = {
    "waiting_soon": Bounds(0, 1_000_000),
    "waiting_now": Bounds(0, 1_000_000),
    "oldest_soon": Bounds(0, 1000),
    "oldest_now": Bounds(0, 1000),
    "service_level_soon": SHARE,
    "service_level_now": SHARE,
    "abandoned_soon": SHARE,
    "abandoned_now": SHARE,
    "least_contacts": Bounds(0, 1_000_000),
    "nobody_after_s": Bounds(0, DAY_S),
    "missed_rings": Bounds(0, 100),
    "declines": Bounds(0, 100),
    "cut_calls": Bounds(0, 100),
    "remember_s": Bounds(60, DAY_S),
    "node_soon": SHARE,
    "node_now": SHARE,
    "disk_soon_gib": Bounds(0, 1_000_000),
    "disk_now_gib": Bounds(0, 1_000_000),
    "certificate_soon_days": Bounds(0, 365),
    "certificate_now_days": Bounds(0, 365),
    "dead_letters": Bounds(0, 1_000_000),
    "clear_margin": Bounds(0, 0.5),
}
RISING = ("waiting", "oldest", "abandoned", "node")
FALLING = ("service_level", "disk", "certificate")
"""What is worse the less there is of it."""
_ENDINGS = {"disk": "_gib", "certificate": "_days"}


def attention_complaints(document: Document) -> Iterator[Complaint]:
    yield from _ranges(("attention",), document.attention)
    yield from _order(("attention",), document.attention)
    for queue_id, queue in document.queues.items():
        where = ("queues", queue_id, "attention")
        yield from _ranges(where, queue.attention)
        own = {name for name in queue.attention.__struct_fields__ if getattr(queue.attention, name) is not None}
        yield from _order(where, document.attention.of_queue(queue.attention), own)


def _ranges(where: Where, thresholds: Thresholds | QueueThresholds) -> Iterator[Complaint]:
    for field in thresholds.__struct_fields__:
        value = getattr(thresholds, field)
        if value is not None:
            yield from within((*where, field), value, BOUNDS[field])


def _order(
    where: Where, thresholds: Thresholds, about: Set[str] = frozenset(Thresholds.__struct_fields__)
) -> Iterator[Complaint]:
    """Amber comes before red; a threshold that is off (0) has no place in the order. Of these fields only."""
    for figure in (*RISING, *FALLING):
        ending = _ENDINGS.get(figure, "")
        soon, now = (getattr(thresholds, f"{figure}_{level}{ending}") for level in ("soon", "now"))
        if about.isdisjoint({f"{figure}_soon{ending}", f"{figure}_now{ending}"}):
            continue
        wrong = soon > now if figure in RISING else soon < now
        if wrong and soon and now:
            mistake = ConfigurationMistake.LESS_THAN_AMBER if figure in RISING else ConfigurationMistake.MORE_THAN_AMBER
            field, other = f"{figure}_now{ending}", f"{figure}_soon{ending}"
            yield mistake.at((*where, field), field=field, other=other, now=f"{now:g}", soon=f"{soon:g}")
