"""Listening for one call, beside its session: a recognizer may take seconds to begin, and keys must count meanwhile.

Invariant: one task at a time brings what is heard into line with what is wished; a stream that was begun is stopped, however late
it began. Without a recognizer the flow goes on with keys.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import structlog

from core.ids import CallId, LegId, StreamId
from core.ports import Listening, Unavailable, log_level

log = structlog.get_logger(__name__)


class _Wanted(NamedTuple):
    phrases: tuple[str, ...]
    """Empty: listen to nothing."""
    language: str = ""


class SpeechInput:
    """Owns the recognizer's stream of one call, and the task that begins and ends it."""

    def __init__(
        self,
        listening: Listening,
        call_id: CallId,
        leg_id: LegId,
        *,
        stream_id: StreamId | None,
        changed: Callable[[StreamId | None], Awaitable[None]],
    ) -> None:
        """`stream_id` is what an earlier process left; `changed` is told each time that it changes."""
        self._listening = listening
        self._call_id = call_id
        self._leg_id = leg_id
        self._stream_id = stream_id
        self._changed = changed
        self._wanted = self._met = _Wanted(())
        self._task: asyncio.Task[None] | None = None

    @property
    def stream_id(self) -> StreamId | None:
        """The stream that is heard now."""
        return self._stream_id

    def listen(self, phrases: tuple[str, ...], language: str) -> None:
        """Instead of what was listened for before."""
        self._want(_Wanted(phrases, language))

    def stop(self) -> None:
        self._want(_Wanted(()))

    async def settled(self) -> None:
        """Waits until the last wanted is met."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def cancel(self) -> None:
        """Drops what is under way; the next process stops the stream that is saved."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    def _want(self, wanted: _Wanted) -> None:
        self._wanted = wanted
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._meet(), name=f"ivr:speech:{self._call_id}")

    async def _meet(self) -> None:
        """Until the newest wanted is met; those that were overtaken are skipped."""
        first = True
        while first or self._wanted is not self._met:
            first, self._met = False, self._wanted
            try:
                await self._change(self._met)
            except Unavailable as error:
                log.log(log_level(error), "not_listening", call_id=self._call_id, leg_id=self._leg_id, reason=error)

    async def _change(self, wanted: _Wanted) -> None:
        old, self._stream_id = self._stream_id, None
        if old is not None:
            await self._changed(None)
            await self._listening.stop(old)
        if wanted.phrases:
            self._stream_id = await self._listening.listen(self._call_id, self._leg_id, wanted.phrases, wanted.language)
            await self._changed(self._stream_id)
