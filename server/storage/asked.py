"""Commands whose answers are waited for, and addressees from whom none will come.

Invariant: nobody waits for the answer of one who was given up. Without that each thing that is left to do for a call of a dead
node takes the whole time of a command, one after the other, while its agent is not free.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import msgspec

from core.commands import Answer
from core.ids import CommandId
from core.ports import refused

REMEMBERED = 1000
"""Of those that were given up, the last: every start of a process has a name of its own."""


class _Waiting(NamedTuple):
    addressee: str
    answer: asyncio.Future[Answer]


class Asked:
    """Owns the futures of a bus's asks."""

    def __init__(self) -> None:
        self._waiting: dict[CommandId, _Waiting] = {}
        self._gone: dict[str, None] = {}
        """The one given up last is the last."""

    @contextmanager
    def of(self, addressee: str, command_id: CommandId) -> Iterator[asyncio.Future[Answer]]:
        """The answer, while somebody waits for it; there already when the addressee was given up."""
        waiting = _Waiting(addressee, asyncio.get_running_loop().create_future())
        self._waiting[command_id] = waiting
        if addressee in self._gone:
            self._refuse(command_id, waiting)
        try:
            yield waiting.answer
        finally:
            del self._waiting[command_id]

    def answered(self, answer: Answer) -> None:
        """Nothing where nobody waits any more."""
        waiting = self._waiting.get(answer.command_id)
        if waiting is not None and not waiting.answer.done():
            waiting.answer.set_result(answer)

    def give_up(self, addressee: str) -> None:
        self._gone.pop(addressee, None)
        self._gone[addressee] = None
        while len(self._gone) > REMEMBERED:
            del self._gone[next(iter(self._gone))]
        for command_id, waiting in self._waiting.items():
            if waiting.addressee == addressee:
                self._refuse(command_id, waiting)

    def take_up(self, addressee: str) -> None:
        self._gone.pop(addressee, None)

    def _refuse(self, command_id: CommandId, waiting: _Waiting) -> None:
        if not waiting.answer.done():
            answer = refused(f"{waiting.addressee} is gone", "gone")
            waiting.answer.set_result(msgspec.structs.replace(answer, command_id=command_id))
