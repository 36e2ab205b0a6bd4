"""What the features need from the outside world, as protocols; `server/` provides the real ones.

Errors common to all: `Unavailable` when the thing behind a port is away (no Redis, no SQL, no recognizer).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from typing import Protocol

from core.addresses import Addresses
from core.causes import EndCause
from core.commands import Answer, AnyCommand
from core.dead_letters import DeadLetter
from core.events import AnyEvent, DigitPressed
from core.ids import CallId, CommandId, CustomerId, FlowId, LegId, NodeId, StreamId
from core.model import Speaker, Value


class Unavailable(Exception):
    """The service behind a port cannot be reached now; the message says which and why."""


class Gone(Unavailable):
    """What it was asked for is over: its caller has just left, most often. Nothing is wrong, and nobody need try again."""


class Clock(Protocol):
    """Time as an argument; tests jump it."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...


CommandHandler = Callable[[AnyCommand], Awaitable[Answer]]
"""Handles one command; the answer's `command_id` is filled in by the bus, so a handler uses `ok()` and `refused()`."""


ANSWER_WITHIN_S = 5.0
"""How long an answer is waited for when nobody says how long."""


class Bus(Protocol):
    """Commands with answers, and one ordered stream of events. No sound ever travels here."""

    async def publish(self, event: AnyEvent) -> None:
        """Appends to the event stream. Raises `Unavailable`. An event that nobody could read is set aside instead."""
        ...

    async def send(self, addressee: str, command: AnyCommand, timeout_s: float = ANSWER_WITHIN_S) -> Answer:
        """Asks and waits. Raises `Unavailable` when the bus is away; a silent addressee is an answer that is not ok.

        So is a command that cannot travel (code ``unfit``), one that its addressee failed at (``failed``), and one for somebody
        who was given up (``gone``).
        """
        ...

    async def serve(self, addressee: str | Addresses, handler: CommandHandler) -> None:
        """Answers commands for `addressee`, in order, until cancelled. Survives loss of the connection, and a handler that
        fails: its command is set aside, and the next one is served."""
        ...

    def events(self, cursor: str = "$") -> AsyncIterator[tuple[str, AnyEvent]]:
        """All events after `cursor` (``$`` = only new ones, ``0`` = from the beginning), each with its own cursor."""
        ...

    def sifted(self, cursor: str, skip: Callable[[int], bool]) -> AsyncGenerator[tuple[str, AnyEvent | None], None]:
        """The same; only the cursor of what cannot be read, and of what concerns a partition alone (`core.partitions`) that is
        to be skipped."""
        ...

    async def past(self, after: str, until: str, skip: Callable[[int], bool]) -> list[tuple[str, AnyEvent]]:
        """Those between two cursors, the second one included, without what `skip` says yes to. Raises `Unavailable`."""
        ...


class Addressees(Protocol):
    """Who can be asked. Whoever hears that somebody died says so once, and nobody waits for the dead."""

    def give_up(self, addressee: str) -> None:
        """What is asked of it, now and from now on, is refused at once (code ``gone``)."""
        ...

    def take_up(self, addressee: str) -> None:
        """It was heard of again."""
        ...


OpenDigit = Callable[[DigitPressed], str | None]
"""Which key it was; None when it was sealed to somebody else (`core/sealing.py`)."""

PassDigitOn = Callable[[DigitPressed, NodeId, LegId], bytes | None]
"""The key, sealed to this node for this leg; None when it cannot be opened, or the node has told no key of its own."""


class StateStore(Protocol):
    """Small state that must survive a restart of the control plane: one bytes value by kind and key."""

    async def save(self, kind: str, key: str, value: bytes) -> None: ...

    async def load_all(self, kind: str) -> Mapping[str, bytes]: ...

    async def delete(self, kind: str, key: str) -> None: ...

    async def set_aside(self, kind: str, reasons: Mapping[str, str]) -> None:
        """What stands under these keys cannot be read, for these reasons: told, kept elsewhere, and not loaded again."""
        ...


class DeadLetters(Protocol):
    """Where messages go that nobody can use, so that everything else goes on. Bounded: the oldest make room."""

    async def set_aside(self, letter: DeadLetter) -> None:
        """Counts it, logs its ids, keeps it. Never raises for want of a store: then it is kept in memory, and written later."""
        ...


class NumberEntry(Value, frozen=True, kw_only=True):
    """What answers a called number."""

    number: str
    """As it stands in the plan: a number, an extension, or the beginning of numbers with `*` behind."""
    flow_id: FlowId
    language: str = "en"


class NumberPlan(Protocol):
    async def find(self, called: str, trunk: str = "") -> NumberEntry | None:
        """The entry for the user part of a request URI that came by this trunk (empty: by none), or None (404)."""
        ...


class RenderedPrompt(Value, frozen=True, kw_only=True):
    """One spoken text, rendered: paths relative to the data directory, mono PCM16 WAV."""

    path_8k: str
    path_16k: str
    duration_ms: int


class CallbackTarget(Value, frozen=True, kw_only=True):
    """Whom to call back, read from the record of the call in which it was promised."""

    number: str
    name: str = ""
    language: str = "en"
    customer_id: CustomerId | None = None


class CallbackRefusal(Value, frozen=True, kw_only=True):
    """Somebody is to be called back, but not this number, or not now."""

    cause: EndCause
    why: str
    """A word: ``costly``, ``foreign``, ``denied``, ``unknown``, ``calls_per_hour``, …"""


class CallbackBook(Protocol):
    """Numbers to be called back: only call control learns them, and only when it dials."""

    async def target(self, origin_call_id: CallId, call_id: CallId) -> CallbackTarget | CallbackRefusal | None:
        """For `call_id`, which is to be made. None when the record is gone or has no number. Raises `Unavailable`."""
        ...


class PromptSpeaker(Protocol):
    """Text-to-speech with a cache."""

    async def render(self, text: str, language: str = "en") -> RenderedPrompt:
        """Raises `Unavailable` when no voice can speak the language."""
        ...


class Listening(Protocol):
    """Lets a flow hear speech on a leg without knowing nodes or recognizers."""

    async def listen(self, call_id: CallId, leg_id: LegId, phrases: tuple[str, ...], language: str) -> StreamId:
        """Begins phrase recognition; `SpeechHeard` events with the returned id follow. Raises `Unavailable`."""
        ...

    async def stop(self, stream_id: StreamId) -> None: ...


class Transcribing(Protocol):
    """Lets call control have a leg transcribed without knowing recognizers."""

    async def start(self, call_id: CallId, leg_id: LegId, speaker: Speaker, language: str, offset_ms: int = 0) -> StreamId:
        """`offset_ms`: time since the call was connected. Raises `Unavailable`: the call goes on without live text."""
        ...

    async def stop(self, stream_id: StreamId) -> None: ...


def ok(**result: object) -> Answer:
    """A positive answer; the bus fills in the command's id."""
    return Answer(command_id=CommandId(""), ok=True, result=result)


def refused(reason: str, code: str = "") -> Answer:
    """A negative answer with its reason in words, and perhaps a stable name for programs to branch on (`result["code"]`)."""
    return Answer(command_id=CommandId(""), ok=False, reason=reason, result={"code": code} if code else {})


def was_heard(answer: Answer) -> bool:
    """False when nobody answered in time, or the addressee failed over it: to be sent again. Whoever refuses says a code."""
    return answer.ok or "code" in answer.result


OVER_CODES = frozenset({"gone", "leg_over", "no_such_port", "call_over", "unknown_work", "work_over"})
"""Refusals of what came too late: a caller may leave while a command about him is under way."""


def came_too_late(answer: Answer) -> bool:
    """True when a command was refused only because what it is about is over."""
    return not answer.ok and answer.result.get("code") in OVER_CODES


def log_level(refusal: Answer | Unavailable) -> int:
    """What came too late is worth a line, not an alarm."""
    late = isinstance(refusal, Gone) if isinstance(refusal, Unavailable) else came_too_late(refusal)
    return logging.INFO if late else logging.WARNING
