"""What of the stored state nobody can use, as dead letters: kept as it was, counted and shown by its ids."""

from __future__ import annotations

from collections.abc import Sequence

from acd.model.saved import Aside
from core.dead_letters import letter_of_state
from core.ports import Clock, DeadLetters

PART = "acd"
MOST_LETTERS = 200
"""One by one; of more than that the number is told. So many letters find room on their way to the database."""


async def keep_as_letters(letters: DeadLetters, clock: Clock, lost: Sequence[Aside]) -> None:
    """Each thing once, however often it was met. Every candidate finds the same, and makes the same letters of it."""
    things = list({(thing.kind, thing.key, thing.content): thing for thing in lost}.values())
    for thing in things[:MOST_LETTERS]:
        await letters.set_aside(
            letter_of_state(thing.kind, thing.key, thing.why, at=clock.now(), part=PART, content=thing.content)
        )
    if (more := things[MOST_LETTERS:]) and (first := more[0]):
        why = f"{len(more)} more, from this one on, are not kept"
        await letters.set_aside(letter_of_state(first.kind, first.key, why, at=clock.now(), part=PART))
