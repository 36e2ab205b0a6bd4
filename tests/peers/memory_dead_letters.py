"""The DeadLetters of core/ports.py inside one process."""

from __future__ import annotations

from core.dead_letters import DeadLetter


class MemoryDeadLetters:
    """Implements `core.ports.DeadLetters`."""

    def __init__(self) -> None:
        self.letters: list[DeadLetter] = []

    async def set_aside(self, letter: DeadLetter) -> None:
        if all(known.letter_id != letter.letter_id for known in self.letters):
            self.letters.append(letter)

    @property
    def kinds(self) -> list[str]:
        """What was set aside, in order."""
        return [letter.kind for letter in self.letters]
