"""The contract between the machine and a verb: what a verb may see, and the three things it may decide.

A verb is a pure value: `enter`, `receive`, `due` and `resume` return a `Result` and change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import NamedTuple

import msgspec

from core.causes import EndCause
from core.model import Value
from ivr.actions import Enqueue, Listen, Play, RequestCallback, StopPlay

Request = Play | StopPlay | Listen | Enqueue | RequestCallback
"""What a verb may ask for; silence, the end of listening and leaving the queue follow from leaving a step."""


class Context(NamedTuple):
    """What a verb may see of its call."""

    now: float
    language: str
    variables: Mapping[str, str]
    hurried: bool = False
    """The caller has already pressed keys: what can be skipped is."""
    secrets: Set[str] = frozenset()
    """Variables whose values no trace may show."""
    personal: Set[str] = frozenset()
    """Variables that this flow has made of what is known of the customer."""


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """Remain in this step until something happens, at the latest at `deadline`."""

    memory: Value
    deadline: float
    requests: tuple[Request, ...] = ()


class Go(msgspec.Struct, frozen=True, kw_only=True):
    """Leave for another step."""

    to: str
    why: str
    """In words, for the trace of the step entered."""
    sets: dict[str, str] = msgspec.field(default_factory=dict)


class End(msgspec.Struct, frozen=True, kw_only=True):
    """Hang up."""

    cause: EndCause


Result = Stay | Go | End
