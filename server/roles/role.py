"""What a process of Patchbay can be. Pure, and light: the command line reads it before anything is loaded."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    WORKER = "worker"
    """Has calls: call control, flows, their speech."""
    DESK = "desk"
    """What people meet: pages, API, live view."""
    QUEUES = "queues"
    """A candidate for the lead of the queues."""
    INSTALLATION = "installation"
    """What is done once for all: one of the candidates acts."""
    NODE = "node"
    """Media: SIP, WebRTC, sound."""
    ASR = "asr"
    """A recognizer."""


CONTROL = frozenset({Role.WORKER, Role.DESK, Role.QUEUES, Role.INSTALLATION})
"""One process may be any of these at once."""


class UnknownRole(ValueError):
    """The message is for people."""


def roles_of(text: str) -> frozenset[Role]:
    """Named with commas between. Raises `UnknownRole`."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise UnknownRole(f"Name at least one role: {', '.join(Role)}.")
    for word in words:
        if word not in set(Role):
            raise UnknownRole(f"There is no role “{word}”. There are {', '.join(Role)}.")
    return frozenset(Role(word) for word in words)


def in_order(roles: Iterable[Role]) -> tuple[Role, ...]:
    """As a process says what it is."""
    named = frozenset(roles)
    return tuple(role for role in Role if role in named)


def processes(roles: frozenset[Role]) -> int:
    """How many it takes: a node and a recognizer are processes of their own, the rest is one."""
    return len(roles - CONTROL) + bool(roles & CONTROL)
