"""What a message is recognized by when it comes again. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from core.ids import InteractionId, MessageId
from customers.identity import stable_id
from customers.messages import NewMessage


class Sourced(NamedTuple):
    """A message with what it is recognized by when it comes again."""

    message_id: MessageId
    source: str
    source_id: str
    message: NewMessage


def sourced(interaction_id: InteractionId, messages: Iterable[NewMessage], source: str = "import") -> list[Sourced]:
    """Each with its id. One that has no id of its own is recognized by what it says: the same words of the same person at the
    same time are the same message, the second of two such in one conversation is the second.
    """
    seen: Counter[str] = Counter()
    found = []
    for message in messages:
        own = message.own_id or stable_id("said", repr(message.at), str(message.party), message.author, message.text)
        seen[own] += 1
        source_id = f"{interaction_id}:{own}" if seen[own] == 1 else f"{interaction_id}:{own}:{seen[own]}"
        found.append(Sourced(MessageId(stable_id("msg", source, source_id)), source, source_id, message))
    return found
