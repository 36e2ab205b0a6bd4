"""What is wrong with a document that has the right shape: one small file for each kind of mistake, all told at once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from core.problems import Complaint
from server.business.checks.attention import attention_complaints
from server.business.checks.conditions import condition_complaints
from server.business.checks.dispositions import disposition_complaints
from server.business.checks.names import name_complaints
from server.business.checks.overflow import overflow_complaints
from server.business.checks.quantities import quantity_complaints
from server.business.checks.reach import reach_complaints
from server.business.checks.times import time_complaints
from server.business.document import Document


def document_complaints(document: Document) -> Iterator[Complaint]:
    """Places are relative to the document. Whether anybody can do the work is asked only where every name and level is right."""
    yield from quantity_complaints(document)
    yield from attention_complaints(document)
    yield from disposition_complaints(document)
    yield from time_complaints(document)
    yield from overflow_complaints(document)
    wrong = False
    for complaint in chain(name_complaints(document), condition_complaints(document)):
        wrong = True
        yield complaint
    if not wrong:
        yield from reach_complaints(document)


__all__ = ["document_complaints"]
