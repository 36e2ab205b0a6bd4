"""What differs between two documents: as lines of YAML for reviewers, and as single changes for screens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from core.model import Value
from server.business.difference import difference
from server.business.document import Document
from server.business.writing import to_yaml


class Change(Value, frozen=True, kw_only=True):
    """One value that differs. A thing that was added or removed is one change, not one for each of its fields."""

    path: tuple[str, ...]
    """Names from the section down: ``("queues", "queue_billing", "ring_timeout_s")``."""
    before: Any = None
    """None: it was not there, or was empty."""
    after: Any = None


def changes(before: Document, after: Document) -> tuple[Change, ...]:
    """In the order of the document's sections and of names."""
    return tuple(_between((), msgspec.to_builtins(before), msgspec.to_builtins(after)))


def _between(path: tuple[str, ...], before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if not (isinstance(before, dict) and isinstance(after, dict)):
        yield Change(path=path, before=before, after=after)
        return
    for name in before if not path else sorted(before.keys() | after.keys()):
        yield from _between((*path, name), before.get(name), after.get(name))


def diff(before: Document, after: Document, names: tuple[str, str]) -> str:
    """A unified diff of both as YAML, empty when they are equal. `names`: what to call the two."""
    return difference(to_yaml(before), to_yaml(after), names)
