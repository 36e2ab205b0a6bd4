"""Outcomes have names of their own, fit on a screen, and name queues that are there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.problems import Complaint, Where
from server.business.checks.names import unknown
from server.business.document import Document

MOST = 40
"""On each level: more is not chosen from in the seconds of a wrap-up."""
LONGEST_NAME = 80
SEPARATOR = " › "
"""Between the two levels, where an outcome is told."""


def disposition_complaints(document: Document) -> Iterator[Complaint]:
    names = [disposition.name for disposition in document.dispositions]
    yield from _names(("dispositions",), names, ("name",))
    served = {queue_id for disposition in document.dispositions for queue_id in disposition.queues}
    everywhere = any(not disposition.queues for disposition in document.dispositions)
    for index, disposition in enumerate(document.dispositions):
        where: Where = ("dispositions", index)
        yield from _names((*where, "below"), disposition.below)
        for at, queue_id in enumerate(disposition.queues):
            if queue_id not in document.queues:
                yield Complaint((*where, "queues", at), unknown("queue", queue_id, document.queues))
    if document.dispositions and not everywhere:
        for queue_id in sorted(document.queues.keys() - served):
            yield Complaint(("dispositions",), f"the queue “{queue_id}” is left without any outcome")


def _names(where: Where, names: Sequence[str], field: Where = ()) -> Iterator[Complaint]:
    if len(names) > MOST:
        yield Complaint(where, f"at most {MOST} outcomes fit on one level")
    for index, name in enumerate(names):
        if not name.strip():
            yield Complaint((*where, index, *field), "a name is needed: people read it")
        elif len(name) > LONGEST_NAME:
            yield Complaint((*where, index, *field), f"at most {LONGEST_NAME} characters")
        elif SEPARATOR in name:
            yield Complaint((*where, index, *field), "“ › ” stands between the two levels and cannot be in a name")
        elif name in names[:index]:
            yield Complaint((*where, index, *field), f"“{name}” is given twice")
