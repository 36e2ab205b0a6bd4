"""Sends what is due, and sets aside what nobody takes.

Invariants: what was handed in goes out at least once or becomes a dead letter; one message at a time goes to each target, so that
a slow one holds up no other; nothing that a target does, or that is wrong with one message, ends this task. Logs name messages by
their ids and say in our own words what went wrong.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import NamedTuple, Protocol

import msgspec
import structlog

from core.dead_letters import Stage, letter_of_thing
from core.outgoing import Outgoing, OutgoingKind
from core.ports import Clock, DeadLetters, Unavailable
from server.config.sections import Outbox as Rules
from server.outbox.delivery import Delivery, next_try_at
from server.outbox.email import EmailSender
from server.outbox.vault import Sealed
from server.outbox.webhook import WebhookSender
from server.storage.sql.outbox import Claimed, SqlOutbox

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 1.0
AT_ONCE = 20
CLAIM_BEYOND_S = 30.0
"""A claim lasts so much longer than a try may take."""
FORGET_EVERY_S = 3600.0


class Endpoint(NamedTuple):
    """Where a webhook goes."""

    url: str
    secret: str


class Endpoints(Protocol):
    async def endpoint(self, target: str) -> Endpoint | None:
        """By a webhook's id; None when it is gone or switched off. Raises `Unavailable`."""
        ...


class OutboxService:
    """Implements `core.outgoing.Outbox`. Owns the tries under way."""

    def __init__(
        self,
        *,
        store: SqlOutbox,
        endpoints: Endpoints,
        webhooks: WebhookSender,
        emails: EmailSender,
        letters: DeadLetters,
        clock: Clock,
        rules: Rules,
        chance: Callable[[], float] = random.random,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self.store = store
        self._endpoints = endpoints
        self._webhooks = webhooks
        self._emails = emails
        self._letters = letters
        self._clock = clock
        self._rules = rules
        self._chance = chance
        self._look_every_s = look_every_s
        self._busy: set[str] = set()
        """Targets that a message is on its way to."""
        self._handed_in = asyncio.Event()
        self._forgot_at = 0.0

    async def send(self, message: Outgoing) -> None:
        """Raises `OutboxFull` and `Unavailable`."""
        await self.store.add(message, self._clock.now())
        self.look()

    def look(self) -> None:
        """Something is due at once."""
        self._handed_in.set()

    async def hand_in(self, message_id: str) -> bool:
        """A dead one is tried anew. Raises `Unavailable`."""
        found = await self.store.hand_in(message_id, self._clock.now())
        self.look()
        return found

    async def run(self) -> None:
        """Until cancelled."""
        told = ""
        async with asyncio.TaskGroup() as tasks:
            while True:
                trouble = ""
                try:
                    await self._start_what_is_due(tasks)
                except Unavailable as error:
                    trouble = str(error)
                if trouble and trouble != told:
                    log.warning("outbox waits", reason=trouble)
                told = trouble
                await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._look_every_s):
                await self._handed_in.wait()
        except TimeoutError:
            return
        finally:
            self._handed_in.clear()

    async def _start_what_is_due(self, tasks: asyncio.TaskGroup) -> None:
        now = self._clock.now()
        room = AT_ONCE - len(self._busy)
        for_s = self._rules.within_s + CLAIM_BEYOND_S
        claimed = await self.store.claim(now, for_s, self._busy, room) if room > 0 else []
        for each in claimed:
            self._busy.add(each.lane)
            tasks.create_task(self._try(each), name=f"outbox-{each.message_id}")
        if now - self._forgot_at > FORGET_EVERY_S:
            await self.store.forget(now)
            self._forgot_at = now

    async def _try(self, claimed: Claimed) -> None:
        try:
            await self._settle(claimed, await self._delivered(claimed))
        except Unavailable as error:
            log.warning("outbox could not write", message_id=claimed.message_id, error=error)  # the claim ends by itself
        finally:
            self._busy.discard(claimed.lane)
            self.look()

    async def _delivered(self, claimed: Claimed) -> Delivery:
        """Raises `Unavailable`."""
        try:
            return await self._deliver(claimed)
        except Unavailable:
            raise
        except Exception as error:  # border: one message must not hold up the others
            log.exception("message failed", message_id=claimed.message_id)
            return Delivery.refused(type(error).__name__)

    async def _deliver(self, claimed: Claimed) -> Delivery:
        now = self._clock.now()
        if claimed.expires_at is not None and now > claimed.expires_at:
            return Delivery.refused("it has expired")
        try:
            message = self.store.opened(claimed)
        except Sealed:
            return Delivery.refused("it was sealed with another key")
        if message.kind is OutgoingKind.EMAIL:
            return await self._emails.send(message.target, message.subject, message.body, message.message_id, now)
        endpoint = await self._endpoints.endpoint(message.target)
        if endpoint is None:
            return Delivery.refused("the webhook is gone or switched off")
        return await self._webhooks.send(endpoint.url, endpoint.secret, message.message_id, message.body.encode(), now)

    async def _settle(self, claimed: Claimed, delivery: Delivery) -> None:
        now, tries = self._clock.now(), claimed.tries + 1
        if delivery.arrived:
            await self.store.settle(claimed.message_id, "sent", now, "")
            log.info("message sent", message_id=claimed.message_id, kind=str(claimed.kind), tries=tries)
            return
        at = next_try_at(delivery, tries, self._rules.tries, now, self._chance())
        if at is None:
            await self._give_up(claimed, delivery.reason)
            return
        await self.store.settle(claimed.message_id, "waiting", at, delivery.reason)
        log.info("message not sent yet", message_id=claimed.message_id, tries=tries, reason=delivery.reason, in_s=round(at - now))

    async def _give_up(self, claimed: Claimed, reason: str) -> None:
        """The letter first: one that is written twice is one, and a message is never dead without a letter."""
        now = self._clock.now()
        ids = {"message_id": claimed.message_id}
        letter = letter_of_thing(Stage.SEND, "outbox", str(claimed.kind), ids=ids, error=NotTaken(reason), at=now)
        await self._letters.set_aside(msgspec.structs.replace(letter, holds="outgoing", reason=reason))
        await self.store.settle(claimed.message_id, "dead", now, reason)
        log.warning("message given up", message_id=claimed.message_id, reason=reason)


class NotTaken(Exception):
    """Nobody took a message."""
