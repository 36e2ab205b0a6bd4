"""What tells supervisors what needs attention, put together for a control process."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from core.ports import Bus, Clock, DeadLetters, StateStore
from server.attention.collect import Collector, Letters, Queues
from server.attention.service import AttentionService, Limits
from server.business.service import Configuration
from server.config import Config
from server.fleet import Fleet
from server.https.facts import CertificateFacts
from server.processes.candidate import lease
from server.storage.sql.attention import SqlAttention
from server.trunks import trunk_facts


class Attention:
    """Owns the lease and the collector of one process. `service` is a lane of the dispatcher."""

    def __init__(
        self,
        config: Config,
        *,
        log: SqlAttention,
        state: StateStore,
        bus: Bus,
        clock: Clock,
        queues: Queues,
        fleet: Fleet,
        letters: Letters,
        aside: DeadLetters,
        configuration: Configuration,
        behind_s: Callable[[], float],
        certificate: Callable[[], CertificateFacts | None],
    ) -> None:
        self._configuration = configuration
        self._lease = lease(config, "attention", "control")
        self._collector = Collector(
            queues=queues,
            behind_s=behind_s,
            fleet=fleet,
            letters=letters,
            data_dir=config.data_dir,
            transcribes=config.speech.transcribe,
            certificate=certificate,
            trunks=lambda: trunk_facts(config.trunks, tuple(fleet.nodes.values())),
        )
        self.service = AttentionService(
            lease=self._lease,
            store=log,
            state=state,
            bus=bus,
            clock=clock,
            look=self._collector.look,
            limits=self._limits,
            letters=aside,
            keep_days=config.storage.acd_records_days,
        )

    def tasks(self, caught_up: Callable[[], bool]) -> dict[str, Coroutine[Any, Any, None]]:
        return {"attention": self.service.run(caught_up), "attention-disk": self._collector.run()}

    async def close(self) -> None:
        await self._lease.close()

    def _limits(self) -> Limits:
        document = self._configuration.document
        return Limits(document.attention, {queue_id: queue.attention for queue_id, queue in document.queues.items()})
