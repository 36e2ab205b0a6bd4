"""Which processes this installation has, and what each of them says of itself.

Invariant: every process writes itself down every second (`Beat`), and counts as living while what stands there changes, by the
steady clock of whoever looks: the clocks of two machines are never compared.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import NamedTuple, Protocol

import structlog
from msgspec import field, msgpack, structs

from core.codec import DecodeError, decode_event, encode
from core.commands import Answer, AnyCommand, HandInEvent
from core.events import AnyEvent
from core.ids import FlowId, new_id
from core.model import Value
from core.ports import Bus, StateStore, Unavailable, ok, refused
from core.saved import sorted_out
from server.dispatcher import NotHere
from server.https.facts import CertificateFacts
from server.roles.role import CONTROL, Role, in_order

log = structlog.get_logger(__name__)

KIND = "process"
BEAT_EVERY_S = 1.0
SILENT_S = 3.5
FORGET_S = 60.0
HANDLED_WITHIN_S = 10.0
NOT_HERE = "not_here"

Versions = tuple[tuple[FlowId, int, int], ...]
"""Of flows: which, which version, how many callers are in it."""


class Beat(Value, frozen=True, kw_only=True):
    """What a process says of itself."""

    roles: tuple[str, ...]
    host: str = ""
    beat: int = 0
    """Grows while it lives."""
    lag_s: dict[str, float] = field(default_factory=dict)
    """Of each of its services: how old the event in its hands is."""
    failures: dict[str, int] = field(default_factory=dict)
    handled: int = 0
    callers: Versions = ()
    certificate: CertificateFacts | None = None
    """With which it shows itself to browsers."""
    key: str = ""
    """Of a worker: a hash of the public key to which callers' digits are sealed. All workers need the same."""


def keys_of(beats: Iterable[Beat]) -> frozenset[str]:
    """Of the workers; more than one is a mistake."""
    return frozenset(beat.key for beat in beats if beat.key)


class Mailboxes(Protocol):
    """The dispatcher of this process."""

    @property
    def failures(self) -> dict[str, int]: ...

    handled: int

    def lag_s(self) -> dict[str, float]: ...

    async def hand_in(self, service: str, event: AnyEvent) -> bool: ...


class _Seen(NamedTuple):
    beat: Beat
    since_s: float


class Processes:
    """Owns what is known of the others, and tells them of this one."""

    def __init__(
        self,
        bus: Bus,
        store: StateStore,
        roles: tuple[str, ...],
        callers: Callable[[], Versions] = tuple,
        certificate: Callable[[], CertificateFacts | None] = lambda: None,
        *,
        key: str = "",
    ) -> None:
        """`callers`: in which flows those of this process are. `certificate`: with which it shows itself to browsers. `key`: see
        `Beat`.
        """
        self.process_id = new_id("process")
        self._bus = bus
        self._store = store
        self._own = Beat(roles=roles, host=socket.gethostname(), key=key)
        self._callers_here = callers
        self._certificate_here = certificate
        self._mailboxes: Mailboxes | None = None
        self._others: dict[str, _Seen] = {}
        self._told_keys: frozenset[str] = frozenset()

    def hears_by(self, mailboxes: Mailboxes) -> None:
        """Who hands the events to this process."""
        self._mailboxes = mailboxes

    # ── what is known ─────────────────────────────────────────────────────────────────────────────────────────

    @property
    def living(self) -> Mapping[str, Beat]:
        """By id, this one included."""
        now_s = asyncio.get_running_loop().time()
        others = {name: seen.beat for name, seen in self._others.items() if now_s - seen.since_s < SILENT_S}
        return {self.process_id: self.beat(), **others}

    def has(self, role: str) -> bool:
        return any(role in beat.roles for beat in self.living.values())

    def by_role(self) -> dict[str, int]:
        """How many have it. Candidates for the queues write nothing down here: their leader shows itself."""
        found = Counter(role for beat in self.living.values() for role in beat.roles)
        return {role: found[role] for role in in_order(CONTROL - {Role.QUEUES})}

    def callers(self) -> Counter[tuple[FlowId, int]]:
        """How many calls are in each version of each flow: they finish in the one they began with."""
        found: Counter[tuple[FlowId, int]] = Counter()
        for beat in self.living.values():
            for flow_id, version, count in beat.callers:
                found[flow_id, version] += count
        return found

    def lag_s(self) -> dict[str, float]:
        """Of each service the process that is furthest behind."""
        worst: dict[str, float] = {}
        for beat in self.living.values():
            for service, lag_s in beat.lag_s.items():
                worst[service] = max(worst.get(service, 0.0), lag_s)
        return worst

    def failures(self) -> Counter[str]:
        return sum((Counter(beat.failures) for beat in self.living.values()), Counter())

    def certificate(self) -> CertificateFacts | None:
        """The one that ends first; None: no process has one that must be renewed."""
        found = [beat.certificate for beat in self.living.values() if beat.certificate is not None]
        return min(found, key=lambda facts: facts.ends_at or 0.0, default=None)

    def handled(self) -> int:
        return self._mailboxes.handled if self._mailboxes is not None else 0

    def beat(self) -> Beat:
        """What this process would say now."""
        boxes = self._mailboxes
        if boxes is None:
            return self._own
        return structs.replace(
            self._own, lag_s=boxes.lag_s(), failures=boxes.failures, handled=boxes.handled, callers=self._callers_here()
        )

    # ── doing ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def hand_in(self, service: str, event: AnyEvent) -> bool:
        """Gives one service an event again, in whichever process it is and has the call. False: it failed again. Raises
        `KeyError` (no such service) and `Unavailable`.
        """
        if self._mailboxes is not None and service in self._mailboxes.lag_s():
            with suppress(NotHere):
                return await self._mailboxes.hand_in(service, event)
        command = HandInEvent(service=service, event=encode(event))
        for name in [name for name, beat in self.living.items() if service in beat.lag_s]:
            answer = await self._bus.send(f"process:{name}", command, timeout_s=HANDLED_WITHIN_S)
            if answer.ok:
                return bool(answer.result.get("handled"))
            if answer.result.get("code") != NOT_HERE:
                raise Unavailable(answer.reason)
        raise KeyError(service)

    async def start(self) -> None:
        """Knows the others from here on. Raises `Unavailable`."""
        await self._look()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                self._own = structs.replace(self._own, beat=self._own.beat + 1, certificate=self._certificate_here())
                await self._store.save(KIND, self.process_id, msgpack.encode(self.beat()))
                await self._look()
                self._tell_of_keys()
            except Unavailable:
                pass  # nobody is told of anybody; the next beat says more
            await asyncio.sleep(BEAT_EVERY_S)

    async def serve(self) -> None:
        """Until cancelled: what other processes ask of this one."""
        await self._bus.serve(f"process:{self.process_id}", self._command)

    async def leave(self) -> None:
        """It ends; nobody waits for it."""
        try:
            await self._store.delete(KIND, self.process_id)
        except Unavailable:
            return

    async def _look(self) -> None:
        """A beat that is new here counts from now; one that stands still for long is of a process that was killed."""
        now_s = asyncio.get_running_loop().time()
        found, unreadable = sorted_out(await self._store.load_all(KIND), Beat)
        found.pop(self.process_id, None)
        seen = self._others
        self._others = {
            name: seen[name] if name in seen and seen[name].beat.beat == beat.beat else _Seen(beat, now_s)
            for name, beat in found.items()
        }
        dead = [name for name, each in self._others.items() if now_s - each.since_s > FORGET_S]
        for name in [*dead, *unreadable]:
            await self._store.delete(KIND, name)

    def _tell_of_keys(self) -> None:
        """Once for each picture: half of the callers press keys that nobody reads."""
        keys = keys_of(self.living.values()) if self._own.key else frozenset()
        if keys != self._told_keys and len(keys) > 1:
            log.error("workers have different keys: give all of them the same PATCHBAY_SEAL_KEY", count=len(keys))
        self._told_keys = keys

    async def _command(self, command: AnyCommand) -> Answer:
        if not isinstance(command, HandInEvent) or self._mailboxes is None:
            return refused(f"a process does not understand {type(command).__name__}")
        try:
            return ok(handled=await self._mailboxes.hand_in(command.service, decode_event(command.event)))
        except DecodeError as error:
            return refused(str(error), "unreadable")
        except NotHere:
            return refused("another process has this call", NOT_HERE)
        except KeyError:
            return refused(f"there is no part {command.service} in this process", "no_such_part")
