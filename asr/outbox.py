"""Events on their way to the bus. Pure.

Overflow, in this order: the oldest partial goes, then the oldest event; both are counted. A partial of the same
utterance that still waits is replaced by its successor, so an away bus does not pile up what nobody will read.
"""

from __future__ import annotations

from core.events import AnyEvent, TranscriptPartial


class Outbox:
    """Bounded, in order."""

    def __init__(self, limit: int = 5000) -> None:
        self._limit = limit
        self._events: list[AnyEvent] = []
        self.dropped = 0
        """Events other than partials that were lost."""

    def __len__(self) -> int:
        return len(self._events)

    def put(self, event: AnyEvent) -> None:
        """Adds at the end, making room by the rule above."""
        if isinstance(event, TranscriptPartial):
            self._remove_partial(event.stream_id)
        if len(self._events) >= self._limit and not self._remove_partial(None):
            del self._events[0]
            self.dropped += 1
        self._events.append(event)

    def take(self) -> AnyEvent | None:
        """The oldest, which leaves."""
        return self._events.pop(0) if self._events else None

    def put_back(self, event: AnyEvent) -> None:
        """It could not be sent: it is the oldest again."""
        self._events.insert(0, event)

    def _remove_partial(self, stream_id: str | None) -> bool:
        for place, event in enumerate(self._events):
            if isinstance(event, TranscriptPartial) and (stream_id is None or event.stream_id == stream_id):
                del self._events[place]
                return True
        return False
