"""What goes out of a control process, put together: the Outbox, and who is told of what needs attention."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from core.ports import Clock, DeadLetters
from server.attention.board import Change
from server.attention.letters import Sender
from server.attention.notifications import Names, messages
from server.business.service import Configuration
from server.config import Config
from server.outbox.addresses import networks
from server.outbox.delivery import trust
from server.outbox.email import EmailSender
from server.outbox.service import OutboxService
from server.outbox.vault import Vault
from server.outbox.webhook import WebhookSender
from server.storage.sql.database import Database
from server.storage.sql.notifications import SqlNotifications
from server.storage.sql.outbox import SqlOutbox


class OutgoingPart:
    """Owns the key of what is sealed. `outbox` is the port for everybody else."""

    def __init__(
        self, config: Config, *, database: Database, letters: DeadLetters, clock: Clock, configuration: Configuration
    ) -> None:
        self._config = config
        self._clock = clock
        self._configuration = configuration
        self.vault = vault = Vault.of(config.data_dir)
        rules = config.outbox
        believed = trust(config.base / rules.authorities if rules.authorities else None)
        self.notifications = SqlNotifications(database, vault)
        self.outbox = OutboxService(
            store=SqlOutbox(database, vault, rules),
            endpoints=self.notifications,
            webhooks=WebhookSender(
                networks(rules.allow_networks), http=rules.allow_http, within_s=rules.within_s, trust=believed
            ),
            emails=EmailSender(config.mail, rules.within_s, believed),
            letters=letters,
            clock=clock,
            rules=rules,
        )

    def tell(self, connection: Connection, changes: Sequence[Change]) -> None:
        """Keeps a message for everybody who wants one of these, in the transaction that keeps the entries."""
        wanted = self.notifications.subscriptions(connection)
        if not wanted:
            return
        now, general = self._clock.now(), self._config.general
        document = self._configuration.document
        names = Names(
            queues={queue_id: queue.name for queue_id, queue in document.queues.items()},
            agents={agent_id: agent.name for agent_id, agent in document.agents.items()},
        )
        found = messages(changes, wanted, names, Sender(general.name, general.time_zone), now)
        self.outbox.store.insert(connection, found, now, drop=True)
