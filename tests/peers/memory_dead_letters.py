"""The DeadLetters of core/ports.py inside one process."""

from __future__ import annotations

from core.dead_letters import DeadLetter
from core.ports import Unavailable


class MemoryDeadLetters:
    """Implements `core.ports.DeadLetters`."""

    def __init__(self) -> None:
        self.letters: list[DeadLetter] = []
        self.away = False
        self.asked = 0

    async def set_aside(self, letter: DeadLetter) -> None:
        self.asked += 1
        if self.away:
            raise Unavailable("nothing can be set aside")
        if all(known.letter_id != letter.letter_id for known in self.letters):
            self.letters.append(letter)

    @property
    def kinds(self) -> list[str]:
        """What was set aside, in order."""
        return [letter.kind for letter in self.letters]
