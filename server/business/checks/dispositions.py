"""Outcomes have names of their own, fit on a screen, and name queues that are there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.problems import Complaint, Where
from server.business.checks.names import unknown_queue
from server.business.document import Document
from server.business.mistakes import ConfigurationMistake

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
                yield unknown_queue((*where, "queues", at), queue_id, document)
    if document.dispositions and not everywhere:
        for queue_id in sorted(document.queues.keys() - served):
            yield ConfigurationMistake.OUTCOMES_MISSING.at(("dispositions",), name=queue_id)


def _names(where: Where, names: Sequence[str], field: Where = ()) -> Iterator[Complaint]:
    if len(names) > MOST:
        yield ConfigurationMistake.TOO_MANY_OUTCOMES.at(where, most=MOST)
    for index, name in enumerate(names):
        at = (*where, index, *field)
        if not name.strip():
            yield ConfigurationMistake.NAME_MISSING.at(at)
        elif len(name) > LONGEST_NAME:
            yield ConfigurationMistake.OUTCOME_TOO_LONG.at(at, most=LONGEST_NAME)
        elif SEPARATOR in name:
            yield ConfigurationMistake.SEPARATOR_IN_NAME.at(at)
        elif name in names[:index]:
            yield ConfigurationMistake.GIVEN_TWICE.at(at, name=name)
