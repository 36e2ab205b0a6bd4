"""Where work may flow over to: never in a circle, and nothing is written after it has gone."""

from __future__ import annotations

from collections.abc import Iterator

from core.problems import Complaint
from server.business.document import Document


def overflow_complaints(document: Document) -> Iterator[Complaint]:
    yield from _circles(document)
    for queue_id, queue in document.queues.items():
        gone = next((index for index, step in enumerate(queue.steps) if step.overflow_to is not None), None)
        if gone is None:
            continue
        if queue.steps[gone].requirements is not None or queue.steps[gone].condition is not None:
            sentence = "work that flows over follows the other queue's rules: a step that overflows asks for nothing itself"
            yield Complaint(("queues", queue_id, "steps", gone), sentence)
        for index in range(gone + 1, len(queue.steps)):
            sentence = f"this step never comes: the work has flowed over to “{queue.steps[gone].overflow_to}” before"
            yield Complaint(("queues", queue_id, "steps", index), sentence)


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
                circle = " → ".join([*path[path.index(name) :], name])
                sentence = f"overflow goes round in a circle, and work with it for ever: {circle}"
                yield Complaint(("queues", came_by[0], "steps", came_by[1], "overflow_to"), sentence)
            elif name not in finished:
                path.append(name)
                todo.append(("", None))
                todo.extend((str(target), (name, index)) for index, target in ways[name])
