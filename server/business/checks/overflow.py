"""Where work may flow over to: never in a circle, and nothing is written after it has gone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial

from core.opening_hours import days_of, spans
from core.problems import Complaint
from server.business.document import Document, QueueRules
from server.business.mistakes import ConfigurationMistake


def overflow_complaints(document: Document) -> Iterator[Complaint]:
    yield from _circles(document)
    yield from _into_closed(document)
    for queue_id, queue in document.queues.items():
        gone = next((index for index, step in enumerate(queue.steps) if step.overflow_to is not None), None)
        if gone is None:
            continue
        if queue.steps[gone].requirements is not None or queue.steps[gone].condition is not None:
            yield ConfigurationMistake.OVERFLOW_ASKS.at(("queues", queue_id, "steps", gone))
        for index in range(gone + 1, len(queue.steps)):
            to = queue.steps[gone].overflow_to
            yield ConfigurationMistake.STEP_AFTER_OVERFLOW.at(("queues", queue_id, "steps", index), name=to)


def _into_closed(document: Document) -> Iterator[Complaint]:
    """A way that is never open while this queue takes calls would always be passed over. Special days aside."""
    week = cache(partial(_week, document))
    for queue_id, queue in document.queues.items():
        open_here = week(queue.hours)
        for index, step in enumerate(queue.steps):
            target = document.queues.get(step.overflow_to or "")
            open_there = None if target is None else week(target.hours)
            if not open_here or open_there is None or open_here & open_there or _zones_differ(document, queue, target):
                continue
            at = ("queues", queue_id, "steps", index, "overflow_to")
            yield ConfigurationMistake.OVERFLOW_INTO_CLOSED.at(at, name=step.overflow_to, queue=queue_id)


def _zones_differ(document: Document, queue: QueueRules, target: QueueRules | None) -> bool:
    """Then hours on the wall cannot be compared."""
    zones = {document.hours[each.hours].time_zone for each in (queue, target) if each is not None and each.hours}
    return len(zones) > 1


def _week(document: Document, name: str) -> set[tuple[int, int]] | None:
    """Days and minutes at which these hours are open, without regard to time zones; None: they cannot be read."""
    if not name:
        return {(day, minute) for day in range(7) for minute in range(24 * 60)}
    hours = document.hours.get(name)
    if hours is None:
        return None
    try:
        return {
            (day, minute)
            for names, texts in hours.week.items()
            for day in days_of(names)
            for span in spans(texts)
            for minute in range(span.start, span.end)
        }
    except ValueError:
        return None


def _circles(document: Document) -> Iterator[Complaint]:
    """Each circle once, at the step that closes it (a depth-first search that keeps its path)."""
    ways = {
        queue_id: [(index, step.overflow_to) for index, step in enumerate(queue.steps) if step.overflow_to in document.queues]
        for queue_id, queue in document.queues.items()
    }
    finished: set[str] = set()
    for root in ways:
        path: list[str] = []
        todo: list[tuple[str, tuple[str, int] | None]] = [(root, None)]
        while todo:
            name, came_by = todo.pop()
            if name == "":
                finished.add(path.pop())
            elif name in path:
                assert came_by is not None, "the first of a path is not on it yet"
                way = " → ".join([*path[path.index(name) :], name])
                at = ("queues", came_by[0], "steps", came_by[1], "overflow_to")
                yield ConfigurationMistake.OVERFLOW_IN_A_CIRCLE.at(at, way=way)
            elif name not in finished:
                path.append(name)
                todo.append(("", None))
                todo.extend((str(target), (name, index)) for index, target in ways[name])
