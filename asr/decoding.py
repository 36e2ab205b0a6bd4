"""Decoding threads: one for each core, each with its own streams, none sharing a recognizer.

Vosk releases the GIL, so as many threads as cores use the cores fully and more only cost (five per cent at twice as
many).

Sound is sifted where it comes in, on the event loop: a thread is woken only by a passage that its recognizer can hear, not
for silence.

A stream belongs to one thread for life, which keeps its text in order without a lock. Each stream's waiting sound is
bounded: when as many passages wait as fill `max_waiting_s`, the oldest is dropped and counted; the hole ends the utterance,
and the words keep their times.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from asr.chunker import Chunk
from asr.g711 import RATE_HZ, ulaw_to_pcm
from asr.listener import Listener
from asr.recognizer import RecognitionFailed
from asr.segmenter import Passage
from asr.transcript import Heard

OnHeard = Callable[[Sequence[Heard], bool], None]
"""Called on the decoding thread with new text, and whether the stream is now finished."""
OnFailed = Callable[[str], None]
"""Called on the decoding thread with the reason when the recognizer gave up on the stream."""
_CHUNK_S = 0.1
SAMPLES_PER_CHUNK = int(RATE_HZ * _CHUNK_S)


class DecodingStream:
    """One stream's place in a thread."""

    def __init__(
        self, thread: DecodingThread, listener: Listener, on_heard: OnHeard, on_failed: OnFailed, max_waiting_s: float
    ) -> None:
        self._thread = thread
        self.listener = listener
        self.on_heard = on_heard
        self.on_failed = on_failed
        self.waiting: deque[Passage | None] = deque()
        """None = finish. Appended to by the event loop, popped by both: all of it is atomic."""
        self._max_waiting = int(max_waiting_s / max(_CHUNK_S, listener.segmenter.schedule.period / RATE_HZ))
        self.dropped_chunks = 0
        self._failed = False

    def push(self, chunk: Chunk) -> None:
        """Sound that may be speech; called on the event loop."""
        self._wait(self.listener.segmenter.push(ulaw_to_pcm(chunk.ulaw), chunk.position))

    def finish(self) -> None:
        """Nothing follows; text that is still due comes with `finished` set. Called on the event loop."""
        self._wait(self.listener.segmenter.finish())
        self._thread.streams -= 1
        self.waiting.append(None)
        self._thread.take_turn(self)

    def _wait(self, passages: Sequence[Passage]) -> None:
        for passage in passages:
            if len(self.waiting) >= self._max_waiting:
                self._drop_oldest()
            self.waiting.append(passage)
            self._thread.take_turn(self)

    def _drop_oldest(self) -> None:
        with suppress(IndexError):  # it is being decoded after all
            dropped = self.waiting.popleft()
            self.dropped_chunks += max(1, len(dropped.pcm) // (2 * SAMPLES_PER_CHUNK)) if dropped is not None else 0

    def step(self) -> None:
        """Decodes one waiting passage."""
        try:
            passage = self.waiting.popleft()
        except IndexError:  # it was dropped for a newer one
            return
        try:
            if passage is None:
                self.on_heard(self.listener.end(), True)
            elif not self._failed and (heard := self.listener.recognize(passage)):
                self.on_heard(heard, False)
        except RecognitionFailed as error:
            self._failed = True
            self.on_failed(str(error))


class DecodingThread:
    """One core's thread."""

    def __init__(
        self, name: str, cpu_clock: Callable[[], float] = time.thread_time, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._turns: queue.SimpleQueue[DecodingStream | None] = queue.SimpleQueue()
        self._clock = clock
        self._taken_at: deque[float] = deque()
        """When each turn that is not over was taken."""
        self._cpu_clock = cpu_clock
        self._cpu_s = 0.0
        self.streams = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finishes what waits, then ends."""
        self._turns.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout=10.0)

    def take_turn(self, stream: DecodingStream) -> None:
        """One of the stream's passages will be decoded after everything that came before it."""
        self._taken_at.append(self._clock())
        self._turns.put(stream)

    @property
    def cpu_s(self) -> float:
        """Processor time of this thread so far."""
        return self._cpu_s

    @property
    def lag_s(self) -> float:
        """For how long the oldest passage has been waiting or decoded."""
        try:
            return self._clock() - self._taken_at[0]
        except IndexError:
            return 0.0

    def _run(self) -> None:
        while (stream := self._turns.get()) is not None:
            stream.step()
            self._taken_at.popleft()
            self._cpu_s = self._cpu_clock()


class DecodingThreads:
    """All threads of a worker."""

    def __init__(self, count: int, max_waiting_s: float = 10.0) -> None:
        self._threads = [DecodingThread(f"decode-{number}") for number in range(count)]
        self._max_waiting_s = max_waiting_s
        self._last_cpu_s = 0.0
        self._last_at: float | None = None
        self._load = 0.0

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        for thread in self._threads:
            thread.stop()

    def add(self, listener: Listener, on_heard: OnHeard, on_failed: OnFailed) -> DecodingStream:
        """A new stream on the thread with the fewest."""
        thread = min(self._threads, key=lambda each: each.streams)
        thread.streams += 1
        return DecodingStream(thread, listener, on_heard, on_failed, self._max_waiting_s)

    def load(self, now: float) -> float:
        """Share of the threads' time that was spent decoding since the last look, smoothed over a few looks; `now` in
        seconds."""
        cpu_s = sum(thread.cpu_s for thread in self._threads)
        if self._last_at is not None and now > self._last_at:
            recent = (cpu_s - self._last_cpu_s) / ((now - self._last_at) * len(self._threads))
            self._load += 0.5 * (min(max(recent, 0.0), 1.0) - self._load)
        self._last_cpu_s, self._last_at = cpu_s, now
        return self._load

    def lag_s(self) -> float:
        """Of the thread furthest behind."""
        return max(thread.lag_s for thread in self._threads)
