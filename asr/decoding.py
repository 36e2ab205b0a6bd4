"""Decoding threads: one for each core, each with its own streams, none sharing a recognizer.

Vosk releases the GIL, so as many threads as cores use the cores fully and more only cost (five per cent at twice as
many).

A stream belongs to one thread for life, which keeps its text in order without a lock. Each stream's waiting sound is
bounded: when `max_waiting` chunks wait, the oldest is dropped and counted; the hole ends the utterance, and the words
keep their times.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from asr.chunker import Chunk
from asr.g711 import RATE_HZ, decode_ulaw
from asr.listener import Listener
from asr.recognizer import RecognitionFailed
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
        self, thread: DecodingThread, listener: Listener, on_heard: OnHeard, on_failed: OnFailed, max_waiting: int
    ) -> None:
        self._thread = thread
        self.listener = listener
        self.on_heard = on_heard
        self.on_failed = on_failed
        self.waiting: deque[Chunk | None] = deque(maxlen=max_waiting)
        """None = finish. Appended to by the event loop, popped by the thread: both are atomic."""
        self.dropped_chunks = 0

    def push(self, chunk: Chunk) -> None:
        """Sound to decode; called on the event loop."""
        if len(self.waiting) == self.waiting.maxlen:
            self.dropped_chunks += 1
        self.waiting.append(chunk)
        self._thread.take_turn(self)

    def finish(self) -> None:
        """Nothing follows; text that is still due comes with `finished` set."""
        self._thread.streams -= 1
        self.waiting.append(None)
        self._thread.take_turn(self)

    def step(self) -> None:
        """Decodes one waiting chunk."""
        try:
            chunk = self.waiting.popleft()
        except IndexError:  # it was dropped for a newer one
            return
        try:
            if chunk is None:
                self.on_heard(self.listener.finish(), True)
            elif heard := self.listener.push(decode_ulaw(chunk.ulaw).tobytes(), chunk.position):
                self.on_heard(heard, False)
        except RecognitionFailed as error:
            self.waiting.clear()
            self.on_failed(str(error))


class DecodingThread:
    """One core's thread."""

    def __init__(self, name: str, cpu_clock: Callable[[], float] = time.thread_time) -> None:
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._turns: queue.SimpleQueue[DecodingStream | None] = queue.SimpleQueue()
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
        """One of the stream's chunks will be decoded after everything that came before it."""
        self._turns.put(stream)

    @property
    def cpu_s(self) -> float:
        """Processor time of this thread so far."""
        return self._cpu_s

    @property
    def lag_s(self) -> float:
        """Sound that waits in this thread, as if one stream had brought it all; divided among its streams it is their
        delay."""
        return self._turns.qsize() * _CHUNK_S / max(self.streams, 1)

    def _run(self) -> None:
        while (stream := self._turns.get()) is not None:
            stream.step()
            self._cpu_s = self._cpu_clock()


class DecodingThreads:
    """All threads of a worker."""

    def __init__(self, count: int, max_waiting_s: float = 10.0) -> None:
        self._threads = [DecodingThread(f"decode-{number}") for number in range(count)]
        self._max_waiting = int(max_waiting_s / _CHUNK_S)
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
        return DecodingStream(thread, listener, on_heard, on_failed, self._max_waiting)

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
