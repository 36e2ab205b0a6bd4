"""Which e-mails of a customer have been answered by a later one of ours, where each e-mail is a conversation of its own. Pure.

Without the headers that name what is answered (RFC 5322 §3.6.4: In-Reply-To, References) a subject is all that there is: what
mail programs put before it when they answer or pass on is taken off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from core.ids import InteractionId

_PREFIX = re.compile(
    r"\s*(?:re|aw|sv|vs|antw|odp|fw|fwd|wg|tr|rv|回复|答复|转发|回覆|轉寄)\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE
)


class Letter(NamedTuple):
    """One e-mail of a customer's history."""

    interaction_id: InteractionId
    at: float
    subject: str
    ours: bool


def thread_key(subject: str) -> str:
    """``Re: RE: AW: Invoice 3391`` → ``invoice 3391``."""
    rest = subject
    while (prefix := _PREFIX.match(rest)) is not None:
        rest = rest[prefix.end() :]
    return " ".join(rest.split()).casefold()


def answered(letters: Iterable[Letter]) -> dict[InteractionId, float]:
    """Those of the customer that one of ours with the same subject came after, and when."""
    found: dict[InteractionId, float] = {}
    answers: dict[str, float] = {}
    for letter in sorted(letters, key=lambda each: each.at, reverse=True):
        key = thread_key(letter.subject)
        if letter.ours:
            answers[key] = letter.at
        elif key in answers:
            found[letter.interaction_id] = answers[key]
    return found
