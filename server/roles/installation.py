"""The part that keeps house: what must be done once for the whole installation, by whichever process does it."""

from __future__ import annotations

from contextlib import AsyncExitStack

import structlog

from asr.placement import KIND as STREAMS
from asr.placement import workers_heard
from server.acd_records import AcdRecords
from server.agents_without_session import AgentsWithoutSession
from server.api.opened_legs import opened_legs
from server.dispatcher import Dispatcher, Handler
from server.living import Saved, saved
from server.presence.judge import Presence
from server.processes.attention import Attention
from server.processes.candidate import lease
from server.promises import Promises
from server.roles.ground import Ground
from server.roles.house import House
from server.roles.leading import Leading, Led, LedInBatches
from server.roles.part import CaughtUp, Tasks
from server.roles.processes import Processes
from server.roles.queues import QueuesPart
from server.search_index import SearchIndex
from server.storage.sql.acd_records import SqlAcdRecords

INSTALLATION = "installation"
log = structlog.get_logger(__name__)


class InstallationPart:
    """Owns its tasks."""

    def __init__(self, ground: Ground, house: House, queues: QueuesPart, processes: Processes) -> None:
        config, clock = ground.config, ground.clock
        self._ground, self._house = ground, house
        self._lease = lease(config, INSTALLATION, "control")
        self._leading = Leading(INSTALLATION, self._lease, ground.bus, ground.store, letters=ground.letters, clock=clock)
        self._dispatcher: Dispatcher | None = None
        records, keep_days = SqlAcdRecords(ground.database), config.storage.acd_records_days
        self._records = AcdRecords(records, clock, keep_days=keep_days)
        self._promises = Promises(ground.book, queues.acd, ground.bus, clock, ground.configuration.put_in_force)
        self._without_session = AgentsWithoutSession(house.sessions, ground.bus)
        self._presence = Presence(ground.bus, clock, queues.views.unreachable, config.acd.unreachable_after_s, lambda: self.leads)
        self._attention = Attention(
            config,
            log=house.attention_log,
            state=ground.store,
            bus=ground.bus,
            clock=clock,
            queues=queues.views,
            fleet=ground.fleet,
            letters=house.dead_letters,
            aside=ground.letters,
            configuration=ground.configuration,
            behind_s=lambda: max(queues.acd.lag_s, self._lag_s()),
            certificate=processes.certificate,
        )

    def hears_by(self, dispatcher: Dispatcher) -> None:
        """How old what this process knows is, is told by who hands it the events."""
        self._dispatcher = dispatcher

    def services(self) -> dict[str, Handler]:
        return {
            "attention": self._attention.service,
            "presence": self._presence,
            "agents_without_session": Led(self._without_session, self._leading, self._without_session.follow),
            "acd_records": LedInBatches(self._records, self._leading),
        }

    async def start(self, stack: AsyncExitStack) -> None:
        stack.push_async_callback(self._attention.close)
        stack.push_async_callback(self._lease.close)
        refusal = await self._ground.configuration.put_in_force()
        if refusal:
            log.error("queues and agents were refused", reason=refusal)
        await self._attention.service.start()
        living = await saved(self._ground.store)
        self._without_session.restore(living)
        self._presence.restore(living.legs)
        await self._expect(living)

    async def _expect(self, living: Saved) -> None:
        """Whoever has calls since before this process must be heard of, or is lost."""
        store, nodes = self._ground.store, {call.node_id for call in living.calls.values()}
        nodes |= {leg.node_id for leg in living.legs.values()}
        nodes |= {leg.node_id for leg in (await opened_legs(store)).values()}
        self._ground.watch.expect(nodes, workers_heard(await store.load_all(STREAMS)))

    def tasks(self, caught_up: CaughtUp) -> Tasks:
        """What stands by, too; and what only whoever leads does."""
        assert self._dispatcher is not None
        dispatcher = self._dispatcher
        services: dict[str, Handler] = {"agents_without_session": self._without_session, "acd_records": self._records}
        return {
            "judging": self._presence.run(),
            **self._attention.tasks(caught_up),
            "acd-history": self._house.history.run(),
            "configuration": self._ground.configuration.run(),
            "installation": self._leading.run(lambda: self._work(caught_up), services, lambda: dispatcher.cursor),
        }

    def _work(self, caught_up: CaughtUp) -> Tasks:
        return {
            "outbox": self._house.outgoing.outbox.run(),
            "promises": self._promises.run(caught_up),
            "search-index": SearchIndex(self._ground.database).run(),
        }

    @property
    def leads(self) -> bool:
        return self._leading.leads

    async def end(self) -> None:
        return

    def _lag_s(self) -> float:
        return max(self._dispatcher.lag_s().values(), default=0.0) if self._dispatcher is not None else 0.0
